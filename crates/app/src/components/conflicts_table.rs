//! The duplicates that differ from the stored row in another column.

use std::rc::Rc;

use sandglass_protocol::{ConflictInfo, ConflictPage, JobId};
use yew::prelude::*;

use super::paged::use_pages;
use super::table_frame::TableFrame;
use crate::actions::page::Paged;
use crate::format;

/// Which conflicts.
#[derive(Properties, PartialEq)]
pub(crate) struct ConflictsTableProps {
    /// How many there were.
    pub(crate) total: u64,
    /// How many of them can be listed.
    pub(crate) kept: u64,
    /// The page that came last.
    pub(crate) page: Option<Rc<ConflictPage>>,
    /// The job that changed them last.
    pub(crate) version: JobId,
}

/// The conflicts of all ingestions, in the order of reading.
#[component]
pub(crate) fn ConflictsTable(props: &ConflictsTableProps) -> Html {
    let loaded = props.page.as_ref().map(|page| page.first);
    let pages = use_pages(Paged::Conflicts, props.version, props.kept, loaded);
    if props.kept == 0 {
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
                if props.kept < props.total {
                    { format!(" The first {} of {} are listed.", format::count(props.kept), format::count(props.total)) }
                }
            </p>
        </>
    };
    html! {
        <TableFrame label="Conflicts" test_id="conflicts-table" {tools} busy={pages.busy()}>
            <thead>
                <tr>
                    <th scope="col">{ "Source" }</th>
                    <th scope="col" class="number">{ "Line" }</th>
                    <th scope="col" class="number">{ "Id" }</th>
                    <th scope="col">{ "Column" }</th>
                    <th scope="col">{ "Stored" }</th>
                    <th scope="col">{ "In the duplicate" }</th>
                </tr>
            </thead>
            <tbody>{ for page.conflicts.iter().map(rows) }</tbody>
        </TableFrame>
    }
}

/// A line for every column that differs.
fn rows(conflict: &ConflictInfo) -> Html {
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
                    <td class="number">{ &conflict.key }</td>
                    <td>{ &difference.column }</td>
                    <td>{ show(&difference.stored) }</td>
                    <td>{ show(&difference.incoming) }</td>
                </tr>
            }
        })
        .collect()
}
