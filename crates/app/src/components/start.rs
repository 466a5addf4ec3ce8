//! The first view: what this is, where to drop files, samples, and what a pipeline expects.

use gloo_timers::callback::Timeout;
use sandglass_protocol::Keeping;
use sandglass_ui::format;
use sandglass_ui::icon::{Icon, Picture};
use yew::prelude::*;

use super::file_buttons::{FileButton, Pick};
use super::keeping::in_words;
use super::pipeline_card::PipelineCard;
use super::sandglass::Sandglass;
use crate::actions::use_actions;
use crate::store::Screen;

/// The samples: lines to make, and how the button says it.
const SAMPLES: [(u64, &str); 4] =
    [(16, "16 lines"), (10_000, "10 thousand"), (1_000_000, "1 million"), (10_000_000, "10 million")];

/// How long a job runs until its progress takes the place of the drop zone, in milliseconds. Most are over by then: a view that
/// comes and goes is hard on the eye, and to draw it takes the browser the time in which it could read.
const PATIENCE: u32 = 300;

/// What the first view depends on.
#[derive(Properties, PartialEq)]
pub(crate) struct StartProps {
    /// Rows that are there all the same, after Back.
    pub(crate) kept: Option<u64>,
    /// Whether there is an engine, or will be one.
    pub(crate) usable: bool,
    /// Whether tables stay.
    pub(crate) keeping: Keeping,
    /// The job that runs, if there is one, and its progress, which takes the place of the drop zone.
    pub(crate) job: Option<(String, Html)>,
}

/// The first view.
#[component]
pub(crate) fn Start(props: &StartProps) -> Html {
    let actions = use_actions();
    let back = use_callback(actions, |_: MouseEvent, actions| actions.show(Screen::Results));
    let is_long = use_patience(props.job.is_some());
    html! {
        <div class="start">
            <div class="lead">
                <h1>{ "Drop data files and see which weeks stand out." }</h1>
                <p class="promise"><Icon of={Picture::Lock} />{ "It is read right here. Nothing leaves your browser." }</p>
            </div>
            if let Some(rows) = props.kept {
                <p class="kept">
                    { format!("{} are still in this tab. ", format::counted(rows, "row")) }
                    <button type="button" class="plain" onclick={back}>{ "Back to the results" }</button>
                </p>
            }
            if let Some((_, progress)) = props.job.as_ref().filter(|_| is_long) {
                { progress.clone() }
            } else {
                <DropZone usable={props.usable} reading={props.job.as_ref().map(|(title, _)| title.clone())} />
                <Samples usable={props.usable} />
            }
            <PipelineCard />
            <p class="footnote">{ footnote(&props.keeping) }</p>
        </div>
    }
}

/// What becomes of what is read.
fn footnote(keeping: &Keeping) -> String {
    match keeping {
        Keeping::Opening | Keeping::Kept(_) | Keeping::Saving => {
            "Tables are kept in this browser, on this machine, until you remove them.".to_owned()
        }
        Keeping::Window { reason, .. } => format!(
            "Tables are kept in this tab until you close or reload it, and can be exported. {}",
            format::sentence(reason)
        ),
        other => format!("Tables: {}", in_words(other)),
    }
}

/// Whether jobs, of which there are some or none, have run for longer than most.
#[hook]
fn use_patience(busy: bool) -> bool {
    let is_over = use_state(|| false);
    let setter = is_over.setter();
    use_effect_with(busy, move |&busy| {
        let timer = match busy {
            true => Some(Timeout::new(PATIENCE, move || setter.set(true))),
            false => {
                setter.set(false);
                None
            }
        };
        move || drop(timer)
    });
    busy && *is_over
}

/// Whether it can be used, and what is read already.
#[derive(Properties, PartialEq)]
struct DropZoneProps {
    usable: bool,
    reading: Option<String>,
}

#[component]
fn DropZone(props: &DropZoneProps) -> Html {
    let title = match &props.reading {
        Some(name) => format!("Reading {name}"),
        None => "Drop files or folders here".to_owned(),
    };
    html! {
        <section class="drop-zone" data-testid="drop-zone" aria-labelledby="drop-title">
            <Sandglass />
            <div class="drop-words">
                <h2 id="drop-title" class={props.reading.as_ref().map(|_| "reading")}>{ title }</h2>
                <p>{ "NDJSON, JSON, CSV, Parquet, Arrow, Excel or SQLite; packed or not. Files with the same columns become one table." }</p>
                <div class="drop-buttons">
                    <FileButton
                        pick={Pick::Files} class="primary" icon={Picture::File} disabled={!props.usable}
                        test_id="open-files"
                    >
                        { "Open files" }
                    </FileButton>
                    <FileButton
                        pick={Pick::Folder} class="plain" icon={Picture::Folder} disabled={!props.usable}
                        test_id="open-folder"
                    >
                        { "Open folder" }
                    </FileButton>
                </div>
            </div>
        </section>
    }
}

/// Whether they can be used.
#[derive(Properties, PartialEq)]
struct UsableProps {
    usable: bool,
}

#[component]
fn Samples(props: &UsableProps) -> Html {
    let actions = use_actions();
    html! {
        <section class="samples" aria-labelledby="samples-title">
            <h2 id="samples-title">{ "Try a sample" }</h2>
            <div class="sample-buttons">
                { for SAMPLES.map(|(rows, name)| {
                    let actions = actions.clone();
                    html! {
                        <button
                            type="button" class="chip" disabled={!props.usable}
                            data-testid={format!("sample-{rows}")}
                            onclick={Callback::from(move |_: MouseEvent| actions.try_sample(rows))}
                        >
                            { name }
                        </button>
                    }
                }) }
            </div>
            <p>{ "Votes made up in your browser, with duplicates and a few bad lines among them." }</p>
        </section>
    }
}
