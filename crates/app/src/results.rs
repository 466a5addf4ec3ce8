//! What showing the result of a query needs and a browser does not: which rows are there and which are seen, what is
//! selected, how values are written, and which chart is drawn of them and how.

pub(crate) mod chart;
pub(crate) mod pages;
pub(crate) mod profile;
