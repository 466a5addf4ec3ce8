//! The results: what was read, which weeks stand out, the chart, and the tables.

use std::rc::Rc;

use sandglass_protocol::{REHEARSAL, VOTES, ViewOptions};
use yew::prelude::*;

use super::chart::WeeklyChart;
use super::controls::Controls;
use super::ingestions::Ingestions;
use super::summary::Summary;
use super::tabs::Tabs;
use crate::browser::timing::{after_paint, mark};
use crate::format;
use crate::store::{Data, Tab, tenths};

/// What the results depend on.
#[derive(Properties, PartialEq)]
pub(crate) struct ResultsProps {
    pub(crate) data: Data,
    /// The rule and threshold of the controls.
    pub(crate) options: ViewOptions,
    /// The open table.
    pub(crate) tab: Tab,
    /// Whether the page is dark.
    pub(crate) dark: bool,
}

/// The results.
#[component]
pub(crate) fn Results(props: &ResultsProps) -> Html {
    let data = &props.data;
    let version = data.version();
    // Asked for while drawing and not in an effect: Yew puts effects off when drawing took long, and the frame that has
    // the tables in it would be over. They are all in the document by then, because drawing is not interrupted. The
    // chart is not: it comes after this frame.
    use_memo(version, |version| {
        let version = *version;
        if version != REHEARSAL {
            after_paint(move || mark("answer", Some(version)));
        }
    });
    let Some(latest) = data.ingestions.first() else { return Html::default() };
    html! {
        <div class="results">
            { headline(data) }
            <Summary ingestion={Rc::clone(latest)} />
            <Ingestions ingestions={Rc::clone(&data.ingestions)} />
            if let Some(weekly) = data.weekly.as_ref().filter(|weekly| !weekly.weeks.is_empty()) {
                <section class="card weekly" aria-labelledby="weekly-title">
                    <Controls noun={weekly.noun.clone()} options={props.options} />
                    <WeeklyChart weekly={Rc::clone(weekly)} dark={props.dark} {version} />
                </section>
            }
            <Tabs data={data.clone()} open={props.tab} />
        </div>
    }
}

/// What there is to say of a table before all else: its weeks if they can be told, or else its size.
fn headline(data: &Data) -> Html {
    let Data { table, weekly, .. } = data;
    if table.rows == 0 {
        return html! {
            <div class="headline">
                <h1>{ format!("Nothing of {} could be stored", table.name) }</h1>
                <p>{ "The rejects below say why." }</p>
            </div>
        };
    }
    let Some(view) = weekly.as_ref().filter(|view| !view.weeks.is_empty()) else {
        let about = format!(
            "{}, {}",
            format::counted(table.rows, "row"),
            format::counted(table.columns.len() as u64, "column")
        );
        let hint = if table.time.is_none() { " Choose a time under Columns to see its weeks." } else { "" };
        return html! {
            <div class="headline">
                <h1>{ &table.name }</h1>
                <p>{ format!("{about}.{hint}") }</p>
            </div>
        };
    };
    let weeks = view.weeks.len() as u64;
    let outliers = view.weeks.iter().filter(|week| week.outlier).count() as u64;
    let threshold = format::tenths_of_percent(tenths(view.options.threshold));
    let verb = if outliers == 1 { "stands" } else { "stand" };
    html! {
        <div class="headline">
            <h1>{ format!("{} of {} {verb} out", format::count(outliers), format::counted(weeks, "week")) }</h1>
            <p>
                { format!("by more than {threshold} from the mean of {} {}s a week", format::decimal(view.mean), view.noun) }
                if table.id != VOTES {
                    { format!(" in {}", table.name) }
                    if let Some(time) = &table.time {
                        { format!(", by {time}") }
                    }
                }
                if table.untimed > 0 {
                    { format!("; {} without a time {} in no week", format::counted(table.untimed, "row"), if table.untimed == 1 { "is" } else { "are" }) }
                }
            </p>
        </div>
    }
}
