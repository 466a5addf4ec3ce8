//! `cargo xtask slt`: files of SQL statements, run by an example of the crate that carries them out.

use std::path::Path;

use anyhow::{Context, Result};

use crate::process::{Environment, tee};
use crate::project::Project;

/// Runs files, or all in a folder, prints what passed and failed, and returns whether all passed.
///
/// # Errors
/// It does not compile, or there is no such path.
pub(crate) fn run(project: &Project, environment: &Environment, paths: &[String]) -> Result<bool> {
    let mut cargo = environment.command("cargo");
    cargo.current_dir(&project.root).args([
        "run",
        "--quiet",
        "--package",
        "sandglass-query",
        "--example",
        "slt",
        "--",
    ]);
    for path in paths {
        // It runs in the project's folder, and paths are named from where we are.
        let path = Path::new(path).canonicalize().with_context(|| format!("{path} cannot be found"))?;
        cargo.arg(path);
    }
    Ok(tee(&mut cargo)?.0)
}
