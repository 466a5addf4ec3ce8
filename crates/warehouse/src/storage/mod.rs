//! Where a warehouse lies: a few named files, behind one small trait.
//!
//! Files are written once, as a whole, and never changed. So a storage needs no transactions: what must hold is that a file
//! is durable when [`Storage::write`] returns. The trait is async because the browser's is; natively every future is ready at
//! once, and [`block_on`] is all that is needed.

#[cfg(not(target_family = "wasm"))]
mod directory;
mod error;
mod faulty;
mod memory;

use std::ops::Range;

#[cfg(not(target_family = "wasm"))]
pub use directory::{Directory, Lock};
pub use error::{StorageError, StorageErrorKind};
pub use faulty::{Fault, Faulty};
pub use memory::Memory;

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its full name, with `/` between folders.
    pub name: String,
    /// Its length.
    pub bytes: u64,
}

/// Files by name. Folders come to be with their files.
pub trait Storage {
    /// All files in a folder and in the folders within, in the order of their names; all there are for the empty name. A folder
    /// that is not there has none.
    fn list(&self, folder: &str) -> impl Future<Output = Result<Vec<Entry>, StorageError>>;

    /// The bytes of a file, or these of them. A range that goes beyond its end is an error.
    fn read(
        &self,
        name: &str,
        range: Option<Range<u64>>,
    ) -> impl Future<Output = Result<Vec<u8>, StorageError>>;

    /// Makes a new file, which is durable when this returns. One that is there is not written over.
    fn write(&self, name: &str, bytes: &[u8]) -> impl Future<Output = Result<(), StorageError>>;

    /// Removes a file.
    fn remove(&self, name: &str) -> impl Future<Output = Result<(), StorageError>>;
}

impl<S: Storage> Storage for &S {
    async fn list(&self, folder: &str) -> Result<Vec<Entry>, StorageError> {
        (**self).list(folder).await
    }

    async fn read(&self, name: &str, range: Option<Range<u64>>) -> Result<Vec<u8>, StorageError> {
        (**self).read(name, range).await
    }

    async fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        (**self).write(name, bytes).await
    }

    async fn remove(&self, name: &str) -> Result<(), StorageError> {
        (**self).remove(name).await
    }
}

/// The part of a file's bytes that a range asks for.
fn part(name: &str, bytes: &[u8], range: Option<Range<u64>>) -> Result<Vec<u8>, StorageError> {
    let Some(range) = range else { return Ok(bytes.to_vec()) };
    let within = |at: u64| usize::try_from(at).ok().filter(|&at| at <= bytes.len());
    match (within(range.start), within(range.end)) {
        (Some(start), Some(end)) if start <= end => Ok(bytes[start..end].to_vec()),
        _ => Err(StorageError::too_short(name, bytes.len() as u64, &range)),
    }
}

/// Runs a future that never waits for anything but this thread, which is so of all native storages.
#[cfg(not(target_family = "wasm"))]
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(output) => return output,
            std::task::Poll::Pending => std::thread::yield_now(),
        }
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::*;

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
}
