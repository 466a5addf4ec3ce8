//! Bytes that are expected again: what stands between two values, and a timestamp that was there before.

use sandglass_weekly::Timestamp;

use super::value::read_integer;
use crate::integer::{self, Digits};

/// Bytes that the quick walk can look at; a power of two.
pub(crate) const REACH: usize = 512;

/// The longest text that can be a timestamp, with some room.
const MAX_TIMESTAMP: usize = 48;

/// The next bytes of a source, as many as most records have, and some more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near<'a>(&'a [u8; REACH + BLOCK]);

impl<'a> Near<'a> {
    /// Where a literal may begin at the latest, so that it and what is looked at behind it is within reach.
    pub(super) const LAST: usize = REACH - Literal::LONGEST - MAX_TIMESTAMP;

    pub(super) fn of(text: &'a [u8]) -> Option<Self> {
        text.first_chunk().map(Self)
    }

    /// The bytes from a place on.
    fn from(self, at: usize) -> &'a [u8] {
        self.0.get(at..).unwrap_or_default()
    }

    /// The eight bytes at a place within reach.
    #[inline(always)]
    fn word(self, at: usize) -> u64 {
        let mut word = [0; 8];
        // The remainder says to the compiler what `LAST` already sees to, so that it need not look.
        let at = at % REACH;
        word.copy_from_slice(&self.0[at..at + 8]);
        u64::from_le_bytes(word)
    }

    /// A whole number, and its length.
    #[inline(always)]
    pub(super) fn integer(self, at: usize, quoted: bool) -> Option<(i64, usize)> {
        match integer::short_digits(self.word(at), || self.word(at + 8)) {
            Some(Digits { count: 0, .. }) | None => self.rare_integer(at, quoted),
            Some(Digits { count: 2.., .. }) if !quoted && self.word(at) as u8 == b'0' => None,
            Some(Digits { value, count }) => Some((value as i64, count)),
        }
    }

    /// The timestamp that ends at the first quote, whose length is likely to be that of the last one.
    #[inline(never)]
    pub(super) fn timestamp(self, at: usize, width: &mut usize) -> Option<(i64, bool)> {
        let (instant, length) = read_timestamp(self.from(at), *width)?;
        *width = length;
        Some(parts(instant))
    }

    /// A whole number, which may have a sign, or more digits than most. One that is longer than this can see is followed by
    /// nothing, and so by no literal.
    #[cold]
    fn rare_integer(self, at: usize, quoted: bool) -> Option<(i64, usize)> {
        read_integer(self.from(at), quoted)
    }
}

/// Bytes that are compared at once.
const BLOCK: usize = 16;

/// So many bytes, and which of their bits count.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    bytes: [u64; 2],
    mask: [u64; 2],
}

impl Block {
    /// The bits in which the bytes at a place differ.
    #[inline(always)]
    fn differing(&self, near: Near<'_>, at: usize) -> Bits {
        let differing = |word: usize| (near.word(at + 8 * word) ^ self.bytes[word]) & self.mask[word];
        Bits([differing(0), differing(1)])
    }
}

/// As many bits as a block has.
#[derive(Clone, Copy)]
struct Bits([u64; 2]);

impl Bits {
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self([self.0[0] | other.0[0], self.0[1] | other.0[1]])
    }

    #[inline(always)]
    fn any(self) -> bool {
        self.0[0] | self.0[1] != 0
    }
}

/// Some bytes that are compared with the beginning of a text: the bytes between two values, or a value that is expected
/// again.
#[derive(Debug, Default)]
pub(super) struct Literal {
    bytes: Vec<u8>,
    /// How many blocks it has; more than there are if it is too long for them.
    count: usize,
    blocks: [Block; Self::BLOCKS],
}

impl Literal {
    const BLOCKS: usize = 4;
    /// The longest that can be compared in blocks.
    pub(super) const LONGEST: usize = BLOCK * Self::BLOCKS;

    pub(super) fn new(bytes: &[u8]) -> Self {
        let mut literal = Self::default();
        literal.set(&[bytes]);
        literal
    }

    /// Becomes these bytes, one part behind the other.
    pub(super) fn set(&mut self, parts: &[&[u8]]) {
        self.bytes.clear();
        parts.iter().for_each(|part| self.bytes.extend_from_slice(part));
        let length = self.bytes.len();
        self.count = length.div_ceil(BLOCK);
        let mut padded = [0; Self::LONGEST];
        let kept = length.min(Self::LONGEST);
        padded[..kept].copy_from_slice(&self.bytes[..kept]);
        let (words, _) = padded.as_chunks::<8>();
        for (at, &word) in words.iter().enumerate() {
            let mask = match length.saturating_sub(8 * at) {
                counting @ 0..8 => !(u64::MAX << (8 * counting)),
                8.. => u64::MAX,
            };
            let block = &mut self.blocks[at / 2];
            (block.bytes[at % 2], block.mask[at % 2]) = (u64::from_le_bytes(word), mask);
        }
    }

    /// Becomes one that is at no place.
    pub(super) fn set_nowhere(&mut self) {
        self.count = Self::BLOCKS + 1;
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// What of a text comes behind it, if the text begins with it.
    #[inline(always)]
    pub(super) fn strip<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        match Near::of(text) {
            // To compare in blocks is quicker than to call what compares any number of bytes.
            Some(near) if self.count <= Self::BLOCKS => {
                if self.is_at(near, 0) {
                    text.get(self.len()..)
                } else {
                    None
                }
            }
            _ => text.strip_prefix(&*self.bytes),
        }
    }

    /// Whether it is at this place. One that is empty is everywhere, and one that is too long for blocks nowhere.
    #[inline(always)]
    pub(super) fn is_at(&self, near: Near<'_>, at: usize) -> bool {
        let differing = |block: usize| self.blocks[block].differing(near, at + BLOCK * block);
        let mut bits = differing(0);
        if self.count > 1 {
            bits = bits.or(differing(1));
            if self.count > 2 {
                bits = bits.or(differing(2));
                if self.count > 3 {
                    bits = bits.or(differing(3));
                    if self.count > Self::BLOCKS {
                        return false;
                    }
                }
            }
        }
        !bits.any()
    }
}

/// A timestamp as it was written, and what it means. To see that a text is the same again takes a fraction of the time
/// that it takes to read it.
#[derive(Debug, Default)]
pub(super) struct LastTimestamp {
    /// The text with the quote behind it; empty when there is none yet.
    pub(super) text: Literal,
    pub(super) micros: i64,
    /// Whether it has digits below a microsecond.
    pub(super) cut: bool,
}

impl LastTimestamp {
    /// Reads the timestamp at a place, if it is not this one once more; returns its length.
    #[inline(always)]
    pub(super) fn near(&mut self, near: Near<'_>, at: usize) -> Option<usize> {
        if self.text.len() == 0 || !self.text.is_at(near, at) {
            self.read(near.from(at))?;
        }
        Some(self.text.len() - 1)
    }

    /// The same in a text of any length.
    pub(super) fn far(&mut self, text: &[u8]) -> Option<usize> {
        if self.text.bytes.is_empty() || !text.starts_with(&self.text.bytes) {
            self.read(text)?;
        }
        Some(self.text.len() - 1)
    }

    /// Reads the timestamp that ends at the first quote.
    #[inline(never)]
    fn read(&mut self, text: &[u8]) -> Option<()> {
        let (instant, width) = read_timestamp(text, self.text.len().wrapping_sub(1))?;
        (self.micros, self.cut) = parts(instant);
        self.text.set(&[&text[..=width]]);
        Some(())
    }
}

/// The timestamp that ends at the first quote, which is expected at a place, and where it does.
fn read_timestamp(text: &[u8], guess: usize) -> Option<(Timestamp, usize)> {
    let width = match text.get(guess) {
        Some(b'"') => guess,
        _ => text.iter().take(MAX_TIMESTAMP).position(|&byte| byte == b'"')?,
    };
    Some((Timestamp::parse(&text[..width]).ok()?, width))
}

/// The microseconds of an instant, and whether it has digits below them.
fn parts(instant: Timestamp) -> (i64, bool) {
    (instant.micros(), instant.sub_micro_nanos() != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_where_it_is_and_nowhere_else() {
        for length in 1..=Literal::LONGEST {
            let bytes: Vec<u8> = (0..length).map(|n| b'a' + (n % 26) as u8).collect();
            let literal = Literal::new(&bytes);
            for at in [0, 1, Near::LAST] {
                let mut text = [b'~'; REACH + BLOCK];
                text[at..at + length].copy_from_slice(&bytes);
                assert!(literal.is_at(Near(&text), at), "{length} {at}");
                for place in at..at + length {
                    text[place] ^= 0x20;
                    assert!(!literal.is_at(Near(&text), at), "{length} {at} {place}");
                    text[place] ^= 0x20;
                }
            }
        }
        let text = [b'a'; REACH + BLOCK];
        for length in 0..2 * Literal::LONGEST {
            let literal = Literal::new(&text[..length]);
            assert_eq!(literal.is_at(Near(&text), 0), length <= Literal::LONGEST, "{length}");
            assert_eq!(literal.strip(&text).map(<[u8]>::len), Some(text.len() - length));
        }
        let mut nowhere = Literal::new(b"a");
        nowhere.set_nowhere();
        assert!(!nowhere.is_at(Near(&text), 0));
    }

    #[test]
    fn numbers_near_by_are_those_that_are_read_in_any_other_way() {
        let numbers = [
            "0",
            "7",
            "-7",
            "007",
            "-007",
            "-0",
            "",
            "-",
            "--1",
            "999999999999999",
            "-999999999999999",
            "1e3",
            "9223372036854775807",
            "9223372036854775808",
        ];
        for number in numbers {
            let mut text = [b','; REACH + BLOCK];
            text[3..3 + number.len()].copy_from_slice(number.as_bytes());
            for quoted in [false, true] {
                let expected = read_integer(&text[3..], quoted);
                assert_eq!(Near(&text).integer(3, quoted), expected, "{number:?} {quoted}");
            }
        }
        let text = [b'1'; REACH + BLOCK];
        assert_eq!(Near(&text).integer(3, true), None);
        let text = [b'0'; REACH + BLOCK];
        assert!(Near(&text).integer(3, true).is_none_or(|(_, length)| 3 + length > Near::LAST));
    }
}
