//! The tables of the results, one at a time.

use std::rc::Rc;

use sandglass_ui::format;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::columns_table::ColumnsTable;
use super::conflicts_table::ConflictsTable;
use super::quality_table::QualityTable;
use super::rejects_table::RejectsTable;
use super::rows_table::RowsTable;
use super::weeks_table::WeeksTable;
use crate::actions::use_actions;
use crate::store::{Data, Tab};

/// The tabs: the table, its name, and the end of its `id` and `data-testid`.
const TABS: [(Tab, &str, &str); 7] = [
    (Tab::Outliers, "Outliers", "outliers"),
    (Tab::Weeks, "All weeks", "weeks"),
    (Tab::Rows, "Rows", "rows"),
    (Tab::Columns, "Columns", "columns"),
    (Tab::Rejects, "Rejects", "rejects"),
    (Tab::Conflicts, "Conflicts", "conflicts"),
    (Tab::Quality, "Quality", "quality"),
];

/// What the tables show.
#[derive(Properties, PartialEq)]
pub(crate) struct TabsProps {
    pub(crate) data: Data,
    pub(crate) open: Tab,
    /// Whether all of it is saved.
    pub(crate) saved: bool,
}

/// A list of tabs and the open table. Arrow keys, Home and End go from tab to tab.
#[component]
pub(crate) fn Tabs(props: &TabsProps) -> Html {
    let actions = use_actions();
    let list = use_node_ref();
    let open = props.open;
    let tabs: Rc<[_]> = Tab::of(&props.data.table)
        .filter_map(|tab| TABS.iter().find(|(named, ..)| *named == tab).copied())
        .collect();
    let onkeydown = {
        let (actions, list, tabs) = (actions.clone(), list.clone(), Rc::clone(&tabs));
        Callback::from(move |event: KeyboardEvent| {
            let at = tabs.iter().position(|(tab, ..)| *tab == open).unwrap_or(0);
            let next = match event.key().as_str() {
                "ArrowRight" => (at + 1) % tabs.len(),
                "ArrowLeft" => (at + tabs.len() - 1) % tabs.len(),
                "Home" => 0,
                "End" => tabs.len() - 1,
                _ => return,
            };
            event.prevent_default();
            actions.open_tab(tabs[next].0);
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
                { for tabs.iter().map(|&(tab, name, suffix)| {
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
                            if let Some(size) = size(tab, &props.data) {
                                <span class="badge">{ format::count(size) }</span>
                            }
                        </button>
                    }
                }) }
            </div>
            <div class="tab-panel" role="tabpanel" id="tab-panel" aria-labelledby={format!("tab-{suffix}")}>
                { table(open, &props.data, props.saved) }
            </div>
        </section>
    }
}

/// How many lines a table has in all, if that is known.
fn size(tab: Tab, data: &Data) -> Option<u64> {
    let weeks = || data.weekly.iter().flat_map(|view| &view.weeks);
    Some(match tab {
        Tab::Outliers => weeks().filter(|week| week.outlier).count() as u64,
        Tab::Weeks => weeks().count() as u64,
        Tab::Rows => data.table.rows,
        Tab::Columns => data.table.columns.len() as u64,
        Tab::Rejects => data.table.rejected,
        Tab::Conflicts => data.table.conflicts,
        Tab::Quality => return data.quality.as_ref().map(|quality| quality.findings.len() as u64),
    })
}

fn table(tab: Tab, data: &Data, saved: bool) -> Html {
    let version = data.version;
    let table = Rc::clone(&data.table);
    match tab {
        Tab::Outliers | Tab::Weeks => {
            let Some(weekly) = data.weekly.clone() else {
                return html! { <p class="empty">{ "Counting the weeks." }</p> };
            };
            let outliers_only = tab == Tab::Outliers;
            // Keyed, so that each keeps an order of its own.
            let key = if outliers_only { "outliers" } else { "weeks" };
            html! { <WeeksTable {key} table={table.id} {weekly} {outliers_only} /> }
        }
        Tab::Rows => html! { <RowsTable {table} page={data.rows.clone()} {version} /> },
        Tab::Columns => html! { <ColumnsTable key={version} {table} /> },
        Tab::Rejects => html! { <RejectsTable {table} page={data.rejects.clone()} {version} /> },
        Tab::Conflicts => html! { <ConflictsTable {table} page={data.conflicts.clone()} {version} /> },
        Tab::Quality => html! { <QualityTable {table} quality={data.quality.clone()} {version} {saved} /> },
    }
}
