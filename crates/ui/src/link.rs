//! A worker and what is bound to it: what it says, whether it has said that it is ready, and how long the page waits for that.
//!
//! Knows nothing of what is said: `[request, [File, …]]` goes out, `[event, Blob or nothing]` comes in.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::Array;
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, Event, MessageEvent};

use crate::browser::engine::StartedWorker;
use crate::browser::error_text;
use crate::browser::listener::Listener;
use crate::format;
use crate::port::to_plain;

/// How long a worker may take to say that it is ready, in milliseconds, slow networks included.
const START_PATIENCE: u32 = 90_000;

/// What comes from a worker.
pub enum Heard {
    /// `[event, blob or nothing]`
    Message(Array),
    /// It has stopped, or cannot be understood, for this reason, which may be empty.
    Failed(String),
}

/// A worker, or the place for one.
#[derive(Default)]
pub struct Link(RefCell<Option<Open>>);

impl Link {
    /// Takes a worker that was started; `heard` is called with everything that it has said and says from now on.
    ///
    /// # Errors
    /// It was not started, for a reason that the user can read.
    pub fn open(
        &self,
        started: Result<StartedWorker, JsValue>,
        heard: impl Fn(Heard) + 'static,
    ) -> Result<(), String> {
        let worker =
            started.map_err(|error| format!("The browser refuses to start it: {}", error_text(&error)))?;
        let heard = Rc::new(heard);
        let early = worker.early_events();
        self.0.replace(Some(Open::to(worker, Rc::clone(&heard))));
        for event in early {
            heard(received(&event));
        }
        Ok(())
    }

    /// Whether there is a worker.
    pub fn is_open(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Whether there is one that takes requests.
    pub fn is_ready(&self) -> bool {
        self.0.borrow().as_ref().is_some_and(|open| open.ready.get())
    }

    /// It has said that it takes requests.
    pub fn set_ready(&self) {
        if let Some(open) = &*self.0.borrow() {
            open.ready.set(true);
        }
    }

    /// Sends a request with files, if there is a worker.
    pub fn send(&self, request: &impl Serialize, files: &Array) {
        let open = self.0.borrow();
        let Some(open) = open.as_ref() else { return };
        let outcome = to_plain(request)
            .and_then(|request| open.worker.worker().post_message(&Array::of2(&request, files)));
        if let Err(error) = outcome {
            web_sys::console::error_2(&JsValue::from_str("a request could not be sent"), &error);
        }
    }

    /// Ends the worker, if there is one. This may be called from inside one of the listeners, so that is let return first.
    pub fn end(&self) {
        let Some(open) = self.0.take() else { return };
        open.worker.worker().terminate();
        wasm_bindgen_futures::spawn_local(async move { drop(open) });
    }
}

/// A worker that is there. It ends when this is dropped.
struct Open {
    worker: StartedWorker,
    ready: Rc<Cell<bool>>,
    _listeners: [Listener; 3],
    _patience: Timeout,
}

impl Open {
    fn to(worker: StartedWorker, heard: Rc<impl Fn(Heard) + 'static>) -> Self {
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
pub fn cannot_start(message: &str) -> String {
    let reason = if message.is_empty() { "Its script could not be loaded." } else { message };
    format!(
        "{} Sandglass needs a browser with WebAssembly and module workers, and a page that was served over HTTP or HTTPS, not \
         opened from a folder.",
        format::sentence(reason)
    )
}
