//! The page's end of the warehouse worker: starts it, sends to it, hears from it, and starts another when it stops.
//!
//! It keeps the `File` handles of jobs that have not been sent yet, and otherwise no state of the page: what it hears
//! it passes on as [`Notice`]s, and progress as a [`Feed`].

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::{Rc, Weak};

use js_sys::Array;
use sandglass_protocol::{Event, JobId, Progress, Request, Upkept};
use sandglass_ui::browser::engine::StartedWorker;
use sandglass_ui::browser::timing;
use sandglass_ui::feed::Feed;
use sandglass_ui::link::{Heard, Link, cannot_start};
use wasm_bindgen::JsCast;
use web_sys::{Blob, File};
use yew::Callback;

use crate::store::Job;

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
    link: Link,
    /// The job that the worker was given last.
    begun: Cell<Option<JobId>>,
    files: RefCell<HashMap<JobId, Array>>,
    /// The jobs that were given and have not ended.
    open: RefCell<HashSet<JobId>>,
    listener: RefCell<Option<Callback<Notice>>>,
    /// Notices that came before anyone listened.
    early: RefCell<Vec<Notice>>,
    progress: Feed<Progress>,
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
        if alone && self.link.is_ready() {
            self.begin(job);
        }
    }

    /// Sends a job, with its files, unless the worker has it already.
    pub(crate) fn begin(&self, job: &Job) {
        if self.has_begun(job.id) {
            return;
        }
        self.begun.set(Some(job.id));
        let files = self.files.borrow_mut().remove(&job.id).unwrap_or_default();
        self.send_with(&job.request(), &files);
    }

    fn has_begun(&self, job: JobId) -> bool {
        self.begun.get() == Some(job)
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
        self.link.send(request, files);
    }

    fn open(&self) {
        let this = self.this.clone();
        let opened = self.link.open(StartedWorker::engine(), move |heard| {
            if let Some(client) = this.upgrade() {
                client.receive(heard);
            }
        });
        if let Err(reason) = opened {
            self.notify(Notice::CannotStart(reason));
        }
    }

    fn receive(&self, heard: Heard) {
        match heard {
            Heard::Message(message) => self.hear(&message),
            Heard::Failed(reason) => self.fail(&reason),
        }
    }

    /// `[event, blob or nothing]`
    fn hear(&self, message: &Array) {
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
                        self.link.set_ready();
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
        let was_ready = self.link.is_ready();
        self.close();
        if was_ready {
            self.open();
            let reason = if message.is_empty() { "no reason was given." } else { message };
            self.notify(Notice::Stopped(reason.to_owned()));
        } else {
            self.notify(Notice::CannotStart(cannot_start(message)));
        }
    }

    fn close(&self) {
        if !self.link.is_open() {
            return;
        }
        if let Some(job) = self.begun.take() {
            self.open.borrow_mut().remove(&job);
        }
        self.link.end();
    }

    fn notify(&self, notice: Notice) {
        let listener = self.listener.borrow().clone();
        match listener {
            Some(listener) => listener.emit(notice),
            None => self.early.borrow_mut().push(notice),
        }
    }
}
