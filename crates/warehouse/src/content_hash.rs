//! The hash of a source's bytes, by which it is known again under any name.
//!
//! XXH3 of 128 bits over blocks of a mebibyte, and then over the hashes of the blocks and the length. So the blocks can be
//! hashed in any order, by several workers, and the bytes as a stream give the same. The hash tells files apart that differ
//! by accident; it is none against people who make two files with one hash.

use std::fmt;
use std::str::FromStr;

use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// Bytes of a block.
pub const BLOCK: u64 = 1 << 20;

/// The hash of all bytes of a source. Displays as 32 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(u128);

/// The hash of one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockHash(u128);

/// Hashes the bytes of one block: all blocks but the last of a source have [`BLOCK`] bytes.
pub fn block_hash(bytes: &[u8]) -> BlockHash {
    BlockHash(xxh3_128(bytes))
}

/// The checksum of a file of the warehouse, as the manifest has it.
pub fn checksum(bytes: &[u8]) -> String {
    format!("{:032x}", xxh3_128(bytes))
}

/// The hash of a source of which all blocks are hashed.
pub fn hash_of_blocks(blocks: &[BlockHash], length: u64) -> ContentHash {
    let mut all = Xxh3::new();
    blocks.iter().for_each(|block| all.update(&block.0.to_le_bytes()));
    all.update(&length.to_le_bytes());
    ContentHash(all.digest128())
}

/// Hashes bytes as they come.
#[derive(Clone)]
pub struct ContentHasher {
    blocks: Vec<BlockHash>,
    block: Xxh3,
    length: u64,
}

impl Default for ContentHasher {
    fn default() -> Self {
        Self { blocks: Vec::new(), block: Xxh3::new(), length: 0 }
    }
}

impl fmt::Debug for ContentHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContentHasher").field("length", &self.length).finish_non_exhaustive()
    }
}

impl ContentHasher {
    /// Takes the next bytes.
    pub fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = (BLOCK - self.length % BLOCK) as usize;
            let (now, rest) = bytes.split_at(room.min(bytes.len()));
            self.block.update(now);
            self.length += now.len() as u64;
            if self.length.is_multiple_of(BLOCK) {
                self.blocks.push(BlockHash(self.block.digest128()));
                self.block.reset();
            }
            bytes = rest;
        }
    }

    /// How many bytes came.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The hash of the bytes so far.
    pub fn hash(&self) -> ContentHash {
        if self.length.is_multiple_of(BLOCK) {
            return hash_of_blocks(&self.blocks, self.length);
        }
        let mut blocks = self.blocks.clone();
        blocks.push(BlockHash(self.block.digest128()));
        hash_of_blocks(&blocks, self.length)
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// A text that is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a content hash is 32 hexadecimal digits")]
pub struct ContentHashError;

impl FromStr for ContentHash {
    type Err = ContentHashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_hash = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let value = is_hash.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        value.map(Self).ok_or(ContentHashError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_in_any_pieces_and_blocks_in_any_order_give_the_same() {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        let block = BLOCK as usize;
        let all: Vec<u8> = (0..2 * block + 77).map(|_| next()).collect();
        let mut seen = Vec::new();
        for length in [0, 1, block - 1, block, block + 1, 2 * block, all.len()] {
            let bytes = &all[..length];
            let blocks: Vec<BlockHash> = bytes.chunks(block).map(block_hash).collect();
            let expected = hash_of_blocks(&blocks, length as u64);
            for piece in [1000, 65_536, block, 3 * block] {
                let mut hasher = ContentHasher::default();
                bytes.chunks(piece).for_each(|piece| hasher.push(piece));
                assert_eq!(hasher.hash(), expected, "{length} bytes in pieces of {piece}");
            }
            assert_eq!(expected.to_string().parse(), Ok(expected));
            seen.push(expected);
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 7);
        // Zeros of other lengths are other bytes.
        assert_ne!(hash_of_blocks(&[block_hash(&[0])], 1), hash_of_blocks(&[block_hash(&[0, 0])], 2));
        assert!("12".parse::<ContentHash>().is_err());
        assert!("+0000000000000000000000000000000".parse::<ContentHash>().is_err());
    }

    #[test]
    fn checksums_are_those_of_others() {
        // From the reference implementation (`xxhsum -H2` of nothing).
        assert_eq!(checksum(b""), "99aa06d3014798d86001c324468d497f");
    }
}
