//! The browser, as far as the page needs it: small wrappers that clean up after themselves.
//!
//! Whatever is registered here ends when its handle is dropped. Nothing in here knows the page's state.

pub(crate) mod charts;
pub(crate) mod engine;
pub(crate) mod files;
pub(crate) mod listener;
pub(crate) mod preferences;
pub(crate) mod resize;
pub(crate) mod save;
pub(crate) mod timing;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, HtmlElement, HtmlMetaElement, Window};

/// The window. The page runs nowhere else.
pub(crate) fn window() -> Window {
    js_sys::global().unchecked_into()
}

/// The document of the window.
pub(crate) fn document() -> Document {
    js_sys::Reflect::get(&window(), &JsValue::from_str("document")).unwrap_or_default().unchecked_into()
}

/// The content of `<meta name=...>`, when there is any.
pub(crate) fn meta(name: &str) -> Option<String> {
    let element = document().query_selector(&format!("meta[name='{name}']")).ok()??;
    let content = element.dyn_into::<HtmlMetaElement>().ok()?.content();
    (!content.is_empty()).then_some(content)
}

/// The full address of something named relative to the page.
pub(crate) fn resolve(relative: &str) -> String {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    web_sys::Url::new_with_base(relative, &base).map_or_else(|_| relative.to_owned(), |url| url.href())
}

/// Moves the focus to an element without scrolling to it.
pub(crate) fn focus(element: &HtmlElement) {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    // An element that cannot be focused leaves the focus where it was, which is as good.
    let _ = element.focus_with_options(&options);
}

/// Asks the browser to keep what is stored here when the device runs out of room. Some ask the user then.
pub(crate) fn persist() {
    let storage = window().navigator().storage();
    // There is none where the page did not come over a safe connection.
    if !storage.is_undefined()
        && let Ok(asked) = storage.persist()
    {
        wasm_bindgen_futures::spawn_local(async move {
            // It stays all the same, for as long as there is room.
            let _ = JsFuture::from(asked).await;
        });
    }
}

/// What a JavaScript error says.
pub(crate) fn error_text(error: &JsValue) -> String {
    if let Some(error) = error.dyn_ref::<js_sys::Error>() {
        return String::from(error.message());
    }
    let message = js_sys::Reflect::get(error, &JsValue::from_str("message")).ok();
    message.and_then(|message| message.as_string()).unwrap_or_else(|| "no reason was given".to_owned())
}
