//! The tables of the results, one at a time.

use std::rc::Rc;

use web_sys::HtmlElement;
use yew::prelude::*;

use super::conflicts_table::ConflictsTable;
use super::rejects_table::RejectsTable;
use super::rows_table::RowsTable;
use super::weeks_table::WeeksTable;
use crate::actions::use_actions;
use crate::format;
use crate::store::{Data, Tab};

/// The tabs: the table, its name, and the end of its `id` and `data-testid`.
const TABS: [(Tab, &str, &str); 5] = [
    (Tab::Outliers, "Outliers", "outliers"),
    (Tab::Weeks, "All weeks", "weeks"),
    (Tab::Rows, "Rows", "rows"),
    (Tab::Rejects, "Rejects", "rejects"),
    (Tab::Conflicts, "Conflicts", "conflicts"),
];

/// What the tables show.
#[derive(Properties, PartialEq)]
pub(crate) struct TabsProps {
    pub(crate) data: Data,
    pub(crate) open: Tab,
}

/// A list of tabs and the open table. Arrow keys, Home and End go from tab to tab.
#[component]
pub(crate) fn Tabs(props: &TabsProps) -> Html {
    let actions = use_actions();
    let list = use_node_ref();
    let open = props.open;
    let onkeydown = {
        let (actions, list) = (actions.clone(), list.clone());
        Callback::from(move |event: KeyboardEvent| {
            let at = TABS.iter().position(|(tab, ..)| *tab == open).unwrap_or(0);
            let next = match event.key().as_str() {
                "ArrowRight" => (at + 1) % TABS.len(),
                "ArrowLeft" => (at + TABS.len() - 1) % TABS.len(),
                "Home" => 0,
                "End" => TABS.len() - 1,
                _ => return,
            };
            event.prevent_default();
            actions.open_tab(TABS[next].0);
            let buttons = list.cast::<HtmlElement>().map(|list| list.children());
            if let Some(button) = buttons.and_then(|buttons| buttons.item(next as u32)) {
                let _ = wasm_bindgen::JsCast::unchecked_into::<HtmlElement>(button).focus();
            }
        })
    };
    let suffix = TABS.iter().find(|(tab, ..)| *tab == open).map_or("", |(.., suffix)| *suffix);
    html! {
        <section class="card tables" aria-label="Tables">
            <div class="tabs" role="tablist" aria-label="Tables" ref={list} {onkeydown}>
                { for TABS.map(|(tab, name, suffix)| {
                    let selected = tab == open;
                    let actions = actions.clone();
                    html! {
                        <button
                            type="button" role="tab" id={format!("tab-{suffix}")} data-testid={format!("tab-{suffix}")}
                            aria-selected={selected.to_string()} aria-controls="tab-panel"
                            tabindex={if selected { "0" } else { "-1" }}
                            onclick={Callback::from(move |_: MouseEvent| actions.open_tab(tab))}
                        >
                            { name }
                            <span class="badge">{ format::count(size(tab, &props.data)) }</span>
                        </button>
                    }
                }) }
            </div>
            <div class="tab-panel" role="tabpanel" id="tab-panel" aria-labelledby={format!("tab-{suffix}")}>
                { table(open, &props.data) }
            </div>
        </section>
    }
}

/// How many lines a table has in all.
fn size(tab: Tab, data: &Data) -> u64 {
    match tab {
        Tab::Outliers => data.weekly.weeks.iter().filter(|week| week.outlier).count() as u64,
        Tab::Weeks => data.weekly.weeks.len() as u64,
        Tab::Rows => data.table.rows,
        Tab::Rejects => data.table.rejected,
        Tab::Conflicts => data.table.conflicts,
    }
}

fn table(tab: Tab, data: &Data) -> Html {
    let version = data.version();
    match tab {
        // Keyed, so that each keeps an order of its own.
        Tab::Outliers => {
            html! { <WeeksTable key="outliers" weekly={Rc::clone(&data.weekly)} outliers_only=true /> }
        }
        Tab::Weeks => {
            html! { <WeeksTable key="weeks" weekly={Rc::clone(&data.weekly)} outliers_only=false /> }
        }
        Tab::Rows => html! { <RowsTable rows={data.table.rows} page={data.rows.clone()} {version} /> },
        Tab::Rejects => html! {
            <RejectsTable
                total={data.table.rejected} kept={data.table.rejects_kept} page={data.rejects.clone()} {version}
            />
        },
        Tab::Conflicts => html! {
            <ConflictsTable
                total={data.table.conflicts} kept={data.table.conflicts_kept} page={data.conflicts.clone()} {version}
            />
        },
    }
}
