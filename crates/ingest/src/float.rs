//! Decimal numbers to floats.

use crate::columns::FloatStyle;
use crate::integer::{self, Digits};

/// The float that is nearest to a JSON number; `None` when it is too large for any.
pub(crate) fn float(text: &[u8]) -> Option<f64> {
    if let Some((value, _, end)) = read_float(text, 0)
        && end == text.len()
    {
        return Some(value);
    }
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    value.is_finite().then_some(value)
}

/// The decimal number without an exponent at a place, how it is written, and where it ends. `None` also when it does not come back
/// from a float as it was written.
#[inline]
pub(crate) fn read_any_float(text: &[u8], at: usize) -> Option<(f64, FloatStyle, usize)> {
    read_float(text, at).or_else(|| read_long_float(text, at))
}

/// The same for one with a point and more digits than come back from any float, as programs write what they have calculated.
#[inline(never)]
fn read_long_float(text: &[u8], at: usize) -> Option<(f64, FloatStyle, usize)> {
    let digits = |from: usize| {
        text.get(from..).map_or(0, |rest| rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
    };
    let start = at + usize::from(text.get(at) == Some(&b'-'));
    let whole = digits(start);
    if whole == 0 || (text[start] == b'0' && whole > 1) {
        return None;
    }
    // Whole numbers that are as long as that are told from floats by their value.
    let fraction = match text.get(start + whole) {
        Some(b'.') => digits(start + whole + 1),
        _ => 0,
    };
    if fraction == 0 {
        return None;
    }
    let end = start + whole + 1 + fraction;
    if is_exponent(text, end) {
        return None;
    }
    let number = &text[at..end];
    let value: f64 = std::str::from_utf8(number).ok()?.parse().ok()?;
    Some((value, FloatStyle::of_long(number, value)?, end))
}

/// Whether the number that ends at a place does not end there.
#[inline]
fn is_exponent(text: &[u8], end: usize) -> bool {
    matches!(text.get(end), Some(b'e' | b'E'))
}

/// The decimal number of few digits and without an exponent at a place, how it is written, and where it ends.
#[inline]
pub(crate) fn read_float(text: &[u8], at: usize) -> Option<(f64, FloatStyle, usize)> {
    let negative = text.get(at) == Some(&b'-');
    let start = at + usize::from(negative);
    let whole = integer::digits(text.get(start..)?)?;
    let point = start + whole.count;
    if whole.count == 0 || (text[start] == b'0' && whole.count > 1) {
        return None;
    }
    let fraction = match text.get(point) {
        Some(b'.') => integer::digits(&text[point + 1..]).filter(|digits| digits.count > 0)?,
        _ => Digits { value: 0, count: 0 },
    };
    let end = point + fraction.count + usize::from(fraction.count > 0);
    if is_exponent(text, end) {
        return None;
    }
    let style = FloatStyle::of_digits(whole.count, fraction.count, text[end - 1])?;
    let value = style.value(whole.value, fraction.value);
    Some((if negative { -value } else { value }, style, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_as_the_long_way_does() {
        for text in ["1", "-1", "0", "12.5", "-0.25", "3.00", "123456789.123", "0.1", "-0", "-0.0"] {
            let text = format!("{text},");
            let (value, style, end) = read_float(text.as_bytes(), 0).unwrap();
            let number = &text[..text.len() - 1];
            assert_eq!((value.to_bits(), end), (number.parse::<f64>().unwrap().to_bits(), number.len()));
            assert_eq!(Some(style), FloatStyle::of(number.as_bytes()));
        }
        for text in ["01.5,", ".5,", "-,", "x,", "1.,", "1234567890123.456,"] {
            assert!(read_float(text.as_bytes(), 0).is_none(), "{text}");
        }
    }

    #[test]
    fn long_numbers_are_the_nearest_floats_and_come_back_as_they_were() {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state
        };
        for _ in 0..20_000 {
            let any = f64::from_bits(next());
            let usual = (next() >> 11) as f64 / 1e13;
            for value in
                [any, usual, -usual, usual / 1e5, usual * 1e13].into_iter().filter(|value| value.is_finite())
            {
                let texts = [
                    format!("{value}"),
                    format!("{value:?}"),
                    format!("{value:.2}"),
                    format!("{value:.17}"),
                    format!("{value}7"),
                ];
                for text in texts {
                    let mut shortest = String::new();
                    FloatStyle::SHORTEST.write(text.parse().unwrap(), &mut shortest);
                    match read_any_float(format!("{text},").as_bytes(), 0) {
                        Some((read, style, end)) => {
                            assert_eq!(
                                (read.to_bits(), end),
                                (text.parse::<f64>().unwrap().to_bits(), text.len())
                            );
                            let mut written = String::new();
                            style.write(read, &mut written);
                            assert_eq!(written, text);
                        }
                        None => {
                            assert!(text.contains('e') || !text.contains('.') || shortest != text, "{text}");
                        }
                    }
                }
            }
        }
        for text in [
            "1.5e3,",
            "12345678901234567e3,",
            "1E5,",
            "0.12345678901234567e-5,",
            "1234567890123456.,",
            "9007199254740994,",
        ] {
            assert!(read_any_float(text.as_bytes(), 0).is_none(), "{text}");
        }
    }

    #[test]
    fn floats_are_the_nearest_ones() {
        for whole in [0_u64, 1, 7, 85, 999, 123_456, 99_999_999] {
            for fraction in ["0", "1", "5", "25", "57", "001", "999", "1234567"] {
                let text = format!("-{whole}.{fraction}");
                let expected: f64 = text.parse().unwrap();
                assert_eq!(float(text.as_bytes()).map(f64::to_bits), Some(expected.to_bits()), "{text}");
            }
        }
        assert_eq!(float(b"1e308"), Some(1e308));
        assert_eq!(float(b"1e309"), None);
    }
}
