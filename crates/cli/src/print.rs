//! Weeks and summaries as text.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, Write};

use clap::ValueEnum;
use sandglass_pipelines::SourceOutcome;
use sandglass_warehouse::Tally;
use sandglass_weekly::WeekCount;

/// The forms of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns for people
    Table,
    /// A header line and comma-separated values
    Csv,
    /// An array of objects
    Json,
}

/// Writes weeks in the columns Year, WeekNumber and one for how many there are of what is counted, such as VoteCount.
pub(crate) fn weeks<'a>(
    out: &mut impl Write,
    weeks: impl Iterator<Item = &'a WeekCount>,
    format: Format,
    counted: &str,
) -> io::Result<()> {
    match format {
        Format::Table => writeln!(out, "Year  WeekNumber  {counted}")?,
        Format::Csv => writeln!(out, "Year,WeekNumber,{counted}")?,
        Format::Json => write!(out, "[")?,
    }
    let mut first = true;
    for WeekCount { bucket, count, .. } in weeks {
        let (year, week) = (bucket.year, bucket.week);
        match format {
            Format::Table => writeln!(out, "{year:<4}  {week:>10}  {count:>width$}", width = counted.len())?,
            Format::Csv => writeln!(out, "{year},{week},{count}")?,
            Format::Json => {
                let comma = if first { "" } else { "," };
                write!(out, "{comma}\n  {{\"Year\":{year},\"WeekNumber\":{week},\"{counted}\":{count}}}")?;
            }
        }
        first = false;
    }
    if format == Format::Json {
        writeln!(out, "{}]", if first { "" } else { "\n" })?;
    }
    out.flush()
}

/// A cell of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Text(String),
    Number(u64),
    Nothing,
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Nothing, Into::into)
    }
}

/// Writes a list of things that have these columns.
pub(crate) fn list<const N: usize>(
    out: &mut impl Write,
    columns: [&str; N],
    cells: &[[Cell; N]],
    format: Format,
) -> io::Result<()> {
    match format {
        Format::Table => {
            let shown = |cell: &Cell| match cell {
                Cell::Text(text) => line(text).into_owned(),
                Cell::Number(number) => thousands(*number),
                Cell::Nothing => String::new(),
            };
            let rows: Vec<[String; N]> = cells.iter().map(|row| row.each_ref().map(shown)).collect();
            let mut widths = columns.map(|name| name.chars().count());
            for row in &rows {
                for (width, cell) in widths.iter_mut().zip(row) {
                    *width = (*width).max(cell.chars().count());
                }
            }
            // Numbers stand under each other by their last digits.
            let numbers: [bool; N] =
                std::array::from_fn(|at| cells.iter().all(|row| !matches!(row[at], Cell::Text(_))));
            for row in std::iter::once(&columns.map(str::to_owned)).chain(&rows) {
                let mut text = String::new();
                for ((cell, &width), &is_number) in row.iter().zip(&widths).zip(&numbers) {
                    let gap = " ".repeat(width - cell.chars().count());
                    let (before, behind) = if is_number { (gap.as_str(), "") } else { ("", gap.as_str()) };
                    text.push_str(before);
                    text.push_str(cell);
                    text.push_str(behind);
                    text.push_str("  ");
                }
                writeln!(out, "{}", text.trim_end())?;
            }
        }
        Format::Csv => {
            writeln!(out, "{}", columns.join(","))?;
            for row in cells {
                let cells = row.each_ref().map(|cell| match cell {
                    Cell::Text(text) if text.contains([',', '"', '\n', '\r']) => {
                        format!("\"{}\"", text.replace('"', "\"\""))
                    }
                    Cell::Text(text) => text.clone(),
                    Cell::Number(number) => number.to_string(),
                    Cell::Nothing => String::new(),
                });
                writeln!(out, "{}", cells.join(","))?;
            }
        }
        Format::Json => {
            let objects = cells.iter().map(|row| {
                let members = columns.iter().zip(row).map(|(name, cell)| {
                    let value = match cell {
                        Cell::Text(text) => text.as_str().into(),
                        Cell::Number(number) => (*number).into(),
                        Cell::Nothing => serde_json::Value::Null,
                    };
                    ((*name).to_owned(), value)
                });
                serde_json::Value::Object(members.collect())
            });
            serde_json::to_writer_pretty(&mut *out, &serde_json::Value::Array(objects.collect()))?;
            writeln!(out)?;
        }
    }
    out.flush()
}

/// Writes a line to standard error. When nobody reads that any more, nobody is missing it.
pub(crate) fn note(line: impl Display) {
    let _ = writeln!(io::stderr(), "{}", self::line(&line.to_string()));
}

/// A text as a part of one line of a terminal: names of files and columns may have anything in them.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut line = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character.is_control() {
            true => line.extend(character.escape_default()),
            false => line.push(character),
        }
    }
    Cow::Owned(line)
}

/// Writes what became of the sources: a line for each when there are several, and one for all.
pub(crate) fn summary(outcomes: &[(String, SourceOutcome)], conflicts: u64, seconds: f64) {
    for (name, outcome) in outcomes {
        if let Some(failure) = &outcome.failure {
            note(format_args!("{name}: nothing was kept of it: {failure}"));
        } else if outcomes.len() > 1 {
            note(format_args!("{name}: {}", fates(outcome.tally())));
        }
        for remark in &outcome.notes {
            note(format_args!("{name}: {remark}"));
        }
    }
    let total: Tally = outcomes.iter().map(|(_, outcome)| outcome.tally()).sum();
    let conflicts = match conflicts {
        0 => String::new(),
        n => format!(" ({n} in conflict with the stored row)"),
    };
    note(format_args!("{}{conflicts}; {seconds:.2} s", fates(total)));
}

fn fates(tally: Tally) -> String {
    format!(
        "{} read = {} stored + {} duplicates + {} rejected",
        thousands(tally.read()),
        thousands(tally.stored()),
        thousands(tally.duplicates()),
        thousands(tally.rejected())
    )
}

/// A number with a comma between each three digits.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use sandglass_weekly::{DayCounts, WeekRule};

    fn written(days: &[i32], format: Format) -> String {
        let mut counts = DayCounts::default();
        days.iter().for_each(|&day| counts.add(day));
        let mut out = Vec::new();
        weeks(&mut out, counts.weeks(WeekRule::Monday).iter(), format, "VoteCount").unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn writes_weeks_in_every_form() {
        let days = [18_994, 19_001, 19_001];
        assert_eq!(written(&days, Format::Csv), "Year,WeekNumber,VoteCount\n2022,0,1\n2022,1,2\n");
        assert_eq!(written(&[], Format::Csv), "Year,WeekNumber,VoteCount\n");
        assert_eq!(written(&[], Format::Json), "[]\n");
        let json: serde_json::Value = serde_json::from_str(&written(&days, Format::Json)).unwrap();
        assert_eq!(json[1], serde_json::json!({"Year": 2022, "WeekNumber": 1, "VoteCount": 2}));
        let table = written(&days, Format::Table);
        assert_eq!(table.lines().map(str::len).collect::<Vec<_>>(), [27; 3]);
    }

    #[test]
    fn groups_digits() {
        let numbers = [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")];
        for (number, text) in numbers {
            assert_eq!(thousands(number), text);
        }
    }
}
