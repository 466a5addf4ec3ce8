//! Which keys are there.

use std::io;

use roaring::{RoaringBitmap, RoaringTreemap};

/// Keys of a page, as a power of two: as many as a container of the compressed bitmap holds.
const PAGE_BITS: u32 = 16;
const WORDS: usize = 1 << (PAGE_BITS - 6);

/// A set of integer keys: a compressed bitmap, with the page that is being filled beside it.
///
/// Ids mostly come in ascending order and close together. The keys of the highest page so far are therefore kept as
/// plain bits, where adding one is a few instructions; the page goes into the compressed bitmap when a higher one is
/// begun. Keys in any other order go into the compressed bitmap at once. Negative keys are kept as the `u64` of the
/// same bits.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    /// All keys but those of the open page.
    closed: RoaringTreemap,
    open: Option<Page>,
}

/// The highest page that has keys.
#[derive(Debug, Clone)]
struct Page {
    /// The page has the keys `number << PAGE_BITS` to the next page's first.
    number: u64,
    words: Box<[u64; WORDS]>,
}

impl Page {
    #[inline]
    fn place(key: u64) -> (usize, u64) {
        let at = key as usize % (1 << PAGE_BITS);
        (at / 64, 1 << (at % 64))
    }
}

impl KeySet {
    /// Whether the key is there.
    #[inline]
    pub fn contains(&self, key: i64) -> bool {
        let key = key as u64;
        match &self.open {
            None => false,
            Some(page) if key >> PAGE_BITS == page.number => {
                let (word, bit) = Page::place(key);
                page.words[word] & bit != 0
            }
            Some(page) => key >> PAGE_BITS < page.number && self.closed.contains(key),
        }
    }

    /// Adds a key; returns whether it was not there.
    #[inline]
    pub fn insert(&mut self, key: i64) -> bool {
        let key = key as u64;
        let number = key >> PAGE_BITS;
        if self.open.as_ref().is_none_or(|page| page.number < number) {
            self.close();
            self.open = Some(Page { number, words: Box::new([0; WORDS]) });
        }
        match &mut self.open {
            Some(page) if page.number == number => {
                let (word, bit) = Page::place(key);
                let there = page.words[word] & bit != 0;
                page.words[word] |= bit;
                !there
            }
            _ => self.closed.insert(key),
        }
    }

    /// Adds all keys of another set.
    pub fn merge(&mut self, mut other: Self) {
        let highest = |set: &Self| set.open.as_ref().map(|page| page.number);
        // The open page must be the highest of both, and of only one.
        if highest(self) < highest(&other) {
            std::mem::swap(self, &mut other);
        }
        if let (Some(ours), Some(theirs)) = (&mut self.open, &mut other.open)
            && ours.number == theirs.number
        {
            ours.words.iter_mut().zip(theirs.words.iter()).for_each(|(our, their)| *our |= their);
            other.open = None;
        }
        other.close();
        self.closed |= other.closed;
    }

    /// How many keys there are.
    pub fn len(&self) -> u64 {
        let bits = |page: &Page| page.words.iter().map(|word| u64::from(word.count_ones())).sum();
        self.closed.len() + self.open.as_ref().map_or(0, bits)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.open.is_none()
    }

    /// The keys in the portable format of Roaring bitmaps, those of 64 bits, which other programs read as well.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut all = self.clone();
        all.close();
        all.closed.optimize();
        let mut bytes = Vec::with_capacity(all.closed.serialized_size());
        // Nothing that is written into a vector fails.
        let _ = all.closed.serialize_into(&mut bytes);
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) has written.
    ///
    /// # Errors
    /// When these are other bytes.
    pub fn from_bytes(bytes: &[u8]) -> io::Result<Self> {
        let mut rest = bytes;
        let mut closed = RoaringTreemap::deserialize_from(&mut rest)?;
        if !rest.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "bytes follow the keys"));
        }
        let Some(highest) = closed.max() else { return Ok(Self::default()) };
        let number = highest >> PAGE_BITS;
        let (first, last) = (number << PAGE_BITS, highest);
        let mut words = Box::new([0; WORDS]);
        let upper = closed.bitmaps().next_back().map(|(_, bitmap)| bitmap);
        for key in upper.into_iter().flat_map(|bitmap| bitmap.range(first as u32..=last as u32)) {
            let (word, bit) = Page::place(u64::from(key));
            words[word] |= bit;
        }
        closed.remove_range(first..=last);
        Ok(Self { closed, open: Some(Page { number, words }) })
    }

    /// Moves the open page into the compressed bitmap.
    fn close(&mut self) {
        if let Some(page) = self.open.take() {
            let bytes: Vec<u8> = page.words.iter().flat_map(|word| word.to_le_bytes()).collect();
            let first = page.number << PAGE_BITS;
            // The compressed bitmap is one of 32 bits for each value of the upper half.
            let bitmap = RoaringBitmap::from_lsb0_bytes(first as u32, &bytes);
            self.closed |= RoaringTreemap::from_bitmaps([((first >> 32) as u32, bitmap)]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Keys near each other, near the borders of pages and of the halves, and anywhere.
    fn key() -> impl Strategy<Value = i64> {
        prop_oneof![
            0..200_000_i64,
            65_530..65_545_i64,
            (u32::MAX as i64 - 5)..(u32::MAX as i64 + 5),
            -70_000..5_i64,
            any::<i64>(),
        ]
    }

    proptest! {
        #[test]
        fn is_a_set_in_any_order(
            mut keys in prop::collection::vec(key(), 0..300),
            more in prop::collection::vec(key(), 0..300),
            ascending: bool,
        ) {
            if ascending {
                keys.sort_unstable();
            }
            let mut set = KeySet::default();
            let mut model = BTreeSet::new();
            for &key in &keys {
                prop_assert_eq!(set.contains(key), model.contains(&key));
                prop_assert_eq!(set.insert(key), model.insert(key));
                prop_assert!(set.contains(key));
            }
            let mut other = KeySet::default();
            more.iter().for_each(|&key| { other.insert(key); });
            set.merge(other);
            model.extend(&more);
            prop_assert_eq!(set.len(), model.len() as u64);
            prop_assert_eq!(set.is_empty(), model.is_empty());
            let mut read = KeySet::from_bytes(&set.to_bytes()).unwrap();
            prop_assert_eq!(read.len(), set.len());
            for &key in keys.iter().chain(&more) {
                for near in [key.wrapping_sub(1), key, key.wrapping_add(1)] {
                    prop_assert_eq!(read.contains(near), model.contains(&near));
                }
            }
            let fresh = keys.first().map_or(7, |key| key.wrapping_mul(31));
            prop_assert_eq!(read.insert(fresh), !model.contains(&fresh));
            for key in keys.iter().chain(&more) {
                for near in [key.wrapping_sub(1), *key, key.wrapping_add(1)] {
                    prop_assert_eq!(set.contains(near), model.contains(&near));
                }
                prop_assert!(!set.insert(*key));
            }
        }
    }

    #[test]
    fn bytes_that_are_cut_off_are_no_keys() {
        let mut set = KeySet::default();
        (0..100_000).for_each(|key| assert!(set.insert(key * 3)));
        let bytes = set.to_bytes();
        for length in (0..bytes.len()).step_by(97) {
            assert!(KeySet::from_bytes(&bytes[..length]).is_err());
        }
        assert!(KeySet::from_bytes(&[bytes, vec![0]].concat()).is_err());
    }
}
