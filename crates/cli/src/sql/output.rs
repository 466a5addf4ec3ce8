//! Results in the forms that are asked for, written as they come.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use anyhow::{Context, Result};
use sandglass_query::arrow::array::RecordBatch;
use sandglass_query::arrow::datatypes::SchemaRef;
use sandglass_query::{Export, ExportForm};

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
    File(Box<Export<Out>>),
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
        let out = BufWriter::with_capacity(1 << 16, out);
        let file = |form, out| Ok::<_, anyhow::Error>(Way::File(Box::new(Export::begin(form, schema, out)?)));
        let way = match form {
            Form::Table => Way::Table(Table::new(schema, is_terminal), out),
            Form::Csv => file(ExportForm::Csv, out)?,
            Form::Json => file(ExportForm::Json, out)?,
            Form::Ndjson => file(ExportForm::Ndjson, out)?,
            Form::Markdown => file(ExportForm::Markdown, out)?,
            Form::Parquet => file(ExportForm::Parquet, out)?,
            Form::Arrow => file(ExportForm::Arrow, out)?,
            Form::Inserts => file(ExportForm::Inserts, out)?,
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
            Way::File(export) => export.write(batch)?,
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
            Way::File(export) => {
                export.finish()?;
            }
        }
        Ok((self.rows, self.rows.min(self.most)))
    }
}
