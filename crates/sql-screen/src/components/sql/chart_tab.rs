//! A chart of a result: chosen for its columns, and open to other choices, down to its specification.
//!
//! The rows are made by a query over the result ([`crate::results::chart_sql`]), asked for whenever the choice has changed. A
//! specification that was edited stays until another choice is made.

use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use sandglass_protocol::sql::ResultInfo;
use serde_json::Value;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::chart_drawing::ChartDrawing;
use super::chart_pickers::chart_pickers;
use crate::results::chart::{ChartAnswer, ChartAsk, Choice, suggest};
use crate::results::{chart_spec, chart_sql};

/// The number of the last chart that was asked for, on the whole page.
static LAST: AtomicU32 = AtomicU32::new(0);

/// The most rows of the table behind the chart.
const TABLE_ROWS: usize = 500;

/// What is drawn.
#[derive(Properties, PartialEq)]
pub(crate) struct ChartTabProps {
    /// The result.
    pub(crate) info: Rc<ResultInfo>,
    /// Whether the page is dark.
    pub(crate) dark: bool,
    /// Asks for rows.
    pub(crate) ask: Callback<ChartAsk>,
    /// What came last.
    pub(crate) answer: Option<Rc<ChartAnswer>>,
}

/// Rows that have come, for the choice that they were asked for.
#[derive(Clone, PartialEq)]
struct Rows {
    choice: Choice,
    json: Rc<str>,
    parsed: Rc<Vec<Value>>,
}

/// The chart and its choices. It is to have the result as its key: what is chosen for one result is not for another.
#[component]
pub(crate) fn ChartTab(props: &ChartTabProps) -> Html {
    let info = &props.info;
    let choice = use_state_eq(|| suggest(info));
    let edited = use_state_eq(|| None::<Rc<Value>>);
    let table_open = use_state_eq(|| false);
    // The chart that was asked for last, and its choice.
    let asked = use_state(|| (0_u32, None::<Choice>));
    {
        let (asked, ask, info) = (asked.setter(), props.ask.clone(), Rc::clone(info));
        use_effect_with(*choice, move |choice| {
            if let Some(sql) = choice.and_then(|choice| chart_sql::query(choice, &info.columns)) {
                let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
                asked.set((number, *choice));
                ask.emit(ChartAsk { ask: number, sql });
            }
        });
    }
    let (number, asked_choice) = *asked;
    let answer = props.answer.clone().filter(|answer| answer.ask == number);
    let rows = use_memo(answer, move |answer| -> Option<Result<Rows, String>> {
        let answer = answer.as_ref()?;
        Some(answer.rows.as_ref().map_err(Clone::clone).and_then(|json| {
            let parsed: Vec<Value> = serde_json::from_str(json).map_err(|error| error.to_string())?;
            let choice = asked_choice.ok_or("it was not asked for")?;
            Ok(Rows { choice, json: json.as_str().into(), parsed: Rc::new(parsed) })
        }))
    });
    // Until other rows come, those that are there stay drawn.
    let shown = use_mut_ref(|| None::<Rows>);
    if let Some(Ok(rows)) = &*rows {
        shown.replace(Some(rows.clone()));
    }

    let Some(chosen) = *choice else {
        return html! {
            <p class="empty" data-testid="chart-tab">
                { "There is nothing to draw: a chart needs a column of numbers, times or text." }
            </p>
        };
    };
    let choose = {
        let (choice, edited) = (choice.clone(), edited.clone());
        Callback::from(move |chosen: Choice| {
            edited.set(None);
            choice.set(Some(chosen));
        })
    };
    let rows_shown = shown.borrow().clone();
    let is_late = number != 0 && rows.is_none();
    let own = chart_spec::spec(chosen, &info.columns);
    let drawn =
        rows_shown.as_ref().and_then(|rows| match edited.as_ref().filter(|_| rows.choice == chosen) {
            Some(spec) => Some(Rc::clone(spec)),
            None => chart_spec::spec(rows.choice, &info.columns).map(Rc::new),
        });
    html! {
        <section class="sql-chart-tab" aria-label="Chart" data-testid="chart-tab">
            { chart_pickers(info, chosen, &choose) }
            if let Some(Err(reason)) = &*rows {
                <p class="message error" role="alert">{ format!("The rows of this chart could not be had: {reason}") }</p>
            }
            if let (Some(rows), Some(spec)) = (&rows_shown, drawn) {
                if rows.parsed.is_empty() {
                    <p class="empty">{ "There are no rows to draw." }</p>
                } else {
                    <ChartDrawing
                        {spec} is_edited={edited.is_some()} rows={Rc::clone(&rows.json)} dark={props.dark} busy={is_late}
                    />
                }
                <div role="status" data-testid="chart-notes">
                    { for chart_spec::notes(rows.choice, &info.columns, &rows.parsed, info.rows).into_iter().map(|note| html! {
                        <p class="note">{ note }</p>
                    }) }
                </div>
                { rows_behind(info, rows, &table_open) }
            } else if is_late {
                <p class="empty" role="status">{ "Making the rows of the chart." }</p>
            }
            if let Some(own) = own {
                <SpecEditor
                    own={pretty(&own)} edited={edited.as_ref().map(|spec| pretty(spec))}
                    sql={chart_sql::query(chosen, &info.columns).unwrap_or_default()}
                    apply={Callback::from(move |spec: Option<Value>| edited.set(spec.map(Rc::new)))}
                />
            }
        </section>
    }
}

fn pretty(spec: &Value) -> AttrValue {
    serde_json::to_string_pretty(spec).unwrap_or_default().into()
}

/// The table behind the chart, made when it is opened.
fn rows_behind(info: &ResultInfo, rows: &Rows, open: &UseStateHandle<bool>) -> Html {
    let ontoggle = {
        let open = open.setter();
        Callback::from(move |event: Event| {
            let details = event.target_dyn_into::<web_sys::Element>();
            open.set(details.is_some_and(|details| details.has_attribute("open")));
        })
    };
    let count = rows.parsed.len();
    html! {
        <details class="chart-rows" {ontoggle}>
            <summary>{ format!("The chart as a table ({})", sandglass_ui::format::counted(count as u64, "row")) }</summary>
            if **open {
                { table(info, rows) }
                if count > TABLE_ROWS {
                    <p class="note">{ format!("The first {TABLE_ROWS} of them.") }</p>
                }
            }
        </details>
    }
}

fn table(info: &ResultInfo, rows: &Rows) -> Html {
    let first = &rows.parsed[..rows.parsed.len().min(TABLE_ROWS)];
    let (head, cells) = chart_spec::table(rows.choice, &info.columns, first);
    let last = head.len().saturating_sub(1);
    let class = move |index: usize| (index == last).then_some("number");
    html! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="The chart as a table">
            <table>
                <thead><tr>{ for head.iter().enumerate().map(|(index, name)| html! { <th scope="col" class={class(index)}>{ name }</th> }) }</tr></thead>
                <tbody>
                    { for cells.iter().map(|row| html! {
                        <tr>{ for row.iter().enumerate().map(|(index, cell)| html! { <td class={class(index)}>{ cell }</td> }) }</tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

/// The specification and where its rows come from.
#[derive(Properties, PartialEq)]
struct SpecEditorProps {
    /// As it was made for the choice.
    own: AttrValue,
    /// As it was edited, if it was.
    edited: Option<AttrValue>,
    sql: AttrValue,
    /// Draws another specification, or the own one again.
    apply: Callback<Option<Value>>,
}

/// A field for the specification. What is written there is drawn when it is applied.
#[component]
fn SpecEditor(props: &SpecEditorProps) -> Html {
    let field = use_node_ref();
    let wrong = use_state_eq(|| None::<String>);
    let text = props.edited.clone().unwrap_or_else(|| props.own.clone());
    {
        // Another choice has another specification; what is being written stays as long as nothing is chosen.
        let (field, wrong) = (field.clone(), wrong.setter());
        use_effect_with(text, move |text| {
            if let Some(field) = field.cast::<HtmlTextAreaElement>() {
                field.set_value(text);
            }
            wrong.set(None);
        });
    }
    let apply = {
        let (field, wrong, apply) = (field.clone(), wrong.setter(), props.apply.clone());
        Callback::from(move |()| {
            let Some(field) = field.cast::<HtmlTextAreaElement>() else { return };
            match chart_spec::parse(&field.value()) {
                Ok(spec) => {
                    wrong.set(None);
                    apply.emit(Some(spec));
                }
                Err(reason) => wrong.set(Some(reason)),
            }
        })
    };
    let reset = {
        let (field, wrong, apply, own) =
            (field.clone(), wrong.setter(), props.apply.clone(), props.own.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(field) = field.cast::<HtmlTextAreaElement>() {
                field.set_value(&own);
            }
            wrong.set(None);
            apply.emit(None);
        })
    };
    let onkeydown = {
        let apply = apply.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                apply.emit(());
            }
        })
    };
    html! {
        <details class="chart-spec">
            <summary>{ "Edit the chart" }</summary>
            <label class="note" for="chart-spec">
                { "Its Vega-Lite specification. The rows below are its data, named “rows”, with the fields x, y and colour." }
            </label>
            <textarea
                id="chart-spec" data-testid="chart-spec" ref={field} spellcheck="false" autocomplete="off" rows="16"
                aria-invalid={wrong.is_some().then_some("true")} aria-describedby="chart-spec-wrong" {onkeydown}
            />
            <p id="chart-spec-wrong" class="spec-wrong" role="alert">{ wrong.as_deref() }</p>
            <div class="choice-buttons">
                <button type="button" class="plain" data-testid="chart-apply" onclick={apply.reform(|_: MouseEvent| ())}>{ "Apply" }</button>
                <button type="button" class="quiet" data-testid="chart-reset-spec" onclick={reset}>{ "Reset" }</button>
            </div>
            <p class="note">{ "The query over the result that makes the rows:" }</p>
            <pre class="chart-sql" tabindex="0" role="region" aria-label="Query of the chart">{ &props.sql }</pre>
        </details>
    }
}
