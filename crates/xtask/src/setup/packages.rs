//! Packages of the operating system, by apt-get (Debian, Ubuntu), as root or by sudo.

use std::io::IsTerminal;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};

use super::say;
use crate::process::{Environment, read, run};

/// Waits for another apt-get instead of failing.
const WAIT: [&str; 2] = ["-o", "DPkg::Lock::Timeout=300"];

/// Whether this machine has apt-get.
pub(super) fn available(environment: &Environment) -> bool {
    environment.find("apt-get").is_some()
}

/// Whether apt-get knows this package. Fetches the lists of packages the first time.
///
/// # Errors
/// The lists cannot be fetched.
pub(super) fn known(environment: &Environment, package: &str) -> Result<bool> {
    update(environment)?;
    let policy = read(environment.command("apt-cache").env("LC_ALL", "C").args(["policy", package]))?;
    Ok(policy
        .lines()
        .any(|line| line.trim().strip_prefix("Candidate:").is_some_and(|version| version.trim() != "(none)")))
}

/// Installs packages and what they need.
///
/// # Errors
/// There is no apt-get, no right to use it, or it fails: with the command to run by hand.
pub(super) fn install(environment: &Environment, packages: &[&str], purpose: &str) -> Result<()> {
    let list = packages.join(" ");
    if !available(environment) {
        bail!("{purpose}: install the equivalent of Debian's packages {list}");
    }
    update(environment)?;
    say(format_args!("installing {list} with apt-get ({purpose})"));
    let mut command = as_root(environment, "apt-get").with_context(|| {
        format!("{purpose}: run `apt-get install --no-install-recommends {list}` as root")
    })?;
    command.args(WAIT).args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(packages);
    read(&mut command).with_context(|| {
        format!("{purpose}: `apt-get install --no-install-recommends {list}` did not work")
    })?;
    Ok(())
}

/// Fetches the lists of packages, once per run: a new machine has none, and old ones name packages that are gone.
fn update(environment: &Environment) -> Result<()> {
    static DONE: OnceLock<()> = OnceLock::new();
    if DONE.get().is_some() {
        return Ok(());
    }
    say("fetching the lists of packages (apt-get update)");
    let mut command = as_root(environment, "apt-get")?;
    read(command.args(WAIT).args(["update", "--quiet"]))?;
    let _ = DONE.set(());
    Ok(())
}

/// A command that runs as root and asks no questions of its own. On a terminal, sudo may ask for the password.
///
/// # Errors
/// This is not root and sudo cannot be used.
pub(super) fn as_root(environment: &Environment, program: &str) -> Result<Command> {
    let mut command = if read(environment.command("id").arg("-u"))? == "0" {
        environment.command("env")
    } else if environment.find("sudo").is_none() {
        bail!("installing packages needs root, and there is no sudo");
    } else {
        let mut sudo = environment.command("sudo");
        if run(environment.command("sudo").args(["-n", "true"]).stderr(std::process::Stdio::null())).is_err()
        {
            if !std::io::stdin().is_terminal() {
                bail!("installing packages needs root, and sudo would ask for a password");
            }
            sudo.stdin(std::process::Stdio::inherit());
        }
        sudo.arg("env");
        sudo
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", program]);
    Ok(command)
}
