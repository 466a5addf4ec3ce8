//! Runs files of statements in the form of sqllogictest: `slt PATH…`, each a file or a folder. `cargo xtask slt DIR` calls it.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut passed, mut failed) = (0, 0);
    for argument in std::env::args().skip(1) {
        let files = support::slt::files(Path::new(&argument));
        if files.is_empty() {
            eprintln!("there is no .slt or .test file in {argument}");
            failed += 1;
        }
        for file in files {
            let counted = support::slt::run(&file);
            println!("{}: {} passed, {} failed", file.display(), counted.passed, counted.failed.len());
            counted.failed.iter().for_each(|failure| println!("  {}", failure.replace('\n', "\n  ")));
            passed += counted.passed;
            failed += counted.failed.len();
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
