//! Giving bytes to the user: as a download, or on the clipboard.

use gloo_timers::callback::Timeout;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

use super::{document, window};

/// How long a download may take to begin before the address of its bytes is given up, in milliseconds.
const ADDRESS_KEPT: u32 = 60_000;

/// Downloads a blob under this name.
pub fn blob(blob: &Blob, file_name: &str) -> Result<(), JsValue> {
    let address = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(file_name);
    link.click();
    Timeout::new(ADDRESS_KEPT, move || {
        let _ = Url::revoke_object_url(&address);
    })
    .forget();
    Ok(())
}

/// Downloads text under this name.
pub fn text(text: &str, kind: &str, file_name: &str) -> Result<(), JsValue> {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    blob(&Blob::new_with_str_sequence_and_options(&parts, &options)?, file_name)
}

/// Puts text on the clipboard.
pub async fn copy(text: &str) -> Result<(), JsValue> {
    let navigator = window().navigator();
    // A page that did not come over HTTPS or from this machine has no clipboard.
    let clipboard = js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard"))?;
    if clipboard.is_undefined() {
        return Err(js_sys::Error::new("the clipboard is only open to pages that came over HTTPS").into());
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.map(|_| ())
}
