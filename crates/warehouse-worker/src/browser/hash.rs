//! Files by the hash of their bytes: by it one that was read before is known again.
//!
//! A file that one reader reads from its first byte to its last is hashed on the way, because to read it once more costs far more
//! than the hash does. All others are hashed behind the answer.

use sandglass_warehouse::content_hash::ContentHasher;
use sandglass_warehouse::{Known, Recognition};
use web_sys::File;

use super::cancel::Cancel;
use super::file::each_slice;

/// Bytes for [`warm_up`], and how often they are hashed: some milliseconds.
const WARM_UP: usize = 64 << 10;
const WARM_UPS: usize = 64;

/// The bytes of a file as they are read, for whatever else.
#[derive(Default)]
pub(super) struct Hashing {
    hasher: ContentHasher,
}

impl Hashing {
    /// Takes the next bytes. Not inlined, because it is run for all of them.
    #[inline(never)]
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.hasher.push(bytes);
    }

    /// The hash, if these were all the bytes that the file has.
    pub(super) fn finish(&self, file: &File) -> Option<String> {
        let is_whole = self.hasher.length() == file.size() as u64;
        is_whole.then(|| self.hasher.hash().to_string())
    }
}

/// Hashes a file; nothing if it cannot be read any more, or is not what it was.
pub(super) async fn hash(file: &File) -> Option<String> {
    let mut hashing = Hashing::default();
    each_slice(file, |bytes| {
        hashing.push(bytes);
        true
    })
    .await?;
    hashing.finish(file)
}

/// Finds out whether a file is known, with its hash. Nothing if it cannot be read: it is read once more then, and why is said. When
/// the job is to end, what comes of it means nothing.
pub(super) async fn recognise(
    file: &File,
    mut recognition: Recognition,
    cancelled: &Cancel,
) -> Option<(String, Known)> {
    let mut size = 0;
    each_slice(file, |bytes| {
        recognition.push(bytes);
        size += bytes.len() as u64;
        !cancelled.is_wished()
    })
    .await?;
    let (hash, known) = recognition.finish();
    let is_whole = size == file.size() as u64;
    is_whole.then(|| (hash.to_string(), known))
}

/// Hashes some bytes for nothing, so that what does it is compiled well before the first file.
pub(super) fn warm_up() {
    let bytes = vec![b'\n'; WARM_UP];
    let mut hashing = Hashing::default();
    for _ in 0..WARM_UPS {
        hashing.push(&bytes);
    }
}
