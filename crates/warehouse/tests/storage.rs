//! What holds of every storage.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use sandglass_warehouse::storage::{Directory, Entry, Memory, Storage, StorageErrorKind, block_on};

/// What holds of every storage.
fn keeps_files<S: Storage>(storage: &S) {
    block_on(async {
        assert_eq!(storage.list("").await.unwrap(), []);
        assert_eq!(storage.list("a").await.unwrap(), []);
        let names = ["a/b/two", "a/one", "ab/three", "zero"];
        for (number, name) in names.iter().enumerate() {
            storage.write(name, &vec![b'x'; number]).await.unwrap();
        }
        let listed = |entries: Vec<Entry>| -> Vec<(String, u64)> {
            entries.into_iter().map(|entry| (entry.name, entry.bytes)).collect()
        };
        let expected = |of: &[usize]| -> Vec<(String, u64)> {
            of.iter().map(|&number| (names[number].to_owned(), number as u64)).collect()
        };
        assert_eq!(listed(storage.list("").await.unwrap()), expected(&[0, 1, 2, 3]));
        // The folder and not what only begins with its name.
        assert_eq!(listed(storage.list("a").await.unwrap()), expected(&[0, 1]));
        assert_eq!(listed(storage.list("a/b").await.unwrap()), expected(&[0]));

        storage.write("digits", b"0123456789").await.unwrap();
        assert_eq!(storage.read("digits", None).await.unwrap(), b"0123456789");
        assert_eq!(storage.read("digits", Some(2..5)).await.unwrap(), b"234");
        assert_eq!(storage.read("digits", Some(10..10)).await.unwrap(), b"");
        let error = storage.read("digits", Some(8..11)).await.unwrap_err();
        assert_eq!(error.kind, StorageErrorKind::Damaged);
        assert!(error.to_string().contains("digits is damaged: it has 10 bytes"), "{error}");

        let error = storage.write("digits", b"other").await.unwrap_err();
        assert_eq!(error.kind, StorageErrorKind::Exists);
        assert_eq!(storage.read("digits", None).await.unwrap(), b"0123456789");
        storage.remove("digits").await.unwrap();
        assert_eq!(storage.read("digits", None).await.unwrap_err().kind, StorageErrorKind::NotFound);
        assert_eq!(storage.remove("digits").await.unwrap_err().kind, StorageErrorKind::NotFound);
        storage.write("digits", b"again").await.unwrap();
    });
}

#[test]
fn memory_keeps_files_and_its_copies_share_them() {
    let memory = Memory::default();
    keeps_files(&memory);
    assert_eq!(block_on(memory.clone().read("digits", None)).unwrap(), b"again");
}

#[test]
fn a_directory_keeps_files() {
    let folder = tempfile::tempdir().unwrap();
    keeps_files(&Directory::new(folder.path().join("warehouse")));
}

#[test]
fn names_that_lead_out_of_the_folder_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::new(folder.path().join("warehouse"));
    for name in ["../out", "a/../../out", "/tmp/out", "", "a//b", "a/./b", "a\\..\\b"] {
        let error = block_on(directory.write(name, b"x")).unwrap_err();
        assert_eq!(error.kind, StorageErrorKind::Other, "{name}");
    }
    assert!(!folder.path().join("out").exists());
}

#[test]
fn a_second_writer_is_refused_and_told_who_the_first_is() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::new(folder.path());
    let lock = directory.lock().unwrap();
    let message = directory.lock().unwrap_err().to_string();
    assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
    // The lock is no file of the warehouse.
    assert_eq!(block_on(directory.list("")).unwrap(), []);
    drop(lock);
    directory.lock().unwrap();
}
