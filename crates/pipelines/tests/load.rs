//! A job's sources, recognised and put into tables.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use sandglass_ingest::{ChosenKind, ReadOptions};
use sandglass_pipelines::{
    ApartReader, Base, KeyChoice, Load, Loaded, PlainRows, ReadAs, SourceOutcome, TableChoice, TimeChoice,
    votes,
};
use sandglass_warehouse::{Key, Table};

const VOTES: &str = "{\"Id\":1,\"PostId\":7,\"VoteTypeId\":2,\"CreationDate\":\"2021-09-06\"}\n";
const SALES: &str =
    "day,city,sold\n2021-09-06,Oslo,5\n2021-09-06,Rome,7\n2021-09-14,Oslo,5\n2021-09-06,Oslo,5\n";

fn load(read_as: ReadAs, sources: &[(&str, &str)]) -> Loaded {
    load_into(&Table::new(votes::pipeline().table), read_as, sources)
}

fn load_into(table: &Table, read_as: ReadAs, sources: &[(&str, &str)]) -> Loaded {
    let mut load = Load::new(votes::pipeline(), table.begin(), read_as);
    for (name, text) in sources {
        load.begin_source(name);
        let end = text.as_bytes().chunks(7).try_for_each(|slice| load.push(slice));
        load.end_source(end.map(|()| None).map_err(|error| error.to_string()));
    }
    load.finish()
}

/// The same with every source read apart.
fn load_apart_into(table: &Table, read_as: ReadAs, sources: &[(&str, &str)]) -> Loaded {
    let pipeline = votes::pipeline();
    let mut load = Load::new(pipeline.clone(), table.begin(), read_as.clone());
    for (name, text) in sources {
        let mut reader = ApartReader::new(pipeline.clone(), read_as.clone());
        let mut batches = Vec::new();
        let mut sink = |of_pipeline, batch| {
            batches.push((of_pipeline, batch));
            Ok(())
        };
        let pushed = text.as_bytes().chunks(7).try_for_each(|slice| reader.push(slice, &mut sink));
        let end = pushed.and_then(|()| reader.finish(&mut sink));
        load.begin_source(name);
        let begun = reader.is_of_pipeline().map_or(Ok(()), |of_pipeline| load.begin_apart(name, of_pipeline));
        let appended = begun.and_then(|()| {
            batches.into_iter().try_for_each(|(of_pipeline, batch)| {
                assert_eq!(Some(of_pipeline), reader.is_of_pipeline());
                load.append(batch)
            })
        });
        load.end_source(match appended {
            Ok(()) => end.map(Some).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        });
    }
    load.finish()
}

/// All that is seen of what was loaded.
fn all(mut table: Table, loaded: Loaded) -> String {
    let mut seen = format!("{:#?}", loaded.outcomes);
    let of_pipeline = loaded.ingestion.map(|ingestion| {
        table.commit(ingestion).unwrap();
        (table, vec![])
    });
    let tables = loaded.tables.into_iter().map(|made| match made.rows {
        PlainRows::New(table) => (*table, made.sources),
        PlainRows::Added(_) => panic!("nothing was there to add to"),
    });
    for (table, sources) in of_pipeline.into_iter().chain(tables) {
        let (rows, rejects, conflicts) = (table.page(0, 100), table.rejects(), table.conflicts());
        let counts = (table.rows(), table.untimed(), table.days());
        seen += &format!("{:?} {sources:?} {counts:?}\n{rows:#?}{rejects:#?}{conflicts:#?}", table.spec());
    }
    seen
}

#[test]
fn a_source_that_is_read_apart_is_the_same_source() {
    let long = VOTES.repeat(3_000) + "{\"Id\":}\n" + VOTES;
    let sources = [
        ("a/sales.csv", SALES),
        ("v.jsonl", VOTES),
        ("long.jsonl", long.as_str()),
        ("empty", ""),
        ("blank.csv", "\n\n"),
        ("picture", "\u{89}PNG"),
        ("a/day=1/more.csv", SALES),
        ("b.json", "[{\"a\":[1,{\"b\":2}]},{\"a\":7},[]]"),
        ("short.csv", "Id,PostId\n1,2\n"),
        ("workbook", "PK\u{3}\u{4}"),
    ];
    let types = vec![("sold".to_owned(), ChosenKind::Text), ("city".to_owned(), ChosenKind::Integer)];
    let options = ReadOptions { types, ..ReadOptions::default() };
    let typed = TableChoice { options, ..TableChoice::default() };
    let of_path = vec![("day".to_owned(), ChosenKind::Date)];
    let options = ReadOptions { types: of_path, ..ReadOptions::default() };
    let cannot_be_had = TableChoice { options, ..TableChoice::default() };
    for read_as in [
        ReadAs::Recognised,
        ReadAs::Pipeline,
        plain(KeyChoice::Row, TimeChoice::First),
        ReadAs::Plain(typed),
        ReadAs::Plain(cannot_be_had),
    ] {
        let [one, other] = [(), ()].map(|()| Table::new(votes::pipeline().table));
        let here = load_into(&one, read_as.clone(), &sources);
        let apart = load_apart_into(&other, read_as.clone(), &sources);
        assert!(here.outcomes.iter().any(|outcome| outcome.tally().read() > 0), "{read_as:?}");
        assert_eq!(all(other, apart), all(one, here), "{read_as:?}");
    }
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
    let table = table.new_table().unwrap();
    assert_eq!((table.rows(), table.days().total()), (8, 8));
    assert_eq!((&table.spec().key, table.spec().time.as_deref()), (&Key::None, Some("day")));
}

#[test]
fn rows_are_added_to_a_table_that_has_their_columns_and_can_hold_their_values() {
    let base = |text: &str| {
        let mut tables = load(ReadAs::Recognised, &[("sales.csv", text)]).tables;
        let PlainRows::New(table) = tables.remove(0).rows else { panic!("a new table") };
        Base { columns: table.columns(), ingestion: table.begin() }
    };
    for (there, rows, expected) in [
        ("a,b\n1,2.5\n", "a,b\n1,2\n", true),
        ("a,b\n1,x\n", "b,a\n2,1\n", true),
        ("a,b\n1,2\n", "a,b\n1,\n", true),
        ("a,b\n1,\n", "a,b\n1,2\n", true),
        ("a,b\n1,2\n", "a,b,c\n1,2,3\n", true),
        ("a,b\n1,2\n", "a,b\n1,2.5\n", false),
        ("a,b\n1,2.5\n", "a,b\n1,9007199254740993\n", false),
        // Only called the same.
        ("a,b\n1,2\n", "a\n1\n", false),
    ] {
        let votes = Table::new(votes::pipeline().table);
        let mut load = Load::new(votes::pipeline(), votes.begin(), ReadAs::Recognised);
        load.begin_source("sales.csv");
        load.push(rows.as_bytes()).unwrap();
        load.end_source(Ok(None));
        let loaded = load.group().build([Some(base(there))]);
        let is_added = matches!(loaded.tables[0].rows, PlainRows::Added(_));
        assert_eq!((is_added, loaded.outcomes[0].tally().stored()), (expected, 1), "{there} and {rows}");
    }
}

#[test]
fn votes_as_csv_are_votes_as_well_and_can_be_read_as_any_rows() {
    let text = "PostId,Id,VoteTypeId,CreationDate,More\n7,1,2,2021-09-06,x\n7,1,2,2021-09-06,y\n";
    let loaded = load(ReadAs::Recognised, &[("v.csv", text)]);
    assert_eq!((fates(&loaded.outcomes[0]), loaded.tables.len()), ([1, 1, 1, 0], 0));
    let loaded = load(plain(KeyChoice::None, TimeChoice::None), &[("v.csv", text)]);
    assert_eq!(fates(&loaded.outcomes[0]), [2, 0, 0, 0]);
    assert!(loaded.ingestion.is_none());
    assert_eq!(loaded.tables[0].new_table().unwrap().spec().time, None);
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
        let table = loaded.tables[0].new_table().unwrap();
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
    let table = loaded.tables[0].new_table().unwrap();
    assert_eq!((table.rows(), table.rejects().total()), (0, 2));
}
