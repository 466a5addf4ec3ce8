//! A storage that breaks, for tests: what has to hold when it does is the whole point of the layout.

use std::cell::Cell;
use std::ops::Range;

use super::{Entry, Storage, StorageError, StorageErrorKind};

/// How a storage breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The operation fails and does nothing, and so does everything after it: the process was ended.
    Fail,
    /// A write leaves only a part of the file behind under its name, and everything after it fails: the process was ended in
    /// the middle, where files are not renamed into place.
    Tear,
    /// A write or removal says that it is done, what comes after works, and then the machine stops: the file is not there,
    /// although later ones are.
    Lose,
    /// The same, with only a part of the file there.
    LoseHalf,
    /// There is no room for this file, nor for any after it. Reading and removing go on.
    Full,
}

/// Another storage that breaks at one of its operations.
#[derive(Debug)]
pub struct Faulty<S> {
    inner: S,
    fault: Fault,
    /// Operations until then.
    left: Cell<u64>,
    broken: Cell<bool>,
}

/// What is to become of an operation.
#[derive(PartialEq, Eq)]
enum Turn {
    Before,
    Now,
    After,
}

impl<S> Faulty<S> {
    /// Breaks at the operation of this number, from 0. Reads and lists are operations for [`Fault::Fail`] only.
    pub fn new(inner: S, fault: Fault, at: u64) -> Self {
        Self { inner, fault, left: Cell::new(at), broken: Cell::new(false) }
    }

    /// Whether it has come to the fault.
    pub fn is_broken(&self) -> bool {
        self.broken.get()
    }

    /// From now on everything works.
    pub fn mend(&self) {
        self.left.set(u64::MAX);
        self.broken.set(false);
    }

    fn turn(&self, reads: bool) -> Turn {
        if self.broken.get() {
            return Turn::After;
        }
        if reads && self.fault != Fault::Fail {
            return Turn::Before;
        }
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Turn::Before
            }
            None => {
                self.broken.set(true);
                Turn::Now
            }
        }
    }

    fn error(&self, name: &str) -> StorageError {
        match self.fault {
            Fault::Full => StorageError::new(StorageErrorKind::NoSpace, name, "the test's storage is full"),
            _ => StorageError::new(StorageErrorKind::Other, name, "the test's storage is broken"),
        }
    }

    /// Whether an operation that only reads works.
    fn look(&self, name: &str) -> Result<(), StorageError> {
        match (self.turn(true), self.fault) {
            (Turn::Before, _) | (_, Fault::Lose | Fault::LoseHalf | Fault::Full) => Ok(()),
            _ => Err(self.error(name)),
        }
    }
}

impl<S: Storage> Storage for Faulty<S> {
    async fn list(&self, folder: &str) -> Result<Vec<Entry>, StorageError> {
        self.look(folder)?;
        self.inner.list(folder).await
    }

    async fn read(&self, name: &str, range: Option<Range<u64>>) -> Result<Vec<u8>, StorageError> {
        self.look(name)?;
        self.inner.read(name, range).await
    }

    async fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let half = &bytes[..bytes.len() / 2];
        match (self.turn(false), self.fault) {
            (Turn::Before, _) | (Turn::After, Fault::Lose | Fault::LoseHalf) => {
                self.inner.write(name, bytes).await
            }
            (Turn::Now, Fault::Tear) => {
                self.inner.write(name, half).await?;
                Err(self.error(name))
            }
            (Turn::Now, Fault::Lose) => Ok(()),
            (Turn::Now, Fault::LoseHalf) => self.inner.write(name, half).await,
            _ => Err(self.error(name)),
        }
    }

    async fn remove(&self, name: &str) -> Result<(), StorageError> {
        match (self.turn(false), self.fault) {
            (Turn::Now, Fault::Lose | Fault::LoseHalf) => Ok(()),
            (Turn::Before, _) | (_, Fault::Lose | Fault::LoseHalf | Fault::Full) => {
                self.inner.remove(name).await
            }
            _ => Err(self.error(name)),
        }
    }
}
