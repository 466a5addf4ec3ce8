//! The script with which the worker begins.
//!
//! A worker that is started from its address is not held by the page's Content-Security-Policy: it has the one of its
//! own response, and a static host sends none. A worker that is started from a blob inherits the page's. So the worker
//! begins with a few lines that the page makes, and these import the rest.

use js_sys::{Array, JSON};
use wasm_bindgen::JsValue;
use web_sys::{Blob, BlobPropertyBag, Url};

/// The address of a script that the page has made. It ends to be valid when this is dropped.
pub(crate) struct OwnScript {
    address: String,
}

impl OwnScript {
    /// A module that starts the wasm module whose bindings are at `bindings`. What goes wrong there in a promise is
    /// thrown once more, because only errors that are thrown reach the page.
    pub(crate) fn starting(bindings: &str) -> Result<Self, JsValue> {
        let bindings = JSON::stringify(&JsValue::from_str(bindings))?;
        let script = format!(
            "addEventListener('unhandledrejection', event => setTimeout(() => {{ throw event.reason; }}));\n\
             import({bindings}).then(module => module.default());\n"
        );
        let options = BlobPropertyBag::new();
        options.set_type("text/javascript");
        let parts = Array::of1(&JsValue::from_str(&script));
        let blob = Blob::new_with_str_sequence_and_options(&parts, &options)?;
        Ok(Self { address: Url::create_object_url_with_blob(&blob)? })
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for OwnScript {
    fn drop(&mut self) {
        // Only an address that is none could fail here.
        let _ = Url::revoke_object_url(&self.address);
    }
}
