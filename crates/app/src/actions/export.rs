//! Download tables and charts.

use std::future::Future;

use sandglass_protocol::Request;
use wasm_bindgen::JsValue;
use web_sys::Blob;

use super::Actions;
use crate::browser::{charts, error_text, save};
use crate::message::{Draft, Tone};
use crate::store::Action;

impl Actions {
    /// Downloads all rejects that were kept, as NDJSON. The engine makes the file.
    pub(crate) fn export_rejects(&self) {
        self.client.send(&Request::ExportRejects);
    }

    /// Downloads the outlier weeks or all weeks as CSV. The engine makes the file.
    pub(crate) fn export_weeks(&self, outliers_only: bool) {
        self.client.send(&Request::ExportWeeks { outliers_only });
    }

    /// Hands a file of the engine to the user.
    pub(crate) fn save(&self, file_name: &str, blob: &Blob) {
        self.saved(file_name, save::blob(blob, file_name));
    }

    /// Downloads a chart as SVG, from the promise of its text.
    pub(crate) fn save_svg(&self, file_name: &'static str, promise: js_sys::Promise) {
        self.save_later(file_name, async move {
            save::text(&charts::svg_text(promise).await?, "image/svg+xml", file_name)
        });
    }

    /// Downloads a chart as PNG, from the promise of its bytes.
    pub(crate) fn save_png(&self, file_name: &'static str, promise: js_sys::Promise) {
        self.save_later(file_name, async move { save::blob(&charts::png_blob(promise).await?, file_name) });
    }

    fn save_later(
        &self,
        file_name: &'static str,
        saving: impl Future<Output = Result<(), JsValue>> + 'static,
    ) {
        let actions = self.clone();
        wasm_bindgen_futures::spawn_local(async move { actions.saved(file_name, saving.await) });
    }

    fn saved(&self, file_name: &str, outcome: Result<(), JsValue>) {
        self.dispatch(match outcome {
            Ok(()) => Action::Announce(format!("Downloading {file_name}.")),
            Err(error) => Action::Tell(Draft::new(
                Tone::Error,
                format!("{file_name} could not be downloaded"),
                format!("The browser says: {}", error_text(&error)),
            )),
        });
    }
}
