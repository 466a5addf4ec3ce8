//! Files by the hash of their bytes: by it one that was read before is known again.

use sandglass_warehouse::content_hash::ContentHasher;
use sandglass_warehouse::{Known, Recognition, Resume};
use web_sys::File;

use super::cancel::Cancel;
use super::file::FileSlices;

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
    let mut slices = FileSlices::open(file);
    let mut buffer = Vec::new();
    loop {
        let length = slices.next(&mut buffer).await.ok()?;
        if length == 0 {
            break;
        }
        take(&buffer[..length], &mut hasher, &mut lines, &mut ended);
    }
    if hasher.length() != file.size() as u64 {
        return None;
    }
    let resume = ended.then(|| Resume { byte: hasher.length(), lines, state: String::new() });
    Some(Hashed { hash: hasher.hash().to_string(), resume })
}

// Not in the future itself, which browsers would compile as one function.
#[inline(never)]
fn take(bytes: &[u8], hasher: &mut ContentHasher, lines: &mut u64, ended: &mut bool) {
    hasher.push(bytes);
    *lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
    *ended = bytes.last() == Some(&b'\n');
}

/// Finds out whether a file is known. An error is that of reading it; nothing when the job is to end.
pub(super) async fn recognise(
    file: &File,
    mut recognition: Recognition,
    cancelled: &Cancel,
) -> Option<(String, Known)> {
    let mut slices = FileSlices::open(file);
    let mut buffer = Vec::new();
    loop {
        // One that cannot be read is read once more, and then it is said why.
        let length = slices.next(&mut buffer).await.ok()?;
        if cancelled.is_wished() {
            return None;
        }
        if length == 0 {
            break;
        }
        recognition.push(&buffer[..length]);
    }
    let (hash, known) = recognition.finish();
    Some((hash.to_string(), known))
}
