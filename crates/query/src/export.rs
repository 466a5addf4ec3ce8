//! Results as files, written as their rows come.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::writer::{JsonArray, LineDelimited};
use arrow::json::{Writer as JsonWriter, WriterBuilder};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use thiserror::Error;

use crate::tables::{quoted, type_name};
use crate::{ErrorKind, QueryError, display};

/// Rows of one `INSERT`.
const INSERTED: u64 = 500;

/// The forms of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportForm {
    /// A header line and comma-separated values.
    Csv,
    /// An object on every line.
    Ndjson,
    /// An array of objects.
    Json,
    /// A table in Markdown.
    Markdown,
    /// Parquet.
    Parquet,
    /// Arrow IPC.
    Arrow,
    /// `CREATE TABLE` and `INSERT` statements.
    Inserts,
}

impl ExportForm {
    /// How the name of such a file ends.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Json => "json",
            Self::Markdown => "md",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::Inserts => "sql",
        }
    }

    /// What browsers call it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
            Self::Json => "application/json",
            Self::Markdown => "text/markdown",
            Self::Parquet => "application/vnd.apache.parquet",
            Self::Arrow => "application/vnd.apache.arrow.file",
            Self::Inserts => "application/sql",
        }
    }
}

/// Why a file could not be written.
#[derive(Debug, Error)]
pub enum ExportError {
    /// Values that the form does not have.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// The same, for Parquet.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// The file takes no more.
    #[error(transparent)]
    Write(#[from] io::Error),
}

impl From<ExportError> for QueryError {
    fn from(error: ExportError) -> Self {
        Self::new(ErrorKind::Data, format!("the file could not be written: {error}"))
    }
}

/// A file on its way out.
pub struct Export<W: Write + Send> {
    way: Way<W>,
    rows: u64,
}

impl<W: Write + Send> std::fmt::Debug for Export<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export").field("rows", &self.rows).finish_non_exhaustive()
    }
}

enum Way<W: Write + Send> {
    Csv(Box<arrow::csv::Writer<W>>),
    Json(JsonWriter<W, JsonArray>),
    Ndjson(JsonWriter<W, LineDelimited>),
    Markdown(W),
    Parquet(Box<ArrowWriter<W>>),
    Arrow(Box<arrow::ipc::writer::FileWriter<W>>),
    Inserts(W),
}

impl<W: Write + Send> Export<W> {
    /// A file for rows with these columns.
    ///
    /// # Errors
    /// When it takes nothing, or the form does not have such columns.
    pub fn begin(form: ExportForm, schema: &SchemaRef, mut out: W) -> Result<Self, ExportError> {
        let json = || WriterBuilder::new().with_explicit_nulls(true);
        let way = match form {
            ExportForm::Csv => {
                let writer = arrow::csv::WriterBuilder::new()
                    .with_header(true)
                    .with_timestamp_format("%Y-%m-%d %H:%M:%S%.f".to_owned())
                    .with_timestamp_tz_format("%Y-%m-%d %H:%M:%S%.f%:z".to_owned());
                let mut writer = writer.build(out);
                // The header, also where there are no rows.
                writer.write(&flat(&RecordBatch::new_empty(Arc::clone(schema)))?)?;
                Way::Csv(Box::new(writer))
            }
            ExportForm::Json => Way::Json(json().build(out)),
            ExportForm::Ndjson => Way::Ndjson(json().build(out)),
            ExportForm::Markdown => {
                let names = schema.fields().iter().map(|field| markdown(field.name()));
                writeln!(out, "| {} |", names.collect::<Vec<_>>().join(" | "))?;
                let rule = schema.fields().iter().map(|field| match display::is_number(field.data_type()) {
                    true => "---:",
                    false => "---",
                });
                writeln!(out, "| {} |", rule.collect::<Vec<_>>().join(" | "))?;
                Way::Markdown(out)
            }
            ExportForm::Parquet => {
                let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
                Way::Parquet(Box::new(ArrowWriter::try_new(out, Arc::clone(schema), Some(properties))?))
            }
            ExportForm::Arrow => Way::Arrow(Box::new(arrow::ipc::writer::FileWriter::try_new(out, schema)?)),
            ExportForm::Inserts => {
                let columns = schema.fields().iter().map(|field| {
                    let of = match field.data_type() {
                        // What never had a value has no type.
                        DataType::Null => "VARCHAR".to_owned(),
                        nested if nested.is_nested() => "VARCHAR".to_owned(),
                        other => type_name(other),
                    };
                    format!("  {} {of}", quoted(field.name()))
                });
                writeln!(out, "CREATE TABLE result (\n{}\n);", columns.collect::<Vec<_>>().join(",\n"))?;
                Way::Inserts(out)
            }
        };
        Ok(Self { way, rows: 0 })
    }

    /// Writes rows.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ExportError> {
        let before = self.rows;
        self.rows += batch.num_rows() as u64;
        match &mut self.way {
            Way::Csv(writer) => writer.write(&flat(batch)?)?,
            Way::Json(writer) => writer.write(batch)?,
            Way::Ndjson(writer) => writer.write(batch)?,
            Way::Markdown(out) => {
                for row in 0..batch.num_rows() {
                    let cells = batch.columns().iter().map(|column| match display::cell(column, row) {
                        Some(text) => markdown(&text),
                        None => String::new(),
                    });
                    writeln!(out, "| {} |", cells.collect::<Vec<_>>().join(" | "))?;
                }
            }
            Way::Parquet(writer) => {
                writer.write(batch)?;
                // What is encoded of a row group is in memory until it is whole.
                if writer.in_progress_size() > ROW_GROUP {
                    writer.flush()?;
                }
            }
            Way::Arrow(writer) => writer.write(batch)?,
            Way::Inserts(out) => insert(out, batch, before)?,
        }
        Ok(())
    }

    /// Writes what is left. Returns how many rows there were.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub fn finish(self) -> Result<u64, ExportError> {
        match self.way {
            Way::Csv(writer) => writer.into_inner().flush()?,
            Way::Json(mut writer) => {
                writer.finish()?;
                let mut out = writer.into_inner();
                writeln!(out)?;
                out.flush()?;
            }
            Way::Ndjson(mut writer) => {
                writer.finish()?;
                writer.into_inner().flush()?;
            }
            Way::Markdown(mut out) => out.flush()?,
            Way::Parquet(writer) => writer.into_inner()?.flush()?,
            Way::Arrow(mut writer) => {
                writer.finish()?;
                writer.into_inner()?.flush()?;
            }
            Way::Inserts(mut out) => {
                if self.rows > 0 {
                    writeln!(out, ";")?;
                }
                out.flush()?;
            }
        }
        Ok(self.rows)
    }
}

/// Bytes of a row group that are encoded before it is ended.
const ROW_GROUP: usize = 64 << 20;

/// Lists and structs as text, for forms that have neither.
fn flat(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let mut fields = Vec::with_capacity(batch.num_columns());
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(batch.num_columns());
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        if field.data_type().is_nested() {
            let texts = (0..batch.num_rows()).map(|row| display::cell(column, row));
            columns.push(Arc::new(texts.collect::<StringArray>()));
            fields.push(Field::new(field.name(), DataType::Utf8, true));
        } else {
            columns.push(Arc::clone(column));
            fields.push(field.as_ref().clone());
        }
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}

/// A text as a cell of a table in Markdown.
fn markdown(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;")
}

/// Rows as values of `INSERT`s, some to each.
fn insert(out: &mut impl Write, batch: &RecordBatch, before: u64) -> io::Result<()> {
    for row in 0..batch.num_rows() {
        let at = before + row as u64;
        if at.is_multiple_of(INSERTED) {
            let end = if at == 0 { "" } else { ";\n" };
            write!(out, "{end}INSERT INTO result VALUES\n  ")?;
        } else {
            write!(out, ",\n  ")?;
        }
        let values = batch.columns().iter().map(|column| literal(column, row));
        write!(out, "({})", values.collect::<Vec<_>>().join(", "))?;
    }
    Ok(())
}

/// A value as SQL has it.
fn literal(column: &ArrayRef, row: usize) -> String {
    let Some(text) = display::cell(column, row) else { return "NULL".to_owned() };
    match column.data_type() {
        DataType::Boolean => text.to_uppercase(),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            // Neither is a number in SQL.
            let is_finite = text.parse::<f64>().is_ok_and(f64::is_finite);
            if is_finite { text } else { format!("CAST('{text}' AS DOUBLE)") }
        }
        number if number.is_numeric() => text,
        DataType::Binary => {
            let hex = column.as_binary::<i32>().value(row).iter().map(|byte| format!("{byte:02X}"));
            format!("X'{}'", hex.collect::<String>())
        }
        DataType::Date32 | DataType::Date64 => format!("DATE '{text}'"),
        DataType::Timestamp(_, None) => format!("TIMESTAMP '{text}'"),
        _ => format!("'{}'", text.replace('\'', "''")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use arrow::array::{BooleanArray, Float64Array, Int64Array, ListArray, TimestampMicrosecondArray};
    use arrow::datatypes::Int64Type;

    fn rows() -> RecordBatch {
        let lists = [Some(vec![Some(1), None]), None];
        RecordBatch::try_from_iter([
            ("n", Arc::new(Int64Array::from(vec![Some(1), None])) as ArrayRef),
            ("a b", Arc::new(StringArray::from(vec!["it's | \"x\"", "2\n3"]))),
            ("f", Arc::new(Float64Array::from(vec![0.5, f64::NAN]))),
            ("at", Arc::new(TimestampMicrosecondArray::from(vec![1_500_000, 0]))),
            ("is", Arc::new(BooleanArray::from(vec![true, false]))),
            ("l", Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(lists))),
        ])
        .unwrap()
    }

    fn written(form: ExportForm, batches: &[RecordBatch]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut export = Export::begin(form, &rows().schema(), &mut bytes).unwrap();
        for batch in batches {
            export.write(batch).unwrap();
        }
        let all: usize = batches.iter().map(RecordBatch::num_rows).sum();
        assert_eq!(export.finish().unwrap(), all as u64);
        bytes
    }

    fn text(form: ExportForm, batches: &[RecordBatch]) -> String {
        String::from_utf8(written(form, batches)).unwrap()
    }

    #[test]
    fn texts_are_as_their_form_wants_them() {
        let csv = text(ExportForm::Csv, &[rows()]);
        assert_eq!(
            csv,
            "n,a b,f,at,is,l\n1,\"it's | \"\"x\"\"\",0.5,1970-01-01 00:00:01.500,true,\"[1, ]\"\n,\"2\n3\",NaN,1970-01-01 00:00:00,false,\n"
        );
        assert_eq!(text(ExportForm::Csv, &[]), "n,a b,f,at,is,l\n");
        let ndjson = text(ExportForm::Ndjson, &[rows()]);
        assert_eq!(
            ndjson.lines().next().unwrap(),
            r#"{"n":1,"a b":"it's | \"x\"","f":0.5,"at":"1970-01-01T00:00:01.500","is":true,"l":[1,null]}"#
        );
        assert_eq!(ndjson.lines().count(), 2);
        let json = text(ExportForm::Json, &[rows(), rows()]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json.as_array().map(Vec::len), Some(4));
        assert_eq!(text(ExportForm::Json, &[]), "[]\n");
        let markdown = text(ExportForm::Markdown, &[rows()]);
        assert!(
            markdown.starts_with("| n | a b | f | at | is | l |\n| ---: | --- | ---: | --- | --- | --- |\n")
        );
        assert!(markdown.contains("it's \\| \"x\"") && markdown.contains("| 2 3 |"));
    }

    #[test]
    fn inserts_make_the_same_rows_again() {
        let sql = text(ExportForm::Inserts, &[rows()]);
        assert!(
            sql.starts_with("CREATE TABLE result (\n  n BIGINT,\n  \"a b\" VARCHAR,\n  f DOUBLE,\n"),
            "{sql}"
        );
        assert!(
            sql.contains("(1, 'it''s | \"x\"', 0.5, TIMESTAMP '1970-01-01 00:00:01.500', TRUE, '[1, ]')"),
            "{sql}"
        );
        assert!(sql.ends_with("FALSE, NULL);\n"), "{sql}");
        let many = vec![rows(); 300];
        let sql = text(ExportForm::Inserts, &many);
        assert_eq!(sql.matches("INSERT INTO").count(), 2);
        assert_eq!(crate::statements(&sql).unwrap().len(), 3);
        assert_eq!(text(ExportForm::Inserts, &[]).matches(';').count(), 1);
    }

    #[test]
    fn binary_forms_are_read_again() {
        let bytes = written(ExportForm::Arrow, &[rows(), rows()]);
        let read = arrow::ipc::reader::FileReader::try_new(io::Cursor::new(bytes), None).unwrap();
        assert_eq!(read.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 4);
        let bytes = written(ExportForm::Parquet, &[rows(), rows()]);
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
    }
}
