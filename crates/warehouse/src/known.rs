//! Whether the bytes of a source are known already, or are those of a source that has grown.
//!
//! The log says which earlier sources come into question at all: those of the same size, and a shorter one of the same path.
//! When there is none, a source need not be hashed before it is read. When there is, its bytes are pushed through a
//! [`Recognition`], which looks at the hash wherever one of those has ended.

use crate::content_hash::{ContentHash, ContentHasher};
use crate::ingestion_log::{LogEntry, Resume};

/// What is known of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// An ingestion has read the same bytes.
    Same {
        /// Its number.
        ingestion: u64,
    },
    /// It begins with the bytes that an ingestion has read, and more follow.
    Grown {
        /// Its number.
        ingestion: u64,
        /// Where to read on. Its byte is not behind the bytes that were read then.
        resume: Resume,
    },
    /// Nothing.
    New,
}

/// The entry of a source that has grown, which has the path and was read until there by that ingestion.
pub fn beginning<'a>(
    entries: impl IntoIterator<Item = &'a LogEntry>,
    path: Option<&str>,
    ingestion: u64,
    resume: &Resume,
) -> Option<&'a LogEntry> {
    entries.into_iter().find(|entry| {
        entry.ingestion == ingestion && entry.path.as_deref() == path && entry.resume.as_ref() == Some(resume)
    })
}

/// An earlier source that may be the same.
#[derive(Debug, Clone)]
struct Candidate {
    ingestion: u64,
    size: u64,
    hash: ContentHash,
    /// Whether it is of the same size, and not to be read on from.
    same: bool,
    resume: Option<Resume>,
    found: bool,
}

/// Hashes a source and finds it among those that were read.
#[derive(Debug, Clone)]
pub struct Recognition {
    hasher: ContentHasher,
    size: u64,
    /// Ascending by size.
    candidates: Vec<Candidate>,
    next: usize,
}

impl Recognition {
    /// For a source of this path and size. `entries` are those of the log whose ingestions were not undone, the oldest first.
    pub fn new<'a>(entries: impl IntoIterator<Item = &'a LogEntry>, path: Option<&str>, size: u64) -> Self {
        let mut candidates = Vec::new();
        for entry in entries {
            // One that failed was not taken, and one that was known says what the first one says.
            let Some(hash) = entry.hash.as_ref().and_then(|hash| hash.parse().ok()) else { continue };
            if entry.failure.is_some() || entry.known.is_some() {
                continue;
            }
            let same = entry.size == size;
            let grown =
                entry.size < size && entry.size > 0 && path.is_some() && entry.path.as_deref() == path;
            let resume = entry.resume.clone().filter(|resume| resume.byte <= entry.size);
            if same || (grown && resume.is_some()) {
                let (ingestion, size) = (entry.ingestion, entry.size);
                candidates.push(Candidate { ingestion, size, hash, same, resume, found: false });
            }
        }
        candidates.sort_by_key(|candidate| candidate.size);
        Self { hasher: ContentHasher::default(), size, candidates, next: 0 }
    }

    /// Whether it may be known, so that hashing it before reading is worth the time.
    pub fn is_worthwhile(&self) -> bool {
        !self.candidates.is_empty()
    }

    /// Takes the next bytes.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while let Some(candidate) = self.candidates.get(self.next) {
            let missing = candidate.size - self.hasher.length();
            if missing > bytes.len() as u64 {
                break;
            }
            let (until, rest) = bytes.split_at(missing as usize);
            self.hasher.push(until);
            bytes = rest;
            let hash = self.hasher.hash();
            while let Some(candidate) = self.candidates.get_mut(self.next)
                && candidate.size == self.hasher.length()
            {
                candidate.found = candidate.hash == hash;
                self.next += 1;
            }
        }
        self.hasher.push(bytes);
    }

    /// All bytes were pushed: their hash, and what is known of them. Bytes of another length than was said are new.
    pub fn finish(self) -> (ContentHash, Known) {
        let hash = self.hasher.hash();
        if self.hasher.length() != self.size {
            return (hash, Known::New);
        }
        // The longest is the last; of those that are the same the first ingestion has the rows.
        let found = || self.candidates.iter().filter(|candidate| candidate.found);
        if let Some(same) = found().find(|candidate| candidate.same) {
            return (hash, Known::Same { ingestion: same.ingestion });
        }
        let longest = found().next_back();
        let grown = longest.and_then(|candidate| {
            Some(Known::Grown { ingestion: candidate.ingestion, resume: candidate.resume.clone()? })
        });
        (hash, grown.unwrap_or(Known::New))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content_hash::BLOCK;

    fn hash(bytes: &[u8]) -> String {
        let mut hasher = ContentHasher::default();
        hasher.push(bytes);
        hasher.hash().to_string()
    }

    fn entry(ingestion: u64, path: &str, bytes: &[u8], resume: Option<u64>) -> LogEntry {
        LogEntry {
            ingestion,
            path: Some(path.to_owned()),
            size: bytes.len() as u64,
            hash: Some(hash(bytes)),
            resume: resume.map(|byte| Resume { byte, lines: byte / 10, state: String::new() }),
            ..LogEntry::default()
        }
    }

    fn known(entries: &[LogEntry], path: &str, bytes: &[u8]) -> Known {
        let mut found = Vec::new();
        for piece in [1, 7, 100_000, usize::MAX] {
            if piece < 100 && bytes.len() > 10_000 {
                continue;
            }
            let mut recognition = Recognition::new(entries, Some(path), bytes.len() as u64);
            bytes.chunks(piece).for_each(|piece| recognition.push(piece));
            let (hash_of, known) = recognition.finish();
            assert_eq!(hash_of.to_string(), hash(bytes));
            found.push(known);
        }
        found.dedup();
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    #[test]
    fn the_same_bytes_are_known_under_any_name_and_longer_ones_under_their_own() {
        let old = b"one line\ntwo lines\nthree".as_slice();
        let new = b"one line\ntwo lines\nthree lines\nfour\n".as_slice();
        let entries =
            [entry(1, "a", &old[..9], Some(9)), entry(2, "a", old, Some(19)), entry(3, "b", old, None)];
        let resume = |byte: u64| Resume { byte, lines: byte / 10, state: String::new() };
        assert_eq!(known(&entries, "other", old), Known::Same { ingestion: 2 });
        assert_eq!(known(&entries, "a", new), Known::Grown { ingestion: 2, resume: resume(19) });
        // Other paths, and ends from which nobody can read on, are read as a whole.
        assert_eq!(known(&entries, "other", new), Known::New);
        assert_eq!(known(&entries, "b", new), Known::New);
        // Changed behind what the first has read: that part is still the same.
        let changed = b"one line\nTWO lines\nthree lines\nfour\n";
        assert_eq!(known(&entries, "a", changed), Known::Grown { ingestion: 1, resume: resume(9) });
        assert_eq!(known(&entries, "a", b"ONE line\nTWO lines\nthree lines\nfour\n"), Known::New);
        assert!(!Recognition::new(&entries, Some("c"), 5).is_worthwhile());
        assert!(!Recognition::new(&[], Some("a"), 24).is_worthwhile());
    }

    #[test]
    fn sources_that_failed_are_not_known_and_bytes_that_came_short_are_new() {
        let failed = LogEntry { failure: Some("no".to_owned()), ..entry(1, "a", b"abc", Some(3)) };
        assert_eq!(known(&[failed], "a", b"abc"), Known::New);
        let entries = [entry(1, "a", b"abc", Some(3))];
        let mut recognition = Recognition::new(&entries, Some("a"), 3);
        recognition.push(b"ab");
        assert_eq!(recognition.finish().1, Known::New);
    }

    #[test]
    fn long_sources_that_end_within_a_block_are_found() {
        let bytes: Vec<u8> = (0..2 * BLOCK as usize + 5000).map(|at| (at * 7 % 251) as u8).collect();
        let old = &bytes[..BLOCK as usize + 3000];
        let entries = [entry(4, "a", old, Some(BLOCK))];
        assert!(matches!(known(&entries, "a", &bytes), Known::Grown { ingestion: 4, .. }));
        let mut changed = bytes.clone();
        changed[BLOCK as usize + 2999] ^= 1;
        assert_eq!(known(&entries, "a", &changed), Known::New);
    }
}
