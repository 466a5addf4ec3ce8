//! Files in the browser's own file system, in a worker, which is where they can be written durably.
#![cfg(target_family = "wasm")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use sandglass_access::{Bytes, read_exact_at};
use sandglass_opfs::{Entry, FileBytes, Opfs, OpfsError, usage};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

fn entry(name: &str, bytes: u64) -> Entry {
    Entry { name: name.to_owned(), bytes }
}

/// Bytes that say where they are.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 % 251) as u8).collect()
}

#[wasm_bindgen_test]
async fn what_is_written_is_read() {
    let opfs = Opfs::open("written/here").await.unwrap();
    assert_eq!(opfs.list("").await.unwrap(), []);
    assert_eq!(opfs.list("no/such").await.unwrap(), []);
    let bytes = content(3_000_000);
    opfs.write_new("a/b/one", &bytes).await.unwrap();
    opfs.write_new("a/none", &[]).await.unwrap();
    opfs.write_new("%2e", b"dot").await.unwrap();
    assert_eq!(opfs.list("a/b").await.unwrap(), [entry("one", 3_000_000)]);
    assert_eq!(opfs.list("a").await.unwrap(), [entry("none", 0)]);
    assert_eq!(opfs.list("").await.unwrap(), [entry("%2e", 3)]);
    assert!(opfs.read("a/b/one", None).await.unwrap() == bytes);
    assert_eq!(opfs.read("a/b/one", Some(70_000..70_010)).await.unwrap(), &bytes[70_000..70_010]);
    assert_eq!(opfs.read("a/b/one", Some(2_999_999..4_000_000)).await.unwrap(), &bytes[2_999_999..]);
    assert_eq!(opfs.read("a/none", None).await.unwrap(), b"");

    // Another handle on the same folder sees the same.
    let again = Opfs::open("written").await.unwrap();
    assert_eq!(again.read("here/%2e", None).await.unwrap(), b"dot");
}

#[wasm_bindgen_test]
async fn a_file_is_written_once() {
    let opfs = Opfs::open("once").await.unwrap();
    opfs.write_new("file", b"first").await.unwrap();
    assert!(matches!(opfs.write_new("file", b"second").await, Err(OpfsError::Exists(_))));
    assert_eq!(opfs.read("file", None).await.unwrap(), b"first");
    opfs.remove("file").await.unwrap();
    assert!(matches!(opfs.read("file", None).await, Err(OpfsError::NotFound(_))));
    assert!(matches!(opfs.remove("file").await, Err(OpfsError::NotFound(_))));
    assert!(matches!(opfs.read("no/such/file", None).await, Err(OpfsError::NotFound(_))));
    opfs.write_new("file", b"second").await.unwrap();
    assert_eq!(opfs.read("file", None).await.unwrap(), b"second");
}

#[wasm_bindgen_test]
async fn what_is_no_path_is_refused() {
    let opfs = Opfs::open("paths").await.unwrap();
    for path in ["", ".", "..", "a//b", "../x", "a/../b", "a/"] {
        assert!(opfs.write_new(path, b"").await.is_err(), "{path:?}");
    }
    assert_eq!(opfs.list("").await.unwrap(), []);
}

#[wasm_bindgen_test]
async fn bytes_are_had_where_they_are_asked_for() {
    let opfs = Opfs::open("bytes").await.unwrap();
    let (one, other) = (content(200_000), content(100));
    opfs.write_new("one", &one).await.unwrap();
    opfs.write_new("other", &other).await.unwrap();
    let first = FileBytes::reading_ahead(opfs.file("one").await.unwrap(), 1024);
    let second = FileBytes::of(opfs.file("other").await.unwrap());
    assert_eq!((first.len(), second.len()), (200_000, 100));
    for (offset, length) in [(199_000, 1000), (0, 10), (5, 5000), (1024, 1), (100_000, 70_000)] {
        let mut buffer = vec![0; length];
        read_exact_at(&first, offset as u64, &mut buffer).unwrap();
        assert!(buffer == one[offset..offset + length], "{length} bytes from {offset}");
    }
    let mut buffer = [0; 100];
    read_exact_at(&second, 0, &mut buffer).unwrap();
    assert_eq!(buffer[..], other[..]);
    assert!(read_exact_at(&second, 1, &mut buffer).is_err());
}

#[wasm_bindgen_test]
async fn room_is_told() {
    let usage = usage().await.unwrap();
    assert!(usage.quota > usage.used);
}
