//! The engine's worker, as www/start-engine.js starts it.

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{Event, Worker};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = sandglass, js_name = startEngine)]
    fn start_engine() -> Result<Handle, JsValue>;

    #[derive(Debug)]
    type Handle;
    #[wasm_bindgen(method, getter)]
    fn worker(this: &Handle) -> Worker;
    #[wasm_bindgen(method)]
    fn release(this: &Handle) -> Array;
    #[wasm_bindgen(method)]
    fn end(this: &Handle);
}

/// A started worker; it is ended when this is dropped.
#[derive(Debug)]
pub(crate) struct StartedEngine {
    handle: Handle,
    worker: Worker,
}

impl StartedEngine {
    /// The worker that has been loading since the page began to, or a new one.
    ///
    /// # Errors
    /// The browser refuses, for the reason that it gives.
    pub(crate) fn start() -> Result<Self, JsValue> {
        let handle = start_engine()?;
        Ok(Self { worker: handle.worker(), handle })
    }

    pub(crate) fn worker(&self) -> &Worker {
        &self.worker
    }

    /// What it said before anyone listened. From now on nothing is kept.
    pub(crate) fn early_events(&self) -> impl Iterator<Item = Event> + use<> {
        self.handle.release().into_iter().map(JsCast::unchecked_into)
    }
}

impl Drop for StartedEngine {
    fn drop(&mut self) {
        self.handle.end();
    }
}
