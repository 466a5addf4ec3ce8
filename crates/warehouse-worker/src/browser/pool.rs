//! Parse workers: workers that read ranges of a large file or small files beside this one, and send back what they find.
//!
//! They are instances of this same module in another role (`parser.rs`), started from the module that is compiled
//! already. One is started before it is needed. They end with the sources that they were for, which gives their memory
//! back: that of wasm never shrinks.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::File;

use super::beside::{Beside, Inbox, from_page};
use super::cancel::Cancel;

/// The most parse workers: more would wait for the disk.
const MOST: usize = 7;

/// Parse workers, and what they have said: what they have found, or why one of them has stopped.
#[derive(Default)]
pub(super) struct Pool {
    workers: Vec<Parser>,
    inbox: Rc<Inbox<Result<JsValue, String>>>,
}

struct Parser {
    worker: Beside,
    /// Whether it is ready for a task and has none.
    idle: Rc<Cell<bool>>,
}

impl Pool {
    /// Whether sources can be read in ranges here at all.
    pub(super) fn is_possible() -> bool {
        spare_cores() > 0 && bindings().is_some()
    }

    /// Sees to it that there are so many workers beside this one, if there are cores for them.
    pub(super) fn grow(&mut self, workers: usize) {
        while self.workers.len() < workers.min(MOST).min(spare_cores()) {
            match self.start() {
                Ok(parser) => self.workers.push(parser),
                // Then this worker reads alone.
                Err(_) => return,
            }
        }
    }

    fn start(&self) -> Result<Parser, JsValue> {
        let bindings = bindings().ok_or("no address")?;
        let idle = Rc::new(Cell::new(false));
        let said = {
            let (inbox, idle) = (Rc::clone(&self.inbox), Rc::clone(&idle));
            // An object is something found; anything else says that it is ready for the next task, or has failed.
            move |_: &_, said: JsValue| {
                idle.set(!said.is_object());
                inbox.push(said.as_string().map_or(Ok(said), Err));
            }
        };
        let inbox = Rc::clone(&self.inbox);
        let failed = move |message: Option<String>| {
            let message = message.unwrap_or_else(|| "no reason was given".to_owned());
            inbox.push(Err(format!("a parse worker stopped: {message}")));
        };
        let worker = Beside::start("sandglass-parser", &bindings, &wasm_bindgen::module(), said, failed)?;
        Ok(Parser { worker, idle })
    }

    /// How many workers there are beside this one.
    pub(super) fn len(&self) -> usize {
        self.workers.len()
    }

    /// A worker that has nothing to do.
    pub(super) fn idle(&self) -> Option<usize> {
        self.workers.iter().position(|parser| parser.idle.get())
    }

    /// Hands the task to read a range to a worker that has nothing to do.
    pub(super) fn give_range(&self, worker: usize, task: &[u8], file: &File) {
        self.give(worker, &Array::of2(&Uint8Array::from(task), file));
    }

    /// Hands a file that is to be read as a whole to a worker that has nothing to do, with its number in the job, and the request
    /// of the job if it has one that says how.
    pub(super) fn give_file(&self, worker: usize, number: usize, file: &File, asked: &JsValue) {
        self.give(worker, &Array::of3(&(number as f64).into(), file, asked));
    }

    fn give(&self, worker: usize, task: &Array) {
        let parser = &self.workers[worker];
        parser.idle.set(false);
        if parser.worker.post(task).is_err() {
            self.inbox.push(Err("a task could not be sent to a parse worker".to_owned()));
        }
    }

    /// What was said first and has not been taken; `None` if nothing is there now.
    ///
    /// # Errors
    /// When a worker has stopped.
    pub(super) fn take(&self) -> Result<Option<JsValue>, String> {
        while let Some(said) = self.inbox.take().transpose()? {
            // That a worker is ready is known; it has only to wake who waits.
            if said.is_object() {
                return Ok(Some(said));
            }
        }
        Ok(None)
    }

    /// Waits until there is something to take, or the job is to end.
    pub(super) async fn wait(&self, cancelled: &Cancel) {
        self.inbox.wait(cancelled).await;
    }
}

/// Cores that neither this worker needs nor the browser, which reads the file and draws. With two cores there is none: then
/// a second worker made reading a million votes slower.
fn spare_cores() -> usize {
    from_page("sandglassCores")
        .and_then(|cores| cores.as_f64())
        .map_or(0, |cores| cores as usize)
        .saturating_sub(2)
}

/// The address of this module's bindings.
fn bindings() -> Option<JsValue> {
    from_page("sandglassBindings").filter(JsValue::is_string)
}
