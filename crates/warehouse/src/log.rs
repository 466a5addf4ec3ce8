//! Rejects and conflicts: kept in full up to a limit, counted without one.

use std::sync::Arc;

use sandglass_ingest::Reject;

/// How many rejects are kept in full. Each may hold 1 KiB of the record.
const REJECTS_KEPT: usize = 10_000;
/// How many conflicts are kept in full.
const CONFLICTS_KEPT: usize = 10_000;

/// A list that keeps its first entries and counts all of them.
#[derive(Debug, Clone)]
pub struct Log<T> {
    kept: Vec<T>,
    total: u64,
    limit: usize,
}

impl<T> Log<T> {
    fn new(limit: usize) -> Self {
        Self { kept: Vec::new(), total: 0, limit }
    }

    /// The entries that were kept: the first ones.
    pub fn kept(&self) -> &[T] {
        &self.kept
    }

    /// How many entries there were.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Adds an entry, which is only made when it will be kept.
    pub fn push(&mut self, entry: impl FnOnce() -> T) {
        self.total += 1;
        if self.kept.len() < self.limit {
            self.kept.push(entry());
        }
    }

    /// Counts entries that are not at hand.
    pub fn count(&mut self, entries: u64) {
        self.total += entries;
    }

    /// A log of entries that lie elsewhere, and are only counted here.
    pub(crate) fn counted(limit: usize, total: u64) -> Self {
        Self { kept: Vec::new(), total, limit }
    }

    /// Adds all entries of another log.
    pub(crate) fn append(&mut self, other: Self) {
        self.total += other.total;
        let room = self.limit - self.kept.len().min(self.limit);
        self.kept.extend(other.kept.into_iter().take(room));
    }
}

/// A reject, with the source that it is from.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedReject {
    /// The source's name.
    pub source: Arc<str>,
    /// The record.
    pub reject: Reject,
}

/// Rejects of a table's ingestions.
pub type RejectLog = Log<LoggedReject>;

impl RejectLog {
    pub(crate) fn of_total(total: u64) -> Self {
        Self::counted(REJECTS_KEPT, total)
    }
}

impl ConflictLog {
    pub(crate) fn of_total(total: u64) -> Self {
        Self::counted(CONFLICTS_KEPT, total)
    }
}

impl Default for RejectLog {
    fn default() -> Self {
        Self::new(REJECTS_KEPT)
    }
}

/// A duplicate that differs from the row that is stored under its key. The stored row stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The duplicate's source.
    pub source: Arc<str>,
    /// Its line there, from 1.
    pub line: u64,
    /// The key, the values of its columns as text.
    pub key: String,
    /// The columns that differ.
    pub differences: Vec<Difference>,
}

/// One column of a conflict; `None` is a null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The column's name.
    pub column: String,
    /// The value that is stored and stays.
    pub stored: Option<String>,
    /// The value that the duplicate has.
    pub incoming: Option<String>,
}

/// Conflicts of a table's ingestions.
pub type ConflictLog = Log<Conflict>;

impl Default for ConflictLog {
    fn default() -> Self {
        Self::new(CONFLICTS_KEPT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_first_and_counts_all() {
        let mut log = Log::new(3);
        (0..5).for_each(|n| log.push(|| n));
        assert_eq!((log.kept(), log.total()), (&[0, 1, 2][..], 5));
        let mut other = Log::new(3);
        other.push(|| 9);
        other.append(log);
        assert_eq!((other.kept(), other.total()), (&[9, 0, 1][..], 6));
    }
}
