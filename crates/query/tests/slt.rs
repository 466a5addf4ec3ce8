//! Our own files of statements, in `tests/slt` of the project.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod support;

use std::path::Path;

#[test]
fn every_statement_does_as_its_file_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/slt");
    let files = support::slt::files(&folder);
    assert!(!files.is_empty(), "there is no file in {}", folder.display());
    let (mut passed, mut failed) = (0, Vec::new());
    for file in files {
        let counted = support::slt::run(&file);
        passed += counted.passed;
        failed.extend(counted.failed);
    }
    println!("{passed} statements did as they should");
    assert!(
        failed.is_empty(),
        "{} of {} failed:\n{}",
        failed.len(),
        passed + failed.len(),
        failed.join("\n")
    );
}
