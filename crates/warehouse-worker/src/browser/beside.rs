//! Workers that this one starts beside itself, and what they say to it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Poll, Waker};

use js_sys::{Array, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, MessageEvent, Url, Worker, WorkerOptions, WorkerType};

use super::cancel::Cancel;

/// The first lines of such a worker. Its handler is there when they have run, so nothing that is sent to it is lost. It is
/// sent the addresses of its bindings and its module, or the module itself.
const SCRIPT: &str = r#"
    addEventListener("unhandledrejection", ({ reason }) => setTimeout(() => { throw reason; }));
    onmessage = ({ data: [bindings, module] }) => {
        onmessage = null;
        globalThis.sandglassRole = "parser";
        const module_or_path = typeof module === "string" ? fetch(module) : module;
        import(bindings).then((bindings) => bindings.default({ module_or_path }));
    };
"#;

/// A worker beside this one. It ends when this is dropped.
pub(super) struct Beside {
    worker: Worker,
    /// That of its first lines.
    address: String,
    _heard: [Closure<dyn FnMut(MessageEvent)>; 2],
}

impl Beside {
    /// Starts a worker with this module, or with the one at this address. `said` is called with what it says, and `failed`
    /// with why it has stopped, if the browser tells.
    ///
    /// # Errors
    /// When the browser refuses.
    pub(super) fn start(
        name: &str,
        bindings: &JsValue,
        module: &JsValue,
        said: impl Fn(&Worker, JsValue) + 'static,
        failed: impl Fn(Option<String>) + 'static,
    ) -> Result<Self, JsValue> {
        let kind = BlobPropertyBag::new();
        kind.set_type("text/javascript");
        let script = Blob::new_with_str_sequence_and_options(&Array::of1(&SCRIPT.into()), &kind)?;
        let address = Url::create_object_url_with_blob(&script)?;
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(name);
        let worker = Worker::new_with_options(&address, &options)?;
        let speaker = worker.clone();
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            said(&speaker, event.data());
        });
        let stopped = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            event.prevent_default();
            let message = Reflect::get(&event, &"message".into()).ok().and_then(|text| text.as_string());
            failed(message.filter(|message| !message.is_empty()));
        });
        worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        worker.set_onerror(Some(stopped.as_ref().unchecked_ref()));
        let beside = Self { worker, address, _heard: [heard, stopped] };
        beside.post(&Array::of2(bindings, module))?;
        Ok(beside)
    }

    /// Sends it a message.
    ///
    /// # Errors
    /// When the message cannot be sent to a worker.
    pub(super) fn post(&self, message: &JsValue) -> Result<(), JsValue> {
        self.worker.post_message(message)
    }

    /// The same with buffers that are handed over and not copied.
    ///
    /// # Errors
    /// When the message cannot be sent to a worker.
    pub(super) fn post_with(&self, message: &JsValue, buffers: &Array) -> Result<(), JsValue> {
        self.worker.post_message_with_transfer(message, buffers)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
        // Nothing can be done about an address that is gone already.
        let _ = Url::revoke_object_url(&self.address);
    }
}

/// What has been said and not been taken yet.
pub(super) struct Inbox<T> {
    said: RefCell<VecDeque<T>>,
    waker: RefCell<Option<Waker>>,
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        Self { said: RefCell::default(), waker: RefCell::default() }
    }
}

impl<T> Inbox<T> {
    /// Adds what has just been said, and wakes who waits for it.
    pub(super) fn push(&self, said: T) {
        self.said.borrow_mut().push_back(said);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// What was said first; `None` if nothing is there now.
    pub(super) fn take(&self) -> Option<T> {
        self.said.borrow_mut().pop_front()
    }

    /// Waits for what is said next, and takes it.
    pub(super) async fn next(&self) -> T {
        poll_fn(|context| match self.take() {
            Some(said) => Poll::Ready(said),
            None => {
                self.waker.replace(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }

    /// Waits until there is something to take, or the job is to end.
    pub(super) async fn wait(&self, cancelled: &Cancel) {
        poll_fn(|context| {
            if !self.said.borrow().is_empty() || cancelled.is_wished_or_wakes(context) {
                return Poll::Ready(());
            }
            self.waker.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}

/// Something that the page has left here.
pub(super) fn from_page(name: &str) -> Option<JsValue> {
    Reflect::get(&js_sys::global(), &name.into()).ok().filter(|value| !value.is_undefined())
}
