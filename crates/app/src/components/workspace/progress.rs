//! How far the running script has come. The only part of the workspace that is drawn again while it runs.

use gloo_timers::callback::Interval;
use sandglass_protocol::sql::{RunId, SqlProgress};
use yew::prelude::*;

use crate::actions::use_actions;
use crate::browser::now;
use crate::format;

/// How often the time is drawn, in milliseconds.
const TICK: u32 = 100;

/// The run.
#[derive(Properties, PartialEq)]
pub(super) struct RunProgressProps {
    pub(super) run: RunId,
    /// When it was wanted.
    pub(super) at: f64,
    pub(super) statements: u32,
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
        let (progress, run) = (progress.setter(), props.run);
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
        </div>
    }
}
