//! Timestamps, week buckets, counts per week and the outlier test: the arithmetic that the whole project rests on.
//!
//! Everything here is pure, exact and free of dependencies, so that it runs the same natively and as wasm. It knows
//! nothing of files, tables or columns, and it must not use floating point to decide anything.
//!
//! | module | what is in it |
//! | --- | --- |
//! | `civil` | days since 1970-01-01 to dates of the calendar and back |
//! | `timestamp` | text to an instant in microseconds, and back |
//! | `bucket` | which week of which year a day belongs to, under a rule |
//! | `counts` | rows per day, and from these the weeks under any rule |
//! | `outlier` | the threshold and the test, in whole numbers |
//!
//! ```
//! use sandglass_weekly::{DayCounts, Threshold, Timestamp, WeekRule, outliers};
//!
//! let mut days = DayCounts::default();
//! for text in ["2022-01-02T00:00:00.000", "2022-01-09T08:30:00.000", "2022-01-09T23:00:00-02:00"] {
//!     days.add(Timestamp::parse(text.as_bytes())?.days());
//! }
//! let weeks = days.weeks(WeekRule::Monday);
//! // The 2nd is in week 0, the 9th in week 1; the last one is 01:00 of Monday the 10th in UTC, so in week 2.
//! assert_eq!(weeks.iter().map(|week| (week.bucket.week, week.count)).collect::<Vec<_>>(), [(0, 1), (1, 1), (2, 1)]);
//! assert_eq!(outliers(&weeks, Threshold::default()).count(), 0);
//! # Ok::<(), sandglass_weekly::TimestampError>(())
//! ```

#![forbid(unsafe_code)]

mod bucket;
mod civil;
mod counts;
mod outlier;
mod timestamp;

pub use bucket::{Bucket, WeekRule, WeekRuleError, week_start};
pub use civil::{Date, civil_from_days, days_from_civil, days_in_month, is_leap_year};
pub use counts::{DayCounts, WeekCount};
pub use outlier::{Outliers, Threshold, ThresholdError, is_outlier, outliers};
pub use timestamp::{Timestamp, TimestampError, days_of_micros, format_micros};
