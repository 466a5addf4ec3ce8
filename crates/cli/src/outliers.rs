//! `sandglass outliers`: outlier weeks, of files in one go or of a warehouse.

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use sandglass_ingest::ReadOptions;
use sandglass_pipelines::{Pipeline, SourceOutcome, SourceRun, View, votes};
use sandglass_warehouse::manifest::{TableId, ViewState};
use sandglass_warehouse::storage::block_on;
use sandglass_warehouse::store::StoreError;
use sandglass_warehouse::{Ingestion, Table};
use sandglass_weekly::{Threshold, WeekRule, outliers};

use crate::Done;
use crate::input::{Input, inputs};
use crate::parallel::{Readers, Reading, threads};
use crate::print::{self, Format};
use crate::progress::Progress;
use crate::rejects::RejectFile;
use crate::warehouse::{Place, now};

/// Print the weeks whose vote counts are far from the mean
///
/// A week is an outlier when abs(1 - votes / mean) is above the threshold; the mean is over the weeks that have votes. Of the votes
/// in the files that are named, or else of those in the warehouse: then the view blog_analysis.outlier_weeks is made anew, and nothing is read
/// in.
#[derive(Debug, Args)]
pub(crate) struct Outliers {
    /// Files of votes, gzip or not; folders; patterns in quotes such as 'data/**/*.jsonl'; - for standard input
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How far from the mean a week may be: 0.2, 20% or 1/5
    #[arg(long, default_value = "0.2")]
    threshold: Threshold,
    /// How weeks are cut: monday (%W), sunday (%U) or iso
    #[arg(long, default_value = "monday", value_name = "RULE")]
    bucket: WeekRule,
    /// The form of the result
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Write the records that could not be taken to this file, as NDJSON
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Read with so many threads; without it as many as are worth it
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// End with exit code 3 when there were rejects
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    place: Place,
}

impl Outliers {
    pub(crate) fn run(self) -> Result<Done> {
        if self.files.is_empty() {
            return self.of_warehouse();
        }
        let begun = Instant::now();
        let inputs = inputs(&self.files)?;
        let pipeline = votes::pipeline();
        let mut table = Table::new(pipeline.table.clone());
        let mut ingestion = table.begin();
        let mut rejects = RejectFile::create(self.rejects.as_deref(), &inputs, u64::MAX)?;
        let outcomes = read_all(&inputs, self.threads, &pipeline, &mut ingestion, &mut rejects)?;
        rejects.finish()?;
        table.commit(ingestion)?;

        let failed = outcomes.iter().filter(|(_, outcome)| outcome.failure.is_some()).count();
        // An answer from nothing would look like one that says there are no outliers.
        if failed < outcomes.len() {
            let weeks = table.days().weeks(self.bucket);
            let mut out = io::stdout().lock();
            print::weeks(&mut out, outliers(&weeks, self.threshold), self.format, "VoteCount")
                .context("the result cannot be written")?;
        }
        let conflicts = outcomes.iter().map(|(_, outcome)| outcome.receipt.conflicts).sum();
        print::summary(&outcomes, conflicts, begun.elapsed().as_secs_f64());

        if failed > 0 {
            bail!("{failed} of {} sources could not be used", outcomes.len());
        }
        // The program is about to end; to give its rows back one by one before takes longer than to count them.
        std::mem::forget(table);
        let rejected: u64 = outcomes.iter().map(|(_, outcome)| outcome.tally().rejected()).sum();
        Ok(if self.strict && rejected > 0 { Done::WithRejects } else { Done::Well })
    }

    /// The same for the votes of a warehouse, which knows how many there are on each day.
    fn of_warehouse(&self) -> Result<Done> {
        let pipeline = votes::pipeline();
        let store = self.place.open()?;
        let id = TableId::new(&pipeline.schema, &pipeline.table.name);
        let table = match store.table(&id) {
            Err(StoreError::NoTable(_)) => {
                bail!("there are no votes in {}; read some with `sandglass ingest FILE`", self.place.name())
            }
            table => table?,
        };
        let view = |view: View| ViewState { schema: pipeline.schema.clone(), name: view.name, sql: view.sql };
        let views: Vec<ViewState> = votes::views(self.bucket, self.threshold).into_iter().map(view).collect();
        if views.iter().any(|view| !store.manifest().views.contains(view)) {
            let (mut store, _lock) = self.place.open_to_change()?;
            block_on(store.define_views(&views, now()))?;
        }
        let weeks = table.days().weeks(self.bucket);
        let mut out = io::stdout().lock();
        print::weeks(&mut out, outliers(&weeks, self.threshold), self.format, "VoteCount")
            .context("the result cannot be written")?;
        Ok(Done::Well)
    }
}

/// Reads all sources. One that fails is forgotten and does not keep the others from being read.
fn read_all(
    inputs: &[Input],
    asked: Option<NonZeroUsize>,
    pipeline: &Pipeline,
    ingestion: &mut Ingestion,
    rejects: &mut RejectFile,
) -> Result<Vec<(String, SourceOutcome)>> {
    let total = inputs.iter().map(Input::size).sum();
    let progress = Progress::new(total);
    let (spec, options) = (pipeline.records.clone(), ReadOptions::default());
    let reading = Reading::new(inputs, spec, &options, &progress);
    std::thread::scope(|scope| {
        let mut readers = Readers::start(scope, &reading, threads(asked, inputs));
        let mut outcomes = Vec::new();
        for (source, input) in inputs.iter().enumerate() {
            let name = input.name();
            progress.source(&name);
            let outcome = read(&mut readers, source, &name, pipeline, ingestion, rejects);
            let outcome = outcome.unwrap_or_else(|error| {
                ingestion.forget_source();
                SourceOutcome::failed(format!("{error:#}"))
            });
            rejects.check()?;
            outcomes.push((name, outcome));
        }
        Ok(outcomes)
    })
}

fn read(
    readers: &mut Readers<'_>,
    source: usize,
    name: &str,
    pipeline: &Pipeline,
    ingestion: &mut Ingestion,
    rejects: &mut RejectFile,
) -> Result<SourceOutcome> {
    let mut run = SourceRun::new(pipeline, ingestion, name);
    let summary = readers
        .read(source, |batch| Ok(run.append(ingestion, batch, |batch| rejects.write(name, batch))?))?;
    Ok(run.end(ingestion, summary)?)
}
