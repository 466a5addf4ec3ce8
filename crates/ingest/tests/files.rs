//! The real votes and the JSON parsing test suite, where they are at hand.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use sandglass_ingest::{FieldKind, FieldSpec, RecordSpec};
use support::model::{self, Cell, Why};
use support::run::{Limits, decode, gzip, read};

/// A file or folder of those that lie beside the project.
fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if !found.exists() {
        eprintln!("skipped: there is no ../shared/{path} beside the project");
        return None;
    }
    Some(found)
}

#[test]
fn the_real_votes_are_read_as_the_model_reads_them() {
    for (name, rows) in [("votes.jsonl", 40_299), ("samples-votes.jsonl", 16)] {
        let Some(path) = shared(&format!("data/votes/{name}")) else { return };
        let source = fs::read(path).unwrap();
        let limits = Limits::default();
        let expected = model::read(&support::votes(), &source, limits.max_line);
        assert_eq!((expected.rows.len(), expected.rejects.len()), (rows, 0));
        for slice in [1000, 256 << 10, source.len()] {
            let (outcome, _) = read(&support::votes(), limits, source.chunks(slice)).unwrap();
            assert!(outcome == expected, "{name} in slices of {slice}");
        }
        let (outcome, _) = read(&support::votes(), limits, gzip(&source).chunks(1 << 16)).unwrap();
        assert!(outcome == expected, "{name}, compressed");
    }
}

#[test]
fn a_value_is_taken_exactly_if_it_is_json() {
    let Some(folder) = shared("suites/JSONTestSuite/test_parsing") else { return };
    let spec = RecordSpec::new([FieldSpec::required("v", FieldKind::Text)]);
    let (mut taken, mut refused, mut either) = (0, 0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let content = fs::read(&path).unwrap();
        if content.contains(&b'\n') {
            continue;
        }
        // As a value of a record, behind one that teaches the reader how records look, and as a line.
        let inside = [&b"{\"v\":\"x\"}\n{\"v\":"[..], &content, b"}\n"].concat();
        let alone = [&b"{\"v\":\"x\"}\n"[..], &content, b"\n"].concat();
        let limits = Limits::default();
        let inside = decode(&spec, limits, [&inside[..]]);
        let alone = decode(&spec, limits, [&alone[..]]);
        let not_json = |why: &Why| matches!(why, Why::NotJson | Why::NotUtf8(_));
        assert_eq!(inside.records, 2, "{name}");
        match name.as_bytes()[0] {
            b'y' => {
                taken += 1;
                let null = content == b"null" || content == b" null " || content == b"null ";
                assert_eq!(inside.rows.len(), if null { 1 } else { 2 }, "{name}");
                assert!(alone.rejects.iter().all(|reject| !not_json(&reject.why)), "{name}");
                if let Some(Cell::Text(text)) = inside.rows.get(1).map(|row| &row.cells[0])
                    && !content.trim_ascii().starts_with(b"\"")
                {
                    assert_eq!(text.as_bytes(), content.trim_ascii(), "{name}: as it was written");
                }
            }
            b'n' => {
                refused += 1;
                assert!(inside.rejects.len() == 1 && not_json(&inside.rejects[0].why), "{name}");
                let blank = content.trim_ascii().is_empty();
                assert!(blank || not_json(&alone.rejects[0].why), "{name}");
            }
            _ => either += 1,
        }
    }
    assert_eq!((taken, refused, either), (91, 182, 35));
}
