//! The page's end of the warehouse worker: starts it, sends to it, hears from it, and starts another when it stops.
//!
//! It keeps the `File` handles of jobs that have not been sent yet, and otherwise no state of the page: what it hears
//! it passes on as [`Notice`]s, and progress as a [`Feed`].

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use js_sys::Array;
use sandglass_protocol::{Event, JobId, Progress, Request, Upkept};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, ErrorEvent, File, MessageEvent};
use yew::Callback;

use crate::browser::engine::StartedEngine;
use crate::browser::listener::Listener;
use crate::browser::timing;
use crate::feed::Feed;
use crate::store::Job;

/// How long the worker may take to say that it is ready, in milliseconds, slow networks included.
const START_PATIENCE: u32 = 90_000;

/// What the page hears from here.
pub(crate) enum Notice {
    /// The worker said this. Never progress, an export or a crash: they come as below.
    Said(Event),
    /// Bytes that the user asked for.
    Exported { file_name: String, blob: Blob },
    /// The worker stopped by itself, for this reason, and has been started again.
    Stopped(String),
    /// The worker cannot be started, for this reason.
    CannotStart(String),
}

/// The client of the worker. There is one, and it lives as long as the page.
#[derive(Default)]
pub(crate) struct Client {
    this: Weak<Client>,
    link: RefCell<Option<Link>>,
    files: RefCell<HashMap<JobId, Array>>,
    /// The jobs that were given and have not ended.
    open: RefCell<HashSet<JobId>>,
    listener: RefCell<Option<Callback<Notice>>>,
    /// Notices that came before anyone listened.
    early: RefCell<Vec<Notice>>,
    progress: Feed<Progress>,
}

/// The worker and what is bound to it.
struct Link {
    engine: StartedEngine,
    ready: Cell<bool>,
    /// The job that it was given last.
    begun: Cell<Option<JobId>>,
    _listeners: [Listener; 3],
    _patience: Timeout,
}

impl Client {
    /// Makes the client and starts its worker.
    pub(crate) fn start() -> Rc<Self> {
        let client = Rc::new_cyclic(|this| Self { this: this.clone(), ..Self::default() });
        client.open();
        client
    }

    /// Calls `callback` with every notice, those that came before included.
    pub(crate) fn listen(&self, callback: Callback<Notice>) {
        let early = self.early.take();
        self.listener.replace(Some(callback.clone()));
        for notice in early {
            callback.emit(notice);
        }
    }

    /// How far the running job has come.
    pub(crate) fn progress(&self) -> &Feed<Progress> {
        &self.progress
    }

    /// Whether there is a job that has not ended.
    pub(crate) fn is_busy(&self) -> bool {
        !self.open.borrow().is_empty()
    }

    /// Keeps the files of a job until it is begun.
    pub(crate) fn keep_files(&self, job: JobId, files: impl Iterator<Item = File>) {
        self.files.borrow_mut().insert(job, files.collect());
    }

    /// Forgets a job that will not be begun. One that was begun goes on until the worker says that it has ended.
    pub(crate) fn forget(&self, job: JobId) {
        if !self.has_begun(job) {
            self.files.borrow_mut().remove(&job);
            self.open.borrow_mut().remove(&job);
        }
    }

    /// Sends a new job at once, if it is the only one that has not ended.
    pub(crate) fn begin_if_free(&self, job: &Job) {
        let alone = {
            let mut open = self.open.borrow_mut();
            open.insert(job.id);
            open.len() == 1
        };
        if alone && self.is_ready() {
            self.begin(job);
        }
    }

    /// Sends a job, with its files, unless the worker has it already.
    pub(crate) fn begin(&self, job: &Job) {
        if self.has_begun(job.id) {
            return;
        }
        if let Some(link) = self.link.borrow().as_ref() {
            link.begun.set(Some(job.id));
        }
        let files = self.files.borrow_mut().remove(&job.id).unwrap_or_default();
        self.send_with(&job.request(), &files);
    }

    fn has_begun(&self, job: JobId) -> bool {
        self.link.borrow().as_ref().is_some_and(|link| link.begun.get() == Some(job))
    }

    /// Sends a request that has no files.
    pub(crate) fn send(&self, request: &Request) {
        self.send_with(request, &Array::new());
    }

    /// Starts the worker once more, after it could not be started.
    pub(crate) fn restart(&self) {
        self.close();
        self.open();
    }

    /// Sends a request with files.
    pub(crate) fn send_with(&self, request: &Request, files: &Array) {
        let link = self.link.borrow();
        let Some(link) = link.as_ref() else { return };
        // A string like 'Cancel' or a record of numbers; nothing in a request can fail to become one.
        let outcome = request
            .serialize(&serde_wasm_bindgen::Serializer::new())
            .map_err(JsValue::from)
            .and_then(|request| link.engine.worker().post_message(&Array::of2(&request, files)));
        if let Err(error) = outcome {
            web_sys::console::error_2(&JsValue::from_str("a request could not be sent"), &error);
        }
    }

    fn open(&self) {
        match StartedEngine::start() {
            Ok(engine) => {
                let early = engine.early_events();
                self.link.replace(Some(self.link_to(engine)));
                for event in early {
                    self.receive(&event);
                }
            }
            Err(error) => {
                let reason = crate::browser::error_text(&error);
                self.notify(Notice::CannotStart(format!("The browser refuses to start it: {reason}")));
            }
        }
    }

    fn link_to(&self, engine: StartedEngine) -> Link {
        let listeners = ["message", "messageerror", "error"].map(|kind| {
            let this = self.this.clone();
            Listener::new(engine.worker(), kind, move |event| {
                if let Some(client) = this.upgrade() {
                    client.receive(&event);
                }
            })
        });
        let this = self.this.clone();
        let patience = Timeout::new(START_PATIENCE, move || {
            if let Some(client) = this.upgrade().filter(|client| !client.is_ready()) {
                client.fail("It did not answer within a minute and a half.");
            }
        });
        Link {
            engine,
            ready: Cell::new(false),
            begun: Cell::default(),
            _listeners: listeners,
            _patience: patience,
        }
    }

    fn is_ready(&self) -> bool {
        self.link.borrow().as_ref().is_some_and(|link| link.ready.get())
    }

    /// An event of the worker.
    fn receive(&self, event: &web_sys::Event) {
        match event.type_().as_str() {
            "message" => self.hear(event.unchecked_ref::<MessageEvent>().data()),
            "messageerror" => self.fail("A message of the engine could not be read."),
            _ => {
                event.prevent_default();
                let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message).unwrap_or_default();
                self.fail(&message);
            }
        }
    }

    /// `[event, blob or nothing]`
    fn hear(&self, message: JsValue) {
        let message: Array = message.unchecked_into();
        match serde_wasm_bindgen::from_value(message.get(0)) {
            Ok(Event::Progress(progress)) => self.progress.send(progress),
            Ok(Event::Exported { file_name } | Event::Upkept(Upkept::Exported { file_name })) => {
                let blob = message.get(1).unchecked_into();
                self.notify(Notice::Exported { file_name, blob });
            }
            Ok(Event::Crashed { message }) => self.fail(&message),
            Ok(event) => {
                match &event {
                    Event::Ready { .. } => {
                        if let Some(link) = self.link.borrow().as_ref() {
                            link.ready.set(true);
                        }
                        timing::mark("ready", None);
                    }
                    Event::Finished { job, .. } | Event::Cancelled { job } | Event::Refused { job, .. } => {
                        self.open.borrow_mut().remove(job);
                    }
                    _ => {}
                }
                self.notify(Notice::Said(event));
            }
            Err(error) => {
                self.fail(&format!("The engine said something that this page does not know ({error})."))
            }
        }
    }

    /// Ends the worker. One that had been ready is started again; one that never was would only fail once more.
    fn fail(&self, message: &str) {
        let was_ready = self.is_ready();
        self.close();
        if was_ready {
            self.open();
            let reason = if message.is_empty() { "no reason was given." } else { message };
            self.notify(Notice::Stopped(reason.to_owned()));
        } else {
            let reason = if message.is_empty() { "Its script could not be loaded." } else { message };
            self.notify(Notice::CannotStart(format!(
                "{} Sandglass needs a browser with WebAssembly and module workers, and a page that was served \
                 over HTTP or HTTPS, not opened from a folder.",
                crate::format::sentence(reason)
            )));
        }
    }

    fn close(&self) {
        let Some(link) = self.link.take() else { return };
        if let Some(job) = link.begun.get() {
            self.open.borrow_mut().remove(&job);
        }
        link.engine.worker().terminate();
        // This may be running inside one of the link's own listeners, so that is let return first.
        wasm_bindgen_futures::spawn_local(async move { drop(link) });
    }

    fn notify(&self, notice: Notice) {
        let listener = self.listener.borrow().clone();
        match listener {
            Some(listener) => listener.emit(notice),
            None => self.early.borrow_mut().push(notice),
        }
    }
}
