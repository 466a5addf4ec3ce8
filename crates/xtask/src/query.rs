//! The module of SQL, which is by far the largest: built once for what it is made from, and kept outside of the checkout.
//!
//! Trunk would build it in every build, and with the others at the same time. So it is built here, and named by a hash of
//! everything that goes into it; where that has not changed nothing is built, whoever asks, from whichever checkout.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::content::files;
use crate::process::{self, Environment};
use crate::project::Project;

/// The crate, and the name of what comes of it.
pub(crate) const WORKER: &str = "sandglass-query-worker";

/// How it is compiled, in Cargo.toml.
pub(crate) const PROFILE: &str = "query";

const TARGET: &str = "wasm32-unknown-unknown";

/// Modules that are kept: for the branches that somebody goes back and forth between.
const KEPT: usize = 6;

/// Folders of a crate of which nothing goes into a module.
const BESIDE: [&str; 6] = ["tests", "benches", "examples", "fuzz", "target", "proptest-regressions"];

/// The folder with the module and its bindings, which are built if they are not there.
///
/// # Errors
/// It does not compile.
pub(crate) fn built(project: &Project, environment: &Environment) -> Result<PathBuf> {
    let kept = project.cache.join("query");
    let folder = kept.join(hash(project, environment)?);
    if folder.join(format!("{WORKER}_bg.wasm")).is_file() {
        // What was asked for last is removed last.
        let _ = fs::File::open(&folder).and_then(|folder| folder.set_modified(SystemTime::now()));
        return Ok(folder);
    }
    println!("query: compiling the module of SQL (some minutes on a new machine, once)");
    let mut cargo = environment.command("cargo");
    cargo.current_dir(&project.root).args(["build", "--locked", "--profile", PROFILE, "--target", TARGET]);
    process::run(cargo.args(["--package", WORKER]))?;
    // Nobody finds a folder with half of it.
    let making = kept.join(format!("making-{}", std::process::id()));
    let _ = fs::remove_dir_all(&making);
    fs::create_dir_all(&making).with_context(|| format!("{} cannot be made", making.display()))?;
    let module = project.target().join(TARGET).join(PROFILE).join(format!("{WORKER}.wasm"));
    let mut bindgen = environment.command("wasm-bindgen");
    bindgen.args(["--target", "web", "--no-typescript", "--out-name", WORKER, "--out-dir"]);
    process::run(bindgen.arg(&making).arg(module))?;
    if making.join("snippets").exists() {
        bail!("{WORKER} imports a script of its own, which would not be found where it is moved to");
    }
    // Another build may have been faster.
    if fs::rename(&making, &folder).is_err() {
        fs::remove_dir_all(&making)?;
    }
    forget(&kept)?;
    Ok(folder)
}

/// Removes all modules but the last ones.
fn forget(kept: &Path) -> Result<()> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(kept)? {
        let entry = entry?;
        folders.push((entry.metadata()?.modified()?, entry.path()));
    }
    folders.sort();
    for (_, folder) in folders.iter().rev().skip(KEPT) {
        // Somebody else may do the same.
        let _ = fs::remove_dir_all(folder);
    }
    Ok(())
}

/// A hash of everything that the module is made from.
fn hash(project: &Project, environment: &Environment) -> Result<String> {
    let mut hash = Sha256::new();
    let mut add = |name: &str, bytes: &[u8]| {
        // Lengths keep apart where a name ends and a content begins.
        hash.update(format!("{}:{name}{}:", name.len(), bytes.len()));
        hash.update(bytes);
    };
    add("profile", PROFILE.as_bytes());
    add("rustc", process::read(environment.command("rustc").arg("-vV"))?.as_bytes());
    add("wasm-bindgen", process::read(environment.command("wasm-bindgen").arg("--version"))?.as_bytes());
    for name in sources(&project.root)? {
        let path = project.root.join(&name);
        let bytes = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        add(&name.to_string_lossy().replace('\\', "/"), &bytes);
    }
    let digest = hash.finalize();
    Ok(digest.iter().take(10).map(|byte| format!("{byte:02x}")).collect())
}

/// The files that it is made from, by their paths in the checkout.
fn sources(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> =
        ["Cargo.lock", "Cargo.toml", ".cargo/config.toml"].map(PathBuf::from).into();
    for name in crates(root)? {
        let folder = root.join("crates").join(&name);
        for file in files(&folder)? {
            let within = file.strip_prefix(&folder)?;
            let first = within.components().next().map(|first| first.as_os_str().to_string_lossy());
            if !first.is_some_and(|first| BESIDE.contains(&&*first)) {
                found.push(file.strip_prefix(root)?.to_owned());
            }
        }
    }
    Ok(found)
}

/// The folders of the crates of this project that it depends on, and its own.
fn crates(root: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut waiting = vec!["query-worker".to_owned()];
    while let Some(name) = waiting.pop() {
        if found.contains(&name) {
            continue;
        }
        let manifest = root.join("crates").join(&name).join("Cargo.toml");
        let text = fs::read_to_string(&manifest)
            .with_context(|| format!("{} cannot be read", manifest.display()))?;
        waiting.extend(dependencies(&text));
        found.insert(name);
    }
    Ok(found)
}

/// The crates of this project that a manifest names, for wasm and not for tests. All of ours are called `sandglass-x`.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut counts = false;
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            let is_other =
                line.contains("dev-dependencies") || line.contains("not(target_family = \"wasm\")");
            counts = line.contains("dependencies") && !is_other;
        } else if counts
            && let Some(name) = line.split(['.', ' ', '=']).next()
            && let Some(folder) = name.strip_prefix("sandglass-")
        {
            found.push(folder.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_goes_into_a_module_counts() {
        let manifest = "[package]\nname = \"sandglass-x\"\n[dependencies]\nsandglass-a.workspace = true\nsandglass-e = { workspace = true, features = [\"all\"] }\nserde.workspace = true\n\
                        [target.'cfg(target_family = \"wasm\")'.dependencies]\nsandglass-b.workspace = true\n\
                        [target.'cfg(not(target_family = \"wasm\"))'.dependencies]\nsandglass-c.workspace = true\n\
                        [dev-dependencies]\nsandglass-d.workspace = true\n[lints]\nworkspace = true\n";
        assert_eq!(dependencies(manifest), ["a", "e", "b"]);
    }

    #[test]
    fn the_engine_and_its_storage_are_among_the_sources() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let sources = sources(&root).unwrap();
        let has = |name: &str| sources.iter().any(|source| source == Path::new(name));
        assert!(has("Cargo.lock") && has("crates/query/src/engine.rs") && has("crates/opfs/src/opfs.rs"));
        assert!(has("crates/query-worker/Cargo.toml") && has("crates/weekly/src/lib.rs"));
        assert!(!has("crates/query/tests/slt.rs") && !has("crates/app/Cargo.toml"));
    }
}
