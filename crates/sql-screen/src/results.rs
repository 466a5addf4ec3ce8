//! What showing the result of a query needs and a browser does not: which rows are there and which are seen, what is
//! selected, how values are written, and which chart is drawn of them and how.

pub(crate) mod cells;
pub(crate) mod chart;
pub(crate) mod chart_spec;
pub(crate) mod chart_sql;
pub(crate) mod copying;
pub(crate) mod grid;
pub(crate) mod pages;
pub(crate) mod plan;
pub(crate) mod profile;
pub(crate) mod range;
pub(crate) mod scroll;
