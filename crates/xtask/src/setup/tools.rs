//! Trunk and wasm-bindgen, in exactly the versions that the page is built with.
//!
//! One on the path is taken when its version is right. Otherwise cargo installs it into the cache, where it stays for
//! all checkouts: it is compiled from source, which takes minutes, once.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::say;
use crate::process::{Environment, read, run};
use crate::project::Project;

/// 0.22 wants a newer Rust than ours.
const TRUNK: &str = "0.21.14";

/// A program that cargo can install.
struct Tool<'a> {
    /// The package.
    package: &'a str,
    /// What it installs and is needed.
    programs: &'a [&'a str],
    /// Exactly this version.
    version: &'a str,
    /// Whether with the versions of its lock file.
    locked: bool,
    /// How long it takes, in words.
    patience: &'a str,
}

/// Puts the tools on the path, and installs those that are missing.
///
/// # Errors
/// One cannot be installed.
pub(super) fn set_up(project: &Project, environment: &mut Environment) -> Result<()> {
    let folder = project.cache.join("tools");
    let programs = folder.join("bin");
    let mut own = environment.clone();
    own.prefer(&programs);
    let wasm_bindgen = locked_version(&project.root.join("Cargo.lock"), "wasm-bindgen")?;
    let tools = [
        Tool {
            package: "trunk",
            programs: &["trunk"],
            version: TRUNK,
            locked: true,
            patience: "about 10 minutes",
        },
        Tool {
            package: "wasm-bindgen-cli",
            programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
            version: &wasm_bindgen,
            // Its lock file names versions that do not compile together.
            locked: false,
            patience: "about 4 minutes",
        },
    ];
    let mut from_cache = false;
    for tool in tools {
        if tool.is_in(environment) {
            continue;
        }
        from_cache = true;
        if !tool.is_in(&own) {
            tool.install(environment, &folder)?;
        }
    }
    if from_cache {
        *environment = own;
    }
    Ok(())
}

impl Tool<'_> {
    fn is_in(&self, environment: &Environment) -> bool {
        self.programs.iter().all(|program| {
            environment.find(program).is_some_and(|file| {
                let version = read(environment.command(file).arg("--version")).unwrap_or_default();
                version.split_whitespace().nth(1) == Some(self.version)
            })
        })
    }

    fn install(&self, environment: &Environment, folder: &Path) -> Result<()> {
        let Self { package, version, patience, .. } = self;
        say(format_args!(
            "installing {package} {version} into {} ({patience} on 2 cores, once)",
            folder.display()
        ));
        // In a folder that stays until the end, so that an interrupted installation goes on where it stopped.
        let products = folder.join("build");
        let mut cargo = environment.command("cargo");
        fs::create_dir_all(folder)?;
        cargo.current_dir(folder).env("CARGO_TARGET_DIR", &products);
        // They run for seconds and are compiled once for each machine, so compiling them is what takes time.
        cargo.envs([
            ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"),
            ("CARGO_PROFILE_RELEASE_LTO", "off"),
            ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
            ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
        ]);
        cargo.args(["install", "--quiet", package, "--version", version, "--root"]).arg(folder);
        if self.locked {
            cargo.arg("--locked");
        }
        run(&mut cargo).with_context(|| format!("{package} {version} cannot be installed"))?;
        let _ = fs::remove_dir_all(&products);
        Ok(())
    }
}

/// The version of a package in a lock file of cargo.
fn locked_version(lock: &Path, package: &str) -> Result<String> {
    let text = fs::read_to_string(lock).with_context(|| format!("{} cannot be read", lock.display()))?;
    version_in(&text, package).with_context(|| format!("{} names no {package}", lock.display()))
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_package_and_not_of_a_namesake() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.80\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in(lock, "trunk"), None);
    }
}
