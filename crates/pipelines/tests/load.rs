//! A job's sources, recognised and put into tables.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use sandglass_pipelines::{KeyChoice, Load, Loaded, ReadAs, SourceOutcome, TableChoice, TimeChoice, votes};
use sandglass_warehouse::{Key, Table};

const VOTES: &str = "{\"Id\":1,\"PostId\":7,\"VoteTypeId\":2,\"CreationDate\":\"2021-09-06\"}\n";
const SALES: &str =
    "day,city,sold\n2021-09-06,Oslo,5\n2021-09-06,Rome,7\n2021-09-14,Oslo,5\n2021-09-06,Oslo,5\n";

fn load(read_as: ReadAs, sources: &[(&str, &str)]) -> Loaded {
    let pipeline = votes::pipeline();
    let ingestion = Table::new(pipeline.table.clone()).begin();
    let mut load = Load::new(pipeline, ingestion, read_as);
    for (name, text) in sources {
        load.begin_source(name);
        let end = text.as_bytes().chunks(7).try_for_each(|slice| load.push(slice));
        load.end_source(end.map(|()| None).map_err(|error| error.to_string()));
    }
    load.finish()
}

fn plain(key: KeyChoice, time: TimeChoice) -> ReadAs {
    ReadAs::Plain(TableChoice { key, time, ..TableChoice::default() })
}

fn columns(names: &[&str]) -> KeyChoice {
    KeyChoice::Columns(names.iter().map(|&name| name.to_owned()).collect())
}

/// Stored, duplicates, conflicts and rejected.
fn fates(outcome: &SourceOutcome) -> [u64; 4] {
    let tally = outcome.tally();
    [tally.stored(), tally.duplicates(), outcome.receipt.conflicts, tally.rejected()]
}

#[test]
fn sources_go_to_the_pipeline_that_claims_them_or_become_tables() {
    let loaded = load(
        ReadAs::Recognised,
        &[("a/sales.csv", SALES), ("v.jsonl", VOTES), ("empty", ""), ("a/more.csv", SALES)],
    );
    let [sales, of_votes, empty, more] = loaded.outcomes.as_slice() else { panic!("four outcomes") };
    assert_eq!((sales.table.as_deref(), fates(sales)), (Some("a"), [4, 0, 0, 0]));
    assert_eq!((more.table.as_deref(), fates(more)), (Some("a"), [4, 0, 0, 0]));
    assert_eq!((of_votes.table.as_deref(), fates(of_votes)), (Some("votes"), [1, 0, 0, 0]));
    assert_eq!(empty.failure.as_deref(), Some("it is empty"));
    assert!(loaded.ingestion.is_some());
    let [table] = loaded.tables.as_slice() else { panic!("one table") };
    assert_eq!(table.sources, [0, 3]);
    let table = &table.table;
    assert_eq!((table.rows(), table.days().total()), (8, 8));
    assert_eq!((&table.spec().key, table.spec().time.as_deref()), (&Key::None, Some("day")));
}

#[test]
fn votes_as_csv_are_votes_as_well_and_can_be_read_as_any_rows() {
    let text = "PostId,Id,VoteTypeId,CreationDate,More\n7,1,2,2021-09-06,x\n7,1,2,2021-09-06,y\n";
    let loaded = load(ReadAs::Recognised, &[("v.csv", text)]);
    assert_eq!((fates(&loaded.outcomes[0]), loaded.tables.len()), ([1, 1, 1, 0], 0));
    let loaded = load(plain(KeyChoice::None, TimeChoice::None), &[("v.csv", text)]);
    assert_eq!(fates(&loaded.outcomes[0]), [2, 0, 0, 0]);
    assert!(loaded.ingestion.is_none());
    assert_eq!(loaded.tables[0].table.spec().time, None);
}

#[test]
fn rows_are_told_apart_by_the_key_that_was_chosen() {
    for (key, expected) in [
        (KeyChoice::None, [4, 0, 0, 0]),
        (KeyChoice::Row, [3, 1, 0, 0]),
        (columns(&["city"]), [2, 2, 1, 0]),
        (columns(&["sold"]), [2, 2, 1, 0]),
        (columns(&["day", "city"]), [3, 1, 0, 0]),
    ] {
        let loaded = load(plain(key.clone(), TimeChoice::First), &[("s.csv", SALES)]);
        assert_eq!(fates(&loaded.outcomes[0]), expected, "{key:?}");
        let table = &loaded.tables[0].table;
        assert_eq!((table.rows(), table.days().total()), (expected[0], expected[0]));
    }
}

#[test]
fn columns_that_are_not_there_are_told_and_nothing_is_stored() {
    for (key, time, reason) in [
        (
            columns(&["town"]),
            TimeChoice::First,
            "the table s: there is no column town; the columns are day, city, sold",
        ),
        (
            KeyChoice::None,
            TimeChoice::Column("city".to_owned()),
            "the table s needs a column city of type timestamp or date",
        ),
    ] {
        let loaded = load(plain(key, time), &[("s.csv", SALES)]);
        assert_eq!(loaded.outcomes[0].failure.as_deref(), Some(reason));
        assert!(loaded.tables.is_empty());
    }
}

#[test]
fn rejects_of_a_source_without_a_good_record_can_be_looked_at() {
    let loaded = load(ReadAs::Recognised, &[("bad.jsonl", "{\"a\":\n{oops}\n")]);
    let outcome = &loaded.outcomes[0];
    assert_eq!((outcome.table.as_deref(), fates(outcome)), (Some("bad"), [0, 0, 0, 2]));
    assert!(outcome.failure.as_deref().unwrap().starts_with("none of its 2 records could be taken"));
    let table = &loaded.tables[0].table;
    assert_eq!((table.rows(), table.rejects().total()), (0, 2));
}
