//! Sources that have grown, through a job: what comes of their beginnings and then of the rest is what comes of all at once.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use proptest::prelude::*;
use sandglass_pipelines::{
    Base, Grouped, KeyChoice, Load, PlainRows, ReadAs, SourceOutcome, TableChoice, TimeChoice, votes,
};
use sandglass_warehouse::manifest::TableId;
use sandglass_warehouse::{Resume, Table};

/// Without a time: whether a table has one is decided by its first rows.
fn read_as(key: Option<&str>) -> ReadAs {
    let key = match key {
        None => KeyChoice::None,
        Some("*") => KeyChoice::Row,
        Some(key) => KeyChoice::Columns(vec![key.to_owned()]),
    };
    ReadAs::Plain(TableChoice { key, time: TimeChoice::None, ..TableChoice::default() })
}

fn job(table: &Table, read_as: &ReadAs) -> Load {
    Load::new(votes::pipeline(), table.begin(), read_as.clone())
}

fn read(load: &mut Load, name: &str, text: &str) {
    load.begin_source(name);
    let end = load.push(text.as_bytes());
    load.end_source(end.map(|()| None).map_err(|error| error.to_string()));
}

/// Reads what is behind an end; whether it can be read on.
fn read_on(load: &mut Load, name: &str, of_pipeline: bool, text: &str, resume: &Resume) -> bool {
    let is_begun = load.begin_rest(name, of_pipeline, text.as_bytes(), resume).unwrap();
    if is_begun {
        let end = load.push(&text.as_bytes()[resume.byte as usize..]);
        load.end_source(end.map(|()| None).map_err(|error| error.to_string()));
    }
    is_begun
}

/// The rows of a table, its rejects, and their numbers.
fn content(table: &Table) -> String {
    let rejects: Vec<String> = table
        .rejects()
        .kept()
        .iter()
        .map(|logged| {
            format!("{} {} {}", logged.reject.line, logged.reject.byte_offset, logged.reject.reason)
        })
        .collect();
    format!("{:#?} {rejects:#?} {}", table.page(0, 1000), table.conflicts().total())
}

/// Read, stored, duplicates, conflicts and rejected.
fn account(outcome: &SourceOutcome) -> [u64; 5] {
    let tally = outcome.tally();
    [tally.read(), tally.stored(), tally.duplicates(), outcome.receipt.conflicts, tally.rejected()]
}

/// Reads a text in two. Nothing if it cannot be read on; else whether the rest went to the table of the beginning.
fn check(text: &str, cut: usize, key: Option<&str>) -> Option<bool> {
    let read_as = read_as(key);
    let votes = Table::new(votes::pipeline().table);
    let mut load = job(&votes, &read_as);
    read(&mut load, "a.csv", &text[..cut]);
    let before = load.finish();
    let resume = before.outcomes[0].resume.clone().filter(|_| before.outcomes[0].failure.is_none())?;
    let PlainRows::New(mut table) = before.tables.into_iter().next()?.rows else { panic!("a new table") };

    let mut load = job(&votes, &read_as);
    if !read_on(&mut load, "a.csv", false, text, &resume) {
        return None;
    }
    let base = Base { columns: table.columns(), ingestion: table.begin() };
    let mut grouped = load.group();
    assert_eq!(homes(&mut grouped, &[("a.csv", "a")]), ["main.a"]);
    let then = grouped.build([Some(base)]);
    assert_eq!(then.outcomes[0].failure, None);

    let mut load = job(&votes, &read_as);
    read(&mut load, "a.csv", text);
    let whole = load.finish();
    let PlainRows::New(expected) = &whole.tables[0].rows else { panic!("a new table") };
    let [one, two] = [&before.outcomes[0], &then.outcomes[0]].map(account);
    let sums: Vec<u64> = one.iter().zip(two).map(|(one, two)| one + two).collect();
    match then.tables.into_iter().next()?.rows {
        PlainRows::Added(added) => {
            table.commit(*added).unwrap();
            assert_eq!(content(&table), content(expected), "cut at {cut}\n{text}");
            assert_eq!(sums, account(&whole.outcomes[0]), "cut at {cut}\n{text}");
            assert_eq!(then.outcomes[0].resume, whole.outcomes[0].resume);
            Some(true)
        }
        // Types that the table cannot hold: nothing is lost.
        PlainRows::New(other) => {
            let of_whole = account(&whole.outcomes[0]);
            assert_eq!((sums[0], sums[4]), (of_whole[0], of_whole[4]), "cut at {cut}\n{text}");
            assert_eq!(table.rows() + other.rows(), sums[1], "cut at {cut}\n{text}");
            Some(false)
        }
    }
}

fn any_text() -> impl Strategy<Value = String> {
    let fields = ["1", "2", "30", "2.5", "x", "\"y\nz\"", "\"p;\"\"q\"\"\"", "", "2021-09-04", "\""];
    const IDS: [&str; 8] = ["1", "2", "3", "4", "5", "6", "7", ""];
    let row =
        (prop::sample::select(&IDS[..]), prop::collection::vec(prop::sample::select(fields.to_vec()), 1..3));
    let row = row.prop_map(|(id, fields)| format!("{id};{}", fields.join(";")));
    let end = prop::sample::select(&["\n", "\n", "\n", "\r\n", "\n\n", "\n# c\n"][..]);
    let rows = prop::collection::vec((row, end), 1..20);
    let begin = prop::sample::select(&["id;a\n", "# c\r\nid;a\r\n", "\u{feff}id;a\n"][..]);
    (begin, rows)
        .prop_map(|(begin, rows)| rows.iter().fold(begin.to_owned(), |text, (row, end)| text + row + end))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_cut_behind_any_line(text in any_text(), key in prop::sample::select(&[None, Some("id"), Some("*")][..])) {
        for (at, _) in text.match_indices('\n') {
            if at + 1 < text.len() {
                check(&text, at + 1, key);
            }
        }
    }
}

#[test]
fn rows_are_added_where_they_fit_and_rejects_in_any_case() {
    for (text, cut, expected) in [
        ("id;a\n1;2\n2;3\n2;3\n", 9, Some(true)),
        ("id;a\n1;x\n2;3\n", 9, Some(true)),
        ("id;a\n1;2\n2;x\n", 9, Some(false)),
        ("id;a\n1;2\n2;3;4\n", 9, Some(true)),
        ("id;a\n1;2\n\n", 9, Some(true)),
        // A column that has had no type so far: what has no value in it is the same row as before.
        ("id;a\n1;\n1;\n2;3\n", 8, Some(true)),
        ("id;a\n1;\"2\n3\"\n", 9, None),
    ] {
        for key in [None, Some("id")] {
            assert_eq!(check(text, cut, key), expected, "{text}");
        }
    }
    // Without a key that the table wants.
    let text = "id;a\n1;2\n;3\n";
    assert_eq!([None, Some("id")].map(|key| check(text, 9, key)), [Some(true), Some(false)]);
}

#[test]
fn votes_as_csv_go_on_in_their_table() {
    let text =
        "Id,PostId,VoteTypeId,CreationDate\n1,7,2,2021-09-06\n2,7,x,2021-09-06\n2,7,2,2021-09-14\n3,7\n";
    let cut = text.find("2,7,x").unwrap();
    let mut table = Table::new(votes::pipeline().table);
    let mut load = job(&table, &ReadAs::Recognised);
    read(&mut load, "v.csv", &text[..cut]);
    let before = load.finish();
    table.commit(before.ingestion.unwrap()).unwrap();
    let mut load = job(&table, &ReadAs::Recognised);
    assert!(read_on(&mut load, "v.csv", true, text, before.outcomes[0].resume.as_ref().unwrap()));
    let then = load.finish();
    table.commit(then.ingestion.unwrap()).unwrap();
    assert_eq!(account(&then.outcomes[0]), [3, 1, 0, 0, 2]);
    let lines: Vec<u64> = table.rejects().kept().iter().map(|logged| logged.reject.line).collect();
    assert_eq!((table.rows(), lines), (2, vec![3, 5]));
}

fn homes(grouped: &mut Grouped, beginnings: &[(&str, &str)]) -> Vec<String> {
    let beginning = |source: &str| {
        let found = beginnings.iter().find(|(name, _)| *name == source);
        found.map(|(_, table)| TableId::new(TableId::MAIN, table))
    };
    grouped.homes(|_| TableId::MAIN.to_owned(), beginning).iter().map(ToString::to_string).collect()
}

#[test]
fn what_comes_goes_where_the_beginning_is() {
    let votes = Table::new(votes::pipeline().table);
    let mut load = job(&votes, &ReadAs::Recognised);
    for (name, text) in [("f/a.csv", "x,y\n1,2\n"), ("f/b.csv", "x,y\n3,4\n"), ("c.csv", "p,q\n5,6\n")] {
        read(&mut load, name, text);
    }
    let mut grouped = load.group();
    assert_eq!(homes(&mut grouped, &[]), ["main.f", "main.c"]);
    assert_eq!(homes(&mut grouped, &[("c.csv", "c_2")]), ["main.f", "main.c_2"]);
    // Only if all of them began there, and nothing else goes there.
    assert_eq!(homes(&mut grouped, &[("f/a.csv", "a"), ("c.csv", "f")]), ["main.f", "main.c"]);
    assert_eq!(homes(&mut grouped, &[("f/a.csv", "a"), ("f/b.csv", "b")]), ["main.f", "main.c"]);
    assert_eq!(
        homes(&mut grouped, &[("f/a.csv", "a"), ("f/b.csv", "a"), ("c.csv", "a")]),
        ["main.a", "main.c"]
    );
}
