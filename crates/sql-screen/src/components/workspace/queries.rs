//! Queries that were saved, those that the pipelines offer, and those that ran.

use std::rc::Rc;

use sandglass_protocol::sql::{OfferedQuery, SqlCatalog};
use sandglass_ui::format;
use sandglass_ui::icon::{Icon, Picture};
use yew::prelude::*;

use super::script_tabs::NameField;
use crate::actions::use_actions;
use crate::browser::local_time;
use crate::workspace::problems::summary;
use crate::workspace::{End, Past, Saved, Shared, Step};

/// Characters of a query that are shown.
const SHOWN: usize = 60;

/// The queries.
#[derive(Properties, PartialEq)]
pub(super) struct QueriesProps {
    /// Has those of the pipelines.
    pub(super) catalog: Option<Rc<SqlCatalog>>,
    pub(super) saved: Shared<Vec<Saved>>,
    pub(super) past: Shared<Vec<Past>>,
}

/// Lists of queries. A click opens one in a new tab; the button beside it runs it there.
#[component]
pub(super) fn Queries(props: &QueriesProps) -> Html {
    let actions = use_actions();
    let renamed = use_state_eq(|| None::<usize>);
    let end_renaming =
        use_callback((actions.clone(), renamed.clone()), |name: Option<String>, (actions, renamed)| {
            if let (Some(at), Some(name)) = (**renamed, name) {
                actions.sql(Step::RenameSaved(at, name));
            }
            renamed.set(None);
        });
    let open = |name: Option<&str>, text: &str| {
        let (actions, name, text) = (actions.clone(), name.map(str::to_owned), text.to_owned());
        Callback::from(move |_: MouseEvent| actions.sql(Step::New { name: name.clone(), text: text.clone() }))
    };
    let open_and_run = |name: Option<&str>, text: &str| {
        let (actions, name, text) = (actions.clone(), name.map(str::to_owned), text.to_owned());
        Callback::from(move |_: MouseEvent| {
            actions.sql(Step::New { name: name.clone(), text: text.clone() });
            actions.run(text.clone(), 0);
        })
    };
    let step = |step: Step| {
        let actions = actions.clone();
        Callback::from(move |_: MouseEvent| actions.sql(step.clone()))
    };
    let run_button = |name: &str, onclick: Callback<MouseEvent>| round("Run", name, Picture::Run, onclick);
    let saved = |(at, saved): (usize, &Saved)| {
        let rename = {
            let renamed = renamed.setter();
            Callback::from(move |_: MouseEvent| renamed.set(Some(at)))
        };
        html! {
            <li key={at} data-query={saved.name.to_string()}>
                if *renamed == Some(at) {
                    <NameField name={saved.name.to_string()} done={end_renaming.clone()} />
                } else {
                    <button type="button" class="sql-insert" title={summary(&saved.sql, 0, u32::MAX, 300)} onclick={open(Some(&saved.name), &saved.sql)}>
                        { &*saved.name }
                    </button>
                    { run_button(&saved.name, open_and_run(Some(&saved.name), &saved.sql)) }
                    { round("Rename", &saved.name, Picture::Pencil, rename) }
                    { round("Delete", &saved.name, Picture::Close, step(Step::Forget(at))) }
                }
            </li>
        }
    };
    let offered = |query: &OfferedQuery| {
        html! {
            <li key={format!("{} {}", query.pipeline, query.name)} data-query={query.name.clone()}>
                <button type="button" class="sql-insert" title={query.question.clone()} onclick={open(Some(&query.name), &query.sql)}>
                    { &query.name }
                </button>
                { run_button(&query.name, open_and_run(Some(&query.name), &query.sql)) }
            </li>
        }
    };
    let past = |(at, past): (usize, &Past)| {
        let words = summary(&past.sql, 0, u32::MAX, SHOWN);
        let outcome = match (past.end, past.rows) {
            (End::Failed, _) => "failed".to_owned(),
            (End::Cancelled, _) => "cancelled".to_owned(),
            (End::Done, Some(rows)) => format::counted(rows, "row"),
            (End::Done, None) => "done".to_owned(),
        };
        html! {
            <li key={at}>
                <button type="button" class="sql-insert" title="Open in a new tab" onclick={open(None, &past.sql)}>
                    <code>{ words.clone() }</code>
                </button>
                { run_button(&words, open_and_run(None, &past.sql)) }
                <span class="note">{ format!("{}, {}, {outcome}", local_time(past.at), format::duration(past.ms)) }</span>
            </li>
        }
    };
    let offers = props.catalog.as_ref().map_or(&[][..], |catalog| &catalog.queries);
    html! {
        <>
            <details class="sql-queries" open=true>
                <summary><h2>{ "Saved queries" }</h2></summary>
                if props.saved.is_empty() {
                    <p class="note">{ "Save puts the script of the open tab here." }</p>
                }
                <ul data-testid="sql-saved">{ for props.saved.iter().enumerate().map(saved) }</ul>
                if !offers.is_empty() {
                    <h3>{ "Of the pipelines" }</h3>
                    <ul data-testid="sql-offered">{ for offers.iter().map(offered) }</ul>
                }
            </details>
            <details class="sql-queries">
                <summary data-testid="sql-history-title"><h2>{ "History" }</h2></summary>
                if props.past.is_empty() {
                    <p class="note">{ "What you run is listed here." }</p>
                } else {
                    <button type="button" class="quiet" data-testid="sql-clear-history" onclick={step(Step::ClearPast)}>{ "Clear the history" }</button>
                }
                <ol data-testid="sql-history">{ for props.past.iter().enumerate().map(past) }</ol>
            </details>
        </>
    }
}

fn round(verb: &'static str, name: &str, picture: Picture, onclick: Callback<MouseEvent>) -> Html {
    html! {
        <button type="button" class="sql-fold" title={verb} aria-label={format!("{verb} {name}")} {onclick}>
            <Icon of={picture} />
        </button>
    }
}
