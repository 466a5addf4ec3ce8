//! What became of the records of the last job: `read = stored + duplicates + rejected`.

use std::rc::Rc;

use sandglass_ui::format;
use yew::prelude::*;

use crate::store::Ingestion;

/// The job to sum up.
#[derive(Properties, PartialEq)]
pub(crate) struct SummaryProps {
    pub(crate) ingestion: Rc<Ingestion>,
}

/// The equation, in large numbers.
#[component]
pub(crate) fn Summary(props: &SummaryProps) -> Html {
    let Ingestion { job, report } = &*props.ingestion;
    let counts = &report.total;
    let bytes = report.sources.iter().map(|source| source.bytes).sum();
    let term = |number: u64, name: &'static str, test_id: &'static str, class: &'static str| {
        html! {
            <div class={classes!("term", class)}>
                <span class="number" data-testid={test_id}>{ format::count(number) }</span>
                <span class="name">{ name }</span>
            </div>
        }
    };
    let operator = |sign: &'static str| html! { <span class="operator">{ sign }</span> };
    html! {
        <section class="card summary" aria-labelledby="summary-title">
            <h2 id="summary-title" class="visually-hidden">{ "Summary" }</h2>
            <p class="summary-what">
                <strong>{ job.heading() }</strong>
                { format!(" {} in {}", format::bytes(bytes), format::duration(report.elapsed_ms)) }
                // What several were taken for stands with each of them.
                if let [source] = report.sources.as_slice() {
                    if !source.format.is_empty() {
                        <span class="format">{ format!(" {}", source.format) }</span>
                    }
                }
            </p>
            <div class="equation">
                { term(counts.read, "read", "summary-read", "") }
                { operator("=") }
                { term(counts.stored, "stored", "summary-stored", "stored") }
                { operator("+") }
                <div class="term">
                    <span class="number" data-testid="summary-duplicates">{ format::count(counts.duplicates) }</span>
                    <span class="name">
                        { if counts.duplicates == 1 { "duplicate" } else { "duplicates" } }
                        <span class="conflicts" title="Duplicates that differ from the stored row in another column. The stored row is kept.">
                            { ", " }
                            <span data-testid="summary-conflicts">{ format::count(counts.conflicts) }</span>
                            { " in conflict" }
                        </span>
                    </span>
                </div>
                { operator("+") }
                { term(counts.rejected, "rejected", "summary-rejected", if counts.rejected > 0 { "some" } else { "" }) }
            </div>
        </section>
    }
}
