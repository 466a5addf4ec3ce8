//! The records that could not be taken: where they are, why, and what they look like.

use std::rc::Rc;

use sandglass_protocol::{JobId, List, RejectInfo, RejectPage, TableInfo};
use sandglass_ui::format;
use sandglass_ui::icon::{Icon, Picture};
use sandglass_ui::tsv::line;
use yew::prelude::*;

use super::copy_button::CopyButton;
use super::paged::use_pages;
use super::table_frame::TableFrame;
use crate::actions::use_actions;

/// Which rejects.
#[derive(Properties, PartialEq)]
pub(crate) struct RejectsTableProps {
    /// The table.
    pub(crate) table: Rc<TableInfo>,
    /// The page that came last.
    pub(crate) page: Option<Rc<RejectPage>>,
    /// The job that changed them last.
    pub(crate) version: JobId,
}

/// The rejects of all ingestions, in the order of reading.
#[component]
pub(crate) fn RejectsTable(props: &RejectsTableProps) -> Html {
    let actions = use_actions();
    let loaded = props.page.as_ref().map(|page| page.first);
    let (id, total, kept) = (props.table.id, props.table.rejected, props.table.rejects_kept);
    let pages = use_pages((id, List::Rejects), props.version, kept, loaded);
    if kept == 0 {
        let text = match total {
            0 => "Every record could be taken.".to_owned(),
            _ => format!("{} could not be taken; none was kept in full.", format::counted(total, "record")),
        };
        return html! { <p class="empty">{ text }</p> };
    }
    let Some(page) = &props.page else {
        return html! { <p class="empty">{ "Fetching the first rejects." }</p> };
    };
    let text = {
        let page = Rc::clone(page);
        Callback::from(move |()| tsv(&page.rejects))
    };
    let things = format::counted(page.rejects.len() as u64, "reject");
    let export = Callback::from(move |_: MouseEvent| actions.export_rejects(id));
    let tools = html! {
        <>
            { pages.view("rejects") }
            <CopyButton {text} {things} />
            <button type="button" class="quiet" data-testid="export-rejects" onclick={export}>
                <Icon of={Picture::Download} /><span>{ "Download all as NDJSON" }</span>
            </button>
            if kept < total {
                <p class="note">
                    { format!("{} were rejected; the first {} were kept.", format::counted(total, "record"), format::count(kept)) }
                </p>
            }
        </>
    };
    html! {
        <TableFrame label="Rejected records" test_id="rejects-table" {tools} busy={pages.busy()}>
            <thead>
                <tr>
                    <th scope="col">{ "Source" }</th>
                    <th scope="col" class="number">{ "Line" }</th>
                    <th scope="col" class="number">{ "Byte" }</th>
                    <th scope="col">{ "Reason" }</th>
                    <th scope="col">{ "Raw text" }</th>
                    <th scope="col" class="number">{ "Length" }</th>
                </tr>
            </thead>
            <tbody>{ for page.rejects.iter().enumerate().map(|(index, reject)| row(index, reject)) }</tbody>
        </TableFrame>
    }
}

fn row(index: usize, reject: &RejectInfo) -> Html {
    let cut = (reject.raw.len() as u64) < reject.raw_bytes;
    html! {
        <tr key={index}>
            <td>{ &reject.source }</td>
            <td class="number">{ format::count(reject.line) }</td>
            <td class="number">{ format::count(reject.byte_offset) }</td>
            <td class="reason">{ &reject.reason }</td>
            <td class="raw">
                <code>{ &reject.raw }</code>
                if cut {
                    <span class="faint" title="Only the beginning is kept">{ " …" }</span>
                }
            </td>
            <td class="number">{ format::bytes(reject.raw_bytes) }</td>
        </tr>
    }
}

fn tsv(rejects: &[RejectInfo]) -> String {
    let mut text = line(["Source", "Line", "ByteOffset", "Reason", "Raw", "RawBytes"].into_iter());
    for reject in rejects {
        let (number, offset, bytes) =
            (reject.line.to_string(), reject.byte_offset.to_string(), reject.raw_bytes.to_string());
        text.push_str(&line(
            [&reject.source, &number, &offset, &reject.reason, &reject.raw, &bytes]
                .into_iter()
                .map(String::as_str),
        ));
    }
    text
}
