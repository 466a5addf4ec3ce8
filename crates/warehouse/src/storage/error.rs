//! What can go wrong with files, told apart by what to do.

use std::fmt;
use std::ops::Range;

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageErrorKind {
    /// It is not there.
    NotFound,
    /// It is there already.
    Exists,
    /// There is no room for it.
    NoSpace,
    /// It is not what was written.
    Damaged,
    /// Another process writes to the warehouse.
    Locked,
    /// Anything else.
    Other,
}

/// A file that could not be read, written or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageError {
    /// What is wrong.
    pub kind: StorageErrorKind,
    /// The file's name.
    pub name: String,
    /// What the storage says of it.
    pub what: String,
}

impl StorageError {
    /// An error of a file.
    pub fn new(kind: StorageErrorKind, name: &str, what: impl ToString) -> Self {
        Self { kind, name: name.to_owned(), what: what.to_string() }
    }

    /// A file that is not what was written.
    pub fn damaged(name: &str, what: impl ToString) -> Self {
        Self::new(StorageErrorKind::Damaged, name, what)
    }

    pub(super) fn not_found(name: &str) -> Self {
        Self::new(StorageErrorKind::NotFound, name, "there is no such file")
    }

    pub(super) fn exists(name: &str) -> Self {
        Self::new(StorageErrorKind::Exists, name, "there is such a file already")
    }

    pub(super) fn too_short(name: &str, bytes: u64, range: &Range<u64>) -> Self {
        let Range { start, end } = range;
        Self::damaged(name, format!("it has {bytes} bytes, and those from {start} to {end} were asked for"))
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name, what } = self;
        match kind {
            StorageErrorKind::NotFound => {
                write!(f, "{name} is not there; was it removed by something else than Sandglass?")
            }
            StorageErrorKind::Exists => {
                write!(f, "{name} is there already and is not written over; open the warehouse again")
            }
            StorageErrorKind::NoSpace => {
                write!(f, "there is no room for {name} ({what}); nothing was lost: make room and try again")
            }
            StorageErrorKind::Damaged => write!(f, "{name} is damaged: {what}"),
            StorageErrorKind::Locked => f.write_str(what),
            StorageErrorKind::Other => write!(f, "{name}: {what}"),
        }
    }
}

impl std::error::Error for StorageError {}
