//! What is in the columns of a result, in words.

use sandglass_protocol::sql::{ColumnKind, ColumnProfile};
use sandglass_ui::format;

use crate::results::chart_sql::{name, text};

/// Only the rows with one value in a column are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnFilter {
    /// The name of the column.
    pub(crate) column: String,
    /// The value; none for `NULL`.
    pub(crate) value: Option<String>,
    /// What kind of values the column has.
    pub(crate) kind: ColumnKind,
}

impl ColumnFilter {
    /// The condition in SQL.
    pub(crate) fn condition(&self) -> String {
        let column = name(&self.column);
        match (&self.value, self.kind) {
            (None, _) => format!("{column} IS NULL"),
            (Some(value), ColumnKind::Number) if value.parse::<f64>().is_ok_and(f64::is_finite) => {
                format!("{column} = {value}")
            }
            (Some(value), ColumnKind::Boolean) if matches!(value.as_str(), "true" | "false") => {
                format!("{column} = {value}")
            }
            (Some(value), _) => format!("{column} = {}", text(value)),
        }
    }
}

/// A part of a whole: `12.5 %`, `under 0.1 %` of what is not nothing.
pub(crate) fn share(part: u64, whole: u64) -> String {
    let percent = percent(part, whole);
    let nbsp = format::NBSP;
    match percent {
        _ if part == 0 || whole == 0 => format!("0{nbsp}%"),
        _ if part == whole => format!("100{nbsp}%"),
        ..0.1 => format!("under 0.1{nbsp}%"),
        99.9.. => format!("over 99.9{nbsp}%"),
        _ => format!("{percent:.1}{nbsp}%"),
    }
}

/// A part of a whole in percent, from 0 to 100.
pub(crate) fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64 * 100.0).clamp(0.0, 100.0) }
}

/// A measured number with as many digits as say something.
pub(crate) fn measured(number: f64) -> String {
    if !number.is_finite() {
        return "–".to_owned();
    }
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e15).contains(&size) {
        return format!("{number:.3e}");
    }
    let digits = match size {
        100.0.. => 1,
        1.0.. => 2,
        _ => 4,
    };
    let rounded = format!("{size:.digits$}");
    let (whole, rest) = rounded.split_once('.').unwrap_or((&rounded, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), format::count);
    let rest = rest.trim_end_matches('0');
    let is_zero = rest.is_empty() && whole == "0";
    let sign = if number < 0.0 && !is_zero { "\u{2212}" } else { "" };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// A histogram in words, for those who do not see it.
pub(crate) fn histogram(profile: &ColumnProfile) -> String {
    let bins = &profile.histogram;
    let (Some(least), Some(greatest)) = (&profile.least, &profile.greatest) else { return String::new() };
    let counts: Vec<String> = bins.iter().map(|bin| format::count(*bin)).collect();
    format!(
        "Rows in {} from {least} to {greatest}: {}.",
        match bins.len() {
            1 => "one span".to_owned(),
            n => format!("{n} equal spans"),
        },
        counts.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(column: &str, value: Option<&str>, kind: ColumnKind) -> String {
        ColumnFilter { column: column.to_owned(), value: value.map(str::to_owned), kind }.condition()
    }

    #[test]
    fn a_filter_quotes_what_it_must() {
        for (column, value, kind, sql) in [
            ("a", Some("x"), ColumnKind::Text, "\"a\" = 'x'"),
            ("a\"b", Some("it's"), ColumnKind::Text, "\"a\"\"b\" = 'it''s'"),
            ("a", None, ColumnKind::Number, "\"a\" IS NULL"),
            ("a", Some("-1.5"), ColumnKind::Number, "\"a\" = -1.5"),
            ("a", Some("NaN"), ColumnKind::Number, "\"a\" = 'NaN'"),
            ("a", Some("true"), ColumnKind::Boolean, "\"a\" = true"),
            ("a", Some("2017-01-01"), ColumnKind::Time, "\"a\" = '2017-01-01'"),
        ] {
            assert_eq!(condition(column, value, kind), sql);
        }
    }

    #[test]
    fn a_share_is_never_rounded_to_none_or_all() {
        for (part, whole, text) in [
            (0, 10, "0 %"),
            (10, 10, "100 %"),
            (1, 8, "12.5 %"),
            (1, 1_000_000, "under 0.1 %"),
            (999_999, 1_000_000, "over 99.9 %"),
            (0, 0, "0 %"),
        ] {
            assert_eq!(share(part, whole).replace(format::NBSP, " "), text);
        }
    }

    #[test]
    fn numbers_have_the_digits_that_say_something() {
        for (number, text) in [
            (0.0, "0"),
            (-0.00001, "-1.000e-5"),
            (1234567.891, "1,234,567.9"),
            (2.345, "2.35"),
            (2.0, "2"),
            (-12.5, "\u{2212}12.5"),
            (0.12345, "0.1235"),
            (1e20, "1.000e20"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(measured(number), text, "{number}");
        }
    }
}
