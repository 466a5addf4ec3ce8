//! Rows of typed values become the same columns as the same values do when they are read from JSON.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use sandglass_ingest::values::{Decoder, Value};
use sandglass_ingest::{
    Batch, FieldKind, FieldSpec, Reader, RecordSpec, Shape, SourceError, write_json, write_string,
};

/// A value that can be written as JSON and read back as the same.
#[derive(Debug, Clone)]
enum Written {
    Null,
    Bool(bool),
    Int64(i64),
    Float64(f64),
    Date(i32),
    Timestamp(i64),
    Text(String),
}

impl Written {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int64(value) => Value::Int64(*value),
            Self::Float64(value) => Value::Float64(*value),
            Self::Date(days) => Value::Date(*days),
            Self::Timestamp(micros) => Value::Timestamp { micros: *micros, zone: false },
            Self::Text(text) => Value::Text(text),
        }
    }

    fn json(&self) -> String {
        let mut text = String::new();
        match self {
            Self::Null => text.push_str("null"),
            Self::Bool(value) => text = value.to_string(),
            Self::Int64(value) => text = value.to_string(),
            Self::Float64(value) => text = value.to_string(),
            Self::Date(days) => text = format!("\"{}\"", &instant(i64::from(*days) * 86_400_000_000)[..10]),
            Self::Timestamp(micros) => text = format!("\"{}\"", instant(*micros)),
            Self::Text(content) => write_string(content, &mut text),
        }
        text
    }
}

fn instant(micros: i64) -> String {
    let mut text = String::new();
    sandglass_weekly::format_micros(micros, &mut text);
    text
}

fn written() -> impl Strategy<Value = Written> {
    const YEARS: i64 = 60_000_000_000_000_000;
    prop_oneof![
        2 => Just(Written::Null),
        1 => any::<bool>().prop_map(Written::Bool),
        3 => (-1000_i64..1000).prop_map(Written::Int64),
        1 => any::<i64>().prop_map(Written::Int64),
        // Whole floats are written as whole numbers, and would be read as these.
        3 => (-1_000_000_i64..1_000_000).prop_map(|n| Written::Float64(n as f64 + 0.125)),
        2 => (-50_000_i32..50_000).prop_map(Written::Date),
        2 => (-YEARS..YEARS).prop_map(Written::Timestamp),
        2 => "[a-z0-9\"\\\\ü-]{0,6}".prop_map(Written::Text),
    ]
}

/// Columns of one kind each, and then some that are not.
fn table() -> impl Strategy<Value = Vec<Vec<Written>>> {
    prop::collection::vec(prop::collection::vec(written(), 3), 0..40)
}

fn shown(batches: &[Batch]) -> (Vec<String>, Vec<String>, Vec<String>) {
    let mut shape = Shape::default();
    batches.iter().for_each(|batch| shape.widen(&batch.rows, &batch.origins));
    let mut rows = Vec::new();
    let mut rejects = Vec::new();
    for batch in batches {
        assert_eq!(batch.records as usize, batch.rows.num_rows() + batch.rejects.len());
        let table = shape.cast(&batch.rows, &batch.origins).unwrap();
        for row in 0..table.num_rows() {
            let mut text = format!("{}:", batch.lines.line(row));
            for column in table.columns() {
                text.push(' ');
                write_json(column, row, &mut text);
            }
            rows.push(text);
        }
        rejects.extend(batch.rejects.iter().map(|reject| format!("{}: {}", reject.line, reject.reason)));
    }
    (shape.columns().map(|(name, kind)| format!("{name} {kind}")).collect(), rows, rejects)
}

fn from_values(spec: &RecordSpec, table: &[Vec<Written>], batch_rows: usize) -> Vec<Batch> {
    let mut decoder = Decoder::with_batch_rows(spec, batch_rows);
    decoder.name_columns(&["a", "b", "c"], "a table").unwrap();
    let mut batches = Vec::new();
    for (row, values) in (1..).zip(table) {
        let values: Vec<Value<'_>> = values.iter().map(Written::value).collect();
        decoder.row(row, &values);
        if decoder.is_full() {
            batches.extend(decoder.flush().unwrap());
        }
    }
    batches.extend(decoder.flush().unwrap());
    batches
}

fn from_json(spec: &RecordSpec, table: &[Vec<Written>]) -> Vec<Batch> {
    let mut reader = Reader::new(spec);
    let mut batches = Vec::new();
    let mut sink = |batch| {
        batches.push(batch);
        Ok::<_, SourceError>(())
    };
    for values in table {
        let [a, b, c] = [0, 1, 2].map(|at| values[at].json());
        reader.push(format!("{{\"a\":{a},\"b\":{b},\"c\":{c}}}\n").as_bytes(), &mut sink).unwrap();
    }
    reader.finish(&mut sink).unwrap();
    batches
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn values_become_what_json_becomes(table in table(), batch_rows in 1_usize..50) {
        prop_assume!(!table.is_empty());
        let spec = RecordSpec::inferred();
        prop_assert_eq!(shown(&from_values(&spec, &table, batch_rows)), shown(&from_json(&spec, &table)));
    }

    #[test]
    fn declared_columns_take_and_reject_the_same(table in table(), batch_rows in 1_usize..50) {
        let spec = RecordSpec::new([
            FieldSpec::required("a", FieldKind::Integer),
            FieldSpec::optional("b", FieldKind::Timestamp),
            FieldSpec::optional("c", FieldKind::Text),
        ]);
        // What a reject says of a value differs: JSON has it as it stands there.
        let places = |(columns, rows, rejects): (Vec<String>, Vec<String>, Vec<String>)| {
            let lines: Vec<String> = rejects.iter().map(|one| one.split(':').next().unwrap().to_owned()).collect();
            (columns, rows, lines)
        };
        prop_assume!(!table.is_empty());
        // A number or truth in JSON is no timestamp, and a number no text: of those the routes differ by what they know.
        let table: Vec<_> = table
            .into_iter()
            .filter(|row| matches!(row[1], Written::Null | Written::Date(_) | Written::Timestamp(_) | Written::Text(_)))
            .collect();
        prop_assume!(!table.is_empty());
        prop_assert_eq!(places(shown(&from_values(&spec, &table, batch_rows))), places(shown(&from_json(&spec, &table))));
    }
}
