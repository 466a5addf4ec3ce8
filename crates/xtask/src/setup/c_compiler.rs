//! A C compiler for wasm32: SQLite and zstd, in the readers of rarer formats, are written in C.

use anyhow::{Context, Result, bail};

use super::packages;
use crate::process::{Environment, read};

/// The newest version of LLVM that is looked for by its number, and the oldest that is new enough.
const VERSIONS: std::ops::RangeInclusive<u32> = 14..=30;

/// Makes child processes use a clang that can compile for wasm32.
///
/// # Errors
/// There is none and none can be installed.
pub(super) fn set_up(environment: &mut Environment) -> Result<()> {
    // Debian's toolchain brings its own.
    if environment.get("CC_wasm32_unknown_unknown").is_some() {
        return Ok(());
    }
    if find(environment).is_none() {
        if !packages::available(environment) {
            bail!("there is no clang for wasm32 and no llvm-ar beside it: install LLVM 14 or later");
        }
        packages::install(environment, &["clang", "llvm"], "the C compiler for wasm32")?;
    }
    let (compiler, archiver) =
        find(environment).context("clang and llvm were installed, and clang does not compile for wasm32")?;
    environment.set("CC_wasm32_unknown_unknown", compiler);
    environment.set("AR_wasm32_unknown_unknown", archiver);
    Ok(())
}

/// A clang that knows wasm32, and the archiver of the same version.
fn find(environment: &Environment) -> Option<(String, String)> {
    let suffixes = std::iter::once(String::new()).chain(VERSIONS.rev().map(|version| format!("-{version}")));
    suffixes
        .map(|suffix| (format!("clang{suffix}"), format!("llvm-ar{suffix}")))
        .filter(|(compiler, archiver)| {
            environment.find(compiler).is_some() && environment.find(archiver).is_some()
        })
        .find(|(compiler, _)| {
            read(environment.command(compiler).arg("--print-targets"))
                .is_ok_and(|targets| targets.contains("wasm32"))
        })
}
