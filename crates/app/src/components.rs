//! The parts of the page, one to a file. They take values, show them, and call actions; state that concerns no one else,
//! such as the page of a table or an order, stays inside.
//!
//! Tests find their way by `data-testid`. These names stay:
//!
//! | name | what |
//! | --- | --- |
//! | `drop-zone` | the large drop zone of the first view |
//! | `file-input`, `folder-input` | the hidden fields behind all buttons that open files and folders; they are always there |
//! | `sample-16`, `sample-10000`, `sample-1000000`, `sample-10000000` | the samples |
//! | `progress`, `cancel` | the progress bar of the running job and the button that ends it |
//! | `summary-read`, `summary-stored`, `summary-duplicates`, `summary-conflicts`, `summary-rejected` | numbers of the last job |
//! | `threshold`, `threshold-slider` | the threshold in percent, as a field and as a slider |
//! | `rule-monday`, `rule-sunday`, `rule-iso` | how weeks are cut |
//! | `chart` | the weekly chart; it has `data-drawn` once it is drawn |
//! | `chart-from`, `chart-to`, `chart-reset` | the span of the chart |
//! | `tab-outliers`, `tab-weeks`, `tab-rows`, `tab-rejects`, `tab-conflicts` | the tabs |
//! | `outlier-table`, `weeks-table`, `rows-table`, `rejects-table`, `conflicts-table` | the tables |
//! | `message` | every message above the page |
//! | `add-files`, `sql`, `start-over`, `theme` | buttons in the head of the page |
//! | `query-table` | the button of a table that leads to a query for it |
//! | `sql-loading`, `sql-load-again` | what is there until the SQL screen is, whose names are in `crates/sql-screen` |

mod app;
mod catalog;
mod chart;
mod columns_table;
mod confirm;
mod conflicts_table;
mod controls;
mod copy_button;
mod file_buttons;
mod header;
mod ingestions;
mod keeping;
mod messages;
mod paged;
mod pipeline_card;
mod progress;
mod quality_table;
mod reading;
mod rehearsal;
mod rejects_table;
mod results;
mod rows_table;
mod sandglass;
mod sql_place;
mod start;
mod summary;
mod table_frame;
mod tabs;
mod upkeep;
mod weeks_table;

pub(crate) use self::app::{App, AppProps};
pub(crate) use self::rehearsal::rehearse;
