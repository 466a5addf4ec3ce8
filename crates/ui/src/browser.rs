//! The browser, as far as both modules of the page need it: small wrappers that clean up after themselves.
//!
//! Whatever is registered here ends when its handle is dropped. Nothing in here knows anyone's state.

pub mod charts;
pub mod engine;
pub mod listener;
pub mod memory;
pub mod save;
pub mod style;
pub mod timing;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::{Document, HtmlElement, HtmlLinkElement, HtmlMetaElement, Window};

/// The window. The page runs nowhere else.
pub fn window() -> Window {
    js_sys::global().unchecked_into()
}

/// The document of the window.
pub fn document() -> Document {
    js_sys::Reflect::get(&window(), &JsValue::from_str("document")).unwrap_or_default().unchecked_into()
}

/// The content of `<meta name=...>`, when there is any.
pub fn meta(name: &str) -> Option<String> {
    let element = document().query_selector(&format!("meta[name='{name}']")).ok()??;
    let content = element.dyn_into::<HtmlMetaElement>().ok()?.content();
    (!content.is_empty()).then_some(content)
}

#[wasm_bindgen]
extern "C" {
    /// Loads a script and what it imports, unless it is there, and promises what it exports.
    #[wasm_bindgen(js_name = import)]
    pub fn import_module(address: &str) -> Promise;
}

/// Has the browser fetch and compile a script and what it imports, without running it.
pub fn preload(address: &str) {
    let Ok(link) = document().create_element("link") else { return };
    let link: HtmlLinkElement = link.unchecked_into();
    link.set_rel("modulepreload");
    link.set_href(address);
    if let Some(head) = document().head() {
        let _ = head.append_child(&link);
    }
}

/// The full address of something named relative to the page.
pub fn resolve(relative: &str) -> String {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    web_sys::Url::new_with_base(relative, &base).map_or_else(|_| relative.to_owned(), |url| url.href())
}

/// Where the bundle of the SQL editor is. The page has it loaded beside the screen that opens it.
pub fn editor_address() -> String {
    resolve(&meta("sandglass-editor").unwrap_or_else(|| "./generated/editor.js".to_owned()))
}

/// Moves the focus to an element without scrolling to it.
pub fn focus(element: &HtmlElement) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    // An element that cannot be focused leaves the focus where it was, which is as good.
    let _ = element.focus_with_options(&options);
}

/// What a JavaScript error says.
pub fn error_text(error: &JsValue) -> String {
    if let Some(error) = error.dyn_ref::<js_sys::Error>() {
        return String::from(error.message());
    }
    let message = js_sys::Reflect::get(error, &JsValue::from_str("message")).ok();
    message.and_then(|message| message.as_string()).unwrap_or_else(|| "no reason was given".to_owned())
}
