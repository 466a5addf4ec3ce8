//! What the tests of the warehouse share: records as data and as text, and the batches that a reader makes of them.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // each test uses a part of it

pub(crate) mod durable;
pub(crate) mod model;

use sandglass_ingest::MAX_RECORD;
use sandglass_ingest::ndjson::Decoder;
use sandglass_ingest::{Batch, FieldKind, FieldSpec, RecordSpec};
use sandglass_warehouse::{Key, Table, TableSpec};

/// 2021-09-01 in days since 1970-01-01.
pub(crate) const FIRST_DAY: i32 = 18_871;

/// One line of a source.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Line {
    Record(Record),
    /// No record, and so a reject.
    Bad,
    Blank,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record {
    pub(crate) id: i64,
    /// 0 to 27, a day of September 2021.
    pub(crate) day: u8,
    /// An optional column.
    pub(crate) user: Option<i64>,
    /// Columns that the spec does not have, by number; with nothing the value is null.
    pub(crate) extra: Vec<(u8, Option<&'static str>)>,
}

pub(crate) fn record(id: i64) -> Record {
    Record { id, day: 3, user: None, extra: Vec::new() }
}

pub(crate) fn extra_name(number: u8) -> String {
    format!("Extra{number}")
}

impl Line {
    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::Bad => out.push_str("{\"Id\":1.5}"),
            Self::Blank => {}
            Self::Record(record) => {
                let Record { id, day, user, extra } = record;
                out.push_str(&format!("{{\"Id\":{id},\"At\":\"2021-09-{:02}T12:00:00.000\"", day + 1));
                if let Some(user) = user {
                    out.push_str(&format!(",\"UserId\":\"{user}\""));
                }
                for (number, value) in extra {
                    let value = value.map_or("null".to_owned(), |value| format!("\"{value}\""));
                    out.push_str(&format!(",\"{}\":{value}", extra_name(*number)));
                }
                out.push('}');
            }
        }
        out.push('\n');
    }
}

pub(crate) fn records() -> RecordSpec {
    RecordSpec::new([
        FieldSpec::required("Id", FieldKind::Integer),
        FieldSpec::required("At", FieldKind::Timestamp),
        FieldSpec::optional("UserId", FieldKind::Integer),
    ])
}

pub(crate) fn table() -> Table {
    table_with(Key::Integer("Id".to_owned()))
}

pub(crate) fn table_with(key: Key) -> Table {
    Table::new(TableSpec { name: "things".to_owned(), key, time: Some("At".to_owned()) })
}

/// The batches that a reader makes of these lines.
pub(crate) fn batches(lines: &[Line], batch_rows: usize) -> Vec<Batch> {
    let mut text = String::new();
    lines.iter().for_each(|line| line.write(&mut text));
    let mut decoder = Decoder::with_limits(&records(), batch_rows, MAX_RECORD);
    let mut batches = Vec::new();
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        rest = &rest[decoder.decode(rest)..];
        if decoder.is_full() {
            batches.extend(decoder.flush().unwrap());
        }
    }
    decoder.finish();
    batches.extend(decoder.flush().unwrap());
    batches
}

/// How many records these lines have.
pub(crate) fn count(lines: &[Line]) -> u64 {
    lines.iter().filter(|line| **line != Line::Blank).count() as u64
}
