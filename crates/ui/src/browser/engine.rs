//! The workers of the engine and of the SQL engine, as www/start-engine.js starts them.

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{Event, Worker};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = sandglass, js_name = startEngine)]
    fn start_engine() -> Result<Handle, JsValue>;
    #[wasm_bindgen(catch, js_namespace = sandglass, js_name = startQueries)]
    fn start_queries() -> Result<Handle, JsValue>;

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
pub struct StartedWorker {
    handle: Handle,
    worker: Worker,
}

impl StartedWorker {
    /// The engine's worker that has been loading since the page began to, or a new one.
    ///
    /// # Errors
    /// The browser refuses, for the reason that it gives.
    pub fn engine() -> Result<Self, JsValue> {
        start_engine().map(Self::new)
    }

    /// A worker of the SQL engine.
    ///
    /// # Errors
    /// The browser refuses, for the reason that it gives.
    pub fn queries() -> Result<Self, JsValue> {
        start_queries().map(Self::new)
    }

    fn new(handle: Handle) -> Self {
        Self { worker: handle.worker(), handle }
    }

    /// The worker.
    pub fn worker(&self) -> &Worker {
        &self.worker
    }

    /// What it said before anyone listened. From now on nothing is kept.
    pub fn early_events(&self) -> impl Iterator<Item = Event> + use<> {
        self.handle.release().into_iter().map(JsCast::unchecked_into)
    }
}

impl Drop for StartedWorker {
    fn drop(&mut self) {
        self.handle.end();
    }
}
