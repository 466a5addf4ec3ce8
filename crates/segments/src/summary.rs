//! What is in the columns of a segment, so that one can be passed over without being opened.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_schema::{DataType, Field};
use parquet::data_type::ByteArray;
use parquet::file::statistics::Statistics;

/// What is in a column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// Rows that have no value in it.
    pub nulls: u64,
    /// Its least and greatest value. `None` if it has no values, if they have no order here, or if a floating-point number
    /// among them is NaN.
    pub bounds: Option<Bounds>,
}

/// The least and the greatest value of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Bounds {
    /// Of whole numbers.
    Integer(i64, i64),
    /// Of floating-point numbers.
    Float(f64, f64),
    /// Of days since 1970.
    Date(i32, i32),
    /// Of instants in microseconds since 1970.
    Timestamp(i64, i64),
    /// Of texts, by their bytes. They are cut after some characters: no text is before the first or behind the second, but
    /// neither need be there.
    Text(String, String),
}

impl Bounds {
    /// The bounds of the values of both; `None` if they are of different types.
    fn join(self, other: Self) -> Option<Self> {
        Some(match (self, other) {
            (Self::Integer(a, b), Self::Integer(c, d)) => Self::Integer(a.min(c), b.max(d)),
            (Self::Float(a, b), Self::Float(c, d)) => Self::Float(a.min(c), b.max(d)),
            (Self::Date(a, b), Self::Date(c, d)) => Self::Date(a.min(c), b.max(d)),
            (Self::Timestamp(a, b), Self::Timestamp(c, d)) => Self::Timestamp(a.min(c), b.max(d)),
            (Self::Text(a, b), Self::Text(c, d)) => Self::Text(a.min(c), b.max(d)),
            _ => return None,
        })
    }
}

/// A summary in the making.
#[derive(Debug)]
pub(crate) struct Summing {
    summary: ColumnSummary,
    /// Whether there are values of which the bounds are not known.
    unbounded: bool,
}

impl Summing {
    pub(crate) fn new(field: &Field) -> Self {
        let (name, data_type) = (field.name().clone(), field.data_type().clone());
        Self { summary: ColumnSummary { name, data_type, nulls: 0, bounds: None }, unbounded: false }
    }

    /// Adds values, of which the file says so much.
    pub(crate) fn add(&mut self, arrays: &[impl AsRef<dyn Array>], statistics: Option<&Statistics>) {
        let nulls: usize = arrays.iter().map(|array| array.as_ref().logical_null_count()).sum();
        let rows: usize = arrays.iter().map(|array| array.as_ref().len()).sum();
        self.summary.nulls += nulls as u64;
        if nulls == rows || self.unbounded {
            return;
        }
        let bounds = match (&self.summary.data_type, statistics) {
            (DataType::Float64, _) => floats(arrays),
            (DataType::Int64, Some(Statistics::Int64(of))) => {
                of.min_opt().zip(of.max_opt()).map(|(min, max)| Bounds::Integer(*min, *max))
            }
            (DataType::Timestamp(..), Some(Statistics::Int64(of))) => {
                of.min_opt().zip(of.max_opt()).map(|(min, max)| Bounds::Timestamp(*min, *max))
            }
            (DataType::Date32, Some(Statistics::Int32(of))) => {
                of.min_opt().zip(of.max_opt()).map(|(min, max)| Bounds::Date(*min, *max))
            }
            (DataType::Utf8, Some(Statistics::ByteArray(of))) => {
                text(of.min_opt()).zip(text(of.max_opt())).map(|(min, max)| Bounds::Text(min, max))
            }
            _ => None,
        };
        let bounds = match (self.summary.bounds.take(), bounds) {
            (None, Some(these)) => Some(these),
            (Some(those), Some(these)) => those.join(these),
            (_, None) => None,
        };
        self.unbounded = bounds.is_none();
        self.summary.bounds = bounds;
    }

    pub(crate) fn done(self) -> ColumnSummary {
        self.summary
    }
}

fn text(bytes: Option<&ByteArray>) -> Option<String> {
    bytes?.as_utf8().ok().map(str::to_owned)
}

/// The bounds of floating-point numbers. What the file says of them passes over those that are NaN.
fn floats(arrays: &[impl AsRef<dyn Array>]) -> Option<Bounds> {
    let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
    for array in arrays {
        for value in array.as_ref().as_primitive_opt::<Float64Type>()?.iter().flatten() {
            if value.is_nan() {
                return None;
            }
            least = least.min(value);
            greatest = greatest.max(value);
        }
    }
    Some(Bounds::Float(least, greatest))
}
