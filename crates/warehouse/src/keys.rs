//! Which keys are there.

use roaring::RoaringTreemap;

/// A set of integer keys, as a compressed bitmap.
///
/// Ids mostly come in ascending order and close together: then a key costs about a bit, and adding it is a push at the
/// end. Any other order works, too. Negative keys are kept as the `u64` of the same bits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KeySet {
    bits: RoaringTreemap,
    /// The largest of `bits`.
    last: Option<u64>,
}

impl KeySet {
    /// Whether the key is there.
    #[inline]
    pub fn contains(&self, key: i64) -> bool {
        let bits = key as u64;
        self.last.is_some_and(|last| bits <= last && self.bits.contains(bits))
    }

    /// Adds a key; returns whether it was not there.
    #[inline]
    pub fn insert(&mut self, key: i64) -> bool {
        let bits = key as u64;
        if self.last.is_none_or(|last| bits > last) {
            self.last = Some(bits);
            self.bits.try_push(bits).is_ok()
        } else {
            self.bits.insert(bits)
        }
    }

    /// Adds all keys of another set.
    pub fn merge(&mut self, other: &Self) {
        self.bits |= &other.bits;
        self.last = self.last.max(other.last);
    }

    /// How many keys there are.
    pub fn len(&self) -> u64 {
        self.bits.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.last.is_none()
    }
}
