//! The npm packages of the root's package-lock.json: what the page bundles, and what its tests run on.

use std::fs;

use anyhow::{Context, Result, bail};

use super::say;
use crate::process::{Environment, read};
use crate::project::Project;

/// The oldest Node that the scripts run on.
const NODE: u32 = 20;

/// Installs the packages when they are not those of the lock file.
///
/// # Errors
/// Node is missing or too old, or npm fails.
pub(super) fn set_up(project: &Project, environment: &Environment) -> Result<()> {
    let node = read(environment.command("node").arg("--version"))
        .ok()
        .and_then(|version| version.strip_prefix('v')?.split('.').next()?.parse::<u32>().ok());
    match node {
        None => bail!("there is no Node: install Node {NODE} or later, with npm"),
        Some(version) if version < NODE => bail!("Node {version} is too old: install Node {NODE} or later"),
        Some(_) => {}
    }
    let lock =
        fs::read(project.root.join("package-lock.json")).context("package-lock.json cannot be read")?;
    // A copy of the lock file tells what is installed; it is written when the installation is whole.
    let installed = project.root.join("node_modules/.sandglass-lock.json");
    if fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    say("installing the npm packages of package-lock.json into node_modules");
    // No package has to run a script of its own to work.
    read(environment.command("npm").current_dir(&project.root).args([
        "ci",
        "--ignore-scripts",
        "--no-progress",
    ]))
    .context("the npm packages cannot be installed")?;
    fs::write(&installed, lock).with_context(|| format!("{} cannot be written", installed.display()))
}
