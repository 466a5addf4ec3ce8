//! The native program `sandglass`: the same engine as the page, for the command line.
//!
//! Results go to standard output and everything else to standard error, so that results can be piped. Exit codes:
//! 0 done, 1 failed, 2 wrong usage, and with `--strict` 3 when there were rejects, or checks of quality that do not hold.

#![forbid(unsafe_code)]

mod choices;
mod history;
mod ingest;
mod input;
mod log;
mod outliers;
mod parallel;
mod parts;
mod print;
mod progress;
mod quality;
mod read;
mod rejects;
mod rows;
mod sample;
mod sql;
mod transfer;
mod warehouse;
mod weeks;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

/// Columns are large and new memory, and half of the time of a quick command went into its pages: for a million votes that are
/// read by one thread 12,900 page faults, and 88 ms of processor time. This allocator asks for pages of 2 MiB by itself, where
/// the system has them: 360 faults, 61 ms, and 10 to 30 MiB more. Other commands are as fast as before, queries a little faster.
/// jemalloc does so only if it is told when it is built (68 ms), and version 3 of mimalloc takes 116 ms as it is.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Files in, tables that last and answers out: ingest, de-duplicate, count per week.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read files into the tables of a warehouse, which last
    Ingest(ingest::Ingest),
    /// Print the weeks whose vote counts are far from the mean
    Outliers(outliers::Outliers),
    /// List what was ever read into a warehouse
    Log(log::Log),
    /// Hold what is expected of tables against their rows
    Quality(quality::Quality),
    /// List the states that a warehouse was in, or how two of them differ
    Snapshots(history::Snapshots),
    /// Make an earlier snapshot the present one again
    Restore(history::Restore),
    /// Take an ingestion back
    Undo(history::Undo),
    /// Free what no kept snapshot needs
    Vacuum(history::Vacuum),
    /// Look whether every file of a warehouse is what was written
    Verify(history::Verify),
    /// Write a warehouse, or a table of it, as one file
    Export(transfer::Export),
    /// Take the tables of an exported warehouse in
    Import(transfer::Import),
    /// Ask in SQL, over tables and files
    Sql(sql::Sql),
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
        Command::Ingest(command) => command.run(),
        Command::Outliers(command) => command.run(),
        Command::Log(command) => command.run(),
        Command::Quality(command) => command.run(),
        Command::Snapshots(command) => command.run(),
        Command::Restore(command) => command.run(),
        Command::Undo(command) => command.run(),
        Command::Vacuum(command) => command.run(),
        Command::Verify(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::Sql(command) => command.run(),
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
