//! The charts bundle: loaded when it is first needed, and its charts as handles that end when they are dropped.
//!
//! What the bundle does is described in `www/src/charts.js`.

use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Element};

use super::{import_module, meta, preload, resolve};

#[wasm_bindgen]
extern "C" {
    type Module;
    #[wasm_bindgen(method)]
    fn render(this: &Module, element: &Element, spec: &JsValue, options: &JsValue) -> Promise;
    #[wasm_bindgen(method)]
    fn draw(this: &Module, element: &Element, spec: &JsValue, rows: &str, config: &JsValue) -> Promise;

    type Handle;
    #[wasm_bindgen(method)]
    fn update(this: &Handle, change: &JsValue) -> Promise;
    #[wasm_bindgen(method, js_name = toSVG)]
    fn to_svg(this: &Handle) -> Promise;
    #[wasm_bindgen(method, js_name = toPNG)]
    fn to_png(this: &Handle, scale: f64) -> Promise;
    // An error of the bundle must not end the module, which drops a chart in the middle of drawing.
    #[wasm_bindgen(method, catch)]
    fn finalize(this: &Handle) -> Result<(), JsValue>;
    #[wasm_bindgen(method, getter)]
    fn warnings(this: &Handle) -> Option<js_sys::Array>;
}

/// Where the bundle is.
fn address() -> String {
    resolve(&meta("sandglass-charts").unwrap_or_else(|| "./generated/charts.js".to_owned()))
}

/// Has the browser fetch and compile the bundle, without running it.
pub fn prefetch() {
    preload(&address());
}

async fn module() -> Result<Module, JsValue> {
    Ok(JsFuture::from(import_module(&address())).await?.unchecked_into())
}

/// Plain JavaScript objects, as `JSON.parse` makes them.
///
/// # Errors
/// There is no such object for the value.
pub fn plain(value: &impl Serialize) -> Result<JsValue, JsValue> {
    Ok(value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?)
}

/// A drawn chart.
pub struct Drawn {
    handle: Handle,
}

impl Drawn {
    /// Loads the bundle if need be and draws a specification that knows its options in `element`.
    ///
    /// # Errors
    /// The bundle cannot be loaded, or does not draw it.
    pub async fn render(element: &Element, spec: &JsValue, options: &JsValue) -> Result<Self, JsValue> {
        let drawing = module().await?.render(element, spec, options);
        Ok(Self { handle: JsFuture::from(drawing).await?.unchecked_into() })
    }

    /// Loads the bundle if need be and draws any specification of `rows`, which are JSON, in `element`.
    ///
    /// # Errors
    /// The bundle cannot be loaded, or does not draw it.
    pub async fn draw(
        element: &Element,
        spec: &serde_json::Value,
        rows: &str,
        config: &serde_json::Value,
    ) -> Result<Self, JsValue> {
        // As text: the numbers of an edited specification come out as they went in.
        let parsed = |value: &serde_json::Value| js_sys::JSON::parse(&value.to_string());
        let drawing = module().await?.draw(element, &parsed(spec)?, rows, &parsed(config)?);
        Ok(Self { handle: JsFuture::from(drawing).await?.unchecked_into() })
    }

    /// Shows something else in the same chart. One that is behind does not stop the page.
    pub fn update(&self, change: &JsValue) {
        let _ = self.handle.update(change);
    }

    /// What is wrong with the specification, though it could be drawn.
    pub fn warnings(&self) -> Vec<String> {
        let warnings = self.handle.warnings().unwrap_or_default();
        warnings.iter().filter_map(|warning| warning.as_string()).collect()
    }

    /// The chart as the text of an SVG file, when the promise is kept.
    pub fn svg(&self) -> Promise {
        self.handle.to_svg()
    }

    /// The chart as a PNG in twice the resolution of the page, when the promise is kept.
    pub fn png(&self) -> Promise {
        self.handle.to_png(2.0)
    }
}

impl Drop for Drawn {
    fn drop(&mut self) {
        let _ = self.handle.finalize();
    }
}

/// The PNG of a kept promise.
///
/// # Errors
/// It was broken.
pub async fn png_blob(promise: Promise) -> Result<Blob, JsValue> {
    JsFuture::from(promise).await.map(JsCast::unchecked_into)
}

/// The SVG text of a kept promise.
///
/// # Errors
/// It was broken.
pub async fn svg_text(promise: Promise) -> Result<String, JsValue> {
    let text = JsFuture::from(promise).await?;
    text.as_string().ok_or_else(|| js_sys::Error::new("the chart gave no text").into())
}
