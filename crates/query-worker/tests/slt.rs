//! The files of statements that the engine passes natively, in the browser.
#![cfg(target_family = "wasm")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)] // a test that panics is one that fails

mod support;

use support::{Db, slt};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const FILES: [(&str, &str); 5] = [
    ("changes", include_str!("../../../tests/slt/changes.slt")),
    ("dialect", include_str!("../../../tests/slt/dialect.slt")),
    ("duckdb", include_str!("../../../tests/slt/duckdb.slt")),
    ("errors", include_str!("../../../tests/slt/errors.slt")),
    ("names", include_str!("../../../tests/slt/names.slt")),
];

#[wasm_bindgen_test]
async fn every_statement_does_as_its_file_says() {
    let (mut passed, mut failed) = (0, Vec::new());
    for (name, text) in FILES {
        let db = Db::new(&format!("slt/{name}")).await;
        let (some, others) = slt::run(&db, name, text).await;
        passed += some;
        failed.extend(others);
    }
    let all = passed + failed.len();
    assert!(failed.is_empty(), "{} of {all} failed:\n{}", failed.len(), failed.join("\n"));
    assert!(passed > 200, "{passed}");
}
