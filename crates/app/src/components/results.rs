//! The results: what was read, which weeks stand out, the chart, and the tables.

use std::rc::Rc;

use sandglass_protocol::{TableId, TableInfo, VOTES, ViewOptions, WeeklyView};
use sandglass_ui::format;
use sandglass_ui::icon::{Icon, Picture};
use yew::prelude::*;

use super::catalog::name_among;
use super::chart::WeeklyChart;
use super::controls::Controls;
use super::ingestions::Ingestions;
use super::summary::Summary;
use super::tabs::Tabs;
use crate::actions::use_actions;
use crate::hooks::use_painted;
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
    /// Whether all of it is saved.
    #[prop_or_default]
    pub(crate) saved: bool,
}

/// The results.
#[component]
pub(crate) fn Results(props: &ResultsProps) -> Html {
    let data = &props.data;
    let version = data.version;
    use_painted(version, data.ingestions.first().map(|ingestion| ingestion.job.id));
    html! {
        <div class="results">
            if data.tables.len() > 1 {
                <TableChips tables={Rc::clone(&data.tables)} shown={data.table.id} />
            }
            <div class="headline-row">
                { headline(data) }
                <QueryButton table={Rc::clone(&data.table)} />
            </div>
            if let Some(latest) = data.ingestions.first() {
                <Summary ingestion={Rc::clone(latest)} />
            }
            <Ingestions ingestions={Rc::clone(&data.ingestions)} />
            if let Some(weekly) = data.weekly.as_ref().filter(|weekly| !weekly.weeks.is_empty()) {
                <section class="card weekly" aria-labelledby="weekly-title">
                    <Controls noun={weekly.noun.clone()} options={props.options} />
                    <WeeklyChart weekly={Rc::clone(weekly)} dark={props.dark} {version} saved={props.saved} />
                </section>
            }
            <Tabs data={data.clone()} open={props.tab} saved={props.saved} />
        </div>
    }
}

/// The tables.
#[derive(Properties, PartialEq)]
struct TableChipsProps {
    tables: Rc<Vec<Rc<TableInfo>>>,
    shown: TableId,
}

/// The names of the tables in a row, for pages on which the catalog is far below.
#[component]
fn TableChips(props: &TableChipsProps) -> Html {
    let actions = use_actions();
    html! {
        <nav class="table-chips" aria-label="Tables">
            { for props.tables.iter().map(|table| {
                let (actions, id) = (actions.clone(), table.id);
                html! {
                    <button
                        type="button" class="chip" aria-current={(id == props.shown).then_some("true")}
                        onclick={Callback::from(move |_: MouseEvent| actions.show_table(id))}
                    >
                        { name_among(table, &props.tables) }
                    </button>
                }
            }) }
        </nav>
    }
}

/// A table.
#[derive(Properties, PartialEq)]
struct QueryButtonProps {
    table: Rc<TableInfo>,
}

/// The way from a table to a query for it.
#[component]
fn QueryButton(props: &QueryButtonProps) -> Html {
    let actions = use_actions();
    let table = Rc::clone(&props.table);
    let query = Callback::from(move |_: MouseEvent| actions.query_table(&table.schema, &table.name));
    html! {
        <button type="button" class="quiet" data-testid="query-table" onclick={query}>
            <Icon of={Picture::Query} /><span>{ "Query this table" }</span>
        </button>
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
    let view = weekly.as_ref().filter(|view| !view.weeks.is_empty());
    let (title, about) = match view {
        Some(view) if table.id == VOTES => standing_out(view),
        _ => (table.name.clone(), about(table, view.map(|view| &**view))),
    };
    html! {
        <div class="headline">
            <h1>{ title }</h1>
            <p>{ about }</p>
        </div>
    }
}

/// How many weeks stand out, and from what.
fn standing_out(view: &WeeklyView) -> (String, String) {
    let outliers = view.weeks.iter().filter(|week| week.outlier).count() as u64;
    let threshold = format::tenths_of_percent(tenths(view.options.threshold));
    let verb = if outliers == 1 { "stands" } else { "stand" };
    let weeks = format::counted(view.weeks.len() as u64, "week");
    (
        format!("{} of {weeks} {verb} out", format::count(outliers)),
        format!(
            "by more than {threshold} from the mean of {} {}s a week",
            format::decimal(view.mean),
            view.noun
        ),
    )
}

/// What there is to say of a table that no pipeline made.
fn about(table: &TableInfo, view: Option<&WeeklyView>) -> String {
    let columns = format::counted(table.columns.len() as u64, "column");
    let mut text = format!("{}, {columns}.", format::counted(table.rows, "row"));
    match (view, &table.time) {
        (Some(view), Some(time)) => {
            let (stand_out, from_what) = standing_out(view);
            let stand_out = match view.weeks.iter().any(|week| week.outlier) {
                true => stand_out,
                false => "no week stands out".to_owned(),
            };
            text.push_str(&format!(" By {time}, {stand_out} {from_what}"));
            match table.untimed {
                0 => text.push('.'),
                1 => text.push_str("; one row has no time and is in no week."),
                n => text
                    .push_str(&format!("; {} have no time and are in no week.", format::counted(n, "row"))),
            }
        }
        (None, Some(_)) => {}
        (_, None) => text.push_str(" Choose a time under Columns to see its weeks."),
    }
    text
}
