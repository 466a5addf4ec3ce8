//! The weeks of any table that has a time: how many rows each has, and which are outliers.

use std::io::Write;

use anyhow::{Context, Result, bail};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use sandglass_weekly::{DayCounts, Threshold, WeekRule, outliers};

use crate::print::{self, Format, thousands};

/// The rows per day of a column, and how many have no time there.
///
/// # Errors
/// When there is no such column, or it has no times.
pub(crate) fn days(batches: &[RecordBatch], column: &str) -> Result<(DayCounts, u64)> {
    let mut days = DayCounts::default();
    let mut nulls = 0;
    for batch in batches {
        let values = batch.column_by_name(column).with_context(|| format!("there is no column {column}"))?;
        match values.data_type() {
            DataType::Null => nulls += values.len() as u64,
            DataType::Date32 => {
                nulls += values.null_count() as u64;
                values.as_primitive::<Date32Type>().iter().flatten().for_each(|day| days.add(day));
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                nulls += values.null_count() as u64;
                days.add_all_micros(values.as_primitive::<TimestampMicrosecondType>().iter().flatten());
            }
            other => bail!(
                "{column} is {}, not a date and not a timestamp; if its values are times, say so with \
                 --type {column}=timestamp",
                crate::rows::type_name(other)
            ),
        }
    }
    Ok((days, nulls))
}

/// Writes the weeks of a column, and then those that are outliers.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write(
    out: &mut impl Write,
    column: &str,
    (days, nulls): &(DayCounts, u64),
    rule: WeekRule,
    threshold: Threshold,
) -> Result<()> {
    let weeks = days.weeks(rule);
    let outliers: Vec<_> = outliers(&weeks, threshold).collect();
    let without = match nulls {
        0 => String::new(),
        nulls => format!("; {} rows without a value are in none", thousands(*nulls)),
    };
    writeln!(out, "  {} weeks of {}{without}", thousands(weeks.len() as u64), print::line(column))?;
    print::weeks(out, weeks.iter(), Format::Table, "RowCount")?;
    writeln!(out, "  {} outlier weeks", thousands(outliers.len() as u64))?;
    print::weeks(out, outliers.into_iter(), Format::Table, "RowCount")?;
    Ok(())
}
