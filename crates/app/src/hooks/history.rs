//! Back and Forward between the screens.

use std::rc::Rc;

use sandglass_ui::browser::listener::Listener;
use sandglass_ui::browser::window;
use wasm_bindgen::JsValue;
use web_sys::History;
use yew::prelude::*;

use crate::actions::Actions;
use crate::store::{Screen, State};

/// What a history entry of the results, of the warehouse, and of the SQL workspace holds. The address stays as it is: it must say nothing about
/// the data.
const RESULTS: &str = "sandglass:results";
const WAREHOUSE: &str = "sandglass:warehouse";
const SQL: &str = "sandglass:sql";

/// Adds an entry when the results come, and follows the user through the entries.
#[hook]
pub(crate) fn use_history(state: &UseReducerHandle<State>, actions: &Actions) {
    let actions = actions.clone();
    use_effect_with((), move |()| {
        // After a reload the entry may be one of results that are gone with the page before. Scripts are there again.
        if let Ok(history) = window().history()
            && entry() != Screen::Sql
        {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", None);
        }
        let listener = Rc::new(Listener::new(&window(), "popstate", move |_| {
            actions.show(entry());
        }));
        move || drop(listener)
    });
    use_effect_with(state.screen, |screen| {
        let Ok(history) = window().history() else { return };
        match (screen, entry()) {
            (shown, entry) if *shown == entry => {}
            (Screen::Results, _) => push(&history, RESULTS),
            (Screen::Warehouse, _) => push(&history, WAREHOUSE),
            (Screen::Sql, _) => push(&history, SQL),
            // The screen before the scripts may be another one, and they are there to come back to.
            (Screen::Start, Screen::Sql) => {
                let _ = history.push_state_with_url(&JsValue::NULL, "", None);
            }
            // Start over, or an engine that stopped: the results are not there to come back to.
            (Screen::Start, _) => {
                let _ = history.back();
            }
        }
    });
}

/// The screen of the present history entry.
pub(crate) fn entry() -> Screen {
    let state = window().history().and_then(|history| history.state());
    match state.ok().and_then(|state| state.as_string()).as_deref() {
        Some(RESULTS) => Screen::Results,
        Some(WAREHOUSE) => Screen::Warehouse,
        Some(SQL) => Screen::Sql,
        _ => Screen::Start,
    }
}

fn push(history: &History, entry: &str) {
    let _ = history.push_state_with_url(&JsValue::from_str(entry), "", None);
}
