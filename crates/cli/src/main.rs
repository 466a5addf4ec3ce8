//! The native program `sandglass`: the same engine as the page, for the command line.
//!
//! Results go to standard output and everything else to standard error, so that results can be piped. Exit codes:
//! 0 done, 1 failed, 2 wrong usage, and with `--strict` 3 when there were rejects.

#![forbid(unsafe_code)]

mod choices;
mod input;
mod outliers;
mod parallel;
mod parts;
mod print;
mod progress;
mod read;
mod rejects;
mod rows;
mod sample;
mod weeks;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Votes in, outlier weeks out: ingest, de-duplicate, count per week.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the weeks whose vote counts are far from the mean
    Outliers(outliers::Outliers),
    /// Read any files and show what tables they are
    Read(read::Read),
    /// Write sample votes as NDJSON
    Sample(sample::SampleCommand),
}

/// How a command ended when it did not fail.
enum Done {
    /// All is well.
    Well,
    /// There were rejects, and `--strict` was given.
    WithRejects,
}

fn main() -> ExitCode {
    // clap itself ends with 2 when the usage is wrong.
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Outliers(command) => command.run(),
        Command::Read(command) => command.run(),
        Command::Sample(command) => command.run(),
    };
    match result {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(Done::WithRejects) => ExitCode::from(3),
        // Whoever reads our output has seen enough, as with `| head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            print::note(format_args!("sandglass: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
