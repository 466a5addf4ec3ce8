//! Rows per day, and from these the rows per week under any rule.
//!
//! Days are the one aggregate that is kept: a bucket is a whole number of days under every rule, so changing the rule
//! or the threshold never reads the rows again. Nothing is decided here; see the outlier test for that.

use std::fmt;

use crate::bucket::span;
use crate::timestamp::{MICROS_PER_DAY, days_of_micros};
use crate::{Bucket, WeekRule};

/// The days of one page, as a power of two: 4096 days are about eleven years, so that most data sets have one or two.
const PAGE_BITS: u32 = 12;
const PAGE_DAYS: usize = 1 << PAGE_BITS;

/// How many rows each day has.
///
/// The counts lie in pages of 4096 days (32 KiB), of which only those exist that have rows: two rows at both ends of
/// the calendar cost two pages, rows on every day of the years 0000 to 9999 cost 28 MiB.
#[derive(Clone, Default)]
pub struct DayCounts {
    /// Ascending by number; each one has at least one row.
    pages: Vec<Page>,
    /// Index of the page that was used last, which nearly always is the next one too.
    last: usize,
    total: u64,
}

#[derive(Clone, PartialEq, Eq)]
struct Page {
    /// The page has the days `number * 4096 .. (number + 1) * 4096`.
    number: i32,
    counts: Box<[u64; PAGE_DAYS]>,
}

/// The rows of one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WeekCount {
    /// Year and week.
    pub bucket: Bucket,
    /// The first day that belongs to the bucket (days since 1970-01-01), whether or not it has rows.
    pub first_day: i32,
    /// The last day that belongs to the bucket, itself included: a `%W` week 0 may be a single day.
    pub last_day: i32,
    /// How many rows its days have, at least 1.
    pub count: u64,
}

impl DayCounts {
    /// Counts one row on this day (days since 1970-01-01).
    pub fn add(&mut self, days: i32) {
        self.add_rows(days, 1);
    }

    /// Counts one row for each instant (microseconds since 1970-01-01T00:00:00Z).
    pub fn add_all_micros(&mut self, micros: impl Iterator<Item = i64>) {
        // Neighbours tend to share a day. While they do, one subtraction and one comparison is all there is to do.
        let (mut days, mut begin, mut rows) = (0, 0_i64, 0_u64);
        for micros in micros {
            // Wrapping is right: differences are exact modulo 2^64, and the first day of all begins before `i64` does.
            if (micros.wrapping_sub(begin) as u64) < MICROS_PER_DAY as u64 {
                rows += 1;
            } else {
                self.add_rows(days, rows);
                days = days_of_micros(micros);
                begin = i64::from(days).wrapping_mul(MICROS_PER_DAY);
                rows = 1;
            }
        }
        self.add_rows(days, rows);
    }

    /// Adds all rows of another count to this one.
    pub fn merge(&mut self, other: &Self) {
        for (days, rows) in other.iter() {
            self.add_rows(days, rows);
        }
    }

    /// How many rows there are on all days together.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The days that have rows, ascending, each with how many.
    pub fn iter(&self) -> impl Iterator<Item = (i32, u64)> {
        self.pages.iter().flat_map(|page| {
            let first = page.number << PAGE_BITS;
            // The last page of all ends with the last `i32`, so an open range would step beyond it.
            let days = (0..PAGE_DAYS as i32).map(move |day| first + day);
            days.zip(page.counts.iter().copied()).filter(|&(_, rows)| rows > 0)
        })
    }

    /// The weeks that have rows, ascending.
    pub fn weeks(&self, rule: WeekRule) -> Vec<WeekCount> {
        let mut weeks: Vec<WeekCount> = Vec::new();
        for (days, rows) in self.iter() {
            match weeks.last_mut() {
                Some(week) if days <= week.last_day => week.count += rows,
                _ => {
                    let (first_day, last_day) = span(days, rule);
                    weeks.push(WeekCount {
                        bucket: Bucket::of_days(days, rule),
                        first_day,
                        last_day,
                        count: rows,
                    });
                }
            }
        }
        weeks
    }

    /// Counts so many rows on this day.
    #[inline]
    pub fn add_rows(&mut self, days: i32, rows: u64) {
        // A page without rows must not come to be: equality compares pages.
        if rows == 0 {
            return;
        }
        let number = days >> PAGE_BITS;
        if self.pages.get(self.last).is_none_or(|page| page.number != number) {
            self.turn_to(number);
        }
        self.pages[self.last].counts[days as usize % PAGE_DAYS] += rows;
        self.total += rows;
    }

    /// Makes the page the last one used, and makes the page if there is none.
    #[cold]
    fn turn_to(&mut self, number: i32) {
        self.last = self.pages.binary_search_by_key(&number, |page| page.number).unwrap_or_else(|place| {
            self.pages.insert(place, Page { number, counts: Box::new([0; PAGE_DAYS]) });
            place
        });
    }
}

/// Equal when every day has the same rows, whatever the order in which they were added.
impl PartialEq for DayCounts {
    fn eq(&self, other: &Self) -> bool {
        self.total == other.total && self.pages == other.pages
    }
}

impl Eq for DayCounts {}

/// Only the days that have rows.
impl fmt::Debug for DayCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
