//! Finding out what is missing, and installing it.
//!
//! One file per need. Each looks first and is quick when nothing is missing; says in a line what it installs; and where
//! it cannot install, says in a line what a person has to do. Nothing here builds the project.

mod browser;
mod c_compiler;
mod npm;
mod packages;
mod python;
mod toolchain;
mod tools;
mod wasm_std;

use std::path::PathBuf;

use anyhow::Result;

use crate::process::Environment;
use crate::project::Project;
pub(crate) use browser::Browser;

/// Says what the set-up does.
fn say(text: impl std::fmt::Display) {
    println!("setup: {text}");
}

/// What the page is built with: Rust for wasm32, a C compiler for it, trunk, wasm-bindgen, the npm packages.
///
/// # Errors
/// Something is missing and cannot be installed.
pub(crate) fn page(project: &Project, environment: &mut Environment) -> Result<()> {
    toolchain::set_up(project, environment)?;
    c_compiler::set_up(environment)?;
    tools::set_up(project, environment)?;
    npm::set_up(project, environment)?;
    // Trunk's hooks then call this program, without asking cargo to build it first.
    if let Ok(program) = std::env::current_exe() {
        environment.set("SANDGLASS_XTASK", program);
    }
    Ok(())
}

/// The npm packages.
///
/// # Errors
/// They are missing and cannot be installed.
pub(crate) fn scripts(project: &Project, environment: &Environment) -> Result<()> {
    npm::set_up(project, environment)
}

/// rustfmt and clippy, of the toolchain in use.
///
/// # Errors
/// They are missing and cannot be installed.
pub(crate) fn lints(environment: &Environment) -> Result<()> {
    toolchain::lints(environment)
}

/// A Chromium and its driver.
///
/// # Errors
/// They are missing and cannot be installed.
pub(crate) fn browser(environment: &Environment) -> Result<Browser> {
    browser::set_up(environment)
}

/// The Python of benchmarks and tests, with their packages.
///
/// # Errors
/// It is missing and cannot be installed.
pub(crate) fn python(project: &Project, environment: &Environment) -> Result<PathBuf> {
    python::set_up(project, environment)
}

/// Everything that any task needs.
///
/// # Errors
/// Something is missing and cannot be installed.
pub(crate) fn everything(project: &Project, environment: &mut Environment) -> Result<()> {
    page(project, environment)?;
    lints(environment)?;
    let browser = browser(environment)?;
    let python = python(project, environment)?;
    say(format_args!("the browser is {}", browser.program.display()));
    say(format_args!("the Python of benchmarks and tests is {}", python.display()));
    say("nothing is missing");
    Ok(())
}
