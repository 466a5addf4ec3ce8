//! Single values of columns: as text for people, and compared with each other.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use sandglass_ingest::write_json;
use sandglass_weekly::format_micros;

/// A value as text; `None` is a null. Objects and arrays are JSON.
pub fn cell(column: &ArrayRef, row: usize) -> Option<String> {
    if row >= column.len() || column.is_null(row) {
        return None;
    }
    match column.data_type() {
        DataType::Int64 => Some(column.as_primitive::<Int64Type>().value(row).to_string()),
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            let mut text = String::with_capacity(26);
            format_micros(column.as_primitive::<TimestampMicrosecondType>().value(row), &mut text);
            Some(text)
        }
        DataType::Utf8 => Some(column.as_string::<i32>().value(row).to_owned()),
        DataType::Null => None,
        _ => {
            let mut text = String::new();
            write_json(column, row, &mut text);
            // Of those that are left, only dates and times are in quotes.
            Some(match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                Some(time) => time.to_owned(),
                None => text,
            })
        }
    }
}

/// Whether two values, each of the same kind of column, are the same. An absent column holds nulls.
pub(crate) fn same(left: Option<&ArrayRef>, i: usize, right: Option<&ArrayRef>, j: usize) -> bool {
    // An array of type null has no bits that say so.
    let valid = |column: &&ArrayRef, row| column.data_type() != &DataType::Null && column.is_valid(row);
    let left = left.filter(|column| valid(column, i));
    let right = right.filter(|column| valid(column, j));
    let (Some(left), Some(right)) = (left, right) else {
        return left.is_none() && right.is_none();
    };
    match (left.data_type(), right.data_type()) {
        (DataType::Int64, DataType::Int64) => {
            left.as_primitive::<Int64Type>().value(i) == right.as_primitive::<Int64Type>().value(j)
        }
        (
            DataType::Timestamp(TimeUnit::Microsecond, None),
            DataType::Timestamp(TimeUnit::Microsecond, None),
        ) => {
            left.as_primitive::<TimestampMicrosecondType>().value(i)
                == right.as_primitive::<TimestampMicrosecondType>().value(j)
        }
        (DataType::Utf8, DataType::Utf8) => {
            left.as_string::<i32>().value(i) == right.as_string::<i32>().value(j)
        }
        _ => cell(left, i) == cell(right, j),
    }
}

/// A column's type in words for people, as [`Kind`](sandglass_ingest::Kind) has them.
pub fn kind_name(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Null => "null",
        DataType::Boolean => "boolean",
        DataType::Int64 => "integer",
        DataType::Float64 => "float",
        DataType::Decimal128(..) => "decimal",
        DataType::Date32 => "date",
        DataType::Timestamp(_, None) => "timestamp",
        DataType::Timestamp(_, Some(_)) => "timestamp with zone",
        DataType::Utf8 => "text",
        DataType::Struct(_) => "struct",
        DataType::List(_) => "list",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Int64Array, new_null_array};

    use super::*;

    #[test]
    fn nulls_are_the_same_whatever_type_the_column_has_by_now() {
        let nothing = new_null_array(&DataType::Null, 1);
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![None, Some(7)]));
        assert!(same(Some(&nothing), 0, Some(&numbers), 0) && same(Some(&numbers), 0, Some(&nothing), 0));
        assert!(same(Some(&nothing), 0, Some(&nothing), 0) && same(None, 0, Some(&nothing), 0));
        assert!(!same(Some(&nothing), 0, Some(&numbers), 1) && !same(None, 0, Some(&numbers), 1));
    }
}
