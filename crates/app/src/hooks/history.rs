//! Back and Forward between the first view and the results.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::History;
use yew::prelude::*;

use crate::actions::Actions;
use crate::browser::listener::Listener;
use crate::browser::window;
use crate::store::{Screen, State};

/// What a history entry of the results, and one of the warehouse, holds. The address stays as it is: it must say nothing about
/// the data.
const RESULTS: &str = "sandglass:results";
const WAREHOUSE: &str = "sandglass:warehouse";

/// Adds an entry when the results come, and follows the user through the entries.
#[hook]
pub(crate) fn use_history(state: &UseReducerHandle<State>, actions: &Actions) {
    let actions = actions.clone();
    use_effect_with((), move |()| {
        // After a reload the entry may be one of results that are gone with the page before.
        if let Ok(history) = window().history() {
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
            (Screen::Results, Screen::Start | Screen::Warehouse) => push(&history, RESULTS),
            (Screen::Warehouse, Screen::Start | Screen::Results) => push(&history, WAREHOUSE),
            // Start over, or an engine that stopped: the results are not there to come back to.
            (Screen::Start, Screen::Results | Screen::Warehouse) => {
                let _ = history.back();
            }
            _ => {}
        }
    });
}

/// The screen of the present history entry.
fn entry() -> Screen {
    let state = window().history().and_then(|history| history.state());
    match state.ok().and_then(|state| state.as_string()).as_deref() {
        Some(RESULTS) => Screen::Results,
        Some(WAREHOUSE) => Screen::Warehouse,
        _ => Screen::Start,
    }
}

fn push(history: &History, entry: &str) {
    let _ = history.push_state_with_url(&JsValue::from_str(entry), "", None);
}
