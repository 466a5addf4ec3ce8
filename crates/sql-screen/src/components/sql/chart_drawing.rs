//! A chart that is drawn anew whenever its specification, its rows or the look of the page have changed.

use std::cell::Cell;
use std::rc::Rc;

use sandglass_ui::browser::charts::Drawn;
use sandglass_ui::browser::error_text;
use sandglass_ui::browser::style::Style;
use sandglass_ui::icon::{Icon, Picture};
use serde_json::Value;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::actions::use_actions;
use crate::results::chart_spec::{Look, config};

/// What is drawn.
#[derive(Properties, PartialEq)]
pub(super) struct ChartDrawingProps {
    pub(super) spec: Rc<Value>,
    /// Whether it was written by the user, who can do something about warnings.
    pub(super) is_edited: bool,
    /// An array of objects, as JSON.
    pub(super) rows: Rc<str>,
    pub(super) dark: bool,
    /// Whether other rows are on their way.
    pub(super) busy: bool,
}

/// How far the drawing has come.
#[derive(Clone, PartialEq, Default)]
struct State {
    /// How often it was drawn.
    times: u32,
    warnings: Vec<String>,
    failed: Option<String>,
}

/// The drawing and its downloads.
#[component]
pub(super) fn ChartDrawing(props: &ChartDrawingProps) -> Html {
    let actions = use_actions();
    let holder = use_node_ref();
    let chart = use_mut_ref(|| None::<Drawn>);
    let times = use_mut_ref(|| 0_u32);
    let state = use_state_eq(State::default);
    {
        let (holder, chart, setter) = (holder.clone(), Rc::clone(&chart), state.setter());
        let now = (Rc::clone(&props.spec), Rc::clone(&props.rows), props.dark);
        use_effect_with(now, move |(spec, rows, _)| {
            let alive = Rc::new(Cell::new(true));
            let (spec, rows, still_wanted, slot) =
                (Rc::clone(spec), Rc::clone(rows), Rc::clone(&alive), Rc::clone(&chart));
            wasm_bindgen_futures::spawn_local(async move {
                let Some(element) = holder.cast::<HtmlElement>() else { return };
                let outcome = Drawn::draw(&element, &spec, &rows, &config(&look(&element))).await;
                if !still_wanted.get() {
                    return;
                }
                let mut times = times.borrow_mut();
                *times += 1;
                setter.set(match outcome {
                    Ok(fresh) => {
                        let warnings = fresh.warnings();
                        slot.replace(Some(fresh));
                        State { times: *times, warnings, failed: None }
                    }
                    Err(error) => State { times: *times, warnings: vec![], failed: Some(error_text(&error)) },
                });
            });
            move || {
                alive.set(false);
                chart.take();
            }
        });
    }
    let save = |is_png: bool| {
        let (actions, chart) = (actions.clone(), Rc::clone(&chart));
        Callback::from(move |_: MouseEvent| match chart.borrow().as_ref() {
            Some(chart) if is_png => actions.voice().save_png("chart.png", chart.png()),
            Some(chart) => actions.voice().save_svg("chart.svg", chart.svg()),
            None => {}
        })
    };
    let ready = state.times > 0 && state.failed.is_none();
    let title = props.spec.get("description").and_then(Value::as_str).unwrap_or("Chart").to_owned();
    let own_height = props.spec.get("height").is_some();
    html! {
        <figure class="sql-chart-figure" aria-busy={props.busy.then_some("true")}>
            if let Some(reason) = &state.failed {
                <p class="spec-wrong" role="alert">{ format!("The chart could not be drawn: {reason}") }</p>
            }
            <div
                class={classes!("sql-chart", own_height.then_some("own-height"))} role="img" aria-label={title} ref={holder}
                data-testid="sql-chart" data-drawn={ready.then(|| state.times.to_string())}
            />
            if props.is_edited && !state.warnings.is_empty() {
                <ul class="note" aria-label="What may be wrong with the chart">
                    { for state.warnings.iter().map(|warning| html! { <li>{ warning }</li> }) }
                </ul>
            }
            <div class="chart-downloads">
                <button type="button" class="quiet" disabled={!ready} onclick={save(false)}><Icon of={Picture::Download} /><span>{ "SVG" }</span></button>
                <button type="button" class="quiet" disabled={!ready} onclick={save(true)}><Icon of={Picture::Download} /><span>{ "PNG" }</span></button>
            </div>
        </figure>
    }
}

/// The colours and the font that the style sheet gives the chart.
fn look(element: &HtmlElement) -> Look {
    let style = Style::of(element);
    Look {
        mark: style.get("--chart-1"),
        categories: (1..=8).map(|index| style.get(&format!("--chart-{index}"))).collect(),
        text: style.get("--chart-text"),
        grid: style.get("--chart-grid"),
        font: style.get("font-family"),
        font_size: style.chart_font_size(),
    }
}
