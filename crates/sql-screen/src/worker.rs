//! The screen's end of the query worker: starts it when it is first wanted, sends to it, hears from it, and starts another when it
//! stops.
//!
//! It hands over the files that the user has given, and tells the page that tables are to be changed: the warehouse worker owns them,
//! and lends them for as long as a statement takes.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::Array;
use sandglass_protocol::sql::{SqlEvent, SqlProgress, SqlRequest};
use sandglass_ui::browser::engine::StartedWorker;
use sandglass_ui::browser::timing;
use sandglass_ui::feed::Feed;
use sandglass_ui::link::{Heard, Link, cannot_start};
use sandglass_ui::screen::ToPage;
use wasm_bindgen::JsCast;
use web_sys::{Blob, File};
use yew::Callback;

/// What the screen hears from here.
pub(crate) enum QueryNotice {
    /// The worker said this. Never progress, turns or a crash.
    Said(SqlEvent),
    /// The file of a result.
    Exported { file_name: String, blob: Blob },
    /// The worker stopped by itself, for this reason, and has been started again.
    Stopped(String),
    /// The worker cannot be started, for this reason.
    CannotStart(String),
}

/// Whether the query worker may change tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Turn {
    #[default]
    None,
    /// It was asked for.
    Wanted,
    Given,
}

/// The client of the query worker. There is one, and it lives as long as the screen.
#[derive(Default)]
pub(crate) struct QueryClient {
    this: Weak<QueryClient>,
    /// Passes on to the page what concerns the warehouse worker.
    page: Callback<ToPage>,
    link: Link,
    listener: RefCell<Option<Callback<QueryNotice>>>,
    progress: Feed<SqlProgress>,
    turn: Cell<Turn>,
    /// The files of this visit, by the names under which queries find them.
    files: RefCell<Vec<(String, File)>>,
}

impl QueryClient {
    /// Makes the client, and starts nothing.
    pub(crate) fn new(page: Callback<ToPage>) -> Rc<Self> {
        Rc::new_cyclic(|this| Self { this: this.clone(), page, ..Self::default() })
    }

    /// Calls `callback` with every notice from now on.
    pub(crate) fn listen(&self, callback: Callback<QueryNotice>) {
        self.listener.replace(Some(callback));
    }

    /// How far the running script has come.
    pub(crate) fn progress(&self) -> &Feed<SqlProgress> {
        &self.progress
    }

    /// Starts the worker, unless it is there.
    pub(crate) fn start(&self) {
        if !self.link.is_open() {
            self.open();
        }
    }

    /// Sends a request. Nothing is sent before the worker is ready.
    pub(crate) fn send(&self, request: &SqlRequest) {
        if self.link.is_ready() {
            self.link.send(request, &Array::new());
        }
    }

    /// Ends the worker and starts another: it does not do what it was asked.
    pub(crate) fn end(&self) {
        self.fail("it did not stop when it was asked to");
    }

    /// Files that the user gives. Of several with one name, the last one is meant.
    pub(crate) fn give(&self, files: &[(String, File)]) {
        let mut all = self.files.borrow_mut();
        all.retain(|(known, _)| files.iter().all(|(name, _)| name != known));
        all.extend(files.iter().cloned());
        self.hand_over(files);
    }

    /// The warehouse worker has answered whether tables can be changed.
    pub(crate) fn lent(&self, refused: Option<String>) {
        if self.turn.get() != Turn::Wanted {
            return;
        }
        self.turn.set(if refused.is_none() { Turn::Given } else { Turn::None });
        self.send(&SqlRequest::Turn { refused });
    }

    /// The warehouse worker has stopped: what it was asked it does not answer any more.
    pub(crate) fn warehouse_stopped(&self) {
        self.lent(Some("the engine that owns the tables has stopped and was started again".to_owned()));
    }

    fn hand_over(&self, files: &[(String, File)]) {
        if self.link.is_ready() && !files.is_empty() {
            let names = files.iter().map(|(name, _)| name.clone()).collect();
            self.link.send(&SqlRequest::Files { names }, &files.iter().map(|(_, file)| file).collect());
        }
    }

    fn open(&self) {
        let this = self.this.clone();
        let opened = self.link.open(StartedWorker::queries(), move |heard| {
            if let Some(client) = this.upgrade() {
                client.receive(heard);
            }
        });
        if let Err(reason) = opened {
            self.notify(QueryNotice::CannotStart(reason));
        }
    }

    fn receive(&self, heard: Heard) {
        let message = match heard {
            Heard::Message(message) => message,
            Heard::Failed(reason) => return self.fail(&reason),
        };
        match serde_wasm_bindgen::from_value(message.get(0)) {
            Ok(SqlEvent::Progress(progress)) => self.progress.send(progress),
            Ok(SqlEvent::Crashed { message }) => self.fail(&message),
            Ok(SqlEvent::TurnWanted) => {
                self.turn.set(Turn::Wanted);
                self.page.emit(ToPage::Lend);
            }
            Ok(SqlEvent::TurnDone) => self.take_back(),
            Ok(event) => {
                if let SqlEvent::Ready { .. } = &event {
                    self.link.set_ready();
                    timing::mark("queries-ready", None);
                    self.hand_over(&self.files.borrow());
                }
                let exported = match &event {
                    SqlEvent::Exported { file_name, .. } => Some(file_name.clone()),
                    _ => None,
                };
                self.notify(QueryNotice::Said(event));
                if let Some(file_name) = exported {
                    self.notify(QueryNotice::Exported { file_name, blob: message.get(1).unchecked_into() });
                }
            }
            Err(error) => {
                self.fail(&format!("The SQL engine said something that this page does not know ({error})."));
            }
        }
    }

    fn take_back(&self) {
        if self.turn.take() != Turn::None {
            self.page.emit(ToPage::TakeBack);
        }
    }

    /// Ends the worker. One that had been ready is started again; one that never was would only fail once more.
    fn fail(&self, message: &str) {
        if !self.link.is_open() {
            return;
        }
        let was_ready = self.link.is_ready();
        self.link.end();
        self.take_back();
        if was_ready {
            let reason = if message.is_empty() { "no reason was given." } else { message };
            self.notify(QueryNotice::Stopped(reason.to_owned()));
            self.open();
        } else {
            self.notify(QueryNotice::CannotStart(cannot_start(message)));
        }
    }

    fn notify(&self, notice: QueryNotice) {
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener.emit(notice);
        }
    }
}
