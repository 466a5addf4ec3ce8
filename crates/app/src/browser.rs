//! The browser, as far as the page needs it: small wrappers that clean up after themselves.
//!
//! Whatever is registered here ends when its handle is dropped. Nothing in here knows the page's state.

pub(crate) mod charts;
pub(crate) mod editor;
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

/// The time, in milliseconds since 1970.
pub(crate) fn now() -> f64 {
    js_sys::Date::now()
}

/// A time of that kind as people here read it, to the minute; without the day if that is today.
pub(crate) fn local_time(at: f64) -> String {
    let (date, today) = (js_sys::Date::new(&at.into()), js_sys::Date::new_0());
    let day = |date: &js_sys::Date| (date.get_full_year(), date.get_month() + 1, date.get_date());
    let time = format!("{:02}:{:02}", date.get_hours(), date.get_minutes());
    let (year, month, number) = day(&date);
    if day(&date) == day(&today) { time } else { format!("{year}-{month:02}-{number:02} {time}") }
}

/// Has the browser fetch something that is wanted later, so that it is in its cache then.
pub(crate) fn fetch_ahead(address: &str) {
    // Without a network it would only complain. It is fetched when it is wanted in any case.
    if window().navigator().on_line() {
        let fetched = JsFuture::from(window().fetch_with_str(address));
        wasm_bindgen_futures::spawn_local(async move {
            let body = fetched.await.ok().and_then(|response| response.dyn_into::<web_sys::Response>().ok());
            // A body that nobody reads is not fetched to its end.
            if let Some(Ok(read)) = body.map(|response| response.blob()) {
                let _ = JsFuture::from(read).await;
            }
        });
    }
}

/// Clicks the element with this `id`, as the user would.
pub(crate) fn click(id: &str) {
    if let Some(element) =
        document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok())
    {
        element.click();
    }
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
