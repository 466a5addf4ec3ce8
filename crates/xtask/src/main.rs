//! `cargo xtask serve | build | test | bench`: sets up what it needs, then does it.
//!
//! Everything that a newcomer or a CI machine runs is here, so that there are no shell scripts to keep in step with the
//! code. It must stay quick to compile: it is the first thing that a newcomer waits for.

#![forbid(unsafe_code)]

mod arguments;
mod bench;
mod bundle;
mod content;
mod finish;
mod page;
mod process;
mod project;
mod query;
mod report;
mod serve;
mod setup;
mod size;
mod slt;
mod test;

use std::process::ExitCode;

use anyhow::Result;
use arguments::{Task, USAGE};
use process::Environment;
use project::Project;

fn main() -> ExitCode {
    let task = match arguments::parse(std::env::args().skip(1)) {
        Ok(task) => task,
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does the task. `false` when it ran to its end and what it checks does not hold.
fn run(task: Task) -> Result<bool> {
    if matches!(task, Task::Help) {
        println!("{USAGE}");
        return Ok(true);
    }
    let project = Project::find()?;
    let mut environment = Environment::inherited();
    match task {
        Task::Help => {}
        Task::Serve(options) => serve::run(&project, &mut environment, &options)?,
        Task::Build { mode } => {
            setup::page(&project, &mut environment)?;
            page::build(&project, &environment, mode)?;
            // A page that is over its budget is no build, wherever it is built.
            return if mode == page::Mode::Release { size::check(&project, &environment) } else { Ok(true) };
        }
        Task::Test { only, thorough } => {
            if thorough {
                environment.set("SANDGLASS_THOROUGH", "1");
            }
            return Ok(test::run(&project, &mut environment, &only));
        }
        Task::Bench { which, rest } => return bench::run(&project, &mut environment, which, &rest),
        Task::Slt { paths } => return slt::run(&project, &environment, &paths),
        Task::Setup => setup::everything(&project, &mut environment)?,
        Task::Bundle => bundle::run(&project, &environment)?,
        Task::Finish => finish::run(&project, &environment)?,
    }
    Ok(true)
}
