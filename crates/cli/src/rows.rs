//! Rows of any table: aligned for people, or as CSV, NDJSON, JSON, Parquet or Arrow for programs.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Result, bail};
use arrow_array::{Array, RecordBatch};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use sandglass_ingest::{Shape, write_json, write_string};
use sandglass_warehouse::cell;

use crate::print::line;

/// How rows are written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowFormat {
    /// Comma-separated, with a header. A null is empty, an empty text is two quotes.
    Csv,
    /// An object on every line. A null is left out.
    Ndjson,
    /// An array of objects.
    Json,
    /// Parquet, with zstd.
    Parquet,
    /// Arrow IPC with a footer, not packed.
    Arrow,
}

impl RowFormat {
    /// That which the ending of a path says.
    pub(crate) fn of(path: &Path) -> Result<Self> {
        Ok(match path.extension().and_then(|ending| ending.to_str()) {
            Some("csv") => Self::Csv,
            Some("ndjson" | "jsonl") => Self::Ndjson,
            Some("json") => Self::Json,
            Some("parquet") => Self::Parquet,
            Some("arrow") => Self::Arrow,
            _ => bail!(
                "{} should end with .csv, .ndjson, .json, .parquet or .arrow, which says how it is written",
                path.display()
            ),
        })
    }
}

/// Writes all rows, of which these are the columns.
///
/// # Errors
/// When they cannot be written.
pub(crate) fn write(
    out: &mut (impl Write + Send),
    schema: SchemaRef,
    batches: &[RecordBatch],
    format: RowFormat,
) -> Result<()> {
    match format {
        RowFormat::Parquet => {
            let packed = Compression::ZSTD(ZstdLevel::default());
            let properties = WriterProperties::builder().set_compression(packed).build();
            let mut writer = ArrowWriter::try_new(out, schema, Some(properties))?;
            batches.iter().try_for_each(|batch| writer.write(batch))?;
            writer.close()?;
        }
        RowFormat::Arrow => {
            let mut writer = FileWriter::try_new(out, &schema)?;
            batches.iter().try_for_each(|batch| writer.write(batch))?;
            writer.finish()?;
        }
        RowFormat::Csv | RowFormat::Ndjson | RowFormat::Json => write_text(out, batches, format)?,
    }
    Ok(())
}

fn write_text(out: &mut impl Write, batches: &[RecordBatch], format: RowFormat) -> io::Result<()> {
    let mut text = String::new();
    if let (RowFormat::Csv, Some(first)) = (format, batches.first()) {
        for (at, field) in first.schema_ref().fields().iter().enumerate() {
            text.push_str(if at > 0 { "," } else { "" });
            push_field(field.name(), &mut text);
        }
        text.push('\n');
        out.write_all(text.as_bytes())?;
    }
    let mut before = if format == RowFormat::Json { "[\n" } else { "" };
    for batch in batches {
        for row in 0..batch.num_rows() {
            text.clear();
            text.push_str(before);
            match format {
                RowFormat::Csv => csv_row(batch, row, &mut text),
                _ => object(batch, row, &mut text),
            }
            if format == RowFormat::Json {
                before = ",\n";
            } else {
                text.push('\n');
            }
            out.write_all(text.as_bytes())?;
        }
    }
    match (format, before) {
        (RowFormat::Json, "[\n") => out.write_all(b"[]\n"),
        (RowFormat::Json, _) => out.write_all(b"\n]\n"),
        _ => Ok(()),
    }
}

fn csv_row(batch: &RecordBatch, row: usize, out: &mut String) {
    for (at, column) in batch.columns().iter().enumerate() {
        out.push_str(if at > 0 { "," } else { "" });
        if let Some(value) = cell(column, row) {
            push_field(&value, out);
        }
    }
}

/// Appends a field, in quotes if it has to be.
fn push_field(text: &str, out: &mut String) {
    if text.is_empty() || text.contains([',', '"', '\n', '\r']) {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(text);
    }
}

fn object(batch: &RecordBatch, row: usize, out: &mut String) {
    let mut before = '{';
    for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        if column.is_null(row) || *column.data_type() == DataType::Null {
            continue;
        }
        out.push(before);
        before = ',';
        write_string(field.name(), out);
        out.push(':');
        write_json(column, row, out);
    }
    out.push_str(if before == '{' { "{}" } else { "}" });
}

/// Writes the first rows in aligned columns.
pub(crate) fn table(out: &mut impl Write, batches: &[RecordBatch], shown: usize) -> io::Result<()> {
    const WIDEST: usize = 40;
    let Some(first) = batches.first() else { return Ok(()) };
    let names = first.schema_ref().fields().iter().map(|field| field.name().clone());
    let mut lines: Vec<Vec<String>> = vec![names.map(|name| shorten(&line(&name), WIDEST)).collect()];
    let all = batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
    for (batch, row) in all.take(shown) {
        let cells = batch.columns().iter().map(|column| {
            let text = cell(column, row).unwrap_or_default();
            shorten(&line(&text.replace(['\n', '\r', '\t'], " ")), WIDEST)
        });
        lines.push(cells.collect());
    }
    let number: Vec<bool> = first
        .columns()
        .iter()
        .map(|column| {
            matches!(column.data_type(), DataType::Int64 | DataType::Float64 | DataType::Decimal128(..))
        })
        .collect();
    let width = |at: usize| lines.iter().map(|cells| cells[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..number.len()).map(width).collect();
    for cells in &lines {
        let mut text = String::from(" ");
        for ((cell, &width), &number) in cells.iter().zip(&widths).zip(&number) {
            text.push(' ');
            text.push_str(&if number { format!("{cell:>width$}") } else { format!("{cell:<width$}") });
        }
        writeln!(out, "{}", text.trim_end())?;
    }
    Ok(())
}

fn shorten(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        None => text.to_owned(),
        Some(_) => text.chars().take(width - 1).chain(['…']).collect(),
    }
}

/// Writes the columns and their types, parts below what they are parts of.
pub(crate) fn schema(out: &mut impl Write, shape: &Shape) -> io::Result<()> {
    schema_fields(out, shape.schema().fields(), 0)
}

fn schema_fields(out: &mut impl Write, fields: &arrow_schema::Fields, depth: usize) -> io::Result<()> {
    for field in fields {
        let name = format!("{:indent$}{}", "", line(field.name()), indent = 2 * depth + 2);
        writeln!(out, "{name:<34} {}", type_name(field.data_type()))?;
        if let Some(parts) = parts(field.data_type()) {
            schema_fields(out, parts, depth + 1)?;
        }
    }
    Ok(())
}

/// The members of an object, or of the objects in an array.
fn parts(data_type: &DataType) -> Option<&arrow_schema::Fields> {
    match data_type {
        DataType::Struct(parts) => Some(parts),
        DataType::List(element) => parts(element.data_type()),
        _ => None,
    }
}

pub(crate) fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "null".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int64 => "int64".to_owned(),
        DataType::Float64 => "float64".to_owned(),
        DataType::Decimal128(digits, scale) => format!("decimal({digits}, {scale})"),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(_, None) => "timestamp".to_owned(),
        DataType::Timestamp(_, Some(zone)) => format!("timestamp, {zone}"),
        DataType::Utf8 => "utf8".to_owned(),
        DataType::Struct(_) => "struct".to_owned(),
        DataType::List(element) => format!("list of {}", type_name(element.data_type())),
        other => other.to_string(),
    }
}
