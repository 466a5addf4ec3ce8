//! `sandglass read`: any files to tables, as the page reads them.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use sandglass_formats::Options;
use sandglass_ingest::csv::Ragged;
use sandglass_ingest::dataset::{DatasetSource, DatasetTable, tables};
use sandglass_ingest::{Reader, RecordSpec, SourceError, SourceSummary};
use sandglass_warehouse::{RowKeys, leave_out};

use crate::input::{Input, inputs};
use crate::print::{note, thousands};
use crate::progress::Progress;
use crate::rejects::RejectFile;
use crate::rows::{self, RowFormat};
use crate::{Done, parts};

/// Rows of each table that are shown.
const SHOWN: usize = 10;

/// Read any files and show what tables they are
///
/// Formats are told by content: NDJSON, JSON, CSV and its kin, Parquet, Arrow, workbooks, SQLite; in gzip, zstd and zip or not.
/// Files with the same columns are one table, and so are the sheets of workbooks. Each table of a database is one.
#[derive(Debug, Args)]
pub(crate) struct Read {
    /// Files; folders; - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Leave out rows whose values in these columns were there before; * for all columns
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    key: Vec<String>,
    /// Write the rows to this file; its ending says how: .csv, .ndjson, .json, .parquet or .arrow
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the records that could not be taken to this file, as NDJSON
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Show the columns and their types instead of rows
    #[arg(long)]
    schema: bool,
    /// What becomes of CSV records with too many or too few fields
    #[arg(long, value_enum, default_value = "reject")]
    ragged: RaggedRows,
    /// End with exit code 3 when there were rejects
    #[arg(long)]
    strict: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RaggedRows {
    /// They are rejects
    Reject,
    /// Fields that are not there are null, and for those that are too many there are further columns
    Pad,
}

impl Read {
    pub(crate) fn run(self) -> Result<Done> {
        let begun = Instant::now();
        let inputs = inputs(&self.paths)?;
        let format = self.out.as_deref().map(RowFormat::of).transpose()?;
        let mut rejects = RejectFile::create(self.rejects.as_deref(), &inputs)?;
        let mut counts = Counts::default();
        let sources = self.read_all(&inputs, &mut rejects, &mut counts)?;
        rejects.finish()?;
        let (read, failed) = (sources.len(), counts.failed);

        let tables = tables(sources);
        if let (Some(path), [first, second, ..]) = (&self.out, &tables[..]) {
            bail!(
                "these are {} tables ({}, {}, …); name the files of one to write it to {}",
                tables.len(),
                first.name,
                second.name,
                path.display()
            );
        }
        for table in &tables {
            counts.duplicates += self.show(table, format)?;
        }
        note(format_args!(
            "{} read = {} rows + {} rejected; {} duplicates left out; {} sources, {} tables; {:.2} s",
            thousands(counts.records),
            thousands(counts.records - counts.rejected),
            thousands(counts.rejected),
            thousands(counts.duplicates),
            thousands(read as u64),
            thousands(tables.len() as u64),
            begun.elapsed().as_secs_f64()
        ));
        if failed > 0 {
            bail!("{failed} of {} sources could not be used", read + failed);
        }
        Ok(if self.strict && counts.rejected > 0 { Done::WithRejects } else { Done::Well })
    }

    /// Reads all sources. One that fails is left out and does not keep the others from being read.
    fn read_all(
        &self,
        inputs: &[Input],
        rejects: &mut RejectFile,
        counts: &mut Counts,
    ) -> Result<Vec<DatasetSource>> {
        let progress = Progress::new(inputs.iter().map(Input::size).sum());
        let mut sources = Vec::new();
        for input in inputs {
            let name = input.name();
            progress.source(&name);
            let mut keep = |source: DatasetSource, summary: SourceSummary| {
                counts.records += summary.records;
                counts.rejected += summary.records - source.rows();
                remark(&source, &summary);
                sources.push(source);
            };
            let outcome = match self.read_one(input, &name, rejects, &progress) {
                Ok((source, summary)) => {
                    keep(source, summary);
                    Ok(0)
                }
                Err(Unread { error, head }) if parts::is_rare(&error) => {
                    let options = Options { spec: RecordSpec::inferred(), ragged: self.ragged() };
                    parts::read(input, head, &options, rejects, &progress, keep)
                }
                Err(Unread { error, .. }) => Err(error),
            };
            match outcome {
                Ok(failed) => counts.failed += failed,
                Err(error) => {
                    counts.failed += 1;
                    note(format_args!("{name}: nothing was kept of it: {error:#}"));
                }
            }
            rejects.check()?;
        }
        Ok(sources)
    }

    fn read_one(
        &self,
        input: &Input,
        name: &str,
        rejects: &mut RejectFile,
        progress: &Progress,
    ) -> Result<(DatasetSource, SourceSummary), Unread> {
        let mut head = Vec::new();
        self.read_text(input, name, rejects, progress, &mut head).map_err(|error| Unread { error, head })
    }

    /// Reads a source as text. What is read of standard input is kept in `head` at first, because that can be read only once.
    fn read_text(
        &self,
        input: &Input,
        name: &str,
        rejects: &mut RejectFile,
        progress: &Progress,
        head: &mut Vec<u8>,
    ) -> Result<(DatasetSource, SourceSummary)> {
        let mut reader = Reader::new(&RecordSpec::inferred()).ragged(self.ragged());
        let mut dataset = DatasetSource::new(name);
        let mut take = |batch| {
            rejects.write(name, &batch);
            dataset.add(&batch).map_err(SourceError::from)
        };
        input.read(progress, |bytes| {
            if *input == Input::StandardInput && head.len() < parts::HEAD {
                head.extend_from_slice(bytes);
            }
            Ok(reader.push(bytes, &mut take)?)
        })?;
        let summary = reader.finish(&mut take)?;
        Ok((dataset, summary))
    }

    fn ragged(&self) -> Ragged {
        match self.ragged {
            RaggedRows::Reject => Ragged::Reject,
            RaggedRows::Pad => Ragged::Pad,
        }
    }

    /// Shows a table, or writes it to the file that was asked for; returns how many rows were left out.
    fn show(&self, table: &DatasetTable, format: Option<RowFormat>) -> Result<u64> {
        let mut batches = table.rows()?;
        let mut duplicates = 0;
        if !self.key.is_empty() {
            let columns = if self.key == ["*"] { &[][..] } else { &self.key };
            let mut keys = RowKeys::new(&table.shape.schema(), columns)?;
            for batch in &mut batches {
                let places = keys.add(batch)?;
                duplicates += places.len() as u64;
                *batch = leave_out(batch, &places)?;
            }
        }
        if let (Some(path), Some(format)) = (&self.out, format) {
            write(path, table, &batches, format)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            return Ok(duplicates);
        }
        let rows: usize = batches.iter().map(arrow_array::RecordBatch::num_rows).sum();
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "{}: {} rows, {} columns, {} sources",
            table.name,
            thousands(rows as u64),
            table.shape.columns().count(),
            thousands(table.sources.len() as u64)
        )?;
        if self.schema {
            rows::schema(&mut out, &table.shape)?;
        } else {
            rows::table(&mut out, &batches, SHOWN)?;
        }
        writeln!(out)?;
        Ok(duplicates)
    }
}

/// What became of all records.
#[derive(Debug, Default)]
struct Counts {
    records: u64,
    rejected: u64,
    duplicates: u64,
    /// Sources, or parts of them, of which nothing was kept.
    failed: usize,
}

/// A source that is not text, or is damaged.
struct Unread {
    error: anyhow::Error,
    /// What was read of it, if it cannot be read again.
    head: Vec<u8>,
}

/// Says what is worth knowing of a source.
fn remark(source: &DatasetSource, summary: &SourceSummary) {
    let name = &source.path;
    note(format_args!("{name}: {}, {} records", summary.format, thousands(summary.records)));
    for remark in &summary.notes {
        note(format_args!("{name}: {remark}"));
    }
    for drift in &summary.drift {
        note(format_args!("{name}: {drift}"));
    }
    if let Some(first) = &source.first_difference {
        let count = thousands(source.differences);
        note(format_args!("{name}: {count} rows say something else than the path; the first: {first}"));
    }
}

fn write(
    path: &Path,
    table: &DatasetTable,
    batches: &[arrow_array::RecordBatch],
    format: RowFormat,
) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    rows::write(&mut out, Arc::new(table.shape.schema()), batches, format)?;
    out.flush()?;
    Ok(())
}
