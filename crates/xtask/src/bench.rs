//! `cargo xtask bench`: builds what is measured, then runs the scripts in tests/bench. They measure, print a table, and
//! end with a failure when a bar is missed and they were told to be strict.

use std::path::PathBuf;

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
    /// The native program's warehouse against a DuckDB file.
    Warehouse,
    /// One file to columns on one thread, against DuckDB, Polars and Arrow's readers.
    Tables,
    /// The queries of TPC-H on one thread, natively against DuckDB.
    Tpch,
    /// The page against DuckDB-Wasm and the floor of reading the file at all.
    Browser,
    /// The page with nested records and with many votes.
    Ingest,
    /// The page with tables that stay.
    Kept,
    /// SQL in the page against DuckDB-Wasm.
    Sql,
}

/// Runs one benchmark, or all, and returns whether every bar was met.
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
        let program = program(project, environment)?;
        let mut script = environment.command(python);
        script
            .current_dir(&project.root)
            .args(["tests/bench/native.py", "--strict", "--program"])
            .arg(program);
        met &= tee(script.args(options))?.0;
    }
    if wanted(Bench::Warehouse) {
        let python = setup::python(project, environment)?;
        let program = program(project, environment)?;
        let mut script = environment.command(python);
        script
            .current_dir(&project.root)
            .args(["tests/bench/warehouse.py", "--strict", "--program"])
            .arg(program)
            .arg("--hasher")
            .arg(examples(project, environment, &[HASH])?.join(HASH));
        met &= tee(script.args(options))?.0;
    }
    if wanted(Bench::Tables) {
        let python = setup::python(project, environment)?;
        let program = program(project, environment)?;
        let mut script = environment.command(python);
        script
            .current_dir(&project.root)
            .args(["tests/bench/tables.py", "--strict", "--program"])
            .arg(program)
            .arg("--peers")
            .arg(examples(project, environment, &["peers"])?.join("peers"));
        met &= tee(script.args(options))?.0;
    }
    if wanted(Bench::Tpch) {
        let python = setup::python(project, environment)?;
        let examples = examples(project, environment, &["tpch", "answers"])?;
        let mut script = environment.command(python);
        script
            .current_dir(&project.root)
            .args(["tests/bench/tpch.py", "--tpch"])
            .arg(examples.join("tpch"))
            .arg("--answers")
            .arg(examples.join("answers"));
        met &= tee(script.args(options))?.0;
    }
    for (bench, script) in [
        (Bench::Browser, "tests/bench/browser.mjs"),
        (Bench::Ingest, "tests/bench/ingest.mjs"),
        (Bench::Kept, "tests/bench/kept.mjs"),
        (Bench::Sql, "tests/bench/sql.mjs"),
    ] {
        if wanted(bench) {
            let browser = setup::browser(environment)?;
            page::build(project, environment, Mode::Release)?;
            let program = program(project, environment)?;
            let mut node = environment.command("node");
            if bench == Bench::Sql {
                node.env("SANDGLASS_TPCH", examples(project, environment, &["tpch"])?.join("tpch"));
            }
            node.current_dir(&project.root)
                .env("SANDGLASS_CHROMIUM", browser.program)
                .env("SANDGLASS_PROGRAM", program)
                .env("DIST", project.dist())
                .args([script, "--strict"]);
            met &= tee(node.args(options))?.0;
        }
    }
    Ok(met)
}

/// The example that hashes a file, which is soon built.
const HASH: &str = "hash";

/// Builds the native program, which also makes the votes that everyone reads.
fn program(project: &Project, environment: &Environment) -> Result<PathBuf> {
    built(project, environment, &["--bin", "sandglass", "--example", HASH])?;
    Ok(project.target().join("release").join(format!("sandglass{}", std::env::consts::EXE_SUFFIX)))
}

/// Builds what makes tables, asks queries or does a part of the work, and returns the folder that it is in.
fn examples(project: &Project, environment: &Environment, names: &[&str]) -> Result<PathBuf> {
    let options: Vec<&str> = names.iter().flat_map(|name| ["--example", *name]).collect();
    built(project, environment, &options)?;
    Ok(project.target().join("release/examples"))
}

/// Builds some of what there is. An example is always among it: with one, and with the whole workspace, crates of others have the same
/// features each time, so that the engine is compiled once.
fn built(project: &Project, environment: &Environment, what: &[&str]) -> Result<()> {
    let mut cargo = environment.command("cargo");
    cargo.current_dir(&project.root).args(["build", "--release", "--workspace"]).args(what);
    process::run(&mut cargo)
}
