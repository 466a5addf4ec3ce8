//! Where a key's row is stored: needed only for duplicates, to see whether they differ.
//!
//! Three ways, the cheapest first. A file that is read again brings its rows in the order in which they are stored, so
//! the row behind the last one found is tried. As long as all rows are stored in the order of their keys, a binary
//! search finds any other. Only when they are not is a hash table of all rows built, once, and kept up from then on.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;

use crate::chunk::Chunk;
use crate::integers::Integers;

/// A row: its chunk, and its index in there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) chunk: usize,
    pub(crate) row: usize,
}

#[derive(Debug)]
pub(crate) struct Finder {
    /// The row behind the last one found.
    next: Place,
    /// How many chunks have been looked at for `ordered`, or are in `index`.
    seen: usize,
    /// Whether the keys of these ascend from the first row to the last.
    ordered: bool,
    /// The rows by key, as (chunk, row), once they are not ordered.
    index: HashTable<(u32, u32)>,
    hasher: RandomState,
}

impl Default for Finder {
    fn default() -> Self {
        Self {
            next: Place { chunk: 0, row: 0 },
            seen: 0,
            ordered: true,
            index: HashTable::new(),
            hasher: RandomState::new(),
        }
    }
}

impl Finder {
    /// Where the key is stored. `chunks` are those of earlier calls, perhaps with more behind.
    pub(crate) fn find(&mut self, chunks: &[Arc<Chunk>], key: i64) -> Option<Place> {
        let found = self.try_next(chunks, key).or_else(|| {
            self.look_at_new(chunks);
            if self.ordered { search(chunks, key) } else { self.look_up(chunks, key) }
        })?;
        self.next = Place { chunk: found.chunk, row: found.row + 1 };
        Some(found)
    }

    fn try_next(&self, chunks: &[Arc<Chunk>], key: i64) -> Option<Place> {
        let mut place = self.next;
        if chunks.get(place.chunk)?.num_rows() <= place.row {
            place = Place { chunk: place.chunk + 1, row: 0 };
        }
        (place.row < chunks.get(place.chunk)?.num_rows() && key_at(chunks, place) == Some(key))
            .then_some(place)
    }

    /// Sees whether the order holds in the chunks that are new, and brings the index up to date if it does not.
    fn look_at_new(&mut self, chunks: &[Arc<Chunk>]) {
        if self.ordered {
            for at in self.seen..chunks.len() {
                let keys = chunks[at].keys();
                let before = at.checked_sub(1).and_then(|before| chunks[before].keys()?.last());
                let first = keys.and_then(Integers::first);
                let continues = before.zip(first).is_none_or(|(before, first)| before < first);
                if !continues || !keys.is_none_or(ascend) {
                    self.ordered = false;
                    self.seen = 0;
                    break;
                }
                self.seen = at + 1;
            }
        }
        if !self.ordered {
            self.index_new(chunks);
        }
    }

    /// Adds the rows of the chunks that are new to the index.
    #[inline(never)]
    fn index_new(&mut self, chunks: &[Arc<Chunk>]) {
        let hash = |key: i64| self.hasher.hash_one(key);
        let of = |place: &(u32, u32)| key_at(chunks, place_of(*place)).map_or(0, hash);
        self.index.reserve(chunks[self.seen..].iter().map(|chunk| chunk.num_rows()).sum(), of);
        for (at, chunk) in chunks.iter().enumerate().skip(self.seen) {
            for (row, key) in chunk.keys().into_iter().flat_map(Integers::values).enumerate() {
                self.index.insert_unique(hash(key), (at as u32, row as u32), of);
            }
        }
        self.seen = chunks.len();
    }

    fn look_up(&self, chunks: &[Arc<Chunk>], key: i64) -> Option<Place> {
        let is_key = |place: &(u32, u32)| key_at(chunks, place_of(*place)) == Some(key);
        self.index.find(self.hasher.hash_one(key), is_key).copied().map(place_of)
    }
}

fn place_of((chunk, row): (u32, u32)) -> Place {
    Place { chunk: chunk as usize, row: row as usize }
}

fn key_at(chunks: &[Arc<Chunk>], place: Place) -> Option<i64> {
    chunks[place.chunk].keys()?.get(place.row)
}

/// Whether these keys ascend. Run for every row, and therefore small and alone: see `add_keys` in `ingestion`.
#[inline(never)]
fn ascend(keys: &Integers) -> bool {
    keys.is_sorted()
}

/// Binary search in chunks whose keys ascend from the first row to the last. No chunk is empty.
fn search(chunks: &[Arc<Chunk>], key: i64) -> Option<Place> {
    let first = |chunk: &Arc<Chunk>| chunk.keys()?.first();
    let starts_at_or_before = |chunk: &Arc<Chunk>| first(chunk).is_some_and(|first| first <= key);
    let chunk = chunks.partition_point(starts_at_or_before).checked_sub(1)?;
    let row = chunks[chunk].keys()?.search(key)?;
    Some(Place { chunk, row })
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{ArrayRef, Int64Array, RecordBatch};

    fn chunk(keys: &[i64]) -> Arc<Chunk> {
        let keys: ArrayRef = Arc::new(Int64Array::from(keys.to_vec()));
        let rows = RecordBatch::try_from_iter([("key", keys)]).unwrap();
        Arc::new(Chunk::new(&rows, &[], Some("key"), None).unwrap())
    }

    /// Asks for every stored key in an order of its own, with absent ones between.
    fn check(chunks: &[Arc<Chunk>], finder: &mut Finder) {
        let mut places = Vec::new();
        for (at, chunk) in chunks.iter().enumerate() {
            let keys = chunk.keys().unwrap().values().enumerate();
            places.extend(keys.map(|(row, key)| (key, Place { chunk: at, row })));
        }
        for round in 0..3 {
            for &(key, place) in &places {
                assert_eq!(finder.find(chunks, key), Some(place), "round {round}");
                assert_eq!(finder.find(chunks, key + 1_000_000), None);
            }
            places.sort_by_key(|(key, _)| key.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64));
        }
    }

    #[test]
    fn finds_rows_in_order_and_out_of_order_as_chunks_are_added() {
        let mut finder = Finder::default();
        let mut chunks = vec![chunk(&[-5, 1, 2]), chunk(&[7])];
        check(&chunks, &mut finder);
        chunks.push(chunk(&[8, 9, 20]));
        check(&chunks, &mut finder);
        assert!(finder.ordered);
        chunks.push(chunk(&[10, 3]));
        check(&chunks, &mut finder);
        assert!(!finder.ordered);
        chunks.push(chunk(&[100, 50, 75]));
        check(&chunks, &mut finder);
    }
}
