//! Where the plain part of a JSON string ends, several bytes at a time.
//!
//! Plain is what stands for itself: all but quotes, backslashes and control characters.

/// Bytes that are looked at in one step: as many as the machine compares at once.
const STEP: usize = if cfg!(all(target_arch = "wasm32", target_feature = "simd128")) { 16 } else { 8 };

/// What some bytes begin with.
struct Look {
    /// How many of them are plain before the first that is not.
    plain: usize,
    /// Whether these are ASCII.
    ascii: bool,
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
impl Look {
    #[inline(always)]
    fn at(bytes: [u8; STEP]) -> Self {
        use std::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_lt, u8x16_splat, u64x2, v128_or};

        let (words, _) = bytes.as_chunks::<8>();
        let bytes = u64x2(u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1]));
        let quotes = v128_or(u8x16_eq(bytes, u8x16_splat(b'"')), u8x16_eq(bytes, u8x16_splat(b'\\')));
        let others = u8x16_bitmask(v128_or(quotes, u8x16_lt(bytes, u8x16_splat(0x20))));
        // One more bit, so that there is always a first.
        let plain = (u32::from(others) | 1 << STEP).trailing_zeros();
        let ascii = u32::from(u8x16_bitmask(bytes)) & !(u32::MAX << plain) == 0;
        Self { plain: plain as usize, ascii }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
impl Look {
    #[inline(always)]
    fn at(bytes: [u8; STEP]) -> Self {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const TOPS: u64 = 0x8080_8080_8080_8080;
        let word = u64::from_le_bytes(bytes);
        // The top bit of each byte that is zero; those of bytes above the first such may be wrong.
        let zeros = |word: u64| word.wrapping_sub(ONES) & !word;
        let quotes = zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\')));
        let others = (quotes | word.wrapping_sub(ONES * 0x20) & !word) & TOPS;
        match others.trailing_zeros() {
            64 => Self { plain: STEP, ascii: word & TOPS == 0 },
            top => Self { plain: (top / 8) as usize, ascii: word & TOPS & !(u64::MAX << (top & !7)) == 0 },
        }
    }
}

/// The first byte from `at` on that is not plain; the end of the text when there is none.
#[inline]
pub(crate) fn plain_end(text: &[u8], at: usize) -> usize {
    at + plain_end_ascii(text.get(at..).unwrap_or_default()).0
}

/// The same from the start, and whether all before it is ASCII.
#[inline]
pub(crate) fn plain_end_ascii(text: &[u8]) -> (usize, bool) {
    let (mut at, mut all_ascii) = (0, true);
    while let Some(&bytes) = text.get(at..).and_then(|rest| rest.first_chunk::<STEP>()) {
        let Look { plain, ascii } = Look::at(bytes);
        at += plain;
        all_ascii &= ascii;
        if plain < STEP {
            return (at, all_ascii);
        }
    }
    for &byte in &text[at..] {
        if byte == b'"' || byte == b'\\' || byte < 0x20 {
            break;
        }
        at += 1;
        all_ascii &= byte.is_ascii();
    }
    (at, all_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_where_looking_at_every_byte_does() {
        for length in 0..40 {
            for place in 0..length {
                for byte in 0..=255_u8 {
                    for behind in [b'a', b'"', 0x80] {
                        let mut text = vec![b'a'; length];
                        text[place..].fill(behind);
                        text[place] = byte;
                        let plain = |byte: &u8| *byte >= 0x20 && !b"\"\\".contains(byte);
                        let end = text.iter().position(|byte| !plain(byte)).unwrap_or(length);
                        let expected = (end, text[..end].is_ascii());
                        assert_eq!(plain_end_ascii(&text), expected, "{text:?}");
                        assert_eq!(plain_end(&text, place / 2), end, "{text:?}");
                    }
                }
            }
        }
    }
}
