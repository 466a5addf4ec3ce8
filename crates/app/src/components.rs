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
//!
//! Those of the SQL workspace (`workspace/`):
//!
//! | name | what |
//! | --- | --- |
//! | `sql-editor` | where a script is written; it has `data-ready` once it takes text |
//! | `sql-tab`, `sql-new-tab`, `sql-close-tab`, `sql-rename-tab`, `sql-name` | the tabs of the scripts, their buttons, the field for a name |
//! | `sql-run`, `sql-cancel`, `sql-format`, `sql-comment`, `sql-find`, `sql-save` | the buttons above the script; Run or Cancel is there |
//! | `sql-progress`, `sql-end-engine` | how far a run has come, and the button that ends an engine which does not stop it |
//! | `sql-statements`, `sql-statement` | the statements of a script with several |
//! | `sql-done`, `sql-error`, `sql-cancelled`, `sql-cost` | what came of a statement that has no rows, and what one cost |
//! | `view-rows`, `view-columns`, `view-chart`, `view-plan` | what is looked at of a result |
//! | `sql-catalog`, `sql-close-explored` | the tables, which have `data-table`, and the way back from the columns of one |
//! | `sql-saved`, `sql-offered` | saved queries and those of the pipelines, which have `data-query` |
//! | `sql-history-title`, `sql-history`, `sql-clear-history` | what ran |

mod app;
mod catalog;
mod chart;
mod column_view;
mod columns_table;
mod confirm;
mod conflicts_table;
mod controls;
mod copy_button;
mod file_buttons;
mod header;
mod icon;
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
mod sql;
mod start;
mod summary;
mod table_frame;
mod tabs;
mod upkeep;
mod weeks_table;
mod workspace;

pub(crate) use self::app::{App, AppProps};
pub(crate) use self::rehearsal::rehearse;
