//! Functions of times that people of SQLite and DuckDB type.
//!
//! Their time is a timestamp, a date, or a text that is one. A timestamp with a zone is taken in UTC.

use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, IntervalMonthDayNanoArray, StringBuilder,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Int64Type, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit, TimeUnit,
    TimestampMicrosecondType,
};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;
use sandglass_weekly::{Bucket, Timestamp, WeekRule, civil_from_days, days_from_civil, days_of_micros};

use super::days::{instants_of, per_day};
use super::{constant, is_text, wrong};

const SECOND: i64 = 1_000_000;
pub(super) const DAY: i64 = 86_400 * SECOND;

/// What a function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// A time in a form, the two in any order.
    Format,
    Date,
    DateTime,
    TimeOfDay,
    /// Days since noon of November 24, 4714 BC.
    JulianDay,
    /// Seconds since 1970.
    UnixEpoch,
    /// How many borders of a unit lie between two times.
    Difference,
    /// An interval, so many times.
    Times,
}

pub(super) const TIMES: &str = "interval_times";

pub(super) const FUNCTIONS: [(&str, Part); 9] = [
    ("strftime", Part::Format),
    ("date", Part::Date),
    ("datetime", Part::DateTime),
    ("time", Part::TimeOfDay),
    ("julianday", Part::JulianDay),
    ("unixepoch", Part::UnixEpoch),
    ("date_diff", Part::Difference),
    ("datediff", Part::Difference),
    (TIMES, Part::Times),
];

impl Part {
    pub(super) fn returns(self, _: &[DataType]) -> DataType {
        match self {
            Self::Format | Self::TimeOfDay => DataType::Utf8,
            Self::Date => DataType::Date32,
            Self::DateTime => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::JulianDay => DataType::Float64,
            Self::UnixEpoch | Self::Difference => DataType::Int64,
            Self::Times => DataType::Interval(IntervalUnit::MonthDayNano),
        }
    }
}

/// As which type a time is taken.
pub(super) fn time_type(name: &str, data_type: &DataType) -> Result<DataType> {
    Ok(match data_type {
        DataType::Timestamp(_, None) | DataType::Null => DataType::Timestamp(TimeUnit::Microsecond, None),
        DataType::Timestamp(_, Some(_)) => DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into())),
        DataType::Date32 | DataType::Date64 => DataType::Date32,
        of if is_text(of) => DataType::Utf8,
        _ => {
            return wrong(
                name,
                "a timestamp, a date, or a text that is one; write to_timestamp(x) for seconds since 1970",
            );
        }
    })
}

pub(super) fn coerce(name: &str, part: Part, types: &[DataType]) -> Result<Vec<DataType>> {
    match (part, types) {
        (Part::Format, [one, other]) if is_text(one) => Ok(vec![DataType::Utf8, time_type(name, other)?]),
        (Part::Format, [one, other]) if is_text(other) => Ok(vec![time_type(name, one)?, DataType::Utf8]),
        (Part::Format, _) => wrong(
            name,
            "a time and a form such as '%Y-%m-%d', in any order; for modifiers write x + INTERVAL '1 day'",
        ),
        (Part::Difference, [unit, from, to]) if is_text(unit) => {
            Ok(vec![DataType::Utf8, time_type(name, from)?, time_type(name, to)?])
        }
        (Part::Difference, _) => wrong(name, "a unit such as 'day', and two times"),
        (Part::Times, [DataType::Interval(_), count]) if count.is_integer() => {
            Ok(vec![DataType::Interval(IntervalUnit::MonthDayNano), DataType::Int64])
        }
        (Part::Times, _) => wrong(name, "an interval and a whole number"),
        (_, [time]) => Ok(vec![time_type(name, time)?]),
        _ => wrong(
            name,
            "one time; for modifiers such as '+1 day' write x + INTERVAL '1 day', or date_trunc('month', x)",
        ),
    }
}

/// Instants in microseconds since 1970, of a time that was taken as [`time_type`] says.
pub(super) fn instants(times: &ArrayRef) -> Result<Box<dyn Iterator<Item = Option<i64>> + '_>> {
    if let Some(times) = times.as_primitive_opt::<TimestampMicrosecondType>() {
        return Ok(Box::new(times.iter()));
    }
    if let Some(days) = times.as_primitive_opt::<Date32Type>() {
        return Ok(Box::new(days.iter().map(|day| day.map(|day| i64::from(day) * DAY))));
    }
    if let Some(texts) = times.as_string_opt::<i32>() {
        // What is no time is none, as in SQLite.
        return Ok(Box::new(texts.iter().map(|text| text.and_then(parse))));
    }
    exec_err!("a time is expected, and a {} is there", times.data_type())
}

pub(super) fn parse(text: &str) -> Option<i64> {
    Timestamp::parse(text.trim().as_bytes()).ok().map(|time| time.micros())
}

pub(super) fn invoke(part: Part, args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let array = |at: usize| match args.get(at) {
        Some(value) => value.to_array(rows),
        None => exec_err!("a time is missing"),
    };
    match part {
        Part::Format => format_all(args, rows),
        Part::Difference => difference(args, rows),
        Part::Times => times(args, rows),
        Part::Date => {
            let days = per_day(&array(0)?, i64::from)?;
            Ok(Arc::new(days.unary::<_, Date32Type>(|day| day as i32)))
        }
        Part::DateTime => Ok(Arc::new(instants(&array(0)?)?.collect::<TimestampMicrosecondArray>())),
        Part::TimeOfDay => form_all(&Form::parse("%H:%M:%S")?, &array(0)?),
        Part::JulianDay => {
            let times = array(0)?;
            let days =
                instants(&times)?.map(|time| time.map(|micros| micros as f64 / DAY as f64 + 2_440_587.5));
            Ok(Arc::new(days.collect::<Float64Array>()))
        }
        Part::UnixEpoch => {
            let times = array(0)?;
            let seconds = instants(&times)?.map(|time| time.map(|micros| micros.div_euclid(SECOND)));
            Ok(Arc::new(seconds.collect::<Int64Array>()))
        }
    }
}

fn format_all(args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let [one, other] = args else { return exec_err!("a time and a form are expected") };
    // The form is the one that is the same for all rows and has a percent sign; in SQLite it stands first.
    let is_form = |value: &ColumnarValue| constant(value).is_some_and(|text| text.contains('%'));
    let (form, times) = match (is_form(one), is_form(other)) {
        (true, _) => (one, other),
        (false, true) => (other, one),
        _ if one.data_type() == DataType::Utf8 && other.data_type() != DataType::Utf8 => (one, other),
        _ => (other, one),
    };
    let times = times.to_array(rows)?;
    match form {
        ColumnarValue::Scalar(_) => match constant(form) {
            Some(form) => form_all(&Form::parse(form)?, &times),
            None => Ok(arrow::array::new_null_array(&DataType::Utf8, rows)),
        },
        ColumnarValue::Array(forms) => {
            let mut texts = StringBuilder::new();
            let forms = forms.as_string::<i32>();
            for (form, time) in forms.iter().zip(instants(&times)?) {
                match (form, time) {
                    (Some(form), Some(time)) => texts.append_value(Form::parse(form)?.text(time)),
                    _ => texts.append_null(),
                }
            }
            Ok(Arc::new(texts.finish()))
        }
    }
}

fn form_all(form: &Form, times: &ArrayRef) -> Result<ArrayRef> {
    let mut texts = StringBuilder::with_capacity(times.len(), times.len() * 10);
    let mut text = String::new();
    // Where the time of day does not show, the text is that of the whole day.
    let is_of_days = form.is_of_days();
    let mut same: Option<RangeInclusive<i64>> = None;
    for time in instants(times)? {
        match time {
            Some(time) => {
                if same.as_ref().is_none_or(|same| !same.contains(&time)) {
                    text.clear();
                    form.write(time, &mut text);
                    same = Some(if is_of_days { instants_of(days_of_micros(time)) } else { time..=time });
                }
                texts.append_value(&text);
            }
            None => texts.append_null(),
        }
    }
    Ok(Arc::new(texts.finish()))
}

/// A form of times, as `strftime` of C, Python and DuckDB has it.
struct Form(Vec<Piece>);

enum Piece {
    Text(String),
    Of(char),
    /// The same without zeros or spaces before a number.
    Short(char),
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

impl Form {
    fn parse(text: &str) -> Result<Self> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut plain = String::new();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            if letter != '%' {
                plain.push(letter);
                continue;
            }
            let (of, short) = match letters.next() {
                Some('-') => (letters.next(), true),
                of => (of, false),
            };
            let Some(of) = of else {
                return exec_err!("the form {text:?} ends within a specifier; write %% for a percent sign");
            };
            let whole = match of {
                '%' => {
                    plain.push('%');
                    continue;
                }
                'n' => {
                    plain.push('\n');
                    continue;
                }
                't' => {
                    plain.push('\t');
                    continue;
                }
                'F' => Some("%Y-%m-%d"),
                'T' | 'X' => Some("%H:%M:%S"),
                'R' => Some("%H:%M"),
                'D' | 'x' => Some("%m/%d/%y"),
                'c' => Some("%a %b %e %H:%M:%S %Y"),
                _ => None,
            };
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            match whole {
                Some(whole) => pieces.extend(Self::parse(whole)?.0),
                None if "YyCmdeHIMSfjWUVGgwuaAbBhpPLskZzJgn".contains(of) => {
                    pieces.push(if short { Piece::Short(of) } else { Piece::Of(of) });
                }
                None => {
                    return exec_err!(
                        "the form {text:?} has %{of}, which is not known; %Y %m %d %H %M %S %f %j %W %U %V %G %u %w %a %A %b %B %y %p %I are"
                    );
                }
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self(pieces))
    }

    /// Whether all times of a day look the same in it.
    fn is_of_days(&self) -> bool {
        let of_day = |piece: &Piece| match piece {
            Piece::Text(_) => true,
            Piece::Of(of) | Piece::Short(of) => "YyCmdejWUVGgwuaAbBhZz".contains(*of),
        };
        self.0.iter().all(of_day)
    }

    fn text(&self, micros: i64) -> String {
        let mut text = String::new();
        self.write(micros, &mut text);
        text
    }

    fn write(&self, micros: i64, out: &mut String) {
        let days = days_of_micros(micros);
        let date = civil_from_days(days);
        let of_day = micros.rem_euclid(DAY);
        let seconds = of_day / SECOND;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let weekday = (i64::from(days) + 4).rem_euclid(7);
        for piece in &self.0 {
            let (of, short) = match piece {
                Piece::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Piece::Of(of) => (*of, false),
                Piece::Short(of) => (*of, true),
            };
            let week = |rule| i64::from(Bucket::of_days(days, rule).week);
            let iso_year = || i64::from(Bucket::of_days(days, WeekRule::Iso).year);
            let year = i64::from(date.year);
            let month = MONTHS.get(usize::from(date.month).wrapping_sub(1)).copied().unwrap_or_default();
            let day_name = WEEKDAYS.get(weekday as usize).copied().unwrap_or_default();
            let hour_12 = if hour % 12 == 0 { 12 } else { hour % 12 };
            let (number, width) = match of {
                'Y' => (year, 4),
                'y' => (year.rem_euclid(100), 2),
                'C' => (year.div_euclid(100), 2),
                'm' => (i64::from(date.month), 2),
                'd' => (i64::from(date.day), 2),
                'e' => {
                    let day = date.day;
                    let _ = if short { write!(out, "{day}") } else { write!(out, "{day:>2}") };
                    continue;
                }
                'H' => (hour, 2),
                'k' => {
                    let _ = write!(out, "{hour:>2}");
                    continue;
                }
                'I' => (hour_12, 2),
                'M' => (minute, 2),
                'S' => (second, 2),
                'f' => (of_day % SECOND, 6),
                'L' => (of_day % SECOND / 1000, 3),
                'j' => (i64::from(days - days_from_civil(date.year, 1, 1)) + 1, 3),
                'W' => (week(WeekRule::Monday), 2),
                'U' => (week(WeekRule::Sunday), 2),
                'V' => (week(WeekRule::Iso), 2),
                'G' => (iso_year(), 4),
                'g' => (iso_year().rem_euclid(100), 2),
                'w' => (weekday, 1),
                'u' => (if weekday == 0 { 7 } else { weekday }, 1),
                's' => (micros.div_euclid(SECOND), 1),
                'J' => {
                    let _ = write!(out, "{}", micros as f64 / DAY as f64 + 2_440_587.5);
                    continue;
                }
                other => {
                    out.push_str(match other {
                        'A' => day_name,
                        'a' => day_name.get(..3).unwrap_or_default(),
                        'B' => month,
                        'b' | 'h' => month.get(..3).unwrap_or_default(),
                        'p' if hour < 12 => "AM",
                        'p' => "PM",
                        'P' if hour < 12 => "am",
                        'P' => "pm",
                        'Z' => "UTC",
                        'z' => "+0000",
                        _ => "",
                    });
                    continue;
                }
            };
            let width = if short { 1 } else { width };
            // Writing to a string does not fail.
            let _ = write!(out, "{number:0width$}");
        }
    }
}

fn times(args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let [interval, count] = args else { return exec_err!("an interval and a number are expected") };
    let (intervals, counts) = (interval.to_array(rows)?, count.to_array(rows)?);
    let intervals = intervals.as_primitive::<IntervalMonthDayNanoType>();
    let of = |(interval, count): (Option<IntervalMonthDayNano>, Option<i64>)| {
        let (Some(interval), Some(count)) = (interval, count) else { return Ok(None) };
        let narrow =
            |value: i32| i64::from(value).checked_mul(count).and_then(|value| i32::try_from(value).ok());
        let (months, days) = (narrow(interval.months), narrow(interval.days));
        match (months, days, interval.nanoseconds.checked_mul(count)) {
            (Some(months), Some(days), Some(nanos)) => {
                Ok(Some(IntervalMonthDayNano::new(months, days, nanos)))
            }
            _ => exec_err!("an interval became too long"),
        }
    };
    let all = intervals.iter().zip(counts.as_primitive::<Int64Type>().iter()).map(of);
    Ok(Arc::new(all.collect::<Result<IntervalMonthDayNanoArray>>()?))
}

/// How many borders of a unit lie between two times, as in DuckDB.
fn difference(args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let [unit, from, to] = args else { return exec_err!("a unit and two times are expected") };
    let Some(unit) = constant(unit) else { return exec_err!("the unit is one for all rows, such as 'day'") };
    let unit = unit.to_lowercase();
    let unit = unit.strip_suffix('s').filter(|rest| !rest.is_empty()).unwrap_or(&unit);
    let of: Box<dyn Fn(i64) -> i64> = match unit {
        "microsecond" => Box::new(|micros| micros),
        "millisecond" => Box::new(|micros| micros.div_euclid(1000)),
        "second" => Box::new(|micros| micros.div_euclid(SECOND)),
        "minute" => Box::new(|micros| micros.div_euclid(60 * SECOND)),
        "hour" => Box::new(|micros| micros.div_euclid(3600 * SECOND)),
        "day" => Box::new(|micros| i64::from(days_of_micros(micros))),
        // Weeks of Monday.
        "week" => Box::new(|micros| (i64::from(days_of_micros(micros)) + 3).div_euclid(7)),
        "month" => Box::new(months),
        "quarter" => Box::new(|micros| months(micros).div_euclid(3)),
        "year" => Box::new(|micros| months(micros).div_euclid(12)),
        "decade" => Box::new(|micros| months(micros).div_euclid(120)),
        _ => {
            return exec_err!(
                "there is no unit {unit:?}; there are year, quarter, month, week, day, hour, minute, second, millisecond"
            );
        }
    };
    let (from, to) = (from.to_array(rows)?, to.to_array(rows)?);
    let both = instants(&from)?.zip(instants(&to)?);
    let differences = both.map(|(from, to)| Some(of(to?) - of(from?)));
    Ok(Arc::new(differences.collect::<Int64Array>()))
}

fn months(micros: i64) -> i64 {
    let date = civil_from_days(days_of_micros(micros));
    i64::from(date.year) * 12 + i64::from(date.month) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_as_in_python() {
        // 2021-09-04 06:05:09.012345, a Saturday; from Python's strftime.
        let micros = 1_630_735_509_012_345;
        for (form, text) in [
            ("%Y-%m-%d %H:%M:%S.%f", "2021-09-04 06:05:09.012345"),
            ("%j %W %U %V %G %u %w", "247 35 35 35 2021 6 6"),
            ("%a %A %b %B %y %I %p %%", "Sat Saturday Sep September 21 06 AM %"),
            ("%-d/%-m %e|%F %T %R %D", "4/9  4|2021-09-04 06:05:09 06:05 09/04/21"),
            ("Woche %W", "Woche 35"),
        ] {
            assert_eq!(Form::parse(form).unwrap().text(micros), text, "{form}");
        }
        // Sunday, January 2, 2022: week 0 of %W, week 1 of %U, week 52 of 2021 by ISO.
        assert_eq!(Form::parse("%Y %W %U %G %V").unwrap().text(1_641_081_600_000_000), "2022 00 01 2021 52");
        assert!(Form::parse("%Q").is_err() && Form::parse("%").is_err());
    }

    #[test]
    fn all_rows_are_as_each_alone() {
        let times =
            vec![0, DAY - 1, DAY, DAY + 3_600_000_000, 5 * DAY, 5 * DAY, -1, -DAY, i64::MIN, i64::MAX, 0];
        let array: ArrayRef = Arc::new(TimestampMicrosecondArray::from(times.clone()));
        for form in ["%Y-%W", "%d.%m. %H", "%s", "%G %j %A", "", "week"] {
            let form = Form::parse(form).unwrap();
            let texts = form_all(&form, &array).unwrap();
            let alone: Vec<String> = times.iter().map(|&time| form.text(time)).collect();
            assert_eq!(texts.as_string::<i32>().iter().flatten().collect::<Vec<_>>(), alone);
        }
    }
}
