//! The same numbers source by source, and for the jobs before the last.

use std::rc::Rc;

use sandglass_protocol::{Counts, SourceReport};
use sandglass_ui::format;
use yew::prelude::*;

use super::table_frame::TableFrame;
use crate::store::Ingestion;

/// The jobs that ended.
#[derive(Properties, PartialEq)]
pub(crate) struct IngestionsProps {
    /// Newest first.
    pub(crate) ingestions: Rc<Vec<Rc<Ingestion>>>,
}

/// Sources of the last job when there is more to say than their sum, and the earlier jobs.
#[component]
pub(crate) fn Ingestions(props: &IngestionsProps) -> Html {
    let Some((latest, earlier)) = props.ingestions.split_first() else { return Html::default() };
    let sources = &latest.report.sources;
    let failed = sources.iter().filter(|source| source.failure.is_some()).count();
    let noted = sources.iter().any(|source| !source.notes.is_empty());
    let of_sources = (sources.len() > 1 || failed > 0 || noted).then(|| {
        let files = format::counted(sources.len() as u64, "source");
        let title = match failed {
            0 => format!("Source by source: {files}"),
            _ => format!("Source by source: {files}, {} not read", format::count(failed as u64)),
        };
        let rows = sources.iter().map(source_row).collect();
        details(&title, "What became of the records of each source", rows, failed > 0 || sources.len() <= 3)
    });
    let before = (!earlier.is_empty()).then(|| {
        let rows = earlier.iter().map(|ingestion| {
            let bytes = ingestion.report.sources.iter().map(|source| source.bytes).sum();
            row(&ingestion.job.heading(), bytes, &ingestion.report.total, Html::default())
        });
        let title = format!("Before that: {}", format::counted(earlier.len() as u64, "ingestion"));
        details(&title, "Earlier ingestions", rows.collect(), false)
    });
    html! {
        <>
            { of_sources }
            { before }
        </>
    }
}

fn source_row(source: &SourceReport) -> Html {
    let remarks = html! {
        <>
            if let Some(failure) = &source.failure {
                <p class="failure"><strong>{ "Not read. " }</strong>{ format::sentence(failure) }</p>
            }
            { for source.notes.iter().map(|note| html! { <p>{ format::sentence(note) }</p> }) }
        </>
    };
    let mut name = source.name.clone();
    if !source.format.is_empty() {
        name.push_str(&format!(" ({})", source.format));
    }
    if let Some(table) = &source.table {
        name.push_str(&format!(", into {table}"));
    }
    row(&name, source.bytes, &source.counts, remarks)
}

fn row(name: &str, bytes: u64, counts: &Counts, remarks: Html) -> Html {
    let number = |number: u64| html! { <td class="number">{ format::count(number) }</td> };
    html! {
        <tr>
            <th scope="row">{ name }{ remarks }</th>
            <td class="number">{ format::bytes(bytes) }</td>
            { number(counts.read) }
            { number(counts.stored) }
            { number(counts.duplicates) }
            { number(counts.conflicts) }
            { number(counts.rejected) }
        </tr>
    }
}

fn details(title: &str, label: &str, rows: Vec<Html>, open: bool) -> Html {
    html! {
        <details class="card more" {open}>
            <summary>{ title }</summary>
            <TableFrame label={label.to_owned()}>
                <thead>
                    <tr>
                        <th scope="col">{ "Source" }</th>
                        { for ["Size", "Read", "Stored", "Duplicates", "In conflict", "Rejected"].map(|name| html! {
                            <th scope="col" class="number">{ name }</th>
                        }) }
                    </tr>
                </thead>
                <tbody>{ rows }</tbody>
            </TableFrame>
        </details>
    }
}
