//! The browser, as far as only the page needs it.

pub(crate) mod files;
pub(crate) mod preferences;
pub(crate) mod weekly_chart;

use sandglass_ui::browser::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

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
