//! The values of one column in the vectors that become Arrow buffers, and how they become those of another kind.

use arrow_buffer::BooleanBufferBuilder;
use sandglass_weekly::format_micros;

use super::kind::Kind;
use super::spelling::{FloatStyle, Spelling};
use super::texts::Texts;

/// Microseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000;

/// Appends a day as `2021-09-04`.
pub(crate) fn write_date(days: i32, out: &mut String) {
    let start = out.len();
    format_micros(i64::from(days) * DAY, out);
    out.truncate(start + "2020-01-01".len());
}

/// Appends a number of which the last `scale` digits stand behind the point.
pub(super) fn write_decimal(value: i128, scale: u8, out: &mut String) {
    use std::fmt::Write as _;
    let (digits, scale) = (value.unsigned_abs(), usize::from(scale));
    out.push_str(if value < 0 { "-" } else { "" });
    // Writing to a string does not fail. There is at least one digit before the point.
    let _ = write!(out, "{digits:0width$}", width = scale + 1);
    if scale > 0 {
        out.insert(out.len() - scale, '.');
    }
}

/// The values, one for each row that there is, nulls included.
#[derive(Debug)]
pub(crate) enum Values {
    /// That many nulls.
    Null(usize),
    Bool(BooleanBufferBuilder),
    /// Whole numbers, and instants in microseconds.
    Int64(Vec<i64>),
    Decimal(Vec<i128>),
    Float64(Vec<f64>),
    /// Days since 1970-01-01.
    Date(Vec<i32>),
    Text(Texts),
    /// That many objects, whose members are columns of their own.
    Struct(usize),
    /// Where the elements of each array end, and the group of columns that they are in.
    List {
        ends: Vec<i32>,
        elements: usize,
    },
}

impl Values {
    /// No values of a kind. Lists are made by who knows their elements.
    pub(crate) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Null | Kind::List => Self::Null(0),
            Kind::Bool => Self::Bool(BooleanBufferBuilder::new(0)),
            Kind::Int64 { .. } | Kind::Timestamp { .. } => Self::Int64(Vec::new()),
            Kind::Decimal { .. } => Self::Decimal(Vec::new()),
            Kind::Float64 => Self::Float64(Vec::new()),
            Kind::Date => Self::Date(Vec::new()),
            Kind::Text => Self::Text(Texts::default()),
            Kind::Struct => Self::Struct(0),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Null(count) | Self::Struct(count) => *count,
            Self::Bool(values) => values.len(),
            Self::Int64(values) => values.len(),
            Self::Decimal(values) => values.len(),
            Self::Float64(values) => values.len(),
            Self::Date(values) => values.len(),
            Self::Text(texts) => texts.len(),
            Self::List { ends, .. } => ends.len(),
        }
    }

    /// For how many there is room, where that is known.
    pub(crate) fn room(&self) -> usize {
        match self {
            Self::Int64(values) => values.capacity(),
            _ => 0,
        }
    }

    /// Adds what stands for nulls until there are so many.
    pub(crate) fn pad(&mut self, count: usize) {
        match self {
            Self::Null(there) | Self::Struct(there) => *there = count,
            Self::Bool(values) => values.append_n(count - values.len(), false),
            Self::Int64(values) => values.resize(count, 0),
            Self::Decimal(values) => values.resize(count, 0),
            Self::Float64(values) => values.resize(count, 0.0),
            Self::Date(values) => values.resize(count, 0),
            Self::Text(texts) => texts.pad(count),
            Self::List { ends, .. } => {
                let last = ends.last().copied().unwrap_or(0);
                ends.resize(count, last);
            }
        }
    }

    pub(crate) fn truncate(&mut self, count: usize) {
        match self {
            Self::Null(there) | Self::Struct(there) => *there = count.min(*there),
            Self::Bool(values) => values.truncate(count.min(values.len())),
            Self::Int64(values) => values.truncate(count),
            Self::Decimal(values) => values.truncate(count),
            Self::Float64(values) => values.truncate(count),
            Self::Date(values) => values.truncate(count),
            Self::Text(texts) => texts.truncate(count),
            Self::List { ends, .. } => ends.truncate(count),
        }
    }

    /// Values of one kind as those of a wider kind that is not text: to write them is not done here.
    pub(crate) fn widen(self, from: Kind, to: Kind) -> Self {
        let rows = self.len();
        match (self, to) {
            (Self::Int64(values), Kind::Int64 { .. } | Kind::Timestamp { .. }) => Self::Int64(values),
            (Self::Int64(values), Kind::Decimal { scale, .. }) => {
                let unit = 10_i128.pow(u32::from(scale));
                Self::Decimal(values.into_iter().map(|value| i128::from(value) * unit).collect())
            }
            (Self::Decimal(mut values), Kind::Decimal { scale, .. }) => {
                if let Kind::Decimal { scale: before, .. } = from
                    && before < scale
                {
                    // The wider kind has room for these digits; what stands for nulls may be anything.
                    let unit = 10_i128.pow(u32::from(scale - before));
                    values.iter_mut().for_each(|value| *value = value.wrapping_mul(unit));
                }
                Self::Decimal(values)
            }
            // Only numbers that are floats as well are widened to them.
            (Self::Int64(values), Kind::Float64) => {
                Self::Float64(values.into_iter().map(|value| value as f64).collect())
            }
            (Self::Date(days), Kind::Timestamp { .. }) => {
                Self::Int64(days.into_iter().map(|day| i64::from(day) * DAY).collect())
            }
            (Self::Null(_), to) => {
                let mut values = Self::new(to);
                values.pad(rows);
                values
            }
            // No other kind is wider.
            (values, _) => values,
        }
    }

    /// Appends the value of a row as it was written. Objects and arrays are not written here.
    pub(crate) fn write(&self, row: usize, kind: Kind, spelling: Spelling, out: &mut String) {
        use std::fmt::Write as _;
        let plain = |out: &mut String, value: &dyn std::fmt::Display| {
            // Writing to a string does not fail.
            let _ = write!(out, "{value}");
        };
        match self {
            Self::Bool(values) => out.push_str(if values.get_bit(row) { "true" } else { "false" }),
            Self::Int64(values) => match (kind, spelling) {
                (Kind::Timestamp { .. }, Spelling::Time(style)) => style.write(values[row], out),
                (Kind::Timestamp { zone }, _) => {
                    format_micros(values[row], out);
                    out.push_str(if zone { "Z" } else { "" });
                }
                _ => plain(out, &values[row]),
            },
            Self::Decimal(values) => match kind {
                Kind::Decimal { scale, .. } => write_decimal(values[row], scale, out),
                _ => plain(out, &values[row]),
            },
            Self::Float64(values) => match spelling {
                Spelling::Float(style) => style.write(values[row], out),
                _ => FloatStyle::SHORTEST.write(values[row], out),
            },
            Self::Date(days) => write_date(days[row], out),
            Self::Text(texts) => out.push_str(&String::from_utf8_lossy(texts.get(row))),
            Self::Null(_) | Self::Struct(_) | Self::List { .. } => {}
        }
    }
}
