//! Days since 1970-01-01 to dates of the proleptic Gregorian calendar and back.
//!
//! Only whole days: no time of day, no zones. The arithmetic follows Neri and Schneider, "Euclidean affine functions
//! and their application to calendar algorithms" (Software: Practice and Experience, 2023): years begin in March, so
//! that the leap day is the last of its year, and months and centuries are then linear functions with one division.

use std::fmt;

/// Whole cycles of 400 years that are added so that every `i32` day becomes a positive number, with room for a week.
const CYCLES: i64 = 14_700;
/// Days in 400 years.
const DAYS_PER_CYCLE: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;

/// A day of the proleptic Gregorian calendar.
///
/// [`civil_from_days`] makes only days that exist; nothing checks one that is put together by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// The astronomical year: 0 is the year before the year 1.
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

/// `YYYY-MM-DD`; years that four digits cannot hold get a sign, as ISO 8601 has it: `-0044-03-15`, `+10000-01-01`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.year {
            ..0 => "-",
            0..=9999 => "",
            _ => "+",
        };
        write!(f, "{sign}{:04}-{:02}-{:02}", self.year.unsigned_abs(), self.month, self.day)
    }
}

/// Whether the year has a February 29.
pub const fn is_leap_year(year: i32) -> bool {
    // Among the multiples of 100 (told by 25 here, 4 being tested anyway) those of 400 are those of 16.
    year & (if year % 25 == 0 { 15 } else { 3 }) == 0
}

/// How many days the month has. `month` is 1 to 12; for any other the answer means nothing.
pub const fn days_in_month(year: i32, month: u8) -> u8 {
    if month == 2 {
        28 + is_leap_year(year) as u8
    } else {
        // 31 in the odd months up to July and in the even ones from August on.
        30 | (month ^ (month >> 3))
    }
}

/// Days from 1970-01-01 to this date, negative before it.
///
/// The date must exist (see [`days_in_month`]). Dates more than 2^31 days away give the nearest `i32`.
pub const fn days_from_civil(year: i32, month: u8, day: u8) -> i32 {
    let january_or_february = month <= 2;
    let year = year as i64 + 400 * CYCLES - january_or_february as i64;
    let month = if january_or_february { month as i64 + 12 } else { month as i64 };
    let century = year.div_euclid(100);
    let days_before_year = (1461 * year).div_euclid(4) - century + century.div_euclid(4);
    let days_before_month = (979 * month - 2919) / 32;
    let days = days_before_year + days_before_month + day as i64 - 1 - EPOCH - DAYS_PER_CYCLE * CYCLES;
    clamp(days)
}

/// The date that lies `days` after 1970-01-01 (before it when negative). Every `i32` has one.
pub const fn civil_from_days(days: i32) -> Date {
    civil_from_wide_days(days as i64)
}

/// [`civil_from_days`] for any `i32` and a week on both sides of them, so that callers may step to a day nearby.
pub(crate) const fn civil_from_wide_days(days: i64) -> Date {
    let shifted = (days + EPOCH + DAYS_PER_CYCLE * CYCLES) as u64;
    let in_centuries = 4 * shifted + 3;
    let century = in_centuries / 146_097;
    let in_years = (in_centuries % 146_097) as u32 | 3;
    let year_of_century = in_years / 1461;
    let day_of_year = in_years % 1461 / 4; // from March 1, which is 0
    let in_months = 2141 * day_of_year + 197_913;
    let (month, day) = (in_months >> 16, (in_months & 0xffff) / 2141);
    let january_or_february = day_of_year >= 306;
    let year = 100 * century as i64 + year_of_century as i64 - 400 * CYCLES + january_or_february as i64;
    let month = if january_or_february { month - 12 } else { month };
    Date { year: year as i32, month: month as u8, day: day as u8 + 1 }
}

/// The nearest day number that fits.
pub(crate) const fn clamp(days: i64) -> i32 {
    if days > i32::MAX as i64 {
        i32::MAX
    } else if days < i32::MIN as i64 {
        i32::MIN
    } else {
        days as i32
    }
}
