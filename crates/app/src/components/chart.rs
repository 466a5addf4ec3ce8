//! The weekly chart, with its legend, the span that it shows, and its downloads.
//!
//! It comes behind the answer: nothing is loaded or drawn before the tables are painted, and as a rule saved. A new threshold, rule or span
//! changes the drawn chart; only a new look draws it again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use sandglass_protocol::{JobId, REHEARSAL, WeeklyView};
use sandglass_ui::browser::error_text;
use sandglass_ui::browser::style::Style;
use sandglass_ui::browser::timing::{after_paint, mark};
use sandglass_ui::format;
use sandglass_ui::icon::{Icon, Picture};
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

use crate::actions::use_actions;
use crate::browser::weekly_chart::Chart;
use crate::chart_spec::{Datasets, Palette, Span};
use crate::day::Day;
use crate::store::tenths;

/// What is drawn.
#[derive(Properties, PartialEq)]
pub(crate) struct WeeklyChartProps {
    pub(crate) weekly: Rc<WeeklyView>,
    /// Whether the page is dark.
    pub(crate) dark: bool,
    /// The job whose results these are.
    pub(crate) version: JobId,
    /// Whether all of them are saved.
    pub(crate) saved: bool,
}

/// How long drawing waits for the results to be saved, in steps of so many milliseconds: it takes a core for longer than most files take to
/// be saved, and what is saved cannot be lost any more.
const PATIENCE: u32 = 12;
const STEP: u32 = 25;

/// What the chart is to show now. Drawing takes a while, and this may change meanwhile.
#[derive(Clone, PartialEq)]
struct Wanted {
    weekly: Rc<WeeklyView>,
    span: Span,
    whole: Span,
    version: JobId,
}

/// The chart and what belongs to it.
#[component]
pub(crate) fn WeeklyChart(props: &WeeklyChartProps) -> Html {
    let chosen = use_state_eq(|| None::<Span>);
    let Some(whole) = Span::of(&props.weekly.weeks) else { return Html::default() };
    let span = chosen.map_or(whole, |span| Span::between(span.start_time(), span.last.milliseconds(), whole));
    let wanted = Wanted { weekly: Rc::clone(&props.weekly), span, whole, version: props.version };
    let choose = use_callback((chosen.setter(), whole), |span: Option<Span>, (chosen, whole)| {
        chosen.set(span.filter(|span| span != whole));
    });
    html! {
        <figure class="chart-figure">
            <Legend weekly={Rc::clone(&props.weekly)} />
            <Drawing wanted={wanted} dark={props.dark} saved={props.saved} choose={choose.clone()}>
                <SpanFields {span} {whole} {choose} />
            </Drawing>
        </figure>
    }
}

/// What the marks mean.
#[derive(Properties, PartialEq)]
struct LegendProps {
    weekly: Rc<WeeklyView>,
}

#[component]
fn Legend(props: &LegendProps) -> Html {
    let view = &props.weekly;
    let threshold = format::tenths_of_percent(tenths(view.options.threshold));
    html! {
        <figcaption class="legend">
            <span><i class="swatch bar" />{ format!("{}s in a week", view.noun) }</span>
            <span><i class="swatch mean" />{ format!("mean {}", format::decimal(view.mean)) }</span>
            <span><i class="swatch band" />{ format!("within {threshold}: {} to {}", format::decimal(view.low.max(0.0)), format::decimal(view.high)) }</span>
            <span><i class="swatch outlier" /><span class="triangles" aria-hidden="true">{ "▲▼" }</span>{ "outside" }</span>
        </figcaption>
    }
}

/// The drawing.
#[derive(Properties, PartialEq)]
struct DrawingProps {
    wanted: Wanted,
    dark: bool,
    saved: bool,
    /// Shows a span, or the whole.
    choose: Callback<Option<Span>>,
    /// What stands below, left of the downloads.
    children: Html,
}

/// How far the drawing has come.
#[derive(Clone, PartialEq)]
enum Drawn {
    NotYet,
    /// With the results of this job.
    Yes(JobId),
    Failed(String),
}

#[component]
fn Drawing(props: &DrawingProps) -> Html {
    let actions = use_actions();
    let holder = use_node_ref();
    let chart = use_mut_ref(|| None::<Chart>);
    let drawn = use_state_eq(|| Drawn::NotYet);
    let wanted = use_mut_ref(|| props.wanted.clone());
    let before = wanted.replace(props.wanted.clone());
    let saved = use_mut_ref(|| props.saved);
    saved.replace(props.saved);
    let is_first = use_mut_ref(|| true);

    {
        let (holder, chart, drawn) = (holder.clone(), Rc::clone(&chart), drawn.setter());
        let (wanted, choose) = (Rc::clone(&wanted), props.choose.clone());
        use_effect_with(props.dark, move |_| {
            // A rehearsal is over before it could be drawn.
            let alive = Rc::new(Cell::new(wanted.borrow().version != REHEARSAL));
            let still_wanted = Rc::clone(&alive);
            let slot = Rc::clone(&chart);
            // Saving begins a moment after the answer is there.
            let patience = if is_first.replace(false) { PATIENCE } else { 0 };
            after_paint(move || {
                wasm_bindgen_futures::spawn_local(async move {
                    for step in 0..patience {
                        if step > 1 && *saved.borrow() || !still_wanted.get() {
                            break;
                        }
                        TimeoutFuture::new(STEP).await;
                    }
                    let Some(element) = holder.cast::<HtmlElement>().filter(|_| still_wanted.get()) else {
                        return;
                    };
                    let outcome = draw(&element, &wanted, choose).await;
                    if !still_wanted.get() {
                        return;
                    }
                    drawn.set(match outcome {
                        Ok(fresh) => {
                            let version = wanted.borrow().version;
                            slot.replace(Some(fresh));
                            mark("chart", Some(version));
                            Drawn::Yes(version)
                        }
                        Err(reason) => Drawn::Failed(reason),
                    });
                });
            });
            move || {
                alive.set(false);
                chart.take();
            }
        });
    }
    {
        let (chart, drawn) = (Rc::clone(&chart), drawn.setter());
        use_effect_with(props.wanted.clone(), move |now| {
            let chart = chart.borrow();
            let Some(chart) = chart.as_ref() else { return };
            if before.weekly != now.weekly {
                chart.set(Some(&Datasets::of(&now.weekly)), Some(now.span));
            } else if before.span != now.span {
                chart.set(None, Some(now.span));
            }
            if before.version != now.version {
                mark("chart", Some(now.version));
                drawn.set(Drawn::Yes(now.version));
            }
        });
    }

    let save = |png: bool| {
        let (actions, chart) = (actions.clone(), Rc::clone(&chart));
        let ending = if png { "png" } else { "svg" };
        let name = format!("{}s-per-week.{ending}", props.wanted.weekly.noun);
        Callback::from(move |_: MouseEvent| match chart.borrow().as_ref() {
            Some(chart) if png => actions.voice().save_png(&name, chart.drawn().png()),
            Some(chart) => actions.voice().save_svg(&name, chart.drawn().svg()),
            None => {}
        })
    };
    let ready = matches!(*drawn, Drawn::Yes(_));
    let version = match &*drawn {
        Drawn::Yes(version) => Some(version.to_string()),
        _ => None,
    };
    html! {
        <>
            <div class="chart" data-testid="chart" data-drawn={version} ref={holder} />
            if let Drawn::Failed(reason) = &*drawn {
                <p class="empty" role="status">
                    { format!("The chart could not be drawn ({reason}). The tables below have all weeks.") }
                </p>
            }
            <div class="chart-tools">
                { props.children.clone() }
                <div class="chart-downloads">
                    <button type="button" class="quiet" disabled={!ready} onclick={save(false)}><Icon of={Picture::Download} /><span>{ "SVG" }</span></button>
                    <button type="button" class="quiet" disabled={!ready} onclick={save(true)}><Icon of={Picture::Download} /><span>{ "PNG" }</span></button>
                </div>
            </div>
            <p class="note">{ "Drag across the chart to zoom in, double-click to see everything again. All weeks are in the tables below." }</p>
        </>
    }
}

/// Draws what is wanted, and what is wanted by then when that has changed.
async fn draw(
    element: &HtmlElement,
    wanted: &Rc<RefCell<Wanted>>,
    choose: Callback<Option<Span>>,
) -> Result<Chart, String> {
    let first = wanted.borrow().clone();
    let on_span = {
        let (wanted, choose) = (Rc::clone(wanted), choose.clone());
        move |from: f64, to: f64| {
            let whole = wanted.borrow().whole;
            choose.emit(Some(Span::between(from, to, whole)));
        }
    };
    let on_reset = move || choose.emit(None);
    let datasets = Datasets::of(&first.weekly);
    let chart = Chart::draw(element, &palette(element), &datasets, first.span, on_span, on_reset)
        .await
        .map_err(|error| error_text(&error))?;
    let now = wanted.borrow();
    if now.weekly != first.weekly || now.span != first.span {
        chart.set(Some(&Datasets::of(&now.weekly)), Some(now.span));
    }
    Ok(chart)
}

/// The colours and font that the style sheet gives the chart.
fn palette(element: &HtmlElement) -> Palette {
    let style = Style::of(element);
    Palette {
        surface: style.get("--chart-surface"),
        bar: style.get("--chart-bar"),
        outlier: style.get("--chart-outlier"),
        mean: style.get("--chart-mean"),
        band: style.get("--chart-band"),
        text: style.get("--chart-text"),
        grid: style.get("--chart-grid"),
        font: style.get("font-family"),
        font_size: style.chart_font_size(),
    }
}

/// The span that is shown, within the whole.
#[derive(Properties, PartialEq)]
struct SpanFieldsProps {
    span: Span,
    whole: Span,
    choose: Callback<Option<Span>>,
}

/// The zoom for the keyboard.
#[component]
fn SpanFields(props: &SpanFieldsProps) -> Html {
    let SpanFieldsProps { span, whole, choose } = props;
    let (span, whole) = (*span, *whole);
    let field = |id: &'static str,
                 name: &'static str,
                 end: fn(Span) -> Day,
                 change: fn(Span, Day, Span) -> Span| {
        let choose = choose.clone();
        let onchange = Callback::from(move |event: Event| {
            let Some(field) = event.target_dyn_into::<HtmlInputElement>() else { return };
            // An emptied field, or a day outside the data, leaves what is shown.
            let chosen = Day::parse(&field.value()).map_or(span, |day| change(span, day, whole));
            field.set_value(&end(chosen).iso());
            choose.emit(Some(chosen));
        });
        html! {
            <label>
                <span>{ name }</span>
                <input
                    type="date" data-testid={id} value={end(span).iso()} min={whole.first.iso()} max={whole.last.iso()}
                    {onchange}
                />
            </label>
        }
    };
    let all = choose.reform(|_: MouseEvent| None);
    html! {
        <div class="span-fields">
            { field("chart-from", "From", |span| span.first, Span::starting) }
            { field("chart-to", "to", |span| span.last, Span::ending) }
            <button type="button" class="quiet" data-testid="chart-reset" disabled={span == whole} onclick={all}>
                { "Show all" }
            </button>
        </div>
    }
}
