//! Files by the hash of their bytes: by it one that was read before is known again.

use sandglass_warehouse::content_hash::ContentHasher;
use sandglass_warehouse::{Known, Recognition, Resume};
use web_sys::File;

use super::cancel::Cancel;
use super::file::each_slice;

/// What was found in the bytes of a file.
pub(super) struct Hashed {
    pub(super) hash: String,
    /// Where to read on when it has grown, if it ends with a line end.
    pub(super) resume: Option<Resume>,
}

/// Hashes a file; nothing if it cannot be read any more, or is not what it was.
pub(super) async fn hash(file: &File) -> Option<Hashed> {
    let mut hasher = ContentHasher::default();
    let (mut lines, mut ended) = (0, false);
    each_slice(file, |bytes| {
        hasher.push(bytes);
        lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
        ended = bytes.last() == Some(&b'\n');
        true
    })
    .await?;
    if hasher.length() != file.size() as u64 {
        return None;
    }
    let resume = ended.then(|| Resume { byte: hasher.length(), lines, state: String::new() });
    Some(Hashed { hash: hasher.hash().to_string(), resume })
}

/// Finds out whether a file is known, with its hash. Nothing if it cannot be read: it is read once more then, and why is said. When
/// the job is to end, what comes of it means nothing.
pub(super) async fn recognise(
    file: &File,
    mut recognition: Recognition,
    cancelled: &Cancel,
) -> Option<(String, Known)> {
    each_slice(file, |bytes| {
        recognition.push(bytes);
        !cancelled.is_wished()
    })
    .await?;
    let (hash, known) = recognition.finish();
    Some((hash.to_string(), known))
}
