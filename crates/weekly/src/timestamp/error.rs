//! Why a text is not a timestamp, in words that a person can act on.

use std::fmt;

/// Why a text is not a timestamp. The first thing that is wrong, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampError {
    /// There is no text at all.
    Empty,
    /// White space before or after the timestamp.
    SurroundingSpace,
    /// A byte that cannot stand where it stands, or the end of the text where it cannot end.
    Malformed {
        /// Index of the byte, from 0; at the end of the text its length.
        at: usize,
        /// The byte, or nothing at the end of the text.
        found: Option<u8>,
        /// What can stand there.
        expected: &'static str,
    },
    /// A date that the calendar does not have.
    NoSuchDay {
        /// 0 to 9999.
        year: u16,
        /// 0 to 99.
        month: u8,
        /// 0 to 99.
        day: u8,
    },
    /// An hour above 23.
    NoSuchHour(u8),
    /// A minute above 59.
    NoSuchMinute(u8),
    /// A second above 59; leap seconds are not taken.
    NoSuchSecond(u8),
    /// More than nine digits after the point.
    FractionTooLong,
    /// An offset above 23:59.
    NoSuchOffset {
        /// West of Greenwich.
        negative: bool,
        /// 0 to 99.
        hours: u8,
        /// 0 to 99.
        minutes: u8,
    },
    /// The offset moves the instant out of the years 0000 to 9999.
    OutOfRange,
}

const LOOKS_LIKE: &str = "a timestamp looks like 2021-09-04T12:30:00.000";

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty => write!(f, "the text is empty; {LOOKS_LIKE}"),
            Self::SurroundingSpace => write!(f, "there is white space around it; {LOOKS_LIKE}"),
            Self::Malformed { at, found: Some(byte), expected } => {
                write!(f, "byte {} is ", at + 1)?;
                match byte {
                    b' '..=b'~' => write!(f, "'{}'", char::from(byte)),
                    _ => write!(f, "0x{byte:02x}"),
                }?;
                write!(f, " and not {expected}; {LOOKS_LIKE}")
            }
            Self::Malformed { at, found: None, expected } => {
                write!(f, "it ends after {at} bytes, before {expected}; {LOOKS_LIKE}")
            }
            Self::NoSuchDay { year, month, day } => {
                write!(f, "{year:04}-{month:02}-{day:02} is not a day of the calendar")
            }
            Self::NoSuchHour(hour) => write!(f, "hour {hour}: hours go from 00 to 23"),
            Self::NoSuchMinute(minute) => write!(f, "minute {minute}: minutes go from 00 to 59"),
            Self::NoSuchSecond(second) => write!(f, "second {second}: seconds go from 00 to 59"),
            Self::FractionTooLong => f.write_str("the fraction of a second has more than 9 digits"),
            Self::NoSuchOffset { negative, hours, minutes } => {
                let sign = if negative { '-' } else { '+' };
                write!(f, "offset {sign}{hours:02}:{minutes:02}: offsets go from -23:59 to +23:59")
            }
            Self::OutOfRange => f.write_str("in UTC it lies outside of the years 0000 to 9999"),
        }
    }
}

impl std::error::Error for TimestampError {}
