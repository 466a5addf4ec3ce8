//! Columns that were read, kept for the next query as long as there is room.
//!
//! Segments never change, so what is kept is never out of date; what is no longer asked for goes first.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use arrow::array::{Array, ArrayRef};

/// A column of a part of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) file: String,
    pub(super) content: String,
    pub(super) column: String,
    /// The first row of the part.
    pub(super) first: u64,
}

/// What is kept.
#[derive(Debug)]
pub(crate) struct Cache {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    columns: HashMap<Key, Entry>,
    /// When each was asked for the last time, the longest ago first.
    by_use: BTreeMap<u64, Key>,
    uses: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    arrays: Vec<ArrayRef>,
    bytes: usize,
    used: u64,
}

impl Cache {
    /// Keeps no more than so many bytes.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, kept: Mutex::default() }
    }

    pub(super) fn get(&self, key: &Key) -> Option<Vec<ArrayRef>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = &mut *kept;
        kept.uses += 1;
        let now = kept.uses;
        let entry = kept.columns.get_mut(key)?;
        kept.by_use.remove(&entry.used);
        kept.by_use.insert(now, key.clone());
        entry.used = now;
        Some(entry.arrays.clone())
    }

    pub(super) fn put(&self, key: Key, arrays: Vec<ArrayRef>) {
        let bytes: usize = arrays.iter().map(|array| array.get_array_memory_size()).sum();
        if bytes > self.most / 4 {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = &mut *kept;
        kept.uses += 1;
        let used = kept.uses;
        if let Some(before) = kept.columns.insert(key.clone(), Entry { arrays, bytes, used }) {
            kept.by_use.remove(&before.used);
            kept.bytes -= before.bytes;
        }
        kept.by_use.insert(used, key);
        kept.bytes += bytes;
        while kept.bytes > self.most {
            let Some((_, oldest)) = kept.by_use.pop_first() else { break };
            if let Some(gone) = kept.columns.remove(&oldest) {
                kept.bytes -= gone.bytes;
            }
        }
    }

    /// The bytes that are kept.
    pub(crate) fn bytes(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int64Array;
    use std::sync::Arc;

    #[test]
    fn what_is_not_asked_for_goes_first() {
        let column = || vec![Arc::new(Int64Array::from_iter_values(0..100)) as ArrayRef];
        let bytes = column()[0].get_array_memory_size();
        let key =
            |first| Key { file: "a".to_owned(), content: "x".to_owned(), column: "b".to_owned(), first };
        let cache = Cache::new(bytes * 5);
        (0..5).for_each(|first| cache.put(key(first), column()));
        assert_eq!(cache.bytes(), bytes * 5);
        assert!(cache.get(&key(0)).is_some());
        cache.put(key(9), column());
        assert!(cache.get(&key(1)).is_none());
        assert!(cache.get(&key(0)).is_some() && cache.get(&key(9)).is_some());
        cache.put(key(9), column());
        assert_eq!(cache.bytes(), bytes * 5);
    }
}
