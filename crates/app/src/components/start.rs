//! The first view: what this is, where to drop files, samples, and what a pipeline expects.

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

/// What the first view depends on.
#[derive(Properties, PartialEq)]
pub(crate) struct StartProps {
    /// Rows that are there all the same, after Back.
    pub(crate) kept: Option<u64>,
    /// Whether there is an engine, or will be one.
    pub(crate) usable: bool,
    /// Whether tables stay.
    pub(crate) keeping: Keeping,
    /// The progress of a job, which takes the place of the drop zone.
    pub(crate) progress: Option<Html>,
}

/// The first view.
#[component]
pub(crate) fn Start(props: &StartProps) -> Html {
    let actions = use_actions();
    let back = use_callback(actions, |_: MouseEvent, actions| actions.show(Screen::Results));
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
            if let Some(progress) = &props.progress {
                { progress.clone() }
            } else {
                <DropZone usable={props.usable} />
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

/// Whether it can be used.
#[derive(Properties, PartialEq)]
struct UsableProps {
    usable: bool,
}

#[component]
fn DropZone(props: &UsableProps) -> Html {
    html! {
        <section class="drop-zone" data-testid="drop-zone" aria-labelledby="drop-title">
            <Sandglass />
            <div class="drop-words">
                <h2 id="drop-title">{ "Drop files or folders here" }</h2>
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
