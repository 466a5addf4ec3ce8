//! The page: a static site in dist/, put together by Trunk as Trunk.toml and index.html say.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process::{self, Environment};
use crate::project::Project;
use crate::query;

/// How the page is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As it is published.
    Release,
    /// Quick to build.
    Dev,
}

/// Builds the page into dist/.
///
/// # Errors
/// Something does not compile.
pub(crate) fn build(project: &Project, environment: &Environment, mode: Mode) -> Result<()> {
    // What takes longest comes first; `finish` finds it.
    query::built(project, environment)?;
    process::run(&mut trunk(project, environment, "build", mode)?).context("the page could not be built")?;
    let page = project.dist().join("index.html");
    if !page.is_file() {
        bail!("the build left no {}", project.shown(&page));
    }
    Ok(())
}

/// Serves the development build and builds it anew when a file changes, until it is stopped.
///
/// # Errors
/// Trunk cannot be started, or says that it failed.
pub(crate) fn watch(project: &Project, environment: &Environment, port: u16) -> Result<()> {
    query::built(project, environment)?;
    process::run(trunk(project, environment, "serve", Mode::Dev)?.args(["--port", &port.to_string()]))
}

fn trunk(project: &Project, environment: &Environment, task: &str, mode: Mode) -> Result<Command> {
    let (option, products) = match mode {
        Mode::Release => (Some("--release"), "release"),
        Mode::Dev => (None, "debug"),
    };
    // Trunk takes the scripts of every crate that ever went through this folder, those of other checkouts as well.
    let snippets = project.target().join("wasm-bindgen").join(products).join("snippets");
    if snippets.exists() {
        fs::remove_dir_all(&snippets).with_context(|| format!("{} cannot be removed", snippets.display()))?;
    }
    let mut trunk = environment.command("trunk");
    trunk.current_dir(&project.root).arg(task).args(option);
    if task == "build" {
        // Warnings and errors, and what cargo says.
        trunk.arg("--quiet");
    }
    // It would ask the registry of crates whether there is a newer trunk.
    trunk.arg("--skip-version-check");
    // What went wrong is in its messages; where in trunk itself is of no use here.
    trunk.env_remove("RUST_BACKTRACE");
    // It takes NO_COLOR=1 for a mistake.
    if environment.get("NO_COLOR").is_some() {
        trunk.env_remove("NO_COLOR").args(["--color", "never"]);
    }
    Ok(trunk)
}
