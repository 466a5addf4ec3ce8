//! A worker and what is bound to it: what it says, whether it has said that it is ready, and how long the page waits for that.
//!
//! Knows nothing of what is said: `[request, [File, …]]` goes out, `[event, Blob or nothing]` comes in.

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::Array;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, Event, MessageEvent};

use crate::browser::engine::StartedWorker;
use crate::browser::listener::Listener;

/// How long a worker may take to say that it is ready, in milliseconds, slow networks included.
const START_PATIENCE: u32 = 90_000;

/// What comes from a worker.
pub(super) enum Heard {
    /// `[event, blob or nothing]`
    Message(Array),
    /// It has stopped, or cannot be understood, for this reason, which may be empty.
    Failed(String),
}

/// A worker. It ends when this is dropped.
pub(super) struct Link {
    worker: StartedWorker,
    ready: Rc<Cell<bool>>,
    _listeners: [Listener; 3],
    _patience: Timeout,
}

impl Link {
    /// Takes a worker that was started; `heard` is called with everything that comes from now on.
    pub(super) fn to(worker: StartedWorker, heard: impl Fn(Heard) + 'static) -> Self {
        let heard = Rc::new(heard);
        let ready = Rc::new(Cell::new(false));
        let listeners = ["message", "messageerror", "error"].map(|kind| {
            let heard = Rc::clone(&heard);
            Listener::new(worker.worker(), kind, move |event| heard(received(&event)))
        });
        let is_ready = Rc::clone(&ready);
        let patience = Timeout::new(START_PATIENCE, move || {
            if !is_ready.get() {
                heard(Heard::Failed("It did not answer within a minute and a half.".to_owned()));
            }
        });
        Self { worker, ready, _listeners: listeners, _patience: patience }
    }

    /// What it said before anyone listened.
    pub(super) fn early(&self) -> impl Iterator<Item = Heard> + use<> {
        self.worker.early_events().map(|event| received(&event))
    }

    /// Whether it takes requests.
    pub(super) fn is_ready(&self) -> bool {
        self.ready.get()
    }

    /// It has said that it takes requests.
    pub(super) fn set_ready(&self) {
        self.ready.set(true);
    }

    /// Sends a request with files.
    pub(super) fn send(&self, request: &impl Serialize, files: &Array) {
        // A string like 'Cancel' or a record of numbers; nothing in a request can fail to become one.
        let outcome = request
            .serialize(&serde_wasm_bindgen::Serializer::new())
            .map_err(JsValue::from)
            .and_then(|request| self.worker.worker().post_message(&Array::of2(&request, files)));
        if let Err(error) = outcome {
            web_sys::console::error_2(&JsValue::from_str("a request could not be sent"), &error);
        }
    }

    /// Ends the worker. This may be called from inside one of the listeners, so that is let return first.
    pub(super) fn end(self) {
        self.worker.worker().terminate();
        wasm_bindgen_futures::spawn_local(async move { drop(self) });
    }
}

fn received(event: &Event) -> Heard {
    match event.type_().as_str() {
        "message" => Heard::Message(event.unchecked_ref::<MessageEvent>().data().unchecked_into()),
        "messageerror" => Heard::Failed("A message of the engine could not be read.".to_owned()),
        _ => {
            event.prevent_default();
            Heard::Failed(event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default())
        }
    }
}

/// Why a worker that was never ready cannot be started, for the user.
pub(super) fn cannot_start(message: &str) -> String {
    let reason = if message.is_empty() { "Its script could not be loaded." } else { message };
    format!(
        "{} Sandglass needs a browser with WebAssembly and module workers, and a page that was served over HTTP or HTTPS, not \
         opened from a folder.",
        crate::format::sentence(reason)
    )
}

/// What the browser says when it refuses to start a worker, for the user.
pub(super) fn refused(error: &JsValue) -> String {
    format!("The browser refuses to start it: {}", crate::browser::error_text(error))
}
