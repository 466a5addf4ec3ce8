//! What is in a segment, in words that a message can hold without losing a digit.

use sandglass_segments::{Bounds, ColumnSummary};

/// What is in a column: its name, its nulls, and its bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnWords {
    /// Its name.
    pub name: String,
    /// Rows that have no value in it.
    pub nulls: u64,
    /// What the bounds are of (`integer`, `float`, `date`, `timestamp` or `text`), and the least and the greatest value:
    /// numbers in decimal, floating-point numbers by their bits, dates in days and times in microseconds since 1970.
    pub bounds: Option<[String; 3]>,
}

/// The words for a column.
pub fn words(summary: &ColumnSummary) -> ColumnWords {
    let bits = |value: &f64| format!("{:016x}", value.to_bits());
    let bounds = summary.bounds.as_ref().map(|bounds| {
        let (kind, least, greatest) = match bounds {
            Bounds::Integer(least, greatest) => ("integer", least.to_string(), greatest.to_string()),
            Bounds::Float(least, greatest) => ("float", bits(least), bits(greatest)),
            Bounds::Date(least, greatest) => ("date", least.to_string(), greatest.to_string()),
            Bounds::Timestamp(least, greatest) => ("timestamp", least.to_string(), greatest.to_string()),
            Bounds::Text(least, greatest) => ("text", least.clone(), greatest.clone()),
        };
        [kind.to_owned(), least, greatest]
    });
    ColumnWords { name: summary.name.clone(), nulls: summary.nulls, bounds }
}
