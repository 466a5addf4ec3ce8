//! Where things are: the checkout, the cache of tools, the build products.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folders that every task works with.
pub(crate) struct Project {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// What is installed once per machine and shared by checkouts: tools, and the Python of the benchmarks.
    pub(crate) cache: PathBuf,
}

impl Project {
    /// The checkout around the working folder.
    ///
    /// # Errors
    /// The working folder is in none, or there is no home folder for the cache.
    pub(crate) fn find() -> Result<Self> {
        // Not the path that was compiled in: two checkouts may share one target folder, and thereby one xtask.
        let here = env::current_dir().context("there is no working folder")?;
        let root = here
            .ancestors()
            .find(|folder| folder.join("crates/xtask/Cargo.toml").is_file())
            .context("run this inside a checkout of Sandglass")?
            .to_owned();
        Ok(Self { root, cache: cache()? })
    }

    /// The site that `cargo xtask build` leaves.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// Cargo's target folder.
    pub(crate) fn target(&self) -> PathBuf {
        match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) if !folder.is_empty() => self.root.join(folder),
            _ => self.root.join("target"),
        }
    }

    /// A path as a person in the checkout would write it.
    pub(crate) fn shown<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}

fn cache() -> Result<PathBuf> {
    let folder = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    folder("SANDGLASS_CACHE")
        .or_else(|| folder("XDG_CACHE_HOME").map(|folder| folder.join("sandglass")))
        .or_else(|| folder("HOME").map(|folder| folder.join(".cache/sandglass")))
        .or_else(|| folder("LOCALAPPDATA").map(|folder| folder.join("sandglass")))
        .map(|folder| std::path::absolute(&folder).unwrap_or(folder))
        .context("there is no home folder; name a folder for the tools in SANDGLASS_CACHE")
}
