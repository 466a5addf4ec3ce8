//! The chart of a result.

use sandglass_protocol::sql::SqlColumn;

/// The rows of a chart are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChartAsk {
    /// A number that the answer has as well.
    pub(crate) ask: u32,
    /// A query over the table `result`.
    pub(crate) sql: String,
}

/// The rows of a chart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChartAnswer {
    /// The number that was asked with.
    pub(crate) ask: u32,
    /// The columns.
    pub(crate) columns: Vec<SqlColumn>,
    /// The rows as JSON, an array of objects, or why there are none.
    pub(crate) rows: Result<String, String>,
}
