//! Parse workers: workers that read ranges of a file beside this one, and send back what they find as bytes.
//!
//! They are instances of this same module in another role (`parser.rs`), started from the module that is compiled
//! already. One is started before it is needed. They end with the source that they were for, which gives their memory
//! back: that of wasm never shrinks.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
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
    inbox: Rc<Inbox<Result<Uint8Array, String>>>,
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
            // A buffer is something found; anything else says that it is ready for the next task, or has failed.
            move |_: &_, said: JsValue| match said.dyn_into::<ArrayBuffer>() {
                Ok(buffer) => inbox.push(Ok(Uint8Array::new(&buffer))),
                Err(other) => {
                    idle.set(true);
                    if let Some(failure) = other.as_string() {
                        inbox.push(Err(failure));
                    }
                }
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

    /// Hands a task to a worker that has nothing to do.
    pub(super) fn give(&self, worker: usize, task: &[u8], file: &File) {
        let parser = &self.workers[worker];
        parser.idle.set(false);
        if parser.worker.post(&Array::of2(&Uint8Array::from(task), file)).is_err() {
            self.inbox.push(Err("a task could not be sent to a parse worker".to_owned()));
        }
    }

    /// What was said first and has not been taken; `None` if nothing is there now.
    ///
    /// # Errors
    /// When a worker has stopped.
    pub(super) fn take(&self) -> Result<Option<Vec<u8>>, String> {
        Ok(self.inbox.take().transpose()?.map(|said| said.to_vec()))
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
