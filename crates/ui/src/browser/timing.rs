//! When things happen: marks on the browser's performance timeline, by which the page is measured from outside, and
//! calls that wait for a painted frame or an idle moment.
//!
//! | mark | set when |
//! | --- | --- |
//! | `sandglass:ready` | the engine takes requests |
//! | `sandglass:drop` | the user gave something to read |
//! | `sandglass:answer` | the outlier table is painted |
//! | `sandglass:opened` | the same of tables that were kept |
//! | `sandglass:kept` | all that was read is saved |
//! | `sandglass:chart` | the weekly chart is drawn |
//! | `sandglass:queries-ready` | the SQL engine takes requests |
//!
//! The `detail` of `drop`, `answer`, `kept` and `chart` is the number of the job.

use gloo_timers::callback::Timeout;
use sandglass_protocol::JobId;
use wasm_bindgen::prelude::*;

use super::window;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = mark)]
    fn performance_mark(name: &str, options: &JsValue);
}

/// Sets a mark now. A job belongs to all marks but the ready ones.
pub fn mark(name: &str, job: Option<JobId>) {
    let options = js_sys::Object::new();
    if let Some(job) = job {
        // Fails for frozen objects only.
        let _ = js_sys::Reflect::set(&options, &JsValue::from_str("detail"), &job.into());
    }
    performance_mark(&format!("sandglass:{name}"), &options);
}

/// Calls `then` once what is in the document now has been painted: after the next animation frame, in a task of its
/// own, which the browser runs when the frame is done.
pub fn after_paint(then: impl FnOnce() + 'static) {
    let in_frame = Closure::once_into_js(move || {
        let Ok(channel) = web_sys::MessageChannel::new() else { return then() };
        let (near, far) = (channel.port1(), channel.port2());
        let port = near.clone();
        let after_frame = Closure::once_into_js(move || {
            port.close();
            then();
        });
        near.set_onmessage(Some(after_frame.unchecked_ref()));
        let _ = far.post_message(&JsValue::NULL);
    });
    let _ = window().request_animation_frame(in_frame.unchecked_ref());
}

/// How long to wait in a browser that does not say when it is idle, in milliseconds.
const IDLE_GUESS: u32 = 500;

/// Calls `then` when the browser has nothing better to do.
pub fn when_idle(then: impl FnOnce() + 'static) {
    let knows = js_sys::Reflect::has(&window(), &JsValue::from_str("requestIdleCallback")).unwrap_or(false);
    if knows {
        let callback = Closure::once_into_js(then);
        let _ = window().request_idle_callback(callback.unchecked_ref());
    } else {
        Timeout::new(IDLE_GUESS, then).forget();
    }
}
