//! The standard library for wasm32, built from the source that Debian packages with its compiler.
//!
//! It takes half a minute, once per version of the compiler. `-Z build-std` is an unstable option, which
//! `RUSTC_BOOTSTRAP` permits for this one build; what is built with the library afterwards needs neither.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, Result, bail};

use super::{packages, say, toolchain};
use crate::process::{Environment, read, run};
use crate::project::Project;

/// An empty crate: only what it depends on is wanted. It is no part of the workspace, wherever the cache is.
const MANIFEST: &str = "\
[package]
name = \"empty\"
version = \"0.0.0\"
edition = \"2024\"

[workspace]
";

/// Builds the library and puts it where the compiler looks for it.
///
/// # Errors
/// The build fails, or there is no right to write into the compiler's folders.
pub(super) fn build(
    project: &Project,
    environment: &Environment,
    release: &str,
    sysroot: &Path,
) -> Result<()> {
    say(format_args!(
        "building the library of Rust {release} for wasm32 from its source (half a minute, once)"
    ));
    let folder = project.cache.join("wasm-std");
    let products = folder.join("target");
    // Products of another version of the compiler must not be copied.
    remove(&folder)?;
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), MANIFEST)?;
    fs::write(folder.join("src/lib.rs"), "")?;
    run(environment
        .command("cargo")
        .current_dir(&folder)
        .env("RUSTC_BOOTSTRAP", "1")
        // Code for builds without link-time optimization, and bitcode for builds with it, as in the official library.
        .env("RUSTFLAGS", "-C embed-bitcode=yes")
        .env("CARGO_TARGET_DIR", &products)
        .args(["build", "--quiet", "--release", "--target", toolchain::TARGET])
        // `test` is what `cargo test` links against.
        .args(["-Z", "build-std=std,panic_abort,test"]))
    .context("the library of Rust for wasm32 cannot be built")?;

    let libraries = libraries(&products.join(toolchain::TARGET).join("release/deps"))?;
    if libraries.is_empty() {
        bail!("the build of Rust's library for wasm32 left no library in {}", products.display());
    }
    let into = sysroot.join("lib/rustlib").join(toolchain::TARGET).join("lib");
    install(environment, &libraries, &into)
        .with_context(|| format!("Rust's library for wasm32 cannot be copied into {}", into.display()))?;
    remove(&folder)?;
    // What was compiled against another build of the library does not fit this one, which cargo cannot know.
    remove(&project.target().join(toolchain::TARGET))
}

/// The libraries among the products, without that of the empty crate.
fn libraries(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("lib") && name.ends_with(".rlib") && !name.starts_with("libempty-") {
            found.push(path);
        }
    }
    Ok(found)
}

fn install(environment: &Environment, libraries: &[PathBuf], into: &Path) -> Result<()> {
    // Those of an older compiler would stay beside the new ones for ever.
    let old = if into.is_dir() { self::libraries(into)? } else { Vec::new() };
    if !old.is_empty() {
        read(packages::as_root(environment, "rm")?.arg("-f").args(old))?;
    }
    read(packages::as_root(environment, "install")?.args(["-d", "-m", "755"]).arg(into))?;
    read(packages::as_root(environment, "install")?.args(["-m", "644"]).args(libraries).arg(into))?;
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be removed", folder.display()))
        }
        _ => Ok(()),
    }
}
