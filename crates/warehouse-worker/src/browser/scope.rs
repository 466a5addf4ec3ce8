//! The worker's global scope: posting, time, and giving way to other messages.

use js_sys::{Array, ArrayBuffer, Uint8Array};
use sandglass_protocol::Event;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, DedicatedWorkerGlobalScope, MessageChannel, MessageEvent};

thread_local! {
    static SCOPE: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
}

/// Sets the handler of messages from the page.
pub(super) fn on_message(handler: &Closure<dyn FnMut(MessageEvent)>) {
    SCOPE.with(|scope| scope.set_onmessage(Some(handler.as_ref().unchecked_ref())));
}

/// Tells the page.
pub(super) fn post(event: &Event) {
    post_with(event, &JsValue::UNDEFINED);
}

/// The event as it is posted.
pub(super) fn value(event: &Event) -> JsValue {
    serde_wasm_bindgen::to_value(event).unwrap_or(JsValue::UNDEFINED)
}

/// Hands the page a file to download.
pub(super) fn post_file(name: &str, media_type: &str, bytes: &[u8]) {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = Array::of1(&Uint8Array::from(bytes));
    match Blob::new_with_u8_array_sequence_and_options(&parts, &options) {
        Ok(blob) => post_with(&Event::Exported { file_name: name.to_owned() }, &blob),
        Err(error) => post(&Event::Crashed { message: format!("no file could be made: {error:?}") }),
    }
}

/// Sends a value to whoever started this worker.
pub(super) fn post_value(value: &JsValue) {
    let _ = SCOPE.with(|scope| scope.post_message(value));
}

/// The same with a buffer, which is handed over and not copied.
pub(super) fn post_buffer(buffer: &ArrayBuffer) {
    let _ = SCOPE.with(|scope| scope.post_message_with_transfer(buffer, &Array::of1(buffer)));
}

/// A value with a buffer in it, which is handed over.
pub(super) fn post_with_buffer(value: &JsValue, buffer: &JsValue) {
    let _ = SCOPE.with(|scope| scope.post_message_with_transfer(value, &Array::of1(buffer)));
}

fn post_with(event: &Event, beside: &JsValue) {
    // Posting plain data to the page that made this worker does not fail while the page is there.
    let _ = SCOPE.with(|scope| scope.post_message(&Array::of2(&value(event), beside)));
}

/// Tells the page something that another worker has put into words.
pub(super) fn post_words(event: &JsValue, beside: &JsValue) {
    let _ = SCOPE.with(|scope| scope.post_message(&Array::of2(event, beside)));
}

/// Milliseconds on a clock that never goes back.
pub(super) fn now() -> f64 {
    SCOPE.with(|scope| scope.performance().map_or(0.0, |performance| performance.now()))
}

/// A promise that is kept, with nothing, after so many milliseconds.
pub(super) fn after(milliseconds: i32) -> js_sys::Promise {
    js_sys::Promise::new(&mut |resolve, _| {
        // Where there are no timers nobody waits.
        let _ = SCOPE.with(|scope| {
            scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds)
        });
    })
}

/// Lets waiting messages be handled. A timer would do the same, but browsers make timers wait.
pub(super) async fn give_way() {
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        let Ok(channel) = MessageChannel::new() else {
            let _ = resolve.call0(&JsValue::UNDEFINED);
            return;
        };
        channel.port1().set_onmessage(Some(&resolve));
        let _ = channel.port2().post_message(&JsValue::UNDEFINED);
    });
    let _ = JsFuture::from(promise).await;
}
