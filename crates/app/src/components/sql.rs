//! What shows the result of a query. Values come in as props, and what is wanted goes out by callbacks: nothing in here knows
//! the query worker. What can be decided without a browser is in [`crate::results`].

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
pub(crate) use self::column_explorer::ColumnExplorer;
pub(crate) use self::export_menu::ExportMenu;
pub(crate) use self::plan_tree::PlanTree;
pub(crate) use self::result_grid::ResultGrid;
