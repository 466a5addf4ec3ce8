//! Decimal digits to integers, eight at a time.
//!
//! The digits of a key are the bytes that a reader of votes looks at most often. Eight of them are loaded as one
//! little-endian word and turned into a number with three multiplications, instead of one step per digit.

const ZEROS: u64 = 0x3030_3030_3030_3030;

/// How many of the word's eight bytes, from the first on, are ASCII digits, and the word with '0' taken off.
fn leading_digits(word: u64) -> (u32, u64) {
    let digits = word ^ ZEROS;
    // A byte is a digit when it is 0..=9 now: adding 0x76 carries into its top bit exactly for 10..=0x89, and what is
    // larger has the top bit already. A carry never leaves a byte that is below 0x8a; one that does leave it comes
    // from a byte that is no digit, and only bytes after the first of those are disturbed.
    let others = (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080;
    (others.trailing_zeros() / 8, digits)
}

/// The number that eight digit values in memory order stand for.
fn eight_digits(digits: u64) -> u64 {
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff
}

/// Digits at the start of `bytes`, read as one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digits {
    /// Their value.
    pub(crate) value: u64,
    /// How many there are; 0 when `bytes` does not start with a digit.
    pub(crate) count: usize,
}

/// Reads the digits at the start of `bytes`. `None` when they stand for more than a `u64`.
#[inline]
pub(crate) fn digits(bytes: &[u8]) -> Option<Digits> {
    if let Some(&first) = bytes.first_chunk::<8>() {
        let (count, word) = leading_digits(u64::from_le_bytes(first));
        if count < 8 {
            // The digits move to the end of the word, zeros come before them. A shift by 64 is not defined, so
            // "no digits" is told apart first.
            let value = if count == 0 { 0 } else { eight_digits(word << (64 - 8 * count)) };
            return Some(Digits { value, count: count as usize });
        }
    }
    long_digits(bytes)
}

/// Reads at most fifteen digits at the start of sixteen bytes, the second half of which is only asked for when the first
/// is nothing but digits. `None` when there are more.
#[inline(always)]
pub(crate) fn short_digits(first: u64, second: impl FnOnce() -> u64) -> Option<Digits> {
    const POWERS: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];
    // Not one function with `digits`: sharing it makes the reader 4 % slower as wasm.
    let leading = |word| {
        let (count, word) = leading_digits(word);
        let value = if count == 0 { 0 } else { eight_digits(word << ((64 - 8 * count) % 64)) };
        (count as usize, value)
    };
    let (count, value) = leading(first);
    if count < 8 {
        return Some(Digits { value, count });
    }
    let (more, rest) = leading(second());
    Some(Digits { value: value * POWERS.get(more)? + rest, count: count + more })
}

/// As [`digits`], one by one: for the end of the input and for more than seven of them.
fn long_digits(bytes: &[u8]) -> Option<Digits> {
    let mut value = 0_u64;
    let mut count = 0;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        value = value.checked_mul(10)?.checked_add(u64::from(digit))?;
        count += 1;
    }
    Some(Digits { value, count })
}

/// A sign and a magnitude as an `i64`, if it fits.
#[inline]
pub(crate) fn signed(negative: bool, magnitude: u64) -> Option<i64> {
    if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// What a whole text is, read as an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Integer {
    /// A whole number of 64 bits.
    Value(i64),
    /// A whole number, but of more than 64 bits.
    TooLarge,
    /// Something else.
    No,
}

/// Reads all of `text`: an optional minus sign, then digits and nothing else.
pub(crate) fn parse(text: &[u8]) -> Integer {
    let (negative, magnitude) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if magnitude.is_empty() || !magnitude.iter().all(u8::is_ascii_digit) {
        return Integer::No;
    }
    match digits(magnitude).and_then(|digits| signed(negative, digits.value)) {
        Some(value) => Integer::Value(value),
        None => Integer::TooLarge,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_any_number_of_digits_with_anything_behind() {
        let all = "18446744073709551615";
        for count in 0..=all.len() {
            for tail in ["", "\"", ",\"PostId\":", ":", "/", "\u{ff}ÿÿÿÿÿÿÿÿ", "          "] {
                let text = format!("{}{tail}", &all[..count]);
                let value = if count == 0 { 0 } else { all[..count].parse().unwrap() };
                assert_eq!(digits(text.as_bytes()), Some(Digits { value, count }), "{text}");
            }
        }
        assert_eq!(digits(b"18446744073709551616"), None);
    }

    #[test]
    fn a_digit_is_nothing_but_0_to_9() {
        for byte in 0..=255_u8 {
            for place in 0..8 {
                let mut text = *b"12345678";
                text[place] = byte;
                let expected = if byte.is_ascii_digit() { 8 } else { place };
                assert_eq!(digits(&text).unwrap().count, expected, "byte {byte:#x} at {place}");
            }
        }
    }

    #[test]
    fn takes_whole_numbers_and_nothing_else() {
        let values = [
            ("0", Integer::Value(0)),
            ("-0", Integer::Value(0)),
            ("007", Integer::Value(7)),
            ("-12345678901", Integer::Value(-12_345_678_901)),
            ("9223372036854775807", Integer::Value(i64::MAX)),
            ("-9223372036854775808", Integer::Value(i64::MIN)),
            ("9223372036854775808", Integer::TooLarge),
            ("-9223372036854775809", Integer::TooLarge),
            ("99999999999999999999999", Integer::TooLarge),
            ("", Integer::No),
            ("-", Integer::No),
            ("--1", Integer::No),
            ("+1", Integer::No),
            ("1.5", Integer::No),
            ("1.0", Integer::No),
            ("1e3", Integer::No),
            ("E10", Integer::No),
            (" 1", Integer::No),
            ("1 ", Integer::No),
            ("٣", Integer::No),
        ];
        for (text, expected) in values {
            assert_eq!(parse(text.as_bytes()), expected, "{text:?}");
        }
    }
}
