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
