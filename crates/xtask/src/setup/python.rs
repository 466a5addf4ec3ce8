//! The Python of the native benchmarks, and of the tests in which others read what we write: an environment of its own in the
//! cache, with DuckDB and the others in fixed versions.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{packages, say};
use crate::process::{Environment, read};
use crate::project::Project;

/// What is installed, relative to the checkout.
const REQUIREMENTS: &str = "tests/requirements.txt";

/// The interpreter that has the packages; they are installed when they are not those that are required.
///
/// # Errors
/// There is no Python, or the packages cannot be installed.
pub(super) fn set_up(project: &Project, environment: &Environment) -> Result<PathBuf> {
    let required = fs::read(project.root.join(REQUIREMENTS))
        .with_context(|| format!("{REQUIREMENTS} cannot be read"))?;
    let folder = project.cache.join("python");
    let interpreter = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let installed = folder.join("requirements.txt");
    if fs::read(&installed).is_ok_and(|installed| installed == required) && works(environment, &interpreter) {
        return Ok(interpreter);
    }
    say(format_args!("installing the Python packages of {REQUIREMENTS} into {}", folder.display()));
    let Some(python) = ["python3", "python"].into_iter().find_map(|name| environment.find(name)) else {
        bail!("there is no Python: install Python 3.11 or later");
    };
    let create = || read(environment.command(&python).args(["-m", "venv", "--clear"]).arg(&folder));
    if let Err(error) = create() {
        // Debian has it in a package of its own.
        if !packages::available(environment) {
            return Err(error.context("install the module venv of Python"));
        }
        packages::install(environment, &["python3-venv"], "separate environments for Python")?;
        create()?;
    }
    read(
        environment
            .command(&interpreter)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--only-binary",
                ":all:",
                "-r",
            ])
            .arg(project.root.join(REQUIREMENTS)),
    )
    .with_context(|| format!("the packages of {REQUIREMENTS} cannot be installed"))?;
    fs::write(&installed, required).with_context(|| format!("{} cannot be written", installed.display()))?;
    Ok(interpreter)
}

fn works(environment: &Environment, interpreter: &Path) -> bool {
    read(environment.command(interpreter).arg("--version")).is_ok()
}
