//! The usual timestamps, eight bytes at a time.
//!
//! Takes `YYYY-MM-DD`, and `YYYY-MM-DDTHH:MM:SS` with no, three or six digits after the point and with or without `Z`.
//! It says nothing about the rest: `None` means that the general parser shall look, whether the text is unusual or
//! wrong. All faults are collected and tested once, so that a good timestamp meets one branch and not twenty. Until
//! then the numbers may be nonsense: no arithmetic here may depend on their range.

use super::Timestamp;
use crate::civil::{days_from_civil, days_in_month, is_leap_year};

/// The timestamp, if the text has one of the usual forms and is right.
#[inline]
pub(super) fn parse(text: &[u8]) -> Option<Timestamp> {
    let local = match text {
        [local @ .., b'Z' | b'z'] if local.len() > 10 => local,
        _ => text,
    };
    match local.len() {
        23 => {
            const TAIL: Pattern = Pattern::new(*b"0:00.000"); // `M:SS.fff`, of which the last three are new
            let tail = TAIL.apply(load8(local, 15));
            let millis = 100 * tail.digit(5) + tail.pair(6);
            date_and_time(local, 1000 * millis, tail.faults)
        }
        19 => date_and_time(local, 0, 0),
        10 => {
            let (days, faults) = date(local);
            finish(days, 0, 0, faults)
        }
        26 => {
            const TAIL: Pattern = Pattern::new(*b"0.000000"); // `S.ffffff`
            let tail = TAIL.apply(load8(local, 18));
            date_and_time(local, 10_000 * tail.pair(2) + 100 * tail.pair(4) + tail.pair(6), tail.faults)
        }
        _ => None,
    }
}

/// The date and time in the first 19 bytes, with the microseconds and faults of what follows them.
#[inline]
fn date_and_time(text: &[u8], micros: u32, faults_behind: u64) -> Option<Timestamp> {
    const TIME: Pattern = Pattern::new(*b"00:00:00");
    // What must be added to an hour, minute or second that is too large to set the highest bit of its lane.
    const REACH: u64 = u64::from_le_bytes([128 - 24, 0, 0, 128 - 60, 0, 0, 128 - 60, 0]);
    const FIELDS: u64 = u64::from_le_bytes([0xff, 0, 0, 0xff, 0, 0, 0xff, 0]);
    const HIGHEST: u64 = u64::from_le_bytes([0x80, 0, 0, 0x80, 0, 0, 0x80, 0]);

    let (days, date_faults) = date(text);
    let separator = text.get(10).copied().unwrap_or(0);
    let separator_fault = u64::from(separator != b' ' && separator | 0x20 != b't');
    let time = TIME.apply(load8(text, 11));
    let too_large = (time.pairs & FIELDS).wrapping_add(REACH) & HIGHEST;
    let seconds = 3600 * time.pair(0) + 60 * time.pair(3) + time.pair(6);
    finish(days, seconds, micros, date_faults | separator_fault | time.faults | too_large | faults_behind)
}

/// The days of the date in the first 10 bytes, and its faults.
#[inline]
fn date(text: &[u8]) -> (i32, u64) {
    const YEAR_FIRST: Pattern = Pattern::new(*b"0000-00-");
    const DAY_LAST: Pattern = Pattern::new(*b"00-00-00");
    // Two overlapping words.
    let (first, second) = (YEAR_FIRST.apply(load8(text, 0)), DAY_LAST.apply(load8(text, 2)));
    let (century, of_century, month, day) = (first.pair(0), first.pair(2), second.pair(3), second.pair(6));
    // A year that ends a century is judged by its century, any other by itself.
    let leap = u32::from(if of_century == 0 { century } else { of_century } % 4 == 0);
    let months = &MONTHS[leap as usize][month as usize % 16];
    // Wrapping turns day 0 into one that is too large as well.
    let no_such_day = u64::from(month > 12) | u64::from(day.wrapping_sub(1) >= u32::from(months.days));

    // Every fourth year before this one was a leap year, but not the centuries, but every fourth of these.
    let year = 100 * century + of_century;
    let centuries_before = century + u32::from(of_century > 0);
    let leap_days_before = year.div_ceil(4) - centuries_before + centuries_before.div_ceil(4);
    let days = 365 * year + leap_days_before + u32::from(months.days_before) + day;
    (days as i32 + BEFORE_YEAR_0, first.faults | second.faults | no_such_day)
}

/// The day before 0000-01-01, as day 0 of January 0000 so to speak.
const BEFORE_YEAR_0: i32 = days_from_civil(0, 1, 1) - 1;

/// A month as it is in common or in leap years.
#[derive(Clone, Copy)]
struct Month {
    days_before: u16,
    days: u16,
}

/// By leap year and month. The months that do not exist have no days.
const MONTHS: [[Month; 16]; 2] = {
    let mut years = [[Month { days_before: 0, days: 0 }; 16]; 2];
    let mut leap = 0;
    while leap < 2 {
        let example = 2023 + leap as i32;
        assert!(is_leap_year(example) == (leap == 1));
        let (mut month, mut days_before) = (1, 0);
        while month <= 12 {
            let days = days_in_month(example, month) as u16;
            years[leap][month as usize] = Month { days_before, days };
            days_before += days;
            month += 1;
        }
        leap += 1;
    }
    years
};

#[inline]
fn finish(days: i32, seconds: u32, micros: u32, faults: u64) -> Option<Timestamp> {
    let seconds = i64::from(days) * 86_400 + i64::from(seconds);
    let timestamp = Timestamp { micros: seconds * 1_000_000 + i64::from(micros), sub_micro_nanos: 0 };
    (faults == 0).then_some(timestamp)
}

/// What eight bytes shall look like: `0` stands for any digit, other bytes for themselves.
struct Pattern {
    bytes: u64,
    /// 6 for digits: a digit's value plus 6 stays below 16, any other value has something in its lane's upper half, by
    /// itself or with that sum.
    reach: u64,
    /// The bits that must be empty in the value and in the sum: the upper half of digits, all of the rest.
    mask: u64,
}

impl Pattern {
    const fn new(bytes: [u8; 8]) -> Self {
        let (mut reach, mut mask) = ([0; 8], [0xff; 8]);
        let mut lane = 0;
        while lane < 8 {
            if bytes[lane] == b'0' {
                reach[lane] = 6;
                mask[lane] = 0xf0;
            }
            lane += 1;
        }
        Self {
            bytes: u64::from_le_bytes(bytes),
            reach: u64::from_le_bytes(reach),
            mask: u64::from_le_bytes(mask),
        }
    }

    /// Takes a word of text apart.
    #[inline]
    fn apply(&self, word: u64) -> Lanes {
        let values = word ^ self.bytes;
        // Sums carry into the next lane only out of one that is at fault by itself.
        let faults = (values | values.wrapping_add(self.reach)) & self.mask;
        Lanes { values, pairs: values.wrapping_mul(10).wrapping_add(values >> 8), faults }
    }
}

/// A word of text taken apart, the first byte in the lowest lane of eight bits.
struct Lanes {
    /// The digits' values.
    values: u64,
    /// The values of the two digits that begin in the lane.
    pairs: u64,
    /// Not 0 when the text differs from the pattern.
    faults: u64,
}

impl Lanes {
    #[inline]
    fn digit(&self, lane: u32) -> u32 {
        (self.values >> (8 * lane)) as u32 & 0xff
    }

    #[inline]
    fn pair(&self, lane: u32) -> u32 {
        (self.pairs >> (8 * lane)) as u32 & 0xff
    }
}

/// Eight bytes as a little-endian word; zeros, which no pattern matches, where the text is too short.
#[inline]
fn load8(text: &[u8], at: usize) -> u64 {
    text.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
