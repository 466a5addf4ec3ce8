//! The results: what was read, which weeks stand out, the chart, and the tables.

use std::rc::Rc;

use sandglass_protocol::{REHEARSAL, ViewOptions, WeeklyView};
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
            { headline(&data.weekly) }
            <Summary ingestion={Rc::clone(latest)} />
            <Ingestions ingestions={Rc::clone(&data.ingestions)} />
            if !data.weekly.weeks.is_empty() {
                <section class="card weekly" aria-labelledby="weekly-title">
                    <Controls options={props.options} />
                    <WeeklyChart weekly={Rc::clone(&data.weekly)} dark={props.dark} {version} />
                </section>
            }
            <Tabs data={data.clone()} open={props.tab} />
        </div>
    }
}

fn headline(view: &WeeklyView) -> Html {
    let weeks = view.weeks.len() as u64;
    let outliers = view.weeks.iter().filter(|week| week.outlier).count() as u64;
    if weeks == 0 {
        return html! {
            <div class="headline">
                <h1>{ "No votes to count" }</h1>
                <p>{ "No record of these files could be stored. The rejects below say why." }</p>
            </div>
        };
    }
    let threshold = format::tenths_of_percent(tenths(view.options.threshold));
    let verb = if outliers == 1 { "stands" } else { "stand" };
    html! {
        <div class="headline">
            <h1>{ format!("{} of {} {verb} out", format::count(outliers), format::counted(weeks, "week")) }</h1>
            <p>
                { format!("by more than {threshold} from the mean of {} votes a week", format::decimal(view.mean)) }
            </p>
        </div>
    }
}
