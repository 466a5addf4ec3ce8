//! Parse workers: workers that read ranges of a file beside this one, and send back what they find as bytes.
//!
//! They are instances of this same module in another role (`parser.rs`), started from the module that is compiled
//! already. One is started before it is needed. They end with the source that they were for, which gives their memory
//! back: that of wasm never shrinks.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::{Array, ArrayBuffer, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, File, MessageEvent, Url, Worker, WorkerOptions, WorkerType};

use super::cancel::Cancel;

/// The first lines of a worker that this one starts. Its handler is there when they have run, so nothing that is sent to it
/// is lost. It is sent the addresses of its bindings and its module, or the module itself.
const SCRIPT: &str = r#"
    addEventListener("unhandledrejection", ({ reason }) => setTimeout(() => { throw reason; }));
    onmessage = ({ data: [bindings, module] }) => {
        onmessage = null;
        globalThis.sandglassRole = "parser";
        const module_or_path = typeof module === "string" ? fetch(module) : module;
        import(bindings).then((bindings) => bindings.default({ module_or_path }));
    };
"#;

/// The most parse workers: more would wait for the disk.
const MOST: usize = 7;

/// Parse workers, and what they have said.
#[derive(Default)]
pub(super) struct Pool {
    workers: Vec<Parser>,
    inbox: Rc<Inbox>,
}

struct Parser {
    worker: Worker,
    state: Rc<Cell<State>>,
    _heard: [Closure<dyn FnMut(MessageEvent)>; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Starting,
    Idle,
    Busy,
}

/// What has been said and not been taken yet.
#[derive(Default)]
struct Inbox {
    said: RefCell<VecDeque<Uint8Array>>,
    /// Why a worker has stopped, if one has.
    failure: RefCell<Option<String>>,
    waker: RefCell<Option<Waker>>,
}

impl Inbox {
    fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Pool {
    /// Whether sources can be read in ranges here at all.
    pub(super) fn is_possible() -> bool {
        spare_cores() > 0 && bindings().is_some()
    }

    /// Sees to it that there are so many workers beside this one, if there are cores for them.
    pub(super) fn grow(&mut self, workers: usize) {
        while self.workers.len() < workers.min(MOST).min(spare_cores()) {
            match Parser::start(&self.inbox) {
                Ok(parser) => self.workers.push(parser),
                // Then this worker reads alone.
                Err(_) => return,
            }
        }
    }

    /// How many workers there are beside this one.
    pub(super) fn len(&self) -> usize {
        self.workers.len()
    }

    /// A worker that has nothing to do.
    pub(super) fn idle(&self) -> Option<usize> {
        self.workers.iter().position(|parser| parser.state.get() == State::Idle)
    }

    /// Hands a task to a worker that has nothing to do.
    pub(super) fn give(&self, worker: usize, task: &[u8], file: &File) {
        let parser = &self.workers[worker];
        parser.state.set(State::Busy);
        let message = Array::of2(&Uint8Array::from(task), file);
        if parser.worker.post_message(&message).is_err() {
            self.inbox.failure.replace(Some("a task could not be sent to a parse worker".to_owned()));
        }
    }

    /// What was said first and has not been taken; `None` if nothing is there now.
    ///
    /// # Errors
    /// When a worker has stopped.
    pub(super) fn take(&self) -> Result<Option<Vec<u8>>, String> {
        if let Some(failure) = self.inbox.failure.borrow().clone() {
            return Err(failure);
        }
        Ok(self.inbox.said.borrow_mut().pop_front().map(|said| said.to_vec()))
    }

    /// Waits until there is something to take, or the job is to end.
    pub(super) async fn wait(&self, cancelled: &Cancel) {
        poll_fn(|context| {
            let is_there = !self.inbox.said.borrow().is_empty() || self.inbox.failure.borrow().is_some();
            if is_there || cancelled.is_wished_or_wakes(context) {
                return Poll::Ready(());
            }
            self.inbox.waker.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}

impl Parser {
    fn start(inbox: &Rc<Inbox>) -> Result<Self, JsValue> {
        let bindings = bindings().ok_or("no address")?;
        let worker = start_module("sandglass-parser", &bindings, &wasm_bindgen::module())?;
        let state = Rc::new(Cell::new(State::Starting));
        let heard = {
            let (inbox, state) = (Rc::clone(inbox), Rc::clone(&state));
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                // A buffer is something found; anything else says that it is ready for the next task.
                match event.data().dyn_into::<ArrayBuffer>() {
                    Ok(buffer) => inbox.said.borrow_mut().push_back(Uint8Array::new(&buffer)),
                    Err(_) => {
                        state.set(State::Idle);
                        if let Some(address) = event.data().as_string() {
                            inbox.failure.replace(Some(address));
                        }
                    }
                }
                inbox.wake();
            })
        };
        worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        let failed = {
            let inbox = Rc::clone(inbox);
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                event.prevent_default();
                let message = Reflect::get(&event, &"message".into()).ok().and_then(|text| text.as_string());
                let message = message.unwrap_or_else(|| "no reason was given".to_owned());
                inbox.failure.replace(Some(format!("a parse worker stopped: {message}")));
                inbox.wake();
            })
        };
        worker.set_onerror(Some(failed.as_ref().unchecked_ref()));
        Ok(Self { worker, state, _heard: [heard, failed] })
    }
}

impl Drop for Parser {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// Cores that neither this worker needs nor the browser, which reads the file and draws. With two cores there is none: then
/// a second worker made reading a million votes slower by a tenth.
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

/// Starts a worker with this module, or with the one at this address.
///
/// # Errors
/// When the browser refuses.
pub(super) fn start_module(name: &str, bindings: &JsValue, module: &JsValue) -> Result<Worker, JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type("text/javascript");
    let script = Blob::new_with_str_sequence_and_options(&Array::of1(&SCRIPT.into()), &kind)?;
    let address = Url::create_object_url_with_blob(&script)?;
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name(name);
    let worker = Worker::new_with_options(&address, &options)?;
    worker.post_message(&Array::of2(bindings, module))?;
    Ok(worker)
}

/// Something that the page has left here.
pub(super) fn from_page(name: &str) -> Option<JsValue> {
    Reflect::get(&js_sys::global(), &name.into()).ok().filter(|value| !value.is_undefined())
}
