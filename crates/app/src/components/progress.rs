//! How far the running job has come. The only part of the page that is drawn again while a file is read.

use sandglass_protocol::Progress;
use sandglass_ui::format;
use yew::prelude::*;

use super::sandglass::Sandglass;
use crate::actions::use_actions;
use crate::store::{Job, Work};

/// The running job.
#[derive(Properties, PartialEq)]
pub(crate) struct JobProgressProps {
    pub(crate) job: Job,
    /// Whether it has been asked to end.
    pub(crate) cancelling: bool,
    /// Jobs after it.
    pub(crate) waiting: usize,
}

/// The sandglass, the bar, the numbers and the button that ends it.
#[component]
pub(crate) fn JobProgress(props: &JobProgressProps) -> Html {
    let actions = use_actions();
    let progress = use_progress(props.job.id);
    let job = props.job.id;
    let cancel = use_callback((actions, job), |_: MouseEvent, (actions, job)| actions.cancel(*job));

    let share = progress
        .as_ref()
        .filter(|progress| progress.bytes_total > 0)
        .map(|progress| (progress.bytes_read as f64 / progress.bytes_total as f64).clamp(0.0, 1.0));
    let title = match &props.job.work {
        Work::Sample { .. } => format!("Making and reading {}", props.job.title()),
        Work::Files(_) | Work::Again { .. } => format!("Reading {}", props.job.title()),
    };
    html! {
        <section class="job" aria-labelledby="job-title">
            <Sandglass share={share.unwrap_or(0.0)} running=true />
            <div class="job-words">
                <h2 id="job-title">{ title }</h2>
                <progress
                    data-testid="progress"
                    aria-labelledby="job-title"
                    max="100"
                    value={share.map(|share| format!("{:.1}", share * 100.0))}
                    aria-valuetext={progress.as_ref().map(spoken)}
                />
                <dl class="job-facts">
                    if let Some(progress) = &progress {
                        { facts(progress) }
                    } else {
                        <div><dt>{ "Now" }</dt><dd>{ "starting" }</dd></div>
                    }
                </dl>
                if props.waiting > 0 {
                    <p class="note">{ format!("{} will be read after this.", format::counted(props.waiting as u64, "more drop")) }</p>
                }
                <button type="button" class="plain" data-testid="cancel" disabled={props.cancelling} onclick={cancel}>
                    { if props.cancelling { "Cancelling" } else { "Cancel" } }
                    <kbd>{ "Esc" }</kbd>
                </button>
            </div>
            <Milestones share={share} />
        </section>
    }
}

fn facts(progress: &Progress) -> Html {
    let fact = |name: &str, value: String| {
        let name = name.to_owned();
        (!value.is_empty()).then(|| html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> })
    };
    let Progress {
        source,
        source_index,
        sources,
        bytes_read,
        bytes_total,
        records,
        rejected,
        elapsed_ms,
        ..
    } = progress;
    let file = if *sources > 1 {
        format!(
            "{source} ({} of {})",
            format::count(u64::from(*source_index) + 1),
            format::count(u64::from(*sources))
        )
    } else {
        String::new()
    };
    let bytes = format!("{} of {}", format::bytes(*bytes_read), format::bytes(*bytes_total));
    let rejected = if *rejected > 0 { format::count(*rejected) } else { String::new() };
    html! {
        <>
            { fact("File", file) }
            { fact("Bytes", bytes) }
            { fact("Records", format::count(*records)) }
            { fact("Rejected", rejected) }
            { fact("Speed", format::rate(*records, *elapsed_ms)) }
            { fact("Time", format::time_left(*bytes_read, *bytes_total, *elapsed_ms)) }
        </>
    }
}

/// What a screen reader says when it is asked how far it is.
fn spoken(progress: &Progress) -> String {
    format!("{} of {}", format::bytes(progress.bytes_read), format::bytes(progress.bytes_total))
}

/// The progress of this job, as it comes.
#[hook]
fn use_progress(job: u32) -> Option<Progress> {
    let actions = use_actions();
    let progress = use_state(|| actions.client().progress().last());
    {
        let setter = progress.setter();
        use_effect_with((), move |()| {
            let feed = actions.client().progress();
            let subscription = feed.subscribe(Callback::from(move |progress| setter.set(Some(progress))));
            move || drop(subscription)
        });
    }
    (*progress).clone().filter(|progress| progress.job == job)
}

/// How far it is, from 0 to 1.
#[derive(Properties, PartialEq)]
struct MilestonesProps {
    share: Option<f64>,
}

/// Says every quarter of the way aloud, and nothing in between.
#[component]
fn Milestones(props: &MilestonesProps) -> Html {
    let quarters = props.share.map_or(0, |share| (share * 4.0).floor() as u32);
    let text = if (1..4).contains(&quarters) { format!("{} % read", quarters * 25) } else { String::new() };
    html! { <div class="visually-hidden" role="status" aria-live="polite">{ text }</div> }
}
