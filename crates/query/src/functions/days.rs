//! What is the same for all times of a day: worked out once for those of one day that follow each other, as they mostly do.

use std::ops::RangeInclusive;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{Date32Type, TimestampMicrosecondType};
use datafusion::common::{Result, exec_err};
use sandglass_weekly::days_of_micros;

use super::time::{DAY, parse};

/// The instants of a day since 1970. Both ends of what can be told are within a day.
pub(super) fn instants_of(days: i32) -> RangeInclusive<i64> {
    let first = i64::from(days).saturating_mul(DAY);
    let last = (i64::from(days) + 1).saturating_mul(DAY).saturating_sub(1);
    first..=if days == days_of_micros(i64::MAX) { i64::MAX } else { last }
}

/// What was worked out last, and for which times.
struct Last {
    day: RangeInclusive<i64>,
    value: i64,
}

impl Last {
    /// The value of an instant, which is the last one if it is of the same day.
    fn of(&mut self, micros: i64, of: &mut impl FnMut(i32) -> i64) -> i64 {
        if !self.day.contains(&micros) {
            let days = days_of_micros(micros);
            *self = Self { day: instants_of(days), value: of(days) };
        }
        self.value
    }
}

/// A number for each of these times, which were taken as [`time_type`](super::time::time_type) says, of its day since 1970. What
/// stands behind a null is looked at as well.
pub(super) fn per_day(times: &ArrayRef, mut of: impl FnMut(i32) -> i64) -> Result<Int64Array> {
    let mut last = Last { day: instants_of(0), value: of(0) };
    if let Some(times) = times.as_primitive_opt::<TimestampMicrosecondType>() {
        let values: Vec<i64> = times.values().iter().map(|&micros| last.of(micros, &mut of)).collect();
        return Ok(Int64Array::new(values.into(), times.nulls().cloned()));
    }
    if let Some(days) = times.as_primitive_opt::<Date32Type>() {
        let (mut before, mut value) = (0, last.value);
        let step = |&day: &i32| {
            if day != before {
                (before, value) = (day, of(day));
            }
            value
        };
        let values: Vec<i64> = days.values().iter().map(step).collect();
        return Ok(Int64Array::new(values.into(), days.nulls().cloned()));
    }
    if let Some(texts) = times.as_string_opt::<i32>() {
        // What is no time is none, as in SQLite.
        let value = |text: Option<&str>| Some(last.of(parse(text?)?, &mut of));
        return Ok(texts.iter().map(value).collect());
    }
    exec_err!("a time is expected, and a {} is there", times.data_type())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, StringArray, TimestampMicrosecondArray};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn days_are_those_of_each_time_alone(times in prop::collection::vec(prop_oneof![
            any::<i64>(), Just(i64::MIN), Just(i64::MAX), -2 * DAY..3 * DAY
        ], 0..40)) {
            let expected: Vec<i64> = times.iter().map(|&micros| i64::from(days_of_micros(micros))).collect();
            let array: ArrayRef = Arc::new(TimestampMicrosecondArray::from(times));
            prop_assert_eq!(per_day(&array, i64::from).unwrap().values().to_vec(), expected);
        }

        #[test]
        fn dates_are_days(days in prop::collection::vec(any::<i32>(), 0..40)) {
            let expected: Vec<i64> = days.iter().copied().map(i64::from).collect();
            let array: ArrayRef = Arc::new(Date32Array::from(days));
            prop_assert_eq!(per_day(&array, i64::from).unwrap().values().to_vec(), expected);
        }
    }

    #[test]
    fn nulls_stay_and_a_text_that_is_no_time_is_one() {
        let array: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![Some(DAY), None]));
        assert_eq!(per_day(&array, i64::from).unwrap(), Int64Array::from(vec![Some(1), None]));
        let array: ArrayRef = Arc::new(StringArray::from(vec![Some("1970-01-03"), Some("never"), None]));
        assert_eq!(per_day(&array, i64::from).unwrap(), Int64Array::from(vec![Some(2), None, None]));
    }
}
