//! How a query was carried out: its steps as a tree, what came out of each, and where the time went.

use sandglass_protocol::sql::PlanStep;
use sandglass_ui::format;
use yew::prelude::*;

use crate::results::plan::{beginning, hottest, own, steps, total};
use crate::results::profile::measured;

/// The steps of a statement that took `elapsed_ms`, the last one first. Each stands above those that feed it.
pub(crate) fn plan_tree(plan: &PlanStep, elapsed_ms: f64) -> Html {
    let all = total(plan);
    let hottest = hottest(plan);
    let about = format!(
        "{} took {} together, of {} in all. The last one is first; below it is what feeds it.",
        format::counted(steps(plan), "step"),
        format::duration(all),
        format::duration(elapsed_ms),
    );
    html! {
        <div class="plan" data-testid="plan-tree">
            <p class="note">{ about }</p>
            <ul>{ branch(plan, all, hottest) }</ul>
        </div>
    }
}

fn branch(step: &PlanStep, all: f64, hottest: Option<f64>) -> Html {
    let time = own(step);
    let share = if all > 0.0 { time / all * 100.0 } else { 0.0 };
    let is_hottest = hottest == Some(time);
    html! {
        <li>
            <div class={classes!("plan-step", is_hottest.then_some("hottest"))}>
                <p class="plan-name">
                    <strong>{ &step.name }</strong>
                    if is_hottest {
                        <span class="plan-hot">{ "slowest" }</span>
                    }
                </p>
                <p class="plan-numbers">
                    if let Some(rows) = step.rows {
                        <span>{ format::counted(rows, "row") }</span>
                    }
                    if step.ms.is_some() {
                        <span>{ milliseconds(time) }</span>
                        <span class="plan-share">
                            <span class="share-bar" aria-hidden="true"><span ~style={format!("width:{share:.1}%")} /></span>
                            { format!("{share:.0}{}%", format::NBSP) }
                        </span>
                    }
                </p>
                { detail(&step.detail) }
            </div>
            if !step.inputs.is_empty() {
                <ul>{ for step.inputs.iter().map(|input| branch(input, all, hottest)) }</ul>
            }
        </li>
    }
}

/// The description: all of it where it is short, and otherwise behind its beginning.
fn detail(text: &str) -> Html {
    match beginning(text) {
        _ if text.is_empty() => Html::default(),
        None => html! { <p class="plan-detail"><code>{ text }</code></p> },
        Some(beginning) => html! {
            <details class="plan-detail">
                <summary><code>{ format!("{beginning}…") }</code></summary>
                <code>{ text }</code>
            </details>
        },
    }
}

/// Steps are often shorter than a millisecond, and differ all the same.
fn milliseconds(ms: f64) -> String {
    if ms < 10.0 {
        format!("{}{}ms", measured((ms * 1000.0).round() / 1000.0), format::NBSP)
    } else {
        format::duration(ms)
    }
}
