//! Text to an instant, and back.
//!
//! [`Timestamp::parse`] tries the usual lengths with a few word-wide operations (`fast`) and leaves everything else,
//! and every complaint, to a plain parser (`general`). The two never disagree; a property test holds them to it.
//! Instants have no zone: an offset in the text is applied while reading, and forgotten.

mod error;
mod fast;
mod general;
#[cfg(all(test, not(target_family = "wasm")))]
mod tests;

use std::fmt;
use std::str::FromStr;

pub use error::TimestampError;

use crate::civil_from_days;

pub(crate) const MICROS_PER_DAY: i64 = 86_400_000_000;

/// An instant in UTC within the years 0000 to 9999, to the nanosecond.
///
/// Kept as microseconds, the unit of the columns, with what is finer beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    // The order of the fields makes the derived order that of time.
    micros: i64,
    sub_micro_nanos: u16,
}

impl Timestamp {
    /// Reads a date, or a date and a time of day:
    ///
    /// | part | forms |
    /// | --- | --- |
    /// | date | `YYYY-MM-DD` |
    /// | between them | `T`, `t` or one space |
    /// | time | `HH:MM` or `HH:MM:SS`, seconds with a fraction of 1 to 9 digits if there is a `.` |
    /// | zone | nothing, `Z`, `z`, `+HH:MM`, `+HHMM` or `+HH`, with `-` as well |
    ///
    /// A time with an offset is converted to UTC; one without is taken as it stands. A date is its first instant.
    ///
    /// # Errors
    /// Everything else, white space around it included; also dates that the calendar does not have, hour 24, minute
    /// and second 60, offsets beyond 23:59, and what lies outside of the years 0000 to 9999 once it is in UTC.
    #[inline]
    pub fn parse(text: &[u8]) -> Result<Self, TimestampError> {
        match fast::parse(text) {
            Some(timestamp) => Ok(timestamp),
            None => general::parse(text),
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z, rounded down.
    pub fn micros(self) -> i64 {
        self.micros
    }

    /// The nanoseconds that [`micros`](Self::micros) leaves out, 0 to 999.
    pub fn sub_micro_nanos(self) -> u16 {
        self.sub_micro_nanos
    }

    /// Days since 1970-01-01 in UTC.
    pub fn days(self) -> i32 {
        days_of_micros(self.micros)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        Self::parse(text.as_bytes())
    }
}

/// As [`format_micros`] has it, with nine digits after the point where microseconds do not say it all.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        if self.sub_micro_nanos == 0 {
            format_micros(self.micros, &mut text);
        } else {
            let micros = format_seconds(self.micros, &mut text);
            text.push('.');
            push_digits(micros, 6, &mut text);
            push_digits(u32::from(self.sub_micro_nanos), 3, &mut text);
        }
        f.pad(&text)
    }
}

/// The day, in days since 1970-01-01, that has this instant (microseconds since 1970-01-01T00:00:00Z) in it.
#[inline]
pub fn days_of_micros(micros: i64) -> i32 {
    // Rounding down without a branch: 2^13 divides the day, so a shift takes that part, and moving zero below the first
    // instant of all lets an unsigned division do the rest.
    const REST: u64 = (MICROS_PER_DAY >> 13) as u64;
    const BEFORE: i32 = 106_751_992;
    let shifted = ((micros >> 13) as u64).wrapping_add(BEFORE as u64 * REST);
    (shifted / REST) as i32 - BEFORE
}

/// Appends the instant (microseconds since 1970-01-01T00:00:00Z) as `2021-09-04T12:30:00`, with three or six digits
/// after a point when it is not a whole second. [`Timestamp::parse`] reads it back, within the years 0000 to 9999;
/// years beyond have a sign, as in [`Date`](crate::Date).
pub fn format_micros(micros: i64, out: &mut String) {
    match format_seconds(micros, out) {
        0 => {}
        micros if micros % 1000 == 0 => {
            out.push('.');
            push_digits(micros / 1000, 3, out);
        }
        micros => {
            out.push('.');
            push_digits(micros, 6, out);
        }
    }
}

/// Appends date and time down to the second, and returns the microseconds that are left.
fn format_seconds(micros: i64, out: &mut String) -> u32 {
    let days = days_of_micros(micros);
    // Exact although the product may wrap: the difference is within a day.
    let of_day = micros.wrapping_sub(i64::from(days).wrapping_mul(MICROS_PER_DAY));
    let (seconds, micros) = ((of_day / 1_000_000) as u32, (of_day % 1_000_000) as u32);
    let date = civil_from_days(days);
    out.reserve(26);
    match date.year {
        0..=9999 => push_digits(date.year as u32, 4, out),
        year => {
            out.push(if year < 0 { '-' } else { '+' });
            let year = year.unsigned_abs();
            let width = 4 + usize::from(year >= 10_000) + usize::from(year >= 100_000);
            push_digits(year, width, out);
        }
    }
    for (mark, value) in [
        ('-', u32::from(date.month)),
        ('-', u32::from(date.day)),
        ('T', seconds / 3600),
        (':', seconds / 60 % 60),
        (':', seconds % 60),
    ] {
        out.push(mark);
        push_digits(value, 2, out);
    }
    micros
}

/// Appends the lowest `width` (at most 6) decimal digits of `value`, with leading zeros.
fn push_digits(value: u32, width: usize, out: &mut String) {
    const POWERS: [u32; 6] = [1, 10, 100, 1000, 10_000, 100_000];
    for power in POWERS.iter().take(width).rev() {
        out.push(char::from(b'0' + (value / power % 10) as u8));
    }
}
