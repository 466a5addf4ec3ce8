//! What came of a statement: its rows in four views, or what it did, or why it failed.

use std::rc::Rc;

use sandglass_protocol::sql::{ExportForm, SqlError};
use sandglass_ui::format;
use sandglass_ui::icon::{Icon, Picture};
use web_sys::HtmlElement;
use yew::prelude::*;

use super::EditorLink;
use crate::actions::use_actions;
use crate::components::column_view::column_view;
use crate::components::sql::{ChartTab, ExportMenu, ResultGrid, plan_tree};
use crate::results::chart::ChartAsk;
use crate::results::pages::PageAsk;
use crate::results::profile::ColumnFilter;
use crate::workspace::problems::{line_and_column, utf16};
use crate::workspace::{Ended, Exploring, Outcome, Rows, Run, Script, Shared, Step, View};

/// The views: their names, and the ends of their `id` and `data-testid`.
const VIEWS: [(View, &str, &str); 4] = [
    (View::Rows, "Rows", "rows"),
    (View::Columns, "Columns", "columns"),
    (View::Chart, "Chart", "chart"),
    (View::Plan, "Plan", "plan"),
];

/// What came of the statement of a script that is looked at, if it has ended.
pub(super) fn outcome(script: &Script, run: &Run, dark: bool, editor: &EditorLink) -> Option<Html> {
    let ended = run.ended.get(script.shown)?;
    Some(html! {
        <section class="card sql-outcome" aria-label="Result">
            { match &ended.outcome {
                Outcome::Rows(rows) => {
                    let key = format!("{}-{}", run.id, script.shown);
                    html! { <RowsView {key} rows={rows.clone()} ended={ended.clone()} view={script.view} {dark} /> }
                }
                Outcome::Lost(rows) => html! {
                    <p>{ format!("{} went with the SQL engine when it stopped. Run the script once more.", format::counted(*rows, "row")) }</p>
                },
                Outcome::Done(what) => html! {
                    <p data-testid="sql-done">
                        { format::sentence(what) }
                        <span class="note">{ format!(" {}", cost(ended)) }</span>
                    </p>
                },
                Outcome::Failed(error) => failure(run, ended, error, editor),
                Outcome::Cancelled => html! { <p data-testid="sql-cancelled">{ "Cancelled. Nothing has changed." }</p> },
            } }
        </section>
    })
}

/// What went wrong, and where.
fn failure(run: &Run, ended: &Ended, error: &SqlError, editor: &EditorLink) -> Html {
    let place = error.place.unwrap_or(ended.place);
    let (line, column) = line_and_column(&run.sql, place.from);
    let (editor, at) = (editor.clone(), run.from + utf16(&run.sql, place.from));
    let go_to = Callback::from(move |_: MouseEvent| {
        editor.with(|editor| editor.go_to(at));
    });
    let of_what = if run.from == 0 { "" } else { " of what was selected" };
    html! {
        <div class="sql-failure" role="alert" data-testid="sql-error">
            <Icon of={Picture::Error} />
            <div>
                <p>{ format::sentence(&error.message) }</p>
                <button type="button" class="quiet" onclick={go_to}>
                    { format!("Line {line}, column {column}{of_what}") }
                </button>
            </div>
        </div>
    }
}

/// What a statement cost, in words.
fn cost(ended: &Ended) -> String {
    let cost = &ended.cost;
    let mut text = format!("It took {}", format::duration(cost.elapsed_ms));
    if cost.rows_read > 0 {
        text.push_str(&format!(", read {}", format::counted(cost.rows_read, "row")));
    }
    if cost.bytes_read > 0 {
        text.push_str(&format!(", fetched {}", format::bytes(cost.bytes_read)));
    }
    text.push('.');
    text
}

/// Rows and how they are looked at.
#[derive(Properties, PartialEq)]
struct RowsViewProps {
    rows: Rows,
    ended: Shared<Ended>,
    view: View,
    dark: bool,
}

/// The rows in four views. Those that were opened stay, with what was chosen in them.
#[component]
fn RowsView(props: &RowsViewProps) -> Html {
    let actions = use_actions();
    let RowsViewProps { rows, ended, view, .. } = props;
    let result = rows.info.result;
    let with_chart = use_mut_ref(|| false);
    if *view == View::Chart {
        with_chart.replace(true);
    }
    {
        let actions = actions.clone();
        let wanted = *view == View::Columns && rows.exploring == Exploring::No;
        use_effect_with(wanted, move |wanted| {
            if *wanted {
                actions.explore_result(result);
            }
        });
    }
    let ask = use_callback(actions.clone(), move |ask: PageAsk, actions| actions.fetch_rows(result, ask));
    let ask_chart = use_callback(actions.clone(), move |ask: ChartAsk, actions| actions.chart(result, ask));
    let export =
        use_callback(actions.clone(), move |form: ExportForm, actions| actions.export_result(result, form));
    let filter = use_callback(actions.clone(), |filter: ColumnFilter, actions| {
        actions.voice().copy(filter.condition(), "the condition".to_owned(), Callback::noop());
    });
    let tools = html! {
        <ExportMenu rows={rows.info.rows} is_whole={rows.info.is_whole} busy={rows.exporting} {export} />
    };
    let hidden = |of: View| *view != of;
    let suffix = VIEWS.iter().find(|(of, ..)| of == view).map_or("", |(.., suffix)| *suffix);
    html! {
        <>
            <div class="sql-outcome-head">
                <ViewTabs open={*view} />
                <p class="note" data-testid="sql-cost">{ cost(ended) }</p>
            </div>
            { for rows.info.notes.iter().map(|note| html! {
                <p class="sql-remark"><Icon of={Picture::Info} /><span>{ format::sentence(note) }</span></p>
            }) }
            <div role="tabpanel" id="view-panel" aria-labelledby={format!("view-{suffix}")}>
                <div hidden={hidden(View::Rows)}>
                    <ResultGrid key={result} info={Rc::clone(&rows.info)} pages={Rc::clone(&rows.pages)} {ask} {tools} />
                </div>
                if *view == View::Columns {
                    { column_view(&rows.exploring, "the result".to_owned(), Some(filter)) }
                }
                if *with_chart.borrow() {
                    <div hidden={hidden(View::Chart)}>
                        <ChartTab key={result} info={Rc::clone(&rows.info)} dark={props.dark} ask={ask_chart} answer={rows.chart.clone()} />
                    </div>
                }
                if *view == View::Plan {
                    if let Some(plan) = &rows.plan {
                        { plan_tree(plan, ended.cost.elapsed_ms) }
                    } else {
                        <p class="empty">{ "It needed no plan." }</p>
                    }
                }
            </div>
        </>
    }
}

/// The view that is open.
#[derive(Properties, PartialEq)]
struct ViewTabsProps {
    open: View,
}

/// The tabs of the views. Arrow keys, Home and End go from one to the other.
#[component]
fn ViewTabs(props: &ViewTabsProps) -> Html {
    let actions = use_actions();
    let list = use_node_ref();
    let open = props.open;
    let onkeydown = {
        let (actions, list) = (actions.clone(), list.clone());
        Callback::from(move |event: KeyboardEvent| {
            let at = VIEWS.iter().position(|(view, ..)| *view == open).unwrap_or(0);
            let next = match event.key().as_str() {
                "ArrowRight" => (at + 1) % VIEWS.len(),
                "ArrowLeft" => (at + VIEWS.len() - 1) % VIEWS.len(),
                "Home" => 0,
                "End" => VIEWS.len() - 1,
                _ => return,
            };
            event.prevent_default();
            actions.sql(Step::View(VIEWS[next].0));
            let buttons = list.cast::<HtmlElement>().map(|list| list.children());
            if let Some(button) = buttons.and_then(|buttons| buttons.item(next as u32)) {
                let _ = wasm_bindgen::JsCast::unchecked_into::<HtmlElement>(button).focus();
            }
        })
    };
    html! {
        <div class="tabs" role="tablist" aria-label="Result" ref={list} {onkeydown}>
            { for VIEWS.map(|(view, name, suffix)| {
                let selected = view == open;
                let actions = actions.clone();
                html! {
                    <button
                        type="button" role="tab" id={format!("view-{suffix}")} data-testid={format!("view-{suffix}")}
                        aria-selected={selected.to_string()} aria-controls="view-panel"
                        tabindex={if selected { "0" } else { "-1" }}
                        onclick={Callback::from(move |_: MouseEvent| actions.sql(Step::View(view)))}
                    >
                        { name }
                    </button>
                }
            }) }
        </div>
    }
}
