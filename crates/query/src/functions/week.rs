//! `week_number`, `week_year` and `week_start`, under the rules of `sandglass_weekly`.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, Date32Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;
use sandglass_weekly::{Bucket, WeekRule, week_start};

use super::days::per_day;
use super::time::time_type;
use super::{constant, is_text, wrong};

/// What is wanted of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Number,
    Year,
    Start,
}

pub(super) const FUNCTIONS: [(&str, Part); 3] =
    [("week_number", Part::Number), ("week_year", Part::Year), ("week_start", Part::Start)];

impl Part {
    pub(super) fn returns(self) -> DataType {
        match self {
            Self::Number | Self::Year => DataType::Int64,
            Self::Start => DataType::Date32,
        }
    }
}

pub(super) fn coerce(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    match types {
        [time] => Ok(vec![time_type(name, time)?]),
        [time, rule] if is_text(rule) => Ok(vec![time_type(name, time)?, DataType::Utf8]),
        _ => wrong(name, "a timestamp or a date, and perhaps 'monday', 'sunday' or 'iso'"),
    }
}

pub(super) fn invoke(part: Part, args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let rule = match args.get(1) {
        None => WeekRule::default(),
        Some(rule) => match constant(rule).map(str::parse) {
            Some(Ok(rule)) => rule,
            Some(Err(error)) => return exec_err!("{error}"),
            None => return exec_err!("the rule of weeks is one for all rows: 'monday', 'sunday' or 'iso'"),
        },
    };
    let Some(time) = args.first() else { return exec_err!("a time is missing") };
    let times = time.to_array(rows)?;
    let values = per_day(&times, |days| match part {
        Part::Number => i64::from(Bucket::of_days(days, rule).week),
        Part::Year => i64::from(Bucket::of_days(days, rule).year),
        Part::Start => i64::from(week_start(days, rule)),
    })?;
    Ok(match part {
        Part::Number | Part::Year => Arc::new(values),
        Part::Start => Arc::new(values.unary_opt::<_, Date32Type>(|days| i32::try_from(days).ok())),
    })
}
