//! What others read in a segment: DuckDB, pyarrow, pandas and Polars find the values that were written.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use sandglass_segments::encode;
use serde_json::{Value, json};
use support::{Random, batch, render};

/// The interpreter that has the modules. One that is named, as `cargo xtask test` does, has to have them.
fn python(modules: &str) -> Option<PathBuf> {
    let named = std::env::var_os("SANDGLASS_PYTHON").map(PathBuf::from);
    let python = named.clone().unwrap_or_else(|| "python3".into());
    let imports = format!("import {modules}");
    let found =
        Command::new(&python).args(["-c", &imports]).output().is_ok_and(|output| output.status.success());
    assert!(found || named.is_none(), "{} does not have {modules}", python.display());
    found.then_some(python)
}

fn read(python: &Path, reader: &str, file: &Path, step: usize) -> Vec<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/others.py");
    let output =
        Command::new(python).arg(script).arg(file).arg(reader).arg(step.to_string()).output().unwrap();
    assert!(output.status.success(), "{reader}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Holds one row of `step` against what others read.
fn check(name: &str, batches: &[RecordBatch], step: usize) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("segment.parquet");
    std::fs::write(&file, encode(batches).unwrap().bytes).unwrap();
    let names = batches[0].schema().fields().iter().map(|field| json!(field.name())).collect();
    let rows = batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
    let mut expected = vec![json!(rows.clone().count()), Value::Array(names)];
    expected.extend(rows.step_by(step).map(|(batch, row)| {
        Value::Array(batch.columns().iter().map(|column| render(column, row)).collect())
    }));
    let readers = [
        ("duckdb", "duckdb, pyarrow"),
        ("pyarrow", "pyarrow.parquet"),
        ("pandas", "pandas, pyarrow"),
        ("polars", "polars, pyarrow"),
    ];
    for (reader, modules) in readers {
        let Some(python) = python(modules) else {
            eprintln!("skipped: no Python here has {modules}; name one in SANDGLASS_PYTHON");
            continue;
        };
        let found = read(&python, reader, &file, step);
        assert_eq!(found.len(), expected.len(), "{name}: rows of {reader}");
        for (row, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found, expected, "{name}: row {row} of {reader}");
        }
    }
}

fn named(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, true)
}

#[test]
fn plain_values_are_read() {
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        named("a.b", DataType::Int64),
        named("日本 \"x\"", DataType::Float64),
        named("boolean", DataType::Boolean),
        named("date", DataType::Date32),
        named("text", DataType::Utf8),
        named("price", DataType::Decimal128(9, 2)),
        named("longer", DataType::Decimal128(18, 0)),
        named("longest", DataType::Decimal128(38, 10)),
        named("nothing", DataType::Null),
    ]));
    let mut random = Random(11);
    check("plain", &[300, 1, 0, 700].map(|rows| batch(&mut random, &schema, rows)), 1);
}

#[test]
fn times_are_read() {
    let timestamp = |zone: Option<&str>| DataType::Timestamp(TimeUnit::Microsecond, zone.map(Into::into));
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        named("time", timestamp(None)),
        named("utc", timestamp(Some("UTC"))),
    ]));
    // Not those that DuckDB has for something else: the last ones are its infinities.
    let day = 86_400_000_000_i64;
    let values = || (0..500).map(|n: i64| (n % 7 != 0).then_some((n * n * 97 - 20_000) * (day / 1000) + n));
    let ids = (0..500).collect::<Vec<i64>>();
    let times = arrow_array::TimestampMicrosecondArray::from_iter(values());
    let columns: Vec<ArrayRef> = vec![
        Arc::new(arrow_array::Int64Array::from(ids)),
        Arc::new(times.clone()),
        Arc::new(times.with_timezone("UTC")),
    ];
    check("times", &[RecordBatch::try_new(schema, columns).unwrap()], 1);
}

#[test]
fn nested_values_are_read() {
    let list = |element| DataType::new_list(element, true);
    let members = Fields::from(vec![named("a", DataType::Int64), named("b", list(DataType::Utf8))]);
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        named("object", DataType::Struct(members.clone())),
        named("objects", list(DataType::Struct(members))),
        named("lists", list(list(DataType::Int64))),
        named("decimals", list(DataType::Decimal128(38, 3))),
    ]));
    let mut random = Random(12);
    check("nested", &[400, 300].map(|rows| batch(&mut random, &schema, rows)), 1);
}

#[test]
fn several_row_groups_are_read() {
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        named("sparse", DataType::Int64),
        named("text", DataType::Utf8),
    ]));
    let mut random = Random(13);
    check("several row groups", &[100_000, 40_000].map(|rows| batch(&mut random, &schema, rows)), 101);
}
