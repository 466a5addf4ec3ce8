//! The usual timestamps, eight bytes at a time.
//!
//! Takes `YYYY-MM-DD`, and `YYYY-MM-DDTHH:MM:SS` with no, three or six digits after the point and with or without `Z`.
//! It says nothing about the rest: `None` means that the general parser shall look, whether the text is unusual or
//! wrong. All faults are collected and tested once, so that a good timestamp meets one branch and not twenty.

use super::Timestamp;
use crate::civil::days_from_four_digit_year;
use crate::days_in_month;

/// The timestamp, if the text has one of the usual forms and is right.
#[inline]
pub(super) fn parse(text: &[u8]) -> Option<Timestamp> {
    let local = match text {
        [local @ .., b'Z' | b'z'] if local.len() > 10 => local,
        _ => text,
    };
    match local.len() {
        10 => {
            let mut faults = 0;
            let days = date(local, &mut faults);
            finish(days, 0, 0, faults)
        }
        19 => date_and_time(local, 0, 0),
        23 => {
            // `M:SS.fff`, of which the last three are new.
            let lanes = Lanes::new(load8(local, 15), *b"0:00.000");
            let millis = 10 * lanes.pair(5) + lanes.digit(7);
            date_and_time(local, millis * 1000, lanes.faults)
        }
        26 => {
            // `S.ffffff`
            let lanes = Lanes::new(load8(local, 18), *b"0.000000");
            let micros = 10_000 * lanes.pair(2) + 100 * lanes.pair(4) + lanes.pair(6);
            date_and_time(local, micros, lanes.faults)
        }
        _ => None,
    }
}

/// The date and time in the first 19 bytes, with the microseconds and faults of what follows them.
#[inline]
fn date_and_time(text: &[u8], micros: u32, mut faults: u64) -> Option<Timestamp> {
    let days = date(text, &mut faults);
    let separator = text.get(10).copied().unwrap_or(0);
    faults |= u64::from(!matches!(separator, b'T' | b't' | b' '));
    let time = Lanes::new(load8(text, 11), *b"00:00:00");
    let (hour, minute, second) = (time.pair(0), time.pair(3), time.pair(6));
    faults |= time.faults | u64::from(hour > 23) | u64::from(minute > 59) | u64::from(second > 59);
    finish(days, 3600 * hour + 60 * minute + second, micros, faults)
}

/// The days of the date in the first 10 bytes. When there are faults the number means nothing.
#[inline]
fn date(text: &[u8], faults: &mut u64) -> i32 {
    // Two overlapping words; the first one is wanted for its year only.
    let (first, second) =
        (Lanes::new(load8(text, 0), *b"0000-00-"), Lanes::new(load8(text, 2), *b"00-00-00"));
    let (year, month, day) = (100 * first.pair(0) + first.pair(2), second.pair(3), second.pair(6));
    let last = u32::from(days_in_month(year as i32, month as u8));
    // Wrapping turns 0 into a number that is too large as well.
    let outside = u64::from(month.wrapping_sub(1) > 11) | u64::from(day.wrapping_sub(1) >= last);
    *faults |= first.faults | second.faults | outside;
    // Bytes that are no digits make values of up to 283,305 here, which the arithmetic must survive, and does.
    days_from_four_digit_year(year, month, day)
}

#[inline]
fn finish(days: i32, seconds: u32, micros: u32, faults: u64) -> Option<Timestamp> {
    let seconds = i64::from(days) * 86_400 + i64::from(seconds);
    let timestamp = Timestamp { micros: seconds * 1_000_000 + i64::from(micros), sub_micro_nanos: 0 };
    (faults == 0).then_some(timestamp)
}

/// Eight bytes of text with the digits' values in their lanes, the first byte in the lowest.
struct Lanes {
    values: u64,
    /// Not 0 when a byte differs from the pattern.
    faults: u64,
}

impl Lanes {
    /// Takes a word of text apart by a pattern in which `0` stands for any digit and other bytes for themselves.
    #[inline]
    fn new(word: u64, pattern: [u8; 8]) -> Self {
        let (mut reach, mut mask) = ([0; 8], [0xff; 8]);
        let mut lane = 0;
        while lane < 8 {
            if pattern[lane] == b'0' {
                // A digit's value plus 6 stays below 16, any other value leaves the lane's upper half not empty, by
                // itself or by that sum.
                reach[lane] = 6;
                mask[lane] = 0xf0;
            }
            lane += 1;
        }
        let values = word ^ u64::from_le_bytes(pattern);
        // A sum can carry into the next lane only out of a lane that is at fault by itself.
        let faults = (values | values.wrapping_add(u64::from_le_bytes(reach))) & u64::from_le_bytes(mask);
        Self { values, faults }
    }

    /// The digit in this lane.
    #[inline]
    fn digit(&self, lane: u32) -> u32 {
        (self.values >> (8 * lane)) as u32 & 0xff
    }

    /// The number of two digits that begins in this lane.
    #[inline]
    fn pair(&self, lane: u32) -> u32 {
        10 * self.digit(lane) + self.digit(lane + 1)
    }
}

/// Eight bytes as a little-endian word; zeros, which no pattern matches, where the text is too short.
#[inline]
fn load8(text: &[u8], at: usize) -> u64 {
    text.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
