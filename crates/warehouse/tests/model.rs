//! Any sequence of sources and ingestions, kept, forgotten, dropped or stale, against the model.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use proptest::prelude::*;
use sandglass_warehouse::{CommitError, Conflict, Ingestion, Key, SourceReceipt, Table};
use support::model::{Differing, Fates, Model};
use support::{Line, Record, batches, count, table_with};

#[derive(Debug, Clone)]
struct Source {
    lines: Vec<Line>,
    batch_rows: usize,
    /// After so many batches it is forgotten, if at all.
    forgotten: Option<(usize, Forgetting)>,
}

#[derive(Debug, Clone, Copy)]
enum Forgetting {
    Asked,
    /// The next source begins, or the ingestion ends.
    NeverEnded,
    /// The reader says that there were more records than came.
    Unbalanced,
}

#[derive(Debug, Clone)]
enum Fate {
    Committed,
    Dropped,
    /// An ingestion that began at the same time is committed first.
    Stale(Vec<Source>),
}

fn key() -> impl Strategy<Value = i64> {
    let far = [i64::MIN, -1 << 40, -65_536, 65_535, 65_536, 1 << 32, i64::MAX];
    prop_oneof![6 => -3..9_i64, 1 => prop::sample::select(far.to_vec())]
}

fn record() -> impl Strategy<Value = Record> {
    let text = prop::option::of(prop::sample::select(vec!["x", "y", ""]));
    let extra = prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec((0..3_u8, text), 1..3)];
    // Few days and users, so that duplicates are often the same in everything.
    (key(), 0..2_u8, prop::option::of(1..3_i64), extra).prop_map(|(id, day, user, extra)| Record {
        id,
        day,
        user,
        extra,
    })
}

fn line() -> impl Strategy<Value = Line> {
    prop_oneof![12 => record().prop_map(Line::Record), 1 => Just(Line::Bad), 1 => Just(Line::Blank)]
}

/// Lines in any order, or by ascending key as in most files.
fn lines() -> impl Strategy<Value = Vec<Line>> {
    (prop::collection::vec(line(), 0..25), any::<bool>()).prop_map(|(mut lines, ascending)| {
        if ascending {
            lines.sort_by_key(|line| if let Line::Record(record) = line { record.id } else { 0 });
        }
        lines
    })
}

fn source() -> impl Strategy<Value = Source> {
    let forgetting =
        prop::sample::select(vec![Forgetting::Asked, Forgetting::NeverEnded, Forgetting::Unbalanced]);
    let forgotten = prop::option::weighted(0.25, (0..6_usize, forgetting));
    (lines(), 1..9_usize, forgotten).prop_map(|(lines, batch_rows, forgotten)| Source {
        lines,
        batch_rows,
        forgotten,
    })
}

fn ingestions() -> impl Strategy<Value = Vec<(Vec<Source>, Fate)>> {
    let sources = || prop::collection::vec(source(), 0..4);
    let fate = prop_oneof![
        4 => Just(Fate::Committed),
        1 => Just(Fate::Dropped),
        1 => sources().prop_map(Fate::Stale),
    ];
    prop::collection::vec((sources(), fate), 1..5)
}

fn fates(receipt: SourceReceipt) -> Fates {
    let tally = receipt.tally;
    assert_eq!(tally.read(), tally.stored() + tally.duplicates() + tally.rejected());
    Fates {
        stored: tally.stored(),
        duplicates: tally.duplicates(),
        rejected: tally.rejected(),
        conflicts: receipt.conflicts,
    }
}

/// Brings sources into an ingestion and into a model of it.
fn bring(sources: &[Source], ingestion: &mut Ingestion, model: &mut Model) {
    for (index, source) in sources.iter().enumerate() {
        let name = format!("source {index}");
        let batches = batches(&source.lines, source.batch_rows);
        ingestion.begin_source(&name);
        if let Some((after, forgetting)) = source.forgotten {
            let came: u64 = batches.iter().take(after).map(|batch| batch.records).sum();
            batches.into_iter().take(after).for_each(|batch| ingestion.append(batch).unwrap());
            match forgetting {
                Forgetting::Asked => ingestion.forget_source(),
                Forgetting::NeverEnded => {}
                Forgetting::Unbalanced => {
                    assert_eq!(ingestion.end_source(came + 1).unwrap_err().read, came + 1);
                }
            }
        } else {
            batches.into_iter().for_each(|batch| ingestion.append(batch).unwrap());
            let receipt = ingestion.end_source(count(&source.lines)).unwrap();
            assert_eq!(fates(receipt), model.take(&name, &source.lines, source.batch_rows));
        }
    }
}

fn differing(conflict: &Conflict) -> Differing {
    let differences = conflict
        .differences
        .iter()
        .map(|difference| {
            (difference.column.clone(), (difference.stored.clone(), difference.incoming.clone()))
        })
        .collect();
    (conflict.source.to_string(), conflict.line, conflict.key.parse().unwrap(), differences)
}

fn same(table: &Table, model: &Model) {
    assert_eq!(table.rows(), model.rows.len() as u64);
    let rows: Vec<_> = (0..model.rows.len()).map(|row| model.row(row)).collect();
    assert_eq!(table.page(0, rows.len() + 5), rows);
    for first in 0..=rows.len() + 1 {
        let end = (first + 3).min(rows.len());
        assert_eq!(table.page(first as u64, 3), rows[first.min(end)..end], "the page from {first}");
    }
    let columns: Vec<_> =
        table.columns().into_iter().map(|column| (column.nulls, column.name.clone())).collect();
    let expected: Vec<_> = model.columns.iter().map(|name| (model.nulls(name), name.clone())).collect();
    assert_eq!(columns, expected);
    assert_eq!(table.days().iter().collect::<Vec<_>>(), model.days.clone().into_iter().collect::<Vec<_>>());
    assert_eq!(table.days().total(), table.rows());

    let kept = table.rejects().kept();
    let rejects: Vec<_> = kept.iter().map(|logged| (logged.source.to_string(), logged.reject.line)).collect();
    assert_eq!((rejects.len() as u64, &rejects), (table.rejects().total(), &model.rejects));
    let conflicts: Vec<_> = table.conflicts().kept().iter().map(differing).collect();
    assert_eq!((conflicts.len() as u64, &conflicts), (table.conflicts().total(), &model.conflicts));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_table_has_what_the_model_has(ingestions in ingestions(), any_columns: bool) {
        // A key of any columns and one of integers are kept in different ways, and are the same to the outside.
        let key = "Id".to_owned();
        let mut table =
            table_with(if any_columns { Key::Columns(vec![key]) } else { Key::Integer(key) });
        let mut model = Model::default();
        let mut committed: Vec<Source> = Vec::new();
        for (sources, fate) in ingestions {
            let mut ingestion = table.begin();
            let mut after = model.clone();
            bring(&sources, &mut ingestion, &mut after);
            // Nothing shows before it is committed.
            same(&table, &model);
            match fate {
                Fate::Committed => {
                    table.commit(ingestion).unwrap();
                    model = after;
                    committed.extend(sources);
                }
                Fate::Dropped => drop(ingestion),
                Fate::Stale(others) => {
                    let mut first = table.begin();
                    bring(&others, &mut first, &mut model);
                    table.commit(first).unwrap();
                    prop_assert_eq!(table.commit(ingestion), Err(CommitError::Changed));
                    committed.extend(others);
                }
            }
            same(&table, &model);
        }

        // Whatever was ended once brings nothing new when it comes again.
        let (rows, columns) = (table.rows(), table.columns());
        let mut again = table.begin();
        for source in committed.iter().filter(|source| source.forgotten.is_none()) {
            again.begin_source("again");
            for batch in batches(&source.lines, source.batch_rows) {
                again.append(batch).unwrap();
            }
            let receipt = again.end_source(count(&source.lines)).unwrap();
            prop_assert_eq!(fates(receipt).stored, 0);
        }
        table.commit(again).unwrap();
        prop_assert_eq!((table.rows(), table.columns()), (rows, columns));
    }
}
