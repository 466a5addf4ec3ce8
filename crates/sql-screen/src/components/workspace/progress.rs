//! How far the running script has come. The only part of the workspace that is drawn again while it runs.

use gloo_timers::callback::{Interval, Timeout};
use sandglass_protocol::sql::{RunId, SqlProgress};
use sandglass_ui::format;
use yew::prelude::*;

use crate::actions::use_actions;
use crate::browser::now;

/// How often the time is drawn, in milliseconds.
const TICK: u32 = 100;

/// How long a script may take to stop before the engine can be ended, in milliseconds.
const PATIENCE: u32 = 3_000;

/// The run.
#[derive(Properties, PartialEq)]
pub(super) struct RunProgressProps {
    pub(super) run: RunId,
    /// When it was wanted.
    pub(super) at: f64,
    pub(super) statements: u32,
    /// Whether it has been asked to end.
    pub(super) cancelling: bool,
    /// Why it does not run yet.
    pub(super) waits_for: Option<&'static str>,
}

/// Time, rows and memory.
#[component]
pub(super) fn RunProgress(props: &RunProgressProps) -> Html {
    let actions = use_actions();
    let elapsed = use_state_eq(|| 0.0);
    let progress = use_state_eq(|| None::<SqlProgress>);
    {
        let (elapsed, at) = (elapsed.setter(), props.at);
        use_effect_with((), move |()| {
            let interval = Interval::new(TICK, move || elapsed.set(now() - at));
            move || drop(interval)
        });
    }
    {
        let (progress, run, actions) = (progress.setter(), props.run, actions.clone());
        use_effect_with((), move |()| {
            let hear = Callback::from(move |heard: SqlProgress| {
                if heard.run == run {
                    progress.set(Some(heard));
                }
            });
            let subscription = actions.queries().progress().subscribe(hear);
            move || drop(subscription)
        });
    }
    let impatient = use_state_eq(|| false);
    {
        let impatient = impatient.setter();
        use_effect_with(props.cancelling, move |cancelling| {
            let later = cancelling.then(|| Timeout::new(PATIENCE, move || impatient.set(true)));
            move || drop(later)
        });
    }
    let mut facts = vec![format::duration(*elapsed)];
    if let Some(progress) = &*progress {
        if props.statements > 1 {
            facts.push(format!("statement {} of {}", progress.statement + 1, props.statements));
        }
        facts.push(format!("{} so far", format::counted(progress.rows, "row")));
        facts.push(format!("{} read", format::counted(progress.rows_read, "row")));
        let (done, all) = progress.parts;
        if all > 1 {
            facts.push(format!("{} of {}", format::count(done), format::counted(all, "part")));
        }
        facts.push(format!("{} of memory", format::bytes(progress.memory)));
    }
    html! {
        <div class="card sql-running" data-testid="sql-progress">
            <span class="sql-busy" aria-hidden="true"></span>
            if let Some(reason) = props.waits_for {
                <span role="status">{ reason }</span>
            }
            { for facts.into_iter().map(|fact| html! { <span>{ fact }</span> }) }
            if *impatient {
                <button
                    type="button" class="plain" data-testid="sql-end-engine"
                    onclick={Callback::from(move |_: MouseEvent| actions.end_queries())}
                >
                    { "It does not stop: end the SQL engine" }
                </button>
            }
        </div>
    }
}
