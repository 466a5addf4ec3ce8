//! The stored rows, page by page.

use std::rc::Rc;

use sandglass_protocol::{ColumnInfo, JobId, List, RowPage, TableInfo};
use sandglass_ui::format;
use yew::prelude::*;

use super::copy_button::CopyButton;
use super::paged::use_pages;
use super::table_frame::TableFrame;
use crate::table::rows_tsv;

/// Which rows.
#[derive(Properties, PartialEq)]
pub(crate) struct RowsTableProps {
    /// The table.
    pub(crate) table: Rc<TableInfo>,
    /// The page that came last.
    pub(crate) page: Option<Rc<RowPage>>,
    /// The job that changed the table last.
    pub(crate) version: JobId,
}

/// The rows in the order of storing.
#[component]
pub(crate) fn RowsTable(props: &RowsTableProps) -> Html {
    let table = &props.table;
    let loaded = props.page.as_ref().map(|page| page.first);
    let pages = use_pages((table.id, List::Rows), props.version, table.rows, loaded);
    if table.rows == 0 {
        return html! { <p class="empty">{ "The table has no rows." }</p> };
    }
    let Some(page) = &props.page else {
        return html! { <p class="empty">{ "Fetching the first rows." }</p> };
    };
    let text = {
        let page = Rc::clone(page);
        Callback::from(move |()| rows_tsv(&page))
    };
    let things = format::counted(page.rows.len() as u64, "row");
    let tools = html! { <>{ pages.view("rows") }<CopyButton {text} {things} /></> };
    html! {
        <TableFrame label={format!("Rows of the table {}", table.name)} test_id="rows-table" {tools} busy={pages.busy()}>
            <thead>
                <tr>
                    <th scope="col" class="number">{ "Row" }</th>
                    { for page.columns.iter().map(|column| html! {
                        <th scope="col" class={numeric(column)}>{ &column.name }</th>
                    }) }
                </tr>
            </thead>
            <tbody>
                { for page.rows.iter().enumerate().map(|(index, cells)| html! {
                    <tr key={index}>
                        <td class="number faint">{ format::count(page.first + index as u64 + 1) }</td>
                        { for cells.iter().zip(&page.columns).map(|(cell, column)| html! {
                            <td class={numeric(column)}>{ show(cell.as_deref()) }</td>
                        }) }
                    </tr>
                }) }
            </tbody>
        </TableFrame>
    }
}

fn numeric(column: &ColumnInfo) -> Option<&'static str> {
    matches!(column.kind.as_str(), "integer" | "float" | "decimal").then_some("number")
}

/// A null looks different from an empty text.
fn show(cell: Option<&str>) -> Html {
    match cell {
        Some(text) => html! { { text } },
        None => html! { <span class="null">{ "null" }</span> },
    }
}
