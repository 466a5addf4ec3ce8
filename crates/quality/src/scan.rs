//! Rows against checks.

use std::collections::HashSet;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use sandglass_warehouse::{KeySet, cell};

use crate::history::{Shares, Weeks};
use crate::sql;
use crate::{Check, Expect, Severity, Value};

/// Rows that are shown of those for which a check does not hold.
const EXAMPLES: usize = 5;
/// Microseconds of a day.
pub(crate) const DAY: i64 = 86_400_000_000;

/// What came of a check.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What was expected, as text.
    pub check: String,
    /// Why, if it is said.
    pub why: Option<String>,
    /// How bad it is if it does not hold.
    pub severity: Severity,
    /// Whether it holds.
    pub state: State,
    /// For how many rows, or whatever `of` counts, it does not hold.
    pub count: u64,
    /// How many were looked at.
    pub of: u64,
    /// Some for which it does not hold.
    pub examples: Vec<Example>,
    /// The figures that were looked at, if they are more than a count.
    pub statistic: Option<String>,
    /// The SQL that finds the rows; empty if it is not about rows.
    pub sql: String,
}

/// Whether a check holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It does.
    Holds,
    /// It does not.
    Fails,
    /// It could not be told, for this reason.
    Unknown(String),
}

/// A row for which a check does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Its place in the table, from 0.
    pub row: u64,
    /// Its key, by columns; empty if the table has none.
    pub key: Vec<(String, Option<String>)>,
    /// What it has in the column.
    pub value: Option<String>,
}

/// A column of another table whose values a check needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
}

/// Checks on their way through the rows of a table.
#[derive(Debug)]
pub struct Scan {
    checks: Vec<Running>,
    key: Vec<String>,
    /// The first microsecond of the day on which this is.
    today: i64,
    now: i64,
    rows: u64,
}

/// A check with what was seen so far.
#[derive(Debug)]
struct Running {
    check: Check,
    seen: Seen,
    /// Why it cannot be told, if so.
    unknown: Option<String>,
}

#[derive(Debug)]
enum Seen {
    /// Rows for which it does not hold.
    Rows {
        count: u64,
        examples: Vec<Example>,
    },
    /// The same, for references: with the values that there are, once they are known.
    References {
        known: Option<Known>,
        count: u64,
        examples: Vec<Example>,
    },
    /// The newest instant.
    Newest(Option<i64>),
    Shares(Shares),
    Weeks(Weeks),
}

/// The values of a column to which others refer.
#[derive(Debug, Default)]
struct Known {
    integers: KeySet,
    texts: HashSet<Box<str>>,
}

impl Scan {
    /// Begins to look at a table with this key, at a time in microseconds since 1970-01-01.
    pub fn new(checks: impl IntoIterator<Item = Check>, key: &[String], now: i64) -> Self {
        let running = |check: Check| {
            let seen = match check.expect {
                Expect::NotNull | Expect::Between(..) | Expect::OneOf(_) => {
                    Seen::Rows { count: 0, examples: Vec::new() }
                }
                Expect::References { .. } => Seen::References { known: None, count: 0, examples: Vec::new() },
                Expect::Fresh(_) => Seen::Newest(None),
                Expect::StableShares => Seen::Shares(Shares::default()),
                Expect::StableWeeks => Seen::Weeks(Weeks::default()),
            };
            Running { check, seen, unknown: None }
        };
        let checks = checks.into_iter().map(running).collect();
        Self { checks, key: key.to_vec(), today: now - now.rem_euclid(DAY), now, rows: 0 }
    }

    /// The columns that are looked at; batches need not have others.
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = Vec::new();
        let of_checks = self.checks.iter().map(|running| running.check.column.as_str());
        for column in self.key.iter().map(String::as_str).chain(of_checks) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        columns
    }

    /// The columns of other tables that are needed first. A check whose reference nobody gives cannot be told.
    pub fn references(&self) -> Vec<Reference> {
        let reference = |running: &Running| match &running.check.expect {
            Expect::References { table, column } => {
                Some(Reference { table: table.clone(), column: column.clone() })
            }
            _ => None,
        };
        self.checks.iter().filter_map(reference).collect()
    }

    /// Takes values of a column that is needed.
    pub fn refer(&mut self, reference: &Reference, values: &ArrayRef) {
        for running in &mut self.checks {
            let is_it = matches!(&running.check.expect, Expect::References { table, column }
                if *table == reference.table && *column == reference.column);
            let Seen::References { known, .. } = &mut running.seen else { continue };
            if !is_it {
                continue;
            }
            let known = known.get_or_insert_default();
            match values.data_type() {
                DataType::Int64 => values.as_primitive::<Int64Type>().iter().flatten().for_each(|value| {
                    known.integers.insert(value);
                }),
                DataType::Utf8 => {
                    known.texts.extend(values.as_string::<i32>().iter().flatten().map(Into::into));
                }
                DataType::Null => {}
                other => {
                    running.unknown = Some(format!(
                        "{}.{} is {other}; only whole numbers and texts can be referred to",
                        reference.table, reference.column
                    ));
                }
            }
        }
    }

    /// Takes rows, in the order of the table. They came with this ingestion; later ones have higher numbers.
    pub fn add(&mut self, ingestion: u64, rows: &RecordBatch) {
        for running in &mut self.checks {
            if running.unknown.is_some() {
                continue;
            }
            let place = Place { first: self.rows, rows, key: &self.key };
            if let Err(reason) = running.add(ingestion, &place, self.today) {
                running.unknown = Some(reason);
            }
        }
        self.rows += rows.num_rows() as u64;
    }

    /// What came of it, for a table that SQL knows by this name.
    pub fn finish(self, table: &str) -> Vec<Finding> {
        let (rows, now) = (self.rows, self.now);
        self.checks.into_iter().map(|running| running.finish(table, rows, now)).collect()
    }
}

/// Rows and where they stand in the table.
struct Place<'a> {
    first: u64,
    rows: &'a RecordBatch,
    key: &'a [String],
}

impl Place<'_> {
    fn example(&self, row: usize, column: &ArrayRef) -> Example {
        let key = |name: &String| {
            let value = self.rows.column_by_name(name).and_then(|column| cell(column, row));
            (name.clone(), value)
        };
        Example {
            row: self.first + row as u64,
            key: self.key.iter().map(key).collect(),
            value: cell(column, row),
        }
    }
}

impl Running {
    fn add(&mut self, ingestion: u64, place: &Place, today: i64) -> Result<(), String> {
        let Check { column: name, expect, .. } = &self.check;
        let Some(column) = place.rows.column_by_name(name) else {
            // Rows of before the column turned up have nothing in it.
            if let (Expect::NotNull, Seen::Rows { count, .. }) = (expect, &mut self.seen) {
                *count += place.rows.num_rows() as u64;
            }
            return Ok(());
        };
        match &mut self.seen {
            Seen::Newest(newest) => {
                let values = instants(name, column)?;
                *newest = (*newest).max(values.into_iter().flatten().max());
            }
            Seen::Shares(shares) => shares.add(ingestion, column)?,
            Seen::Weeks(weeks) => weeks.add(ingestion, instants(name, column)?.into_iter().flatten()),
            Seen::Rows { count, examples } => {
                each_wrong(name, column, expect, today, |row| {
                    *count += 1;
                    if examples.len() < EXAMPLES {
                        examples.push(place.example(row, column));
                    }
                })?;
            }
            Seen::References { known, count, examples } => {
                let Some(known) = known else { return Ok(()) };
                each_unknown(name, column, known, |row| {
                    *count += 1;
                    if examples.len() < EXAMPLES {
                        examples.push(place.example(row, column));
                    }
                })?;
            }
        }
        Ok(())
    }

    fn finish(self, table: &str, rows: u64, now: i64) -> Finding {
        let Self { check, seen, unknown } = self;
        let mut finding = Finding {
            check: format!("{} {}", sql::identifier(&check.column), check.expect),
            why: check.why.clone(),
            severity: check.severity,
            state: State::Holds,
            count: 0,
            of: rows,
            examples: Vec::new(),
            statistic: None,
            sql: sql::find(&check, table),
        };
        let told = match seen {
            Seen::Rows { count, examples } => {
                (finding.count, finding.examples) = (count, examples);
                Ok(count == 0)
            }
            Seen::References { known: None, .. } => {
                let Expect::References { table, column } = &check.expect else { return finding };
                Err(format!("there is no column {column} in a table {table} yet"))
            }
            Seen::References { count, examples, .. } => {
                (finding.count, finding.examples) = (count, examples);
                Ok(count == 0)
            }
            Seen::Newest(newest) => newest.ok_or_else(|| "there are no rows".to_owned()).map(|newest| {
                let Expect::Fresh(days) = check.expect else { return true };
                let age = now.saturating_sub(newest).max(0) / DAY;
                finding.of = 1;
                finding.statistic =
                    Some(format!("the newest is of {}, {age} days before now", Value::Instant(newest)));
                age <= i64::from(days)
            }),
            Seen::Shares(shares) => shares.judge(&mut finding),
            Seen::Weeks(weeks) => weeks.judge(&mut finding),
        };
        finding.state = match unknown.map_or(told, Err) {
            Ok(true) => State::Holds,
            Ok(false) => {
                finding.count = finding.count.max(1);
                State::Fails
            }
            Err(reason) => {
                (finding.count, finding.examples) = (0, Vec::new());
                State::Unknown(reason)
            }
        };
        finding
    }
}

/// A column of dates or timestamps in microseconds.
fn instants(name: &str, column: &ArrayRef) -> Result<Vec<Option<i64>>, String> {
    match column.data_type() {
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Ok(column.as_primitive::<TimestampMicrosecondType>().iter().collect())
        }
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>().iter();
            Ok(days.map(|day| day.map(|day| i64::from(day) * DAY)).collect())
        }
        DataType::Null => Ok(Vec::new()),
        other => Err(format!("{name} is {other}, and no date or timestamp")),
    }
}

/// Calls `wrong` with each row whose value is not as expected.
fn each_wrong(
    name: &str,
    column: &ArrayRef,
    expect: &Expect,
    today: i64,
    mut wrong: impl FnMut(usize),
) -> Result<(), String> {
    if *expect == Expect::NotNull {
        if let Some(nulls) = column.logical_nulls() {
            (0..column.len()).filter(|&row| nulls.is_null(row)).for_each(wrong);
        }
        return Ok(());
    }
    let cannot =
        |value: &Value| format!("{name} is {}, which cannot be compared with {value}", column.data_type());
    match column.data_type() {
        DataType::Null => Ok(()),
        DataType::Int64 => {
            let values = column.as_primitive::<Int64Type>();
            match integers(expect) {
                Some(Wanted::Between(from, to)) => {
                    each(values.iter(), |value| from <= value && value <= to, wrong);
                    Ok(())
                }
                Some(Wanted::OneOf(wanted)) => {
                    each(values.iter(), |value| wanted.binary_search(&value).is_ok(), wrong);
                    Ok(())
                }
                None => {
                    let wanted = floats(expect).map_err(cannot)?;
                    each(values.iter(), |value| wanted.has(value as f64), wrong);
                    Ok(())
                }
            }
        }
        DataType::Float64 => {
            let wanted = floats(expect).map_err(cannot)?;
            each(column.as_primitive::<Float64Type>().iter(), |value| wanted.has(value), wrong);
            Ok(())
        }
        DataType::Decimal128(..) => {
            let wanted = floats(expect).map_err(cannot)?;
            for row in 0..column.len() {
                let number = cell(column, row).and_then(|text| text.parse().ok());
                if number.is_some_and(|number| !wanted.has(number)) {
                    wrong(row);
                }
            }
            Ok(())
        }
        DataType::Timestamp(..) | DataType::Date32 => {
            let wanted = times(expect, today).map_err(cannot)?;
            each(instants(name, column)?.into_iter(), |value| wanted.has(value), wrong);
            Ok(())
        }
        DataType::Utf8 => {
            let wanted = texts(expect).map_err(cannot)?;
            each(column.as_string::<i32>().iter(), |value| wanted.has(value), wrong);
            Ok(())
        }
        other => Err(format!("{name} is {other}, for which there are no such checks")),
    }
}

/// Calls `wrong` with each row whose value is there and does not hold.
fn each<T>(values: impl Iterator<Item = Option<T>>, holds: impl Fn(T) -> bool, wrong: impl FnMut(usize)) {
    let fails = values.enumerate().filter_map(|(row, value)| (!holds(value?)).then_some(row));
    fails.for_each(wrong);
}

/// Values that are as expected.
enum Wanted<T> {
    Between(T, T),
    /// In ascending order where they are searched.
    OneOf(Vec<T>),
}

impl<T: PartialOrd> Wanted<T> {
    fn has(&self, value: T) -> bool {
        match self {
            Self::Between(from, to) => *from <= value && value <= *to,
            Self::OneOf(values) => values.contains(&value),
        }
    }
}

/// What is expected of whole numbers; `None` if it is not said in such.
fn integers(expect: &Expect) -> Option<Wanted<i64>> {
    let integer = |value: &Value| match value {
        Value::Integer(value) => Some(*value),
        _ => None,
    };
    let bound = |value: &Option<Value>, open: i64| value.as_ref().map_or(Some(open), integer);
    match expect {
        Expect::Between(from, to) => Some(Wanted::Between(bound(from, i64::MIN)?, bound(to, i64::MAX)?)),
        Expect::OneOf(values) => {
            let mut values: Vec<i64> = values.iter().map(integer).collect::<Option<_>>()?;
            values.sort_unstable();
            Some(Wanted::OneOf(values))
        }
        _ => None,
    }
}

/// The same, with `one` making a value out of what is written, and with bounds where none is written.
fn wanted<'a, T>(
    expect: &'a Expect,
    (lowest, highest): (T, T),
    one: impl Fn(&'a Value, bool) -> Option<T>,
) -> Result<Wanted<T>, &'a Value> {
    let bound = |value: &'a Option<Value>, open: T, upper: bool| match value {
        Some(value) => one(value, upper).ok_or(value),
        None => Ok(open),
    };
    match expect {
        Expect::OneOf(values) => {
            let values = values.iter().map(|value| one(value, false).ok_or(value));
            Ok(Wanted::OneOf(values.collect::<Result<_, _>>()?))
        }
        Expect::Between(from, to) => {
            Ok(Wanted::Between(bound(from, lowest, false)?, bound(to, highest, true)?))
        }
        _ => Ok(Wanted::Between(lowest, highest)),
    }
}

fn floats(expect: &Expect) -> Result<Wanted<f64>, &Value> {
    wanted(expect, (f64::NEG_INFINITY, f64::INFINITY), |value, _| match value {
        Value::Integer(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    })
}

fn times(expect: &Expect, today: i64) -> Result<Wanted<i64>, &Value> {
    wanted(expect, (i64::MIN, i64::MAX), |value, upper| match value {
        Value::Instant(micros) => Some(*micros),
        Value::Today => Some(if upper { today + DAY - 1 } else { today }),
        _ => None,
    })
}

/// There is no highest text, so these have bounds that may be missing.
fn texts<'a>(expect: &'a Expect) -> Result<TextsWanted<'a>, &'a Value> {
    let text = |value: &'a Value| match value {
        Value::Text(text) => Ok(text.as_str()),
        other => Err(other),
    };
    Ok(match expect {
        Expect::OneOf(values) => TextsWanted::OneOf(values.iter().map(text).collect::<Result<_, _>>()?),
        Expect::Between(from, to) => {
            TextsWanted::Between(from.as_ref().map(text).transpose()?, to.as_ref().map(text).transpose()?)
        }
        _ => TextsWanted::Between(None, None),
    })
}

enum TextsWanted<'a> {
    Between(Option<&'a str>, Option<&'a str>),
    OneOf(HashSet<&'a str>),
}

impl TextsWanted<'_> {
    fn has(&self, value: &str) -> bool {
        match self {
            Self::Between(from, to) => {
                from.is_none_or(|from| from <= value) && to.is_none_or(|to| value <= to)
            }
            Self::OneOf(values) => values.contains(value),
        }
    }
}

/// Calls `wrong` with each row whose value is none of those that are known.
fn each_unknown(
    name: &str,
    column: &ArrayRef,
    known: &Known,
    wrong: impl FnMut(usize),
) -> Result<(), String> {
    match column.data_type() {
        DataType::Null => {}
        DataType::Int64 => {
            each(column.as_primitive::<Int64Type>().iter(), |value| known.integers.contains(value), wrong);
        }
        DataType::Utf8 => {
            each(column.as_string::<i32>().iter(), |value| known.texts.contains(value), wrong);
        }
        other => return Err(format!("{name} is {other}; only whole numbers and texts can refer to others")),
    }
    Ok(())
}
