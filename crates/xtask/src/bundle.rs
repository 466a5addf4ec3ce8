//! The page's JavaScript: every file directly in www/src becomes a module in www/generated, with the npm packages that
//! it imports. What one of them imports later goes into chunks beside it. They share none: a module that was fetched ahead is
//! whole, also when the network is gone.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::content::files;
use crate::process::{self, Environment};
use crate::project::Project;
use crate::setup;

/// Where the modules come from.
const SOURCES: &str = "www/src";

/// Where the modules go; Trunk copies them as they are.
const GENERATED: &str = "www/generated";

/// Bundles the scripts, unless nothing has changed since the last time.
///
/// # Errors
/// The npm packages are missing and cannot be installed, or esbuild finds an error in a script.
pub(crate) fn run(project: &Project, environment: &Environment) -> Result<()> {
    setup::scripts(project, environment)?;
    let sources = project.root.join(SOURCES);
    let generated = project.root.join(GENERATED);
    let entries = entries(&sources)?;
    let lock = project.root.join("package-lock.json");
    if is_current(&generated, &entries, &[files(&sources)?, vec![lock]].concat()) {
        return Ok(());
    }
    let names: Vec<String> = entries.iter().map(|entry| project.shown(entry).to_string()).collect();
    println!("build: bundling {} into {GENERATED}", names.join(", "));
    // Into a folder beside it first: chunks of an earlier bundle must go, and a failed bundle must not look complete.
    let fresh = generated.with_extension("new");
    remove(&fresh)?;
    for entry in &entries {
        process::run(
            environment
                .command("node")
                .current_dir(&project.root)
                .arg("node_modules/esbuild/bin/esbuild")
                .arg(entry)
                .args([
                    "--bundle",
                    "--splitting",
                    "--format=esm",
                    "--target=es2022",
                    "--minify",
                    "--charset=utf8",
                ])
                .args(["--chunk-names=chunk-[hash]", "--log-level=warning"])
                .arg(format!("--outdir={}", fresh.display())),
        )?;
    }
    remove(&generated)?;
    fs::rename(&fresh, &generated).with_context(|| format!("{} cannot be written", generated.display()))
}

/// The scripts that the page loads by name.
fn entries(sources: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(sources).with_context(|| format!("{} cannot be read", sources.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "js") {
            found.push(path);
        }
    }
    if found.is_empty() {
        bail!("{} has no script", sources.display());
    }
    found.sort();
    Ok(found)
}

/// Whether there is a module for every entry, and all are newer than everything that they were made from.
fn is_current(generated: &Path, entries: &[PathBuf], inputs: &[PathBuf]) -> bool {
    let Ok(outputs) = files(generated) else { return false };
    let complete = entries
        .iter()
        .all(|entry| entry.file_name().is_some_and(|name| outputs.contains(&generated.join(name))));
    let times = |files: &[PathBuf]| -> Vec<Option<SystemTime>> {
        files.iter().map(|file| file.metadata().and_then(|found| found.modified()).ok()).collect()
    };
    let oldest = times(&outputs).into_iter().min().flatten();
    // An output whose time is unknown sorts first, so that it counts as old.
    complete && oldest.is_some() && times(inputs).into_iter().max().flatten() < oldest
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be removed", folder.display()))
        }
        _ => Ok(()),
    }
}
