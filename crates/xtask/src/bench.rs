//! `cargo xtask bench`: builds what is measured, then runs the scripts in tests/bench. They measure, print a table, and
//! end with a failure when a bar is missed and they were told to be strict.

use anyhow::Result;

use crate::page::{self, Mode};
use crate::process::{self, Environment, tee};
use crate::project::Project;
use crate::setup;

/// A benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bench {
    /// The native program against DuckDB.
    Native,
    /// The page against DuckDB-Wasm and the floor of reading the file at all.
    Browser,
}

/// Runs one benchmark, or both, and returns whether every bar was met.
///
/// # Errors
/// Something is missing and cannot be installed, or does not compile.
pub(crate) fn run(
    project: &Project,
    environment: &mut Environment,
    which: Option<Bench>,
    options: &[String],
) -> Result<bool> {
    let wanted = |bench| which.is_none_or(|which| which == bench);
    setup::page(project, environment)?;
    let mut met = true;
    if wanted(Bench::Native) {
        let python = setup::python(project, environment)?;
        let mut cargo = environment.command("cargo");
        process::run(cargo.current_dir(&project.root).args([
            "build",
            "--release",
            "--package",
            "sandglass",
        ]))?;
        let program =
            project.target().join("release").join(format!("sandglass{}", std::env::consts::EXE_SUFFIX));
        let mut script = environment.command(python);
        script
            .current_dir(&project.root)
            .args(["tests/bench/native.py", "--strict", "--program"])
            .arg(program);
        met &= tee(script.args(options))?.0;
    }
    if wanted(Bench::Browser) {
        let browser = setup::browser(environment)?;
        page::build(project, environment, Mode::Release)?;
        let mut script = environment.command("node");
        script
            .current_dir(&project.root)
            .env("SANDGLASS_CHROMIUM", browser.program)
            .env("DIST", project.dist())
            .args(["tests/bench/browser.mjs", "--strict"]);
        met &= tee(script.args(options))?.0;
    }
    Ok(met)
}
