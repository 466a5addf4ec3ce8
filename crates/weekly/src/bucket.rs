//! Which week of which year a day belongs to, under one of three rules.
//!
//! The rules differ only in where a week begins and in what happens to the week that contains New Year: `monday` and
//! `sunday` cut it in two, `iso` gives it whole to the year that has most of it. Times of day play no part here.

use std::fmt;
use std::str::FromStr;

use crate::civil::{civil_from_wide_days, clamp, days_from_civil};

/// How days are cut into weeks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum WeekRule {
    /// strftime's `%Y` and `%W`: weeks begin on Monday, the days before the year's first Monday are week 0.
    #[default]
    Monday,
    /// strftime's `%Y` and `%U`: weeks begin on Sunday, the days before the year's first Sunday are week 0.
    Sunday,
    /// strftime's `%G` and `%V`: ISO 8601 weeks of its own years, whose week 1 has the year's first Thursday.
    Iso,
}

impl WeekRule {
    /// All rules, the default first.
    pub const ALL: [Self; 3] = [Self::Monday, Self::Sunday, Self::Iso];

    /// The rule's name as users write it: `monday`, `sunday` or `iso`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Sunday => "sunday",
            Self::Iso => "iso",
        }
    }

    /// How many days before `days` its week began, 0 to 6.
    const fn days_into_week(self, days: i64) -> i64 {
        // Day 0 was a Thursday.
        let since_begin = match self {
            Self::Monday | Self::Iso => days + 3,
            Self::Sunday => days + 4,
        };
        since_begin.rem_euclid(7)
    }
}

impl fmt::Display for WeekRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for WeekRule {
    type Err = WeekRuleError;

    fn from_str(text: &str) -> Result<Self, WeekRuleError> {
        let named = Self::ALL.into_iter().find(|rule| rule.name().eq_ignore_ascii_case(text));
        named.ok_or_else(|| WeekRuleError { given: text.into() })
    }
}

/// A text that names no [`WeekRule`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeekRuleError {
    given: String,
}

impl fmt::Display for WeekRuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no bucket rule {:?}; use monday, sunday or iso", self.given)
    }
}

impl std::error::Error for WeekRuleError {}

/// A week of a year. Ordered by time, as long as both sides come from the same rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket {
    /// The calendar year, or under [`WeekRule::Iso`] the ISO year.
    pub year: i32,
    /// 0 to 53; under [`WeekRule::Iso`] 1 to 53.
    pub week: u8,
}

impl Bucket {
    /// The bucket of the day that lies `days` after 1970-01-01.
    pub fn of_days(days: i32, rule: WeekRule) -> Self {
        let days = i64::from(days);
        let into_week = rule.days_into_week(days);
        match rule {
            WeekRule::Monday | WeekRule::Sunday => {
                let (year, day_of_year) = year_and_day(days);
                // Counts the first days of weeks from January 1 to this day, both included.
                Self { year, week: ((day_of_year + 7 - into_week) / 7) as u8 }
            }
            WeekRule::Iso => {
                let thursday = days - into_week + 3;
                let (year, day_of_year) = year_and_day(thursday);
                Self { year, week: (day_of_year / 7 + 1) as u8 }
            }
        }
    }
}

/// The first day of the bucket that has `days` in it, both in days since 1970-01-01. Under `monday` and `sunday` that is January 1
/// where New Year cuts a week, so that no two buckets begin on the same day.
pub fn week_start(days: i32, rule: WeekRule) -> i32 {
    span(days, rule).0
}

/// The first and the last day of the bucket that has `days` in it: 1 to 7 days under `monday` and `sunday`, where New
/// Year cuts weeks, always 7 under `iso` (fewer only where `i32` ends).
pub(crate) fn span(days: i32, rule: WeekRule) -> (i32, i32) {
    let wide = i64::from(days);
    let first = wide - rule.days_into_week(wide);
    let (first, last) = (clamp(first), clamp(first + 6));
    match rule {
        WeekRule::Iso => (first, last),
        WeekRule::Monday | WeekRule::Sunday => {
            let year = civil_from_wide_days(wide).year;
            (first.max(days_from_civil(year, 1, 1)), last.min(days_from_civil(year, 12, 31)))
        }
    }
}

/// The calendar year of a day, and how many days of it lie before.
fn year_and_day(days: i64) -> (i32, i64) {
    let date = civil_from_wide_days(days);
    let before_month = match date.month {
        1 => 0,
        2 => 31,
        // Months from March on follow each other in the pattern 31 30 31 30 31, which is 153 days.
        month => 59 + i64::from(crate::is_leap_year(date.year)) + (153 * i64::from(month) - 457) / 5,
    };
    (date.year, before_month + i64::from(date.day) - 1)
}
