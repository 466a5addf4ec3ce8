//! `sandglass sample`: votes made from a seed.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use sandglass_pipelines::Sample;

use crate::Done;
use crate::print::note;

/// Write sample votes as NDJSON, with some duplicates and bad lines; the same seed makes the same votes
#[derive(Debug, Args)]
pub(crate) struct SampleCommand {
    /// Lines to write; 16 is the small example of nine weeks
    #[arg(long, default_value_t = 10_000)]
    rows: u64,
    /// Where the random numbers start
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// File to write instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl SampleCommand {
    pub(crate) fn run(self) -> Result<Done> {
        let mut out: Box<dyn Write> = match &self.output {
            None => Box::new(io::stdout().lock()),
            Some(path) => {
                Box::new(File::create(path).with_context(|| format!("{} cannot be written", path.display()))?)
            }
        };
        let mut sample = Sample::new(self.rows, self.seed);
        let mut buffer = Vec::new();
        let mut more = true;
        while more {
            buffer.clear();
            more = sample.fill(&mut buffer, 1 << 20);
            out.write_all(&buffer).context("the sample cannot be written")?;
        }
        out.flush().context("the sample cannot be written")?;
        let made = sample.made();
        if self.output.is_some() {
            note(format_args!(
                "{} lines, of which {} are duplicates ({} in conflict) and {} are bad",
                made.lines, made.duplicates, made.conflicts, made.bad
            ));
        }
        Ok(Done::Well)
    }
}
