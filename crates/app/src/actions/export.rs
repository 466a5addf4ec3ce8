//! Download tables and charts.

use std::future::Future;

use sandglass_protocol::{Request, TableId};
use wasm_bindgen::JsValue;
use web_sys::Blob;

use super::Actions;
use crate::browser::{charts, error_text, save};
use crate::message::{Draft, Tone};
use crate::store::Action;

impl Actions {
    /// Downloads all rejects that were kept, as NDJSON. The engine makes the file.
    pub(crate) fn export_rejects(&self, table: TableId) {
        self.client.send(&Request::ExportRejects { table });
    }

    /// Downloads the outlier weeks or all weeks as CSV. The engine makes the file.
    pub(crate) fn export_weeks(&self, table: TableId, outliers_only: bool) {
        self.client.send(&Request::ExportWeeks { table, outliers_only });
    }

    /// Hands a file of the engine to the user.
    pub(crate) fn save(&self, file_name: &str, blob: &Blob) {
        self.saved(file_name, save::blob(blob, file_name));
    }

    /// Downloads a chart as SVG, from the promise of its text.
    pub(crate) fn save_svg(&self, file_name: &str, promise: js_sys::Promise) {
        let name = file_name.to_owned();
        self.save_later(file_name, async move {
            save::text(&charts::svg_text(promise).await?, "image/svg+xml", &name)
        });
    }

    /// Downloads a chart as PNG, from the promise of its bytes.
    pub(crate) fn save_png(&self, file_name: &str, promise: js_sys::Promise) {
        let name = file_name.to_owned();
        self.save_later(file_name, async move { save::blob(&charts::png_blob(promise).await?, &name) });
    }

    fn save_later(&self, file_name: &str, saving: impl Future<Output = Result<(), JsValue>> + 'static) {
        let (actions, name) = (self.clone(), file_name.to_owned());
        wasm_bindgen_futures::spawn_local(async move { actions.saved(&name, saving.await) });
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
