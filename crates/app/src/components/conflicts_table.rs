//! The duplicates that differ from the stored row in another column.

use std::rc::Rc;

use sandglass_protocol::{ConflictInfo, ConflictPage, JobId, KeyChoice, List, TableInfo};
use sandglass_ui::format;
use yew::prelude::*;

use super::paged::use_pages;
use super::table_frame::TableFrame;

/// Which conflicts.
#[derive(Properties, PartialEq)]
pub(crate) struct ConflictsTableProps {
    /// The table.
    pub(crate) table: Rc<TableInfo>,
    /// The page that came last.
    pub(crate) page: Option<Rc<ConflictPage>>,
    /// The job that changed them last.
    pub(crate) version: JobId,
}

/// The conflicts of all ingestions, in the order of reading.
#[component]
pub(crate) fn ConflictsTable(props: &ConflictsTableProps) -> Html {
    let loaded = props.page.as_ref().map(|page| page.first);
    let (total, kept) = (props.table.conflicts, props.table.conflicts_kept);
    let pages = use_pages((props.table.id, List::Conflicts), props.version, kept, loaded);
    if kept == 0 {
        return html! { <p class="empty">{ "No duplicate differs from the row that is stored." }</p> };
    }
    let Some(page) = &props.page else {
        return html! { <p class="empty">{ "Fetching the first conflicts." }</p> };
    };
    let tools = html! {
        <>
            { pages.view("conflicts") }
            <p class="note">
                { "The key was there already with other values. The stored row was kept." }
                if kept < total {
                    { format!(" The first {} of {} are listed.", format::count(kept), format::count(total)) }
                }
            </p>
        </>
    };
    let (key, key_class) = key_head(&props.table);
    html! {
        <TableFrame label="Conflicts" test_id="conflicts-table" {tools} busy={pages.busy()}>
            <thead>
                <tr>
                    <th scope="col">{ "Source" }</th>
                    <th scope="col" class="number">{ "Line" }</th>
                    <th scope="col" class={key_class}>{ key }</th>
                    <th scope="col">{ "Column" }</th>
                    <th scope="col">{ "Stored" }</th>
                    <th scope="col">{ "In the duplicate" }</th>
                </tr>
            </thead>
            <tbody>{ for page.conflicts.iter().map(|conflict| rows(conflict, key_class)) }</tbody>
        </TableFrame>
    }
}

/// The head of the column with the keys, and its class.
fn key_head(table: &TableInfo) -> (String, Option<&'static str>) {
    let KeyChoice::Columns(columns) = &table.key else { return ("Key".to_owned(), None) };
    let numeric =
        |name: &String| table.columns.iter().any(|column| column.name == *name && column.kind == "integer");
    (columns.join(", "), (columns.len() == 1 && columns.iter().all(numeric)).then_some("number"))
}

/// A line for every column that differs.
fn rows(conflict: &ConflictInfo, key_class: Option<&'static str>) -> Html {
    let show = |value: &Option<String>| match value {
        Some(text) => html! { { text } },
        None => html! { <span class="null">{ "null" }</span> },
    };
    conflict
        .differences
        .iter()
        .map(|difference| {
            html! {
                <tr>
                    <td>{ &conflict.source }</td>
                    <td class="number">{ format::count(conflict.line) }</td>
                    <td class={key_class}>{ &conflict.key }</td>
                    <td>{ &difference.column }</td>
                    <td>{ show(&difference.stored) }</td>
                    <td>{ show(&difference.incoming) }</td>
                </tr>
            }
        })
        .collect()
}
