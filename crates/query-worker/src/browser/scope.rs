//! The worker's global scope: posting, time, and giving way to other messages.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Function, Promise, Uint8Array};
use sandglass_protocol::sql::SqlEvent;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, MessagePort};

use crate::{FileOut, World};

thread_local! {
    static SCOPE: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
}

/// Sets the handler of messages from the page.
pub(super) fn on_message(handler: &Closure<dyn FnMut(MessageEvent)>) {
    SCOPE.with(|scope| scope.set_onmessage(Some(handler.as_ref().unchecked_ref())));
}

/// Tells the page.
pub(super) fn post(event: &SqlEvent) {
    post_with(event, &JsValue::UNDEFINED);
}

fn post_with(event: &SqlEvent, beside: &JsValue) {
    let event = serde_wasm_bindgen::to_value(event).unwrap_or(JsValue::UNDEFINED);
    // Posting plain data to the page that made this worker does not fail while the page is there.
    let _ = SCOPE.with(|scope| scope.post_message(&Array::of2(&event, beside)));
}

/// Milliseconds on a clock that never goes back.
pub(super) fn now() -> f64 {
    SCOPE.with(|scope| scope.performance().map_or(0.0, |performance| performance.now()))
}

/// Messages of this worker to itself, and who waits for each.
struct Echo {
    to: MessagePort,
    waiting: Rc<RefCell<VecDeque<Function>>>,
    _from: (MessagePort, Closure<dyn Fn()>),
}

impl Echo {
    fn new() -> Option<Self> {
        let channel = MessageChannel::new().ok()?;
        let waiting = Rc::<RefCell<VecDeque<Function>>>::default();
        let first = Rc::clone(&waiting);
        let heard = Closure::new(move || {
            // Who is called may wait once more.
            let resolve = first.borrow_mut().pop_front();
            let _ = resolve.map(|resolve| resolve.call0(&JsValue::UNDEFINED));
        });
        let from = channel.port1();
        from.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        Some(Self { to: channel.port2(), waiting, _from: (from, heard) })
    }
}

thread_local! {
    static ECHO: Option<Echo> = Echo::new();
}

/// Lets waiting messages be handled. A timer would do the same, but browsers make timers wait.
pub(super) async fn give_way() {
    let promise = Promise::new(&mut |resolve, _| {
        ECHO.with(|echo| match echo {
            Some(echo) => {
                echo.waiting.borrow_mut().push_back(resolve);
                let _ = echo.to.post_message(&JsValue::UNDEFINED);
            }
            None => drop(resolve.call0(&JsValue::UNDEFINED)),
        });
    });
    let _ = JsFuture::from(promise).await;
}

/// Waits for so many milliseconds.
pub(super) async fn after(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        // Where there are no timers nobody waits.
        let _ = SCOPE.with(|scope| {
            scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds)
        });
    });
    let _ = JsFuture::from(promise).await;
}

/// The page that this worker is of.
#[derive(Debug, Clone, Copy)]
pub struct Page;

impl World for Page {
    fn tell(&self, event: SqlEvent) {
        post(&event);
    }

    fn begin_file(&self, media_type: &str) -> Box<dyn FileOut> {
        Box::new(BlobParts { parts: Array::new(), media_type: media_type.to_owned() })
    }

    fn now(&self) -> f64 {
        now()
    }

    fn memory(&self) -> u64 {
        let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
        let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
        // It is a number of 32 bits to the module, but may be 4 GiB.
        u64::from(buffer.byte_length())
    }
}

/// A file in parts that the browser holds, so that the module does not.
struct BlobParts {
    parts: Array,
    media_type: String,
}

impl FileOut for BlobParts {
    fn push(&mut self, bytes: Vec<u8>) {
        let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
        // A blob may lie on disk, an array does not.
        match Blob::new_with_u8_array_sequence(&parts) {
            Ok(blob) => self.parts.push(&blob),
            Err(_) => self.parts.push(&parts.get(0)),
        };
    }

    fn end(self: Box<Self>, event: SqlEvent) {
        let options = BlobPropertyBag::new();
        options.set_type(&self.media_type);
        match Blob::new_with_blob_sequence_and_options(&self.parts, &options) {
            Ok(blob) => post_with(&event, &blob),
            Err(error) => post(&SqlEvent::Crashed { message: format!("no file could be made: {error:?}") }),
        }
    }
}
