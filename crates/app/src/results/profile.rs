//! What is in the columns of a result, in words.

use sandglass_protocol::sql::ColumnKind;

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
        String::new()
    }
}
