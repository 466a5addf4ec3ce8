//! The warehouse as a whole: where it is, what made it what it is, and ways back, out and in.

use sandglass_protocol::{DifferenceInfo, Keeping, LogInfo, SnapshotInfo, Task};
use sandglass_ui::format;
use sandglass_ui::icon::{Icon, Picture};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::confirm::Confirm;
use super::keeping::in_words;
use super::table_frame::TableFrame;
use crate::actions::use_actions;
use crate::store::{Screen, Upkeep};

/// Snapshots that are kept when room is freed.
const KEPT: u32 = 20;

/// The warehouse.
#[derive(Properties, PartialEq)]
pub(crate) struct UpkeepViewProps {
    pub(crate) keeping: Keeping,
    pub(crate) upkeep: Upkeep,
    /// Counts the states of the tables.
    pub(crate) version: u32,
}

/// What is to be done once the user is sure.
#[derive(Debug, Clone, PartialEq)]
struct Asked {
    title: String,
    text: &'static str,
    yes: &'static str,
    task: Task,
}

/// The view.
#[component]
pub(crate) fn UpkeepView(props: &UpkeepViewProps) -> Html {
    let actions = use_actions();
    let asked = use_state_eq(|| None::<Asked>);
    let field = use_node_ref();
    let stays = !matches!(props.keeping, Keeping::Nowhere { .. } | Keeping::Opening);
    // Whenever something was done, the history is another one.
    {
        let actions = actions.clone();
        use_effect_with((props.version, props.upkeep.done, stays), move |(.., stays)| {
            if *stays {
                actions.upkeep(Task::History);
            }
        });
    }
    let answer = use_callback((asked.clone(), actions.clone()), |sure: bool, (asked, actions)| {
        if let Some(asked) = (**asked).clone().filter(|_| sure) {
            actions.upkeep(asked.task);
        }
        asked.set(None);
    });
    let button = |test_id: &'static str, name: &'static str, task: Task| {
        let actions = actions.clone();
        let onclick = Callback::from(move |_: MouseEvent| actions.upkeep(task.clone()));
        html! {
            <button type="button" class="plain" data-testid={test_id} disabled={!stays} {onclick}>{ name }</button>
        }
    };
    let pick = use_callback(field.clone(), |_: MouseEvent, field| {
        if let Some(field) = field.cast::<HtmlInputElement>() {
            field.click();
        }
    });
    let import = use_callback(actions.clone(), |event: Event, actions| {
        let Some(field) = event.target_dyn_into::<HtmlInputElement>() else { return };
        if let Some(file) = field.files().and_then(|files| files.get(0)) {
            actions.import(file);
        }
        field.set_value("");
    });
    let back = use_callback(actions.clone(), |_: MouseEvent, actions| actions.show(Screen::Results));
    html! {
        <div class="results upkeep">
            <div class="headline">
                <h1>{ "Your warehouse" }</h1>
                <p>{ in_words(&props.keeping) }</p>
            </div>
            <section class="card" aria-label="Storage">
                <div class="choice-buttons">
                    <button type="button" class="primary" onclick={back}>{ "Back to the tables" }</button>
                    { button("export-warehouse", "Export all tables", Task::Export(None)) }
                    <input type="file" ref={field} hidden=true data-testid="import-input" onchange={import} />
                    <button type="button" class="plain" disabled={!stays} onclick={pick}>{ "Import tables" }</button>
                    { button("verify", "Verify all files", Task::Verify) }
                    { button("vacuum", "Free room", Task::Vacuum { keep: KEPT }) }
                </div>
                <p class="note">
                    { "An export is one file with all rows and the history of ingestions. Import it in another browser, or with " }
                    <code>{ "sandglass import" }</code>
                    { ". Freeing room keeps the newest 20 snapshots." }
                </p>
            </section>
            if let Some(history) = &props.upkeep.history {
                <section class="card tables" aria-labelledby="snapshots-title">
                    <h2 id="snapshots-title">{ "Snapshots" }</h2>
                    { snapshots(&history.0, &asked, &actions) }
                    { compared(&props.upkeep) }
                </section>
                <section class="card tables" aria-labelledby="log-title">
                    <h2 id="log-title">{ "Ingestion log" }</h2>
                    { log(&history.1, &asked) }
                </section>
            } else if stays {
                <p class="empty">{ "Reading the history." }</p>
            }
            if let Some(asked) = &*asked {
                <Confirm title={asked.title.clone()} text={asked.text} yes={asked.yes} {answer} />
            }
        </div>
    }
}

fn ask(asked: &UseStateHandle<Option<Asked>>, of: Asked) -> Callback<MouseEvent> {
    let asked = asked.clone();
    Callback::from(move |_| asked.set(Some(of.clone())))
}

fn number(number: u64) -> Html {
    html! { <td class="number">{ format::count(number) }</td> }
}

fn heads(names: &[(&'static str, bool)]) -> Html {
    let head = |&(name, is_number): &(&'static str, bool)| {
        html! { <th scope="col" class={is_number.then_some("number")}>{ name }</th> }
    };
    html! { <thead><tr>{ for names.iter().map(head) }</tr></thead> }
}

/// A time as people read it.
fn time(text: &str) -> String {
    text.get(..19).unwrap_or(text).replace('T', " ")
}

fn snapshots(
    all: &[SnapshotInfo],
    asked: &UseStateHandle<Option<Asked>>,
    actions: &crate::actions::Actions,
) -> Html {
    let row = |(at, snapshot): (usize, &SnapshotInfo)| {
        let restore = ask(
            asked,
            Asked {
                title: format!("Go back to snapshot {}?", snapshot.number),
                text: "Its tables take the place of the present ones. The present state stays in this list.",
                yes: "Go back",
                task: Task::Restore { snapshot: snapshot.number },
            },
        );
        let before = all.get(at + 1).filter(|before| before.readable && snapshot.readable);
        let compare = before.map(|before| {
            let (actions, task) =
                (actions.clone(), Task::Compare { before: before.number, after: snapshot.number });
            let onclick = Callback::from(move |_: MouseEvent| actions.upkeep(task.clone()));
            html! { <button type="button" class="quiet" {onclick}>{ "What changed" }</button> }
        });
        html! {
            <tr key={snapshot.number} aria-current={snapshot.present.then_some("true")}>
                <th scope="row">{ snapshot.number }</th>
                <td>{ time(&snapshot.time) }</td>
                <td>{ format::sentence(&snapshot.words) }</td>
                { number(u64::from(snapshot.tables)) }
                { number(snapshot.rows) }
                <td>
                    if snapshot.present {
                        <strong>{ "Present" }</strong>
                    } else if snapshot.readable {
                        <button type="button" class="quiet" onclick={restore}>{ "Go back to it" }</button>
                    }
                    { compare }
                </td>
            </tr>
        }
    };
    html! {
        <TableFrame label="Snapshots" test_id="snapshots-table">
            { heads(&[("Snapshot", false), ("Made (UTC)", false), ("By", false), ("Tables", true), ("Rows", true), ("", false)]) }
            <tbody>{ for all.iter().enumerate().map(row) }</tbody>
        </TableFrame>
    }
}

fn compared(upkeep: &Upkeep) -> Html {
    let Some((before, after, tables)) = upkeep.compared.as_deref() else { return Html::default() };
    let rows = |rows: Option<u64>| rows.map_or_else(|| "none".to_owned(), format::count);
    let row = |of: &DifferenceInfo| {
        html! {
            <tr>
                <th scope="row">{ &of.table }</th>
                <td class="number">{ rows(of.before) }</td>
                <td class="number">{ rows(of.after) }</td>
                { number(of.added) }
                { number(of.removed) }
            </tr>
        }
    };
    html! {
        <>
            <h3>{ format!("From snapshot {before} to {after}") }</h3>
            if tables.is_empty() {
                <p class="empty">{ "No table differs." }</p>
            } else {
                <TableFrame label="Tables that differ" test_id="compared-table">
                    { heads(&[("Table", false), ("Rows before", true), ("Rows after", true), ("Added", true), ("Removed", true)]) }
                    <tbody>{ for tables.iter().map(row) }</tbody>
                </TableFrame>
            }
        </>
    }
}

fn log(entries: &[LogInfo], asked: &UseStateHandle<Option<Asked>>) -> Html {
    let row = |(at, entry): (usize, &LogInfo)| {
        let undo = ask(
            asked,
            Asked {
                title: format!("Take ingestion {} back?", entry.ingestion),
                text: "The rows that it has brought are left out, of all its sources. The present state stays among the snapshots.",
                yes: "Take it back",
                task: Task::Undo { ingestion: entry.ingestion },
            },
        );
        let first = at == 0 || entries[at - 1].ingestion != entry.ingestion;
        html! {
            <tr key={at}>
                <th scope="row">{ entry.ingestion }</th>
                <td>{ time(&entry.started) }</td>
                <td>
                    { &entry.source }
                    if let Some(remark) = &entry.remark {
                        <p class="note">{ format::sentence(remark) }</p>
                    }
                </td>
                <td>{ entry.table.clone().unwrap_or_default() }</td>
                <td class="number">{ format::bytes(entry.size) }</td>
                { number(entry.counts.read) }
                { number(entry.counts.stored) }
                { number(entry.counts.duplicates) }
                { number(entry.counts.rejected) }
                <td class="number">{ format::duration(entry.milliseconds as f64) }</td>
                <td>
                    if entry.undone {
                        { "taken back" }
                    } else if first && entry.table.is_some() {
                        <button type="button" class="quiet" onclick={undo}>{ "Take back" }</button>
                    }
                </td>
            </tr>
        }
    };
    html! {
        <TableFrame label="Ingestion log" test_id="log-table">
            { heads(&[
                ("Ingestion", false), ("Begun (UTC)", false), ("Source", false), ("Table", false), ("Size", true), ("Read", true),
                ("Stored", true), ("Duplicates", true), ("Rejected", true), ("Time", true), ("", false),
            ]) }
            <tbody>{ for entries.iter().enumerate().map(row) }</tbody>
        </TableFrame>
    }
}

/// The way to the view.
#[component]
pub(crate) fn UpkeepButton() -> Html {
    let actions = use_actions();
    let show = Callback::from(move |_: MouseEvent| actions.show(Screen::Warehouse));
    html! {
        <button type="button" class="quiet" data-testid="warehouse" onclick={show}>
            <Icon of={Picture::Clock} /><span>{ "History" }</span>
        </button>
    }
}
