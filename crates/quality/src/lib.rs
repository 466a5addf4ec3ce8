//! What is expected of the rows of a table, and what of it does not hold.
//!
//! A [`Check`] is an expectation of one column. It is written as a line of text, so that pipelines have them in their
//! definitions, people add theirs, and a warehouse keeps them as they stand:
//!
//! ```text
//! VoteTypeId in (1, 2, 3)
//! warning: CreationDate between 2008-07-31 and today -- the site did not exist before
//! PostId references posts.Id
//! ```
//!
//! A [`Scan`] holds checks against batches of rows and comes to a [`Finding`] for each: how many rows it does not hold
//! for, some of them, and the SQL that finds all. [`table_findings`] has what needs no look at the rows: that the columns are as
//! expected, that keys are there once, what was rejected.
//!
//! | module | what is in it |
//! | --- | --- |
//! | `check` | what can be expected |
//! | `parse` | checks as text, and back |
//! | `scan` | rows against checks |
//! | `report` | a table of a warehouse against its checks |
//! | `history` | the rows of the newest ingestion against those of the ones before |
//! | `sql` | the SQL that finds the rows |
//! | `table` | what is known of a table without its rows |

#![forbid(unsafe_code)]

mod check;
mod history;
mod parse;
mod report;
mod scan;
mod sql;
mod table;

pub use check::{Check, Expect, Severity, Value};
pub use parse::CheckError;
pub use report::report;
pub use scan::{Example, Finding, Reference, Scan, State};
pub use table::{ExpectedColumn, TableFacts, table_findings};
