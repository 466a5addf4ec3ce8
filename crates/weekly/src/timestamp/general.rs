//! Every form of timestamp, byte by byte, and a precise complaint about everything else.
//!
//! This is the definition of what is taken; `fast` is a shortcut through it. Off the hot path, so plainness wins.

use super::{MICROS_PER_DAY, Timestamp, TimestampError};
use crate::{days_from_civil, days_in_month};

const ZONE: &str = "a zone such as Z or +02:00, or the end";

/// Reads a timestamp; see [`Timestamp::parse`] for what is one.
#[cold]
#[inline(never)]
pub(super) fn parse(text: &[u8]) -> Result<Timestamp, TimestampError> {
    match text {
        [] => return Err(TimestampError::Empty),
        [byte, ..] | [.., byte] if byte.is_ascii_whitespace() => {
            return Err(TimestampError::SurroundingSpace);
        }
        _ => {}
    }
    let mut text = Cursor { text, at: 0 };
    let days = text.date()?;
    let (mut seconds, mut nanos) = (0, 0);
    if text.peek().is_some() {
        text.one_of(b"Tt ", "T or a space before the time of day")?;
        (seconds, nanos) = text.time()?;
        seconds -= text.offset_seconds()?;
    }
    let micros = i64::from(days) * MICROS_PER_DAY + i64::from(seconds) * 1_000_000 + i64::from(nanos / 1000);
    // Only an offset can lead out of the years that four digits can name.
    let years = i64::from(days_from_civil(0, 1, 1))..i64::from(days_from_civil(10_000, 1, 1));
    if !(years.start * MICROS_PER_DAY..years.end * MICROS_PER_DAY).contains(&micros) {
        return Err(TimestampError::OutOfRange);
    }
    Ok(Timestamp { micros, sub_micro_nanos: (nanos % 1000) as u16 })
}

/// The text and how far it has been read.
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    /// Days since 1970-01-01.
    fn date(&mut self) -> Result<i32, TimestampError> {
        let year = 100 * u16::from(self.two_digits("a digit of the year")?)
            + u16::from(self.two_digits("a digit of the year")?);
        self.one_of(b"-", "'-' between year and month")?;
        let month = self.two_digits("a digit of the month")?;
        self.one_of(b"-", "'-' between month and day")?;
        let day = self.two_digits("a digit of the day")?;
        let exists = (1..=12).contains(&month) && (1..=days_in_month(i32::from(year), month)).contains(&day);
        if !exists {
            return Err(TimestampError::NoSuchDay { year, month, day });
        }
        Ok(days_from_civil(i32::from(year), month, day))
    }

    /// Seconds since midnight, and nanoseconds since the second.
    fn time(&mut self) -> Result<(i32, u32), TimestampError> {
        let hour = self.two_digits("a digit of the hour")?;
        if hour > 23 {
            return Err(TimestampError::NoSuchHour(hour));
        }
        self.one_of(b":", "':' between hour and minute")?;
        let minute = self.two_digits("a digit of the minute")?;
        if minute > 59 {
            return Err(TimestampError::NoSuchMinute(minute));
        }
        let seconds = 3600 * i32::from(hour) + 60 * i32::from(minute);
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(b'Z' | b'z' | b'+' | b'-') | None => return Ok((seconds, 0)),
            Some(_) => {
                return Err(self.malformed("':' before seconds, a zone such as Z or +02:00, or the end"));
            }
        }
        let second = self.two_digits("a digit of the second")?;
        if second > 59 {
            return Err(TimestampError::NoSuchSecond(second));
        }
        let nanos = match self.peek() {
            Some(b'.') => {
                self.at += 1;
                self.fraction()?
            }
            Some(b'Z' | b'z' | b'+' | b'-') | None => 0,
            Some(_) => {
                return Err(self.malformed("'.' before a fraction, a zone such as Z or +02:00, or the end"));
            }
        };
        Ok((seconds + i32::from(second), nanos))
    }

    /// Nanoseconds, from the digits after the point.
    fn fraction(&mut self) -> Result<u32, TimestampError> {
        let mut nanos = self.digit("a digit of the fraction")? * 100_000_000;
        let mut unit = 10_000_000;
        while let Some(b'0'..=b'9') = self.peek() {
            if unit == 0 {
                return Err(TimestampError::FractionTooLong);
            }
            nanos += self.digit("a digit of the fraction")? * unit;
            unit /= 10;
        }
        Ok(nanos)
    }

    /// Seconds east of Greenwich, 0 when nothing is said. Nothing may follow.
    fn offset_seconds(&mut self) -> Result<i32, TimestampError> {
        let negative = match self.peek() {
            None => return Ok(0),
            Some(b'Z' | b'z') => {
                self.at += 1;
                self.end("the end after the zone")?;
                return Ok(0);
            }
            Some(b'+') => false,
            Some(b'-') => true,
            Some(_) => return Err(self.malformed(ZONE)),
        };
        self.at += 1;
        let hours = self.two_digits("a digit of the offset's hours")?;
        let minutes = match self.peek() {
            None => 0,
            Some(b':') => {
                self.at += 1;
                self.two_digits("a digit of the offset's minutes")?
            }
            Some(_) => self.two_digits("a digit of the offset's minutes")?,
        };
        self.end("the end after the offset")?;
        if hours > 23 || minutes > 59 {
            return Err(TimestampError::NoSuchOffset { negative, hours, minutes });
        }
        let seconds = 3600 * i32::from(hours) + 60 * i32::from(minutes);
        Ok(if negative { -seconds } else { seconds })
    }

    fn two_digits(&mut self, expected: &'static str) -> Result<u8, TimestampError> {
        Ok((10 * self.digit(expected)? + self.digit(expected)?) as u8)
    }

    fn digit(&mut self, expected: &'static str) -> Result<u32, TimestampError> {
        Ok(u32::from(self.one_of(b"0123456789", expected)? - b'0'))
    }

    fn one_of(&mut self, allowed: &[u8], expected: &'static str) -> Result<u8, TimestampError> {
        match self.peek() {
            Some(byte) if allowed.contains(&byte) => {
                self.at += 1;
                Ok(byte)
            }
            _ => Err(self.malformed(expected)),
        }
    }

    fn end(&self, expected: &'static str) -> Result<(), TimestampError> {
        if self.peek().is_some() { Err(self.malformed(expected)) } else { Ok(()) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn malformed(&self, expected: &'static str) -> TimestampError {
        TimestampError::Malformed { at: self.at, found: self.peek(), expected }
    }
}
