//! What shows the result of a query. Values come in as props, and what is wanted goes out by callbacks: nothing in here knows
//! the query worker. What can be decided without a browser is in [`crate::results`].
//!
//! Tests find their way by `data-testid`:
//!
//! | name | what |
//! | --- | --- |
//! | `result-grid` | the grid: rows have `aria-rowindex` (1 is the head), cells `aria-colindex` (1 is the number of the row); a `NULL` has the class `is-null` |
//! | `grid-status`, `grid-copy-tsv`, `grid-copy-markdown`, `grid-detail` | what is above it, and the whole value of a cell below |
//! | `export-menu`, `export-open`, `export-csv`, … | the menu, its button, and its forms |
//! | `column-explorer`, `plan-tree` | what is in the columns, and how the query was carried out |
//! | `chart-tab`, `sql-chart` | the chart; the latter has `data-drawn`, the times that it was drawn |
//! | `chart-mark`, `chart-x`, `chart-step`, `chart-y`, `chart-aggregate`, `chart-colour` | what it is made of |
//! | `chart-notes` | what it does not show |
//! | `chart-spec`, `chart-apply`, `chart-reset-spec` | its specification and the buttons below |

mod chart_drawing;
mod chart_pickers;
mod chart_tab;
mod column_explorer;
mod export_menu;
mod grid_detail;
mod grid_head;
mod plan_tree;
mod result_grid;

pub(crate) use self::chart_tab::ChartTab;
pub(crate) use self::column_explorer::column_explorer;
pub(crate) use self::export_menu::ExportMenu;
pub(crate) use self::plan_tree::plan_tree;
pub(crate) use self::result_grid::ResultGrid;
