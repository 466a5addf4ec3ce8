//! Keys that work wherever the focus is.

use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::browser::listener::Listener;
use crate::browser::{document, window};

/// Calls `then` when Escape is pressed, while there is something to call and no dialog is open that Escape closes.
#[hook]
pub fn use_escape(then: Option<Callback<()>>) {
    use_effect_with(then, |then| {
        let listener = then.clone().map(|then| {
            Listener::new(&window(), "keydown", move |event| {
                let escape = event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == "Escape");
                let dialog = document().query_selector("dialog[open]").ok().flatten();
                // What was open in the editor has been closed by it.
                if escape && dialog.is_none() && !event.default_prevented() {
                    then.emit(());
                }
            })
        });
        move || drop(listener)
    });
}
