//! Files in the browser's own file system, in a worker, which is where they can be written durably.
#![cfg(target_family = "wasm")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use sandglass_access::{Bytes, read_exact_at};
use sandglass_opfs::{Entry, FileBytes, Opfs, OpfsError, ScratchFile, Watched, usage};
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

#[wasm_bindgen_test]
async fn a_file_that_is_watched_is_the_last_until_it_is_not() {
    let opfs = Opfs::open("watched").await.unwrap();
    opfs.clear().await.unwrap();
    opfs.write_new("list/1", b"first").await.unwrap();
    let watched = Watched::new(&opfs, "list/1").await.unwrap();
    assert!(watched.is_last("2").await);
    opfs.write_new("list/2", b"second").await.unwrap();
    assert!(!watched.is_last("2").await);
    let watched = Watched::new(&opfs, "list/2").await.unwrap();
    assert!(watched.is_last("3").await);
    // All of it goes, and others come by the same names.
    opfs.clear().await.unwrap();
    assert!(!watched.is_last("3").await);
    opfs.write_new("list/2", b"another").await.unwrap();
    assert!(!watched.is_last("3").await);
    assert!(Watched::new(&opfs, "list/7").await.is_err());
}

#[wasm_bindgen_test]
async fn a_scratch_file_is_read_and_written_anywhere() {
    let folder = Opfs::open("scratched").await.unwrap();
    folder.write_new("left", b"by another").await.unwrap();
    let scratch = ScratchFile::open(&folder).await.unwrap();
    // What others have left is gone.
    let names =
        || async { folder.list("").await.unwrap().into_iter().map(|file| file.name).collect::<Vec<_>>() };
    let own = names().await;
    assert!(own.len() == 1 && own[0] != "left", "{own:?}");
    let bytes = content(1_000_000);
    assert_eq!(scratch.write(500_000, &bytes).unwrap(), bytes.len());
    assert_eq!(scratch.write(0, &bytes[..10]).unwrap(), 10);
    let mut read = vec![0; bytes.len()];
    assert_eq!(scratch.read(500_000, &mut read).unwrap(), bytes.len());
    assert!(read == bytes);
    assert_eq!(scratch.read(1_499_990, &mut read[..20]).unwrap(), 10);
    scratch.clear().unwrap();
    assert_eq!(scratch.read(0, &mut read[..10]).unwrap(), 0);
    // One that is in use is not touched.
    let other = ScratchFile::open(&folder).await.unwrap();
    assert_eq!(names().await.len(), 2);
    drop(scratch);
    drop(other);
    let _last = ScratchFile::open(&folder).await.unwrap();
    assert_eq!(names().await.len(), 1);
}
