//! Results in the forms that are asked for, written as they come.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use sandglass_query::arrow;
use sandglass_query::display;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::json::writer::{JsonArray, LineDelimited};
use arrow::json::{Writer as JsonWriter, WriterBuilder};

use super::Form;
use super::table::Table;

type Out = BufWriter<Box<dyn Write + Send>>;

/// A result on its way out.
pub(crate) struct Output {
    way: Way,
    rows: u64,
    /// Rows beyond these are counted and not shown.
    most: u64,
}

enum Way {
    Table(Table, Out),
    Csv(Box<arrow::csv::Writer<Out>>),
    Json(JsonWriter<Out, JsonArray>),
    Ndjson(JsonWriter<Out, LineDelimited>),
    Markdown(Out),
    Parquet(Box<parquet::arrow::ArrowWriter<Out>>),
    Arrow(Box<arrow::ipc::writer::FileWriter<Out>>),
}

impl Output {
    pub(crate) fn begin(form: Form, schema: &SchemaRef, to_file: Option<&Path>, most: usize) -> Result<Self> {
        let is_terminal = to_file.is_none() && io::stdout().is_terminal();
        let out: Box<dyn Write + Send> = match to_file {
            Some(path) => {
                Box::new(File::create(path).with_context(|| format!("{} cannot be made", path.display()))?)
            }
            None => Box::new(io::stdout()),
        };
        let mut out = BufWriter::with_capacity(1 << 16, out);
        let way = match form {
            Form::Table => Way::Table(Table::new(schema, is_terminal), out),
            Form::Csv => {
                let writer = arrow::csv::WriterBuilder::new()
                    .with_header(true)
                    .with_timestamp_format("%Y-%m-%d %H:%M:%S%.f".to_owned())
                    .with_timestamp_tz_format("%Y-%m-%d %H:%M:%S%.f%:z".to_owned());
                let mut writer = writer.build(out);
                // The header, also where there are no rows.
                writer.write(&flat(&RecordBatch::new_empty(Arc::clone(schema)))?)?;
                Way::Csv(Box::new(writer))
            }
            Form::Json => Way::Json(WriterBuilder::new().with_explicit_nulls(true).build(out)),
            Form::Ndjson => Way::Ndjson(WriterBuilder::new().with_explicit_nulls(true).build(out)),
            Form::Markdown => {
                let names = schema.fields().iter().map(|field| markdown(field.name()));
                writeln!(out, "| {} |", names.collect::<Vec<_>>().join(" | "))?;
                let rule = schema.fields().iter().map(|field| match display::is_number(field.data_type()) {
                    true => "---:",
                    false => "---",
                });
                writeln!(out, "| {} |", rule.collect::<Vec<_>>().join(" | "))?;
                Way::Markdown(out)
            }
            Form::Parquet => {
                let properties = parquet::file::properties::WriterProperties::builder()
                    .set_compression(parquet::basic::Compression::SNAPPY)
                    .build();
                let writer = parquet::arrow::ArrowWriter::try_new(out, Arc::clone(schema), Some(properties))?;
                Way::Parquet(Box::new(writer))
            }
            Form::Arrow => Way::Arrow(Box::new(arrow::ipc::writer::FileWriter::try_new(out, schema)?)),
        };
        let most = if is_terminal && form == Form::Table && most > 0 { most as u64 } else { u64::MAX };
        Ok(Self { way, rows: 0, most })
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let before = self.rows;
        self.rows += batch.num_rows() as u64;
        match &mut self.way {
            Way::Table(table, out) => {
                let left = self.most.saturating_sub(before).min(batch.num_rows() as u64);
                table.write(&batch.slice(0, left as usize), out)?;
            }
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
            Way::Parquet(writer) => writer.write(batch)?,
            Way::Arrow(writer) => writer.write(batch)?,
        }
        Ok(())
    }

    /// Writes what is left. Returns how many rows there were, and how many are shown.
    pub(crate) fn finish(self) -> Result<(u64, u64)> {
        match self.way {
            Way::Table(mut table, mut out) => {
                table.finish(&mut out)?;
                out.flush()?;
            }
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
        }
        Ok((self.rows, self.rows.min(self.most)))
    }
}

/// Lists and structs as text, for forms that have neither.
fn flat(batch: &RecordBatch) -> Result<RecordBatch> {
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
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?)
}

/// A text as a cell of a table in Markdown.
fn markdown(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;")
}
