//! Files can be dropped anywhere on the window.

use std::cell::Cell;
use std::rc::Rc;

use sandglass_ui::browser::listener::Listener;
use sandglass_ui::browser::window;
use wasm_bindgen::JsCast;
use web_sys::DragEvent;
use yew::prelude::*;

use crate::actions::Actions;

/// Opens what is dropped. Says whether something that can be dropped is over the window now.
#[hook]
pub(crate) fn use_window_drop(actions: &Actions) -> bool {
    let over = use_state_eq(|| false);
    {
        let over = over.setter();
        let actions = actions.clone();
        use_effect_with((), move |()| {
            // Every element on the way fires an enter and a leave; the window is left when they are even.
            let depth = Rc::new(Cell::new(0_i32));
            let on = |kind, handler: Box<dyn Fn(&DragEvent)>| {
                Listener::new(&window(), kind, move |event| {
                    if let Some(event) = event.dyn_ref::<DragEvent>().filter(|event| carries_files(event)) {
                        event.prevent_default();
                        handler(event);
                    }
                })
            };
            let listeners = [
                on("dragenter", {
                    let (depth, over) = (Rc::clone(&depth), over.clone());
                    Box::new(move |_| {
                        depth.set(depth.get() + 1);
                        over.set(true);
                    })
                }),
                on("dragleave", {
                    let (depth, over) = (Rc::clone(&depth), over.clone());
                    Box::new(move |_| {
                        depth.set(depth.get() - 1);
                        over.set(depth.get() > 0);
                    })
                }),
                on(
                    "dragover",
                    Box::new(|event| {
                        if let Some(transfer) = event.data_transfer() {
                            transfer.set_drop_effect("copy");
                        }
                    }),
                ),
                on(
                    "drop",
                    Box::new(move |event| {
                        depth.set(0);
                        over.set(false);
                        if let Some(transfer) = event.data_transfer() {
                            actions.open_dropped(&transfer);
                        }
                    }),
                ),
            ];
            move || drop(listeners)
        });
    }
    *over
}

/// Text that is dragged from field to field is none of ours.
fn carries_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|transfer| transfer.types().includes(&"Files".into(), 0))
}
