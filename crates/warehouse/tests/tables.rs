//! The rules of tables, case by case.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use sandglass_ingest::ndjson::Decoder;
use sandglass_ingest::{Batch, FieldKind, FieldSpec, ReadOptions, Reader, RecordSpec, SourceError};
use sandglass_warehouse::{CommitError, Difference, Key, SourceReceipt, Table, TableSpec};
use support::{Line, Record, batches, count, record, table, table_with};

/// One ingestion of one source.
fn ingest(table: &mut Table, name: &str, lines: &[Line]) -> SourceReceipt {
    let mut ingestion = table.begin();
    ingestion.begin_source(name);
    batches(lines, 1000).into_iter().for_each(|batch| ingestion.append(batch).unwrap());
    let receipt = ingestion.end_source(count(lines)).unwrap();
    table.commit(ingestion).unwrap();
    receipt
}

#[test]
fn rejects_that_are_not_handed_out_are_in_the_accounts() {
    let options = ReadOptions { rejects_kept: 1, ..ReadOptions::default() };
    let lines = [Line::Record(record(1)), Line::Bad, Line::Bad, Line::Bad, Line::Record(record(2))];
    let mut text = String::new();
    lines.iter().for_each(|line| line.write(&mut text));
    let mut table = table();
    let mut ingestion = table.begin();
    ingestion.begin_source("one");
    let mut reader = Reader::with_options(&support::records(), &options);
    let mut append = |batch| {
        ingestion.append(batch).unwrap();
        Ok::<_, SourceError>(())
    };
    reader.push(text.as_bytes(), &mut append).unwrap();
    let summary = reader.finish(&mut append).unwrap();
    let tally = ingestion.end_source(summary.records).unwrap().tally;
    table.commit(ingestion).unwrap();
    assert_eq!((tally.read(), tally.stored(), tally.rejected()), (5, 2, 3));
    assert_eq!((table.rejects().kept().len(), table.rejects().total()), (1, 3));
}

fn batch_of(spec: &RecordSpec, text: &str) -> Batch {
    let mut decoder = Decoder::new(spec);
    decoder.decode(text.as_bytes());
    decoder.finish();
    decoder.flush().unwrap().unwrap()
}

#[test]
fn of_rows_with_one_key_the_first_stays_and_each_difference_is_listed() {
    let mut table = table();
    let first = Record { user: Some(5), extra: vec![(1, Some("a"))], ..record(-7) };
    let same = Line::Record(first.clone());
    let other = Line::Record(Record { day: 9, user: None, extra: vec![(2, Some("b"))], ..first });
    let receipt = ingest(&mut table, "one", &[same.clone(), Line::Blank, other.clone(), same]);
    assert_eq!((receipt.tally.stored(), receipt.tally.duplicates(), receipt.conflicts), (1, 2, 1));
    let receipt = ingest(&mut table, "two", &[other]);
    assert_eq!((receipt.tally.stored(), receipt.tally.duplicates(), receipt.conflicts), (0, 1, 1));

    let difference = |column: &str, stored: Option<&str>, incoming: Option<&str>| Difference {
        column: column.to_owned(),
        stored: stored.map(str::to_owned),
        incoming: incoming.map(str::to_owned),
    };
    let [first, second] = table.conflicts().kept() else { panic!("two conflicts") };
    assert_eq!((&*first.source, first.line, first.key.as_str()), ("one", 3, "-7"));
    assert_eq!((&*second.source, second.line, second.key.as_str()), ("two", 1, "-7"));
    let expected = [
        difference("At", Some("2021-09-04T12:00:00"), Some("2021-09-10T12:00:00")),
        difference("UserId", Some("5"), None),
        difference("Extra1", Some("a"), None),
        difference("Extra2", None, Some("b")),
    ];
    assert_eq!(first.differences, expected);
    let mut found = second.differences.clone();
    found.sort_by_key(|difference| expected.iter().position(|other| other == difference));
    assert_eq!(found, expected);
    assert_eq!(table.page(0, 9).len(), 1);
}

#[test]
fn logs_keep_ten_thousand_entries_and_count_all() {
    let mut table = table();
    let bad = vec![Line::Bad; 7000];
    for round in 1..=3_u64 {
        ingest(&mut table, &format!("bad {round}"), &bad);
        let rejects = table.rejects();
        assert_eq!(rejects.total(), 7000 * round);
        assert_eq!(rejects.kept().len() as u64, (7000 * round).min(10_000));
    }
    let last = table.rejects().kept().last().unwrap();
    assert_eq!((&*last.source, last.reject.line), ("bad 2", 3000));

    let mut lines = vec![Line::Record(record(1))];
    lines.extend(vec![Line::Record(Record { day: 8, ..record(1) }); 12_000]);
    let receipt = ingest(&mut table, "conflicts", &lines);
    assert_eq!((receipt.tally.duplicates(), receipt.conflicts), (12_000, 12_000));
    assert_eq!((table.conflicts().total(), table.conflicts().kept().len()), (12_000, 10_000));
    assert_eq!(table.conflicts().kept()[9999].line, 10_001);
}

#[test]
fn an_ingestion_of_another_table_is_not_taken() {
    let (mut one, other) = (table(), table());
    assert_eq!(one.commit(other.begin()), Err(CommitError::Changed));
    let empty = one.begin();
    assert_eq!(one.commit(empty), Ok(()));
}

#[test]
fn every_commit_makes_older_ingestions_stale() {
    let mut table = table();
    let stale = table.begin();
    let empty = table.begin();
    assert_eq!(table.commit(empty), Ok(()));
    let message = table.commit(stale).unwrap_err().to_string();
    assert_eq!(message, "the table has changed since this ingestion began; read the sources again");
}

#[test]
fn rows_without_the_columns_of_the_table_are_an_error_and_change_nothing() {
    let table = table();
    let needs = |column: &str, kind| format!("the table things needs a column {column} of type {kind}");
    let field = |name: &str, kind| FieldSpec::required(name, kind);
    let optional = |name: &str, kind| FieldSpec::optional(name, kind);
    use FieldKind::{Integer, Text, Timestamp};
    for (spec, text, message) in [
        ([field("Id", Integer), field("Other", Timestamp)], "{\"Id\":1,\"Other\":\"2021-09-04\"}", "At"),
        ([field("Id", Text), field("At", Timestamp)], "{\"Id\":1,\"At\":\"2021-09-04\"}", "Id"),
        ([optional("Id", Integer), field("At", Timestamp)], "{\"At\":\"2021-09-04\"}", "Id"),
        ([field("Id", Integer), field("At", Text)], "{\"Id\":1,\"At\":\"2021-09-04\"}", "At"),
    ] {
        let batch = batch_of(&RecordSpec::new(spec), text);
        let mut ingestion = table.begin();
        ingestion.begin_source("x");
        let kind = if message == "Id" { "integer, without nulls" } else { "timestamp or date" };
        assert_eq!(ingestion.append(batch).unwrap_err().to_string(), needs(message, kind));
        ingestion.forget_source();
        // The next source is stored as if nothing had been.
        ingestion.begin_source("y");
        let lines = [Line::Record(record(1))];
        batches(&lines, 10).into_iter().for_each(|batch| ingestion.append(batch).unwrap());
        assert_eq!(ingestion.end_source(1).unwrap().tally.stored(), 1);
    }
}

#[test]
fn rows_before_their_source_are_an_error() {
    let mut ingestion = table().begin();
    let batch = batches(&[Line::Record(record(1))], 10).remove(0);
    let message = ingestion.append(batch).unwrap_err().to_string();
    assert_eq!(message, "rows came before their source was named (a defect of this program)");
}

#[test]
fn accounts_that_do_not_balance_are_an_error_and_the_source_is_forgotten() {
    let mut table = table();
    let mut ingestion = table.begin();
    ingestion.begin_source("x");
    let lines = [Line::Record(record(1)), Line::Record(record(1)), Line::Bad];
    batches(&lines, 10).into_iter().for_each(|batch| ingestion.append(batch).unwrap());
    assert_eq!(
        ingestion.end_source(4).unwrap_err().to_string(),
        "the accounts do not balance (a defect of this program): 4 records read, but 1 stored, 1 duplicates and \
         1 rejected"
    );
    table.commit(ingestion).unwrap();
    assert_eq!((table.rows(), table.rejects().total(), table.days().total()), (0, 0, 0));
}

#[test]
fn a_forgotten_source_leaves_its_keys_free() {
    let mut table = table();
    let mut ingestion = table.begin();
    let lines = [Line::Record(record(1)), Line::Record(record(2)), Line::Bad];
    for end in [false, false, true] {
        ingestion.begin_source("x");
        batches(&lines, 1).into_iter().for_each(|batch| ingestion.append(batch).unwrap());
        if end {
            let tally = ingestion.end_source(3).unwrap().tally;
            assert_eq!((tally.stored(), tally.duplicates(), tally.rejected()), (2, 0, 1));
        } else {
            ingestion.forget_source();
        }
    }
    table.commit(ingestion).unwrap();
    assert_eq!((table.rows(), table.rejects().total()), (2, 1));
}

#[test]
fn a_large_table_finds_its_duplicates_in_any_order() {
    let mut table = table();
    let ids: Vec<i64> = (0..5000).map(|n| (n * 7919) % 5003 - 2500).collect();
    let lines: Vec<Line> = ids.iter().map(|&id| Line::Record(record(id))).collect();
    assert_eq!(ingest(&mut table, "once", &lines).tally.stored(), 5000);
    let changed: Vec<Line> =
        ids.iter().rev().map(|&id| Line::Record(Record { day: (id & 1) as u8 + 3, ..record(id) })).collect();
    let receipt = ingest(&mut table, "again", &changed);
    let odd = ids.iter().filter(|&&id| id & 1 == 1).count() as u64;
    assert_eq!((receipt.tally.duplicates(), receipt.conflicts), (5000, odd));
    let keys: Vec<i64> =
        table.conflicts().kept().iter().map(|conflict| conflict.key.parse().unwrap()).collect();
    let expected: Vec<i64> = ids.iter().rev().copied().filter(|id| id & 1 == 1).collect();
    assert_eq!(keys, expected);
}

#[test]
fn rows_without_a_key_are_all_stored_and_rows_that_are_the_same_as_a_whole_once() {
    let lines: Vec<Line> = [1, 2, 1, 1]
        .iter()
        .enumerate()
        .map(|(at, &id)| Line::Record(Record { day: u8::from(at == 3), ..record(id) }))
        .collect();
    for (key, stored) in [(Key::None, 4), (Key::Columns(Vec::new()), 3)] {
        let mut table = table_with(key);
        let receipt = ingest(&mut table, "one", &lines);
        assert_eq!((receipt.tally.stored(), receipt.conflicts), (stored, 0));
        assert_eq!(table.days().total(), stored);
    }
}

#[test]
fn a_row_without_a_time_is_in_no_week_and_is_counted() {
    let spec = RecordSpec::inferred();
    let key = Key::Columns(vec!["day".to_owned(), "x".to_owned()]);
    let mut table = Table::new(TableSpec { name: "days".to_owned(), key, time: Some("day".to_owned()) });
    let mut ingestion = table.begin();
    ingestion.begin_source("s");
    let rows =
        "{\"day\":\"2021-09-01\",\"x\":1}\n{\"x\":1}\n{\"x\":1,\"y\":2}\n{\"day\":\"2021-09-01\",\"x\":2}\n";
    ingestion.append(batch_of(&spec, rows)).unwrap();
    let receipt = ingestion.end_source(4).unwrap();
    assert_eq!((receipt.tally.stored(), receipt.tally.duplicates(), receipt.conflicts), (3, 1, 1));
    table.commit(ingestion).unwrap();
    assert_eq!((table.days().total(), table.untimed()), (2, 1));
    assert_eq!(table.conflicts().kept()[0].key, "null, 1");
    let y = Difference { column: "y".to_owned(), stored: None, incoming: Some("2".to_owned()) };
    assert_eq!(table.conflicts().kept()[0].differences, [y]);
}
