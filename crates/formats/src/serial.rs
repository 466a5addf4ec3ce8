//! Serial numbers of workbooks: days since an epoch, with the time of day behind the point.

use calamine::{ExcelDateTime, ExcelDateTimeType};

/// What a serial number stands for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Serial {
    /// Days since 1970.
    Date(i32),
    /// Microseconds since 1970.
    Timestamp(i64),
    /// A time of day, or how long something took, as `12:30:00`.
    Time(String),
    /// A day that there never was, or one too far away: the number itself.
    Number(f64),
}

/// Days from the epoch of 1900 to 1970. Serial number 60 is 1900-02-29, which there never was: from 61 on days are counted
/// from 1899-12-30.
const FROM_1900: i64 = 25_569;
/// The same for the epoch of 1904.
const FROM_1904: i64 = 24_107;
/// 9999-12-31.
const LAST: f64 = 2_958_466.0;
const DAY_MILLIS: f64 = 86_400_000.0;

impl Serial {
    pub(crate) fn of(cell: &ExcelDateTime) -> Self {
        // The epoch cannot be asked for, but compared.
        let is_1904 = ExcelDateTime::new(cell.as_f64(), ExcelDateTimeType::DateTime, true) == *cell;
        Self::read(cell.as_f64(), cell.is_duration(), is_1904)
    }

    fn read(value: f64, duration: bool, is_1904: bool) -> Self {
        if !value.is_finite() || value.abs() >= LAST {
            return Self::Number(value);
        }
        // Programs keep milliseconds at best, and what is below is the rounding of the float.
        let millis = (value * DAY_MILLIS).round() as i64;
        if duration || (i64::from(is_1904)..DAY_MILLIS as i64).contains(&millis) {
            return Self::Time(clock(millis));
        }
        let (days, of_day) = (millis.div_euclid(DAY_MILLIS as i64), millis.rem_euclid(DAY_MILLIS as i64));
        let since_1970 = match (is_1904, days) {
            (_, ..=-1) | (false, 0 | 60) => return Self::Number(value),
            (true, days) => days - FROM_1904,
            (false, 1..60) => days + 1 - FROM_1900,
            (false, days) => days - FROM_1900,
        };
        match of_day {
            0 => Self::Date(since_1970 as i32),
            of_day => Self::Timestamp((since_1970 * DAY_MILLIS as i64 + of_day) * 1000),
        }
    }
}

/// Milliseconds as hours, minutes and seconds.
fn clock(millis: i64) -> String {
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    let (seconds, millis) = (millis / 1000, millis % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = if millis == 0 { String::new() } else { format!(".{millis:03}") };
    format!("{sign}{hours:02}:{minutes:02}:{seconds:02}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType::DateTime;

    #[test]
    fn serial_numbers_are_days_times_or_both() {
        const DAY: i64 = 86_400_000_000;
        for (value, expected) in [
            (1.0, Serial::Date(-25_567)),
            (59.0, Serial::Date(-25_509)),
            (60.0, Serial::Number(60.0)),
            (61.0, Serial::Date(-25_508)),
            (25_569.0, Serial::Date(0)),
            (25_569.5, Serial::Timestamp(DAY / 2)),
            (44_444.999_999_999_99, Serial::Date(18_876)),
            (0.25, Serial::Time("06:00:00".to_owned())),
            (-3.0, Serial::Number(-3.0)),
            (2_958_465.0, Serial::Date(2_932_896)),
            (2_958_466.0, Serial::Number(2_958_466.0)),
        ] {
            assert_eq!(Serial::of(&ExcelDateTime::new(value, DateTime, false)), expected, "{value}");
        }
        assert_eq!(Serial::read(1.5, true, false), Serial::Time("36:00:00".to_owned()));
        assert_eq!(Serial::of(&ExcelDateTime::new(24_107.0, DateTime, true)), Serial::Date(0));
        assert_eq!(Serial::of(&ExcelDateTime::new(0.0, DateTime, true)), Serial::Date(-24_107));
    }

    #[test]
    fn days_are_those_that_calamine_finds() {
        for value in (61..2_958_000).step_by(997) {
            let cell = ExcelDateTime::new(f64::from(value), DateTime, false);
            let (year, month, day, ..) = cell.to_ymd_hms_milli();
            let Serial::Date(days) = Serial::of(&cell) else { panic!("{value}") };
            let mut text = String::new();
            let date = arrow_array::types::Date32Type::to_naive_date_opt(days).unwrap().to_string();
            text.push_str(&date);
            assert_eq!(text, format!("{year:04}-{month:02}-{day:02}"));
        }
    }
}
