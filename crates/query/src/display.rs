//! Values as text, the same wherever they are shown.

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// How values are written: times as `2021-09-04 06:05:09`, and nothing for no value.
pub fn options() -> FormatOptions<'static> {
    FormatOptions::new()
        .with_timestamp_format(Some("%Y-%m-%d %H:%M:%S%.f"))
        .with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f%:z"))
        .with_display_error(true)
}

/// A value as text; none for no value.
pub fn cell(column: &ArrayRef, row: usize) -> Option<String> {
    if column.is_null(row) || *column.data_type() == DataType::Null {
        return None;
    }
    let formatter = ArrayFormatter::try_new(column, &options()).ok()?;
    Some(formatter.value(row).to_string())
}

/// Whether values of a type stand under each other by their last digits.
pub fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric()
}
