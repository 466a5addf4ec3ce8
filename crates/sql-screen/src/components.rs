//! The parts of the screen, one to a file. They take values, show them, and call actions; state that concerns no one else stays inside.
//!
//! Tests find their way by `data-testid`. These names stay (those of results are in `sql.rs`):
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

mod column_view;
mod screen;
mod sql;
mod workspace;

pub(crate) use self::screen::{Screen, ScreenProps};
