//! `sandglass ingest`: from files to tables that last.

mod job;
mod parts;
mod save;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;
use sandglass_ingest::ReadOptions;
use sandglass_pipelines::{KeyChoice, ReadAs, TableChoice};

use self::job::Job;
use self::save::Report;
use crate::Done;
use crate::choices::Choices;
use crate::input::{Input, inputs};
use crate::print::{self, note, thousands};
use crate::progress::Progress;
use crate::warehouse::Place;

/// Read files into the tables of a warehouse, which last
///
/// Files with the columns of votes go through the votes pipeline; any other becomes a table named after it in the schema main,
/// and a database a schema named after it. Nothing is kept unless all is: an ingestion that is interrupted has not happened. Bytes that were
/// read before, under whatever name, are not read again.
#[derive(Debug, Args)]
pub(crate) struct Ingest {
    /// Files; folders; patterns in quotes such as 'data/**/*.csv'; - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Take all files for records of this pipeline, whatever their columns are
    #[arg(long, value_name = "NAME", value_parser = ["votes"])]
    pipeline: Option<String>,
    /// For new tables: leave out rows whose values in these columns were there before; * for all columns
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',', conflicts_with = "pipeline")]
    key: Vec<String>,
    /// Read a file again that has changed, though its table has no key and so will have rows twice
    #[arg(long)]
    again: bool,
    /// End with exit code 3 when there were rejects
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    choices: Choices,
}

impl Ingest {
    pub(crate) fn run(self) -> Result<Done> {
        let begun = Instant::now();
        let inputs = inputs(&self.paths)?;
        let options = self.choices.options()?;
        let (mut store, _lock) = self.place.open_to_write()?;
        let mut job = Job::begin(&mut store, &self.read_as(&options))?;
        let progress = Progress::new(inputs.iter().map(Input::size).sum());
        for input in &inputs {
            progress.source(&input.name());
            job.read(&mut store, input, &options, &progress, self.again)?;
        }
        drop(progress);
        let report = job.save(&mut store)?;
        self.tell(&report, begun);
        let failed = report.outcomes.iter().filter(|(_, outcome)| outcome.failure.is_some()).count();
        if failed > 0 {
            bail!("{failed} of {} sources could not be used", report.outcomes.len() + report.known);
        }
        let rejected: u64 = report.outcomes.iter().map(|(_, outcome)| outcome.tally().rejected()).sum();
        Ok(if self.strict && rejected > 0 { Done::WithRejects } else { Done::Well })
    }

    fn read_as(&self, options: &ReadOptions) -> ReadAs {
        let key = match self.key.as_slice() {
            [] => KeyChoice::None,
            [all] if all == "*" => KeyChoice::Row,
            columns => KeyChoice::Columns(columns.to_vec()),
        };
        let is_plain = key != KeyChoice::None || *options != ReadOptions::default();
        match &self.pipeline {
            Some(_) => ReadAs::Pipeline,
            None if is_plain => {
                ReadAs::Plain(TableChoice { key, options: options.clone(), ..TableChoice::default() })
            }
            None => ReadAs::Recognised,
        }
    }

    fn tell(&self, report: &Report, begun: Instant) {
        let conflicts = report.outcomes.iter().map(|(_, outcome)| outcome.receipt.conflicts).sum();
        for (name, outcome) in &report.outcomes {
            for drift in &outcome.drift {
                note(format_args!("{name}: {drift}"));
            }
        }
        print::summary(&report.outcomes, conflicts, begun.elapsed().as_secs_f64());
        for (id, rows) in &report.tables {
            note(format_args!("{id}: {} rows", thousands(*rows)));
        }
        note(format_args!("saved in {} as snapshot {}", self.place.name(), report.snapshot));
    }
}
