//! How values were written, so that they can be given back as they were.
//!
//! A column of numbers that turns out to be one of text must have the text that stood in the file: `1.50` and not
//! `1.5`, `2020-01-01 00:00` and not `2020-01-01T00:00:00`. Files are written by programs, and so the values of a
//! column mostly look alike. A [`Spelling`] says how, for all values of a batch at once; only where there is no such
//! rule are the texts kept.

use std::fmt::Write as _;

use sandglass_weekly::format_micros;

/// Significant digits up to which a decimal number comes back from a float as it was.
const EXACT_DIGITS: usize = 15;

/// What the values of a column have in common in how they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Spelling {
    /// There are no values yet.
    #[default]
    Any,
    /// As their kind is written: whole numbers, dates, `true` and `false`.
    Plain,
    /// Decimal numbers.
    Float(FloatStyle),
    /// Times of a day.
    Time(TimeStyle),
    /// Nothing: the texts are kept beside the values.
    Kept,
}

/// How decimal numbers are written. At least one of these holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FloatStyle {
    /// All have that many digits behind the point.
    pub(crate) fixed: Option<u8>,
    /// None has more digits than it needs, as JavaScript writes them.
    pub(crate) shortest: bool,
    /// The same, but that whole numbers end with `.0`, as Python and Rust write them.
    pub(crate) pointed: bool,
}

/// How instants are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeStyle {
    /// What stands between date and time; 0 when there is only a date.
    pub(crate) separator: u8,
    /// Bytes of the time of day: `HH:MM`, `HH:MM:SS`, or with a point and digits behind it.
    pub(crate) time: u8,
    /// The zone as it is written, filled up with zeros.
    pub(crate) zone: [u8; 6],
    /// The zone in minutes east of Greenwich.
    pub(crate) offset: i16,
}

impl Spelling {
    /// How values are written of which some are written in this way and some in that.
    #[inline]
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            // Most numbers are written as those before.
            (Self::Float(all), Self::Float(one)) if all.holds_for(one) => self,
            _ => self.and_another(other),
        }
    }

    /// The same where what they have in common is perhaps less than before.
    fn and_another(self, other: Self) -> Self {
        match (self, other) {
            (Self::Any, one) | (one, Self::Any) => one,
            (Self::Float(one), Self::Float(two)) => {
                let fixed = one.fixed.filter(|_| one.fixed == two.fixed);
                let (shortest, pointed) = (one.shortest && two.shortest, one.pointed && two.pointed);
                if fixed.is_some() || shortest || pointed {
                    Self::Float(FloatStyle { fixed, shortest, pointed })
                } else {
                    Self::Kept
                }
            }
            (one, two) if one == two => one,
            _ => Self::Kept,
        }
    }
}

impl FloatStyle {
    /// Whether what numbers have in common is so for one that is written in this way as well.
    #[inline]
    pub(crate) fn holds_for(self, one: Self) -> bool {
        (self.fixed.is_none() || self.fixed == one.fixed)
            && (one.shortest || !self.shortest)
            && (one.pointed || !self.pointed)
    }

    /// Of whole numbers.
    pub(crate) const WHOLE: Self = Self { fixed: Some(0), shortest: true, pointed: false };

    /// Of numbers that are written with no more digits than they need.
    pub(crate) const SHORTEST: Self = Self { fixed: None, shortest: true, pointed: false };

    /// How this number, which JSON allows, is written; `None` when it does not come back from a float.
    pub(crate) fn of(text: &[u8]) -> Option<Self> {
        let magnitude = text.strip_prefix(b"-").unwrap_or(text);
        let (whole, fraction) = match memchr::memchr(b'.', magnitude) {
            Some(point) => (&magnitude[..point], &magnitude[point + 1..]),
            None => (magnitude, &b""[..]),
        };
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        if !digits(whole) || !digits(fraction) {
            return None;
        }
        Self::of_digits(whole.len(), fraction.len(), text.last().copied().unwrap_or(b'0'))
    }

    /// The same for a number of any length, whose value this is: it may be as short as it can be all the same.
    pub(crate) fn of_value(text: &[u8], value: f64) -> Option<Self> {
        Self::of(text).or_else(|| Self::of_long(text, value))
    }

    /// The same for a number with more digits than come back from any float.
    pub(crate) fn of_long(text: &[u8], value: f64) -> Option<Self> {
        let style = Self { pointed: text.contains(&b'.'), ..Self::SHORTEST };
        // Most are as short as they can be, and then this is all that has to be looked at.
        let mut buffer = zmij::Buffer::new();
        if let Some(written) = shortest(value, &mut buffer) {
            return (written.as_bytes() == text).then_some(style);
        }
        let mut written = String::new();
        style.write(value, &mut written);
        (written.as_bytes() == text).then_some(style)
    }

    /// How a number is written that has so many digits before and behind the point, of which this is the last; `None` when
    /// it does not come back from a float.
    #[inline]
    pub(crate) fn of_digits(whole: usize, fraction: usize, last: u8) -> Option<Self> {
        let needed = fraction > 0 && last != b'0';
        let (shortest, pointed) = (needed || fraction == 0, needed || fraction == 1);
        (whole + fraction <= EXACT_DIGITS).then_some(Self { fixed: Some(fraction as u8), shortest, pointed })
    }

    /// The number with these digits before and behind the point, as [`of_digits`](Self::of_digits) has counted them. Both
    /// the digits and the power of ten are floats without a rounding, and so the one division rounds as it should: the fast
    /// path of William D. Clinger, "How to Read Floating Point Numbers Accurately" (1990).
    #[inline]
    pub(crate) fn value(self, whole: u64, fraction: u64) -> f64 {
        const POWERS: [f64; EXACT_DIGITS + 1] =
            [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
        let power = POWERS[usize::from(self.fixed.unwrap_or(0)).min(EXACT_DIGITS)];
        (whole as f64 * power + fraction as f64) / power
    }

    /// Appends the number in this style.
    pub(crate) fn write(self, value: f64, out: &mut String) {
        let start = out.len();
        match self.fixed {
            // Writing to a string does not fail.
            Some(digits) => _ = write!(out, "{value:.*}", usize::from(digits)),
            None => match shortest(value, &mut zmij::Buffer::new()) {
                Some(written) => out.push_str(written),
                None => _ = write!(out, "{value}"),
            },
        }
        if self.fixed.is_none() && !self.shortest && !out[start..].contains('.') {
            out.push_str(".0");
        }
    }
}

/// A number with no more digits than tell it from all others, and without a point behind a whole one. `None` for very small and very
/// large ones, which this would write with an exponent. Of two that are as short and as near it is not the one that the
/// standard library writes, so it is either this everywhere or that.
fn shortest(value: f64, buffer: &mut zmij::Buffer) -> Option<&str> {
    let written =
        value.is_finite().then(|| buffer.format_finite(value)).filter(|text| !text.contains('e'))?;
    Some(written.strip_suffix(".0").unwrap_or(written))
}

impl TimeStyle {
    /// Of dates without a time.
    pub(crate) const DATE: Self = Self { separator: 0, time: 0, zone: [0; 6], offset: 0 };

    /// How this text, which is a timestamp, is written.
    pub(crate) fn of(text: &[u8]) -> Self {
        const DATE: usize = "2020-01-01".len();
        let Some((&separator, rest)) = text.get(DATE..).and_then(<[u8]>::split_first) else {
            return Self::DATE;
        };
        let time =
            rest.iter().position(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-')).unwrap_or(rest.len());
        let written = &rest[time..];
        let mut zone = [0; 6];
        for (to, from) in zone.iter_mut().zip(written) {
            *to = *from;
        }
        Self { separator, time: time as u8, zone, offset: offset_minutes(written) }
    }

    /// Whether there is a time of day.
    pub(crate) fn has_time(self) -> bool {
        self.separator != 0
    }

    /// Whether there is a zone.
    pub(crate) fn has_zone(self) -> bool {
        self.zone[0] != 0
    }

    /// Appends the instant, in microseconds, in this style. What is below a microsecond is written as zeros.
    pub(crate) fn write(self, micros: i64, out: &mut String) {
        const SECONDS: usize = "2020-01-01T00:00:00".len();
        let start = out.len();
        format_micros(micros.saturating_add(i64::from(self.offset) * 60_000_000), out);
        if self.separator == 0 {
            out.truncate(start + 10);
            return;
        }
        let written = out.split_off(start);
        let (date, time) = written.split_at(10);
        out.push_str(date);
        out.push(char::from(self.separator));
        let wanted = usize::from(self.time);
        let time = &time[1..];
        if wanted <= time.len() {
            out.push_str(&time[..wanted]);
        } else {
            out.push_str(time);
            if written.len() == SECONDS {
                out.push('.');
            }
            while out.len() < start + 11 + wanted {
                out.push('0');
            }
        }
        out.extend(self.zone.iter().take_while(|&&byte| byte != 0).map(|&byte| char::from(byte)));
    }
}

/// The minutes of a zone that was written as a timestamp allows.
fn offset_minutes(zone: &[u8]) -> i16 {
    let digit = |at: usize| zone.get(at).map_or(0, |byte| i16::from(byte.wrapping_sub(b'0')));
    let behind_hours = 3 + usize::from(zone.get(3) == Some(&b':'));
    let minutes = 60 * (10 * digit(1) + digit(2)) + 10 * digit(behind_hours) + digit(behind_hours + 1);
    match zone.first() {
        Some(b'+') => minutes,
        Some(b'-') => -minutes,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sandglass_weekly::Timestamp;

    #[test]
    fn what_holds_for_one_more_number_is_what_all_have_in_common_then() {
        let styles: Vec<FloatStyle> = [None, Some(0), Some(1), Some(2)]
            .into_iter()
            .flat_map(|fixed| {
                [(false, false), (false, true), (true, false), (true, true)].map(|two| (fixed, two))
            })
            .filter(|(fixed, (shortest, pointed))| fixed.is_some() || *shortest || *pointed)
            .map(|(fixed, (shortest, pointed))| FloatStyle { fixed, shortest, pointed })
            .collect();
        for &all in &styles {
            for &one in &styles {
                let common = Spelling::Float(all).and_another(Spelling::Float(one));
                assert_eq!(all.holds_for(one), common == Spelling::Float(all), "{all:?} {one:?}");
            }
        }
    }

    #[test]
    fn numbers_come_back_as_they_were() {
        for text in [
            "0",
            "1",
            "-1",
            "1.5",
            "1.50",
            "85.00",
            "-0.001",
            "123456789.123456",
            "999999999999999",
            "0.0",
            "-0.0",
            "-0",
            "1.0",
        ] {
            let style = FloatStyle::of(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            let mut written = String::new();
            style.write(text.parse().unwrap(), &mut written);
            assert_eq!(written, text);
        }
        let long = FloatStyle::of_value(b"15161.779999999999", 15161.779999999999).unwrap();
        let mut written = String::new();
        long.write(15161.779999999999, &mut written);
        assert_eq!(written, "15161.779999999999");
        assert_eq!(FloatStyle::of_value(b"0.1000000000000000055", 0.1), None);
        for text in ["1e5", "1.5E-3", "0.1234567890123456", "1234567890123456"] {
            assert_eq!(FloatStyle::of(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn numbers_that_look_alike_have_a_style_and_others_have_none() {
        let style = |texts: &[&str]| {
            texts.iter().fold(Spelling::Any, |all, text| {
                all.and(FloatStyle::of(text.as_bytes()).map_or(Spelling::Kept, Spelling::Float))
            })
        };
        assert!(matches!(
            style(&["1.50", "2.25", "3.00"]),
            Spelling::Float(FloatStyle { fixed: Some(2), .. })
        ));
        assert!(matches!(style(&["1.5", "2.25", "3"]), Spelling::Float(FloatStyle { fixed: None, .. })));
        assert!(matches!(
            style(&["1.5", "2.25", "3.0"]),
            Spelling::Float(FloatStyle { pointed: true, shortest: false, .. })
        ));
        assert_eq!(style(&["1.5", "3.0", "3"]), Spelling::Kept);
        assert_eq!(style(&["1.5", "2.50"]), Spelling::Kept);
        assert_eq!(style(&["1.5", "1e3"]), Spelling::Kept);
    }

    #[test]
    fn instants_come_back_as_they_were() {
        for text in [
            "2021-09-04",
            "2021-09-04T12:30",
            "2021-09-04 12:30:05",
            "2021-09-04t12:30:05.5",
            "2021-09-04T12:30:05.000",
            "2021-09-04T12:30:05.120",
            "2021-09-04T12:30:05.123456",
            "2021-09-04T12:30:05.123456000",
            "2021-09-04T12:30:05Z",
            "2021-09-04T00:30:05.25z",
            "2021-09-04 00:30+02:00",
            "2021-09-04T23:30:00-0730",
            "2021-09-04T23:30:00.1+01",
            "0001-01-01T00:00:00",
        ] {
            let instant = Timestamp::parse(text.as_bytes()).unwrap();
            let mut written = String::from("x");
            TimeStyle::of(text.as_bytes()).write(instant.micros(), &mut written);
            assert_eq!(&written[1..], text);
        }
    }
}
