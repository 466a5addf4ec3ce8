//! The charts bundle: loaded when it is first needed, and its charts as handles that end when they are dropped.
//!
//! What the bundle does is described in `www/src/charts.js`.

use js_sys::Promise;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Element, HtmlLinkElement};

use super::{document, meta, resolve};
use crate::chart_spec::{Datasets, Palette, Span};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = import)]
    fn import_module(address: &str) -> Promise;

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
    // An error of the bundle must not end the page, which drops a chart in the middle of drawing.
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
pub(crate) fn prefetch() {
    let Ok(link) = document().create_element("link") else { return };
    let link: HtmlLinkElement = link.unchecked_into();
    link.set_rel("modulepreload");
    link.set_href(&address());
    if let Some(head) = document().head() {
        let _ = head.append_child(&link);
    }
}

/// What changes in a chart that stays: rows, the span, or both.
#[derive(Serialize, Default)]
struct Change<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    datasets: Option<&'a Datasets>,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<Params>,
}

/// The parameters of [`crate::chart_spec::weekly`].
#[derive(Serialize)]
struct Params {
    from: f64,
    to: f64,
}

impl From<Span> for Params {
    fn from(span: Span) -> Self {
        Self { from: span.start_time(), to: span.end_time() }
    }
}

/// Plain JavaScript objects, as `JSON.parse` makes them.
fn plain(value: &impl Serialize) -> Result<JsValue, JsValue> {
    Ok(value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?)
}

/// A drawn chart.
pub(crate) struct Chart {
    handle: Handle,
    // They are called from the handle's listeners, so they live as long.
    _on_span: Closure<dyn Fn(f64, f64)>,
    _on_reset: Closure<dyn Fn()>,
}

impl Chart {
    /// Loads the bundle if need be and draws the weekly chart in `element`.
    pub(crate) async fn draw(
        element: &Element,
        palette: &Palette,
        datasets: &Datasets,
        span: Span,
        on_span: impl Fn(f64, f64) + 'static,
        on_reset: impl Fn() + 'static,
    ) -> Result<Self, JsValue> {
        let module: Module = JsFuture::from(import_module(&address())).await?.unchecked_into();
        let on_span = Closure::<dyn Fn(f64, f64)>::new(on_span);
        let on_reset = Closure::<dyn Fn()>::new(on_reset);
        let initial = plain(&Change { datasets: Some(datasets), params: Some(span.into()) })?;
        let options = js_sys::Object::new();
        for (name, value) in [
            ("hover", &JsValue::from_str("weeks")),
            ("initial", &initial),
            ("onSpan", on_span.as_ref()),
            ("onReset", on_reset.as_ref()),
        ] {
            js_sys::Reflect::set(&options, &JsValue::from_str(name), value)?;
        }
        let spec = plain(&crate::chart_spec::weekly(palette, span))?;
        let handle = JsFuture::from(module.render(element, &spec, &options)).await?.unchecked_into();
        Ok(Self { handle, _on_span: on_span, _on_reset: on_reset })
    }

    /// Shows other rows, another span, or both, in the same chart.
    pub(crate) fn set(&self, datasets: Option<&Datasets>, span: Option<Span>) {
        // Cannot fail for what this module makes; and a chart that is behind does not stop the page.
        if let Ok(change) = plain(&Change { datasets, params: span.map(Params::from) }) {
            let _ = self.handle.update(&change);
        }
    }

    /// The chart as the text of an SVG file, when the promise is kept.
    pub(crate) fn svg(&self) -> Promise {
        self.handle.to_svg()
    }

    /// The chart as a PNG in twice the resolution of the page, when the promise is kept.
    pub(crate) fn png(&self) -> Promise {
        self.handle.to_png(2.0)
    }
}

impl Drop for Chart {
    fn drop(&mut self) {
        let _ = self.handle.finalize();
    }
}

/// A drawn chart of any specification.
pub(crate) struct Picture {
    handle: Handle,
}

impl Picture {
    /// Loads the bundle if need be and draws `rows`, which are JSON, in `element`.
    pub(crate) async fn draw(
        element: &Element,
        spec: &serde_json::Value,
        rows: &str,
        config: &serde_json::Value,
    ) -> Result<Self, JsValue> {
        let module: Module = JsFuture::from(import_module(&address())).await?.unchecked_into();
        // As text: the numbers of an edited specification come out as they went in.
        let parsed = |value: &serde_json::Value| js_sys::JSON::parse(&value.to_string());
        let drawing = module.draw(element, &parsed(spec)?, rows, &parsed(config)?);
        Ok(Self { handle: JsFuture::from(drawing).await?.unchecked_into() })
    }

    /// What is wrong with the specification, though it could be drawn.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let warnings = self.handle.warnings().unwrap_or_default();
        warnings.iter().filter_map(|warning| warning.as_string()).collect()
    }

    /// The chart as the text of an SVG file, when the promise is kept.
    pub(crate) fn svg(&self) -> Promise {
        self.handle.to_svg()
    }

    /// The chart as a PNG in twice the resolution of the page, when the promise is kept.
    pub(crate) fn png(&self) -> Promise {
        self.handle.to_png(2.0)
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        let _ = self.handle.finalize();
    }
}

/// The PNG of a kept promise.
pub(crate) async fn png_blob(promise: Promise) -> Result<Blob, JsValue> {
    JsFuture::from(promise).await.map(JsCast::unchecked_into)
}

/// The SVG text of a kept promise.
pub(crate) async fn svg_text(promise: Promise) -> Result<String, JsValue> {
    let text = JsFuture::from(promise).await?;
    text.as_string().ok_or_else(|| js_sys::Error::new("the chart gave no text").into())
}
