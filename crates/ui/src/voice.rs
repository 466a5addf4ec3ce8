//! Saying something to the user, and giving files and copies with a word about how that went.

use std::future::Future;

use wasm_bindgen::JsValue;
use web_sys::Blob;
use yew::Callback;

use crate::browser::{charts, error_text, save};
use crate::message::{Draft, Said, Tone};

/// Says something to the user. Cheap to clone.
#[derive(Clone, Default, PartialEq)]
pub struct Voice(Callback<Said>);

impl Voice {
    /// A voice that is heard through `said`.
    pub fn new(said: Callback<Said>) -> Self {
        Self(said)
    }

    /// Passes on what somebody says.
    pub fn say(&self, said: Said) {
        self.0.emit(said);
    }

    /// Says something to those who cannot see it.
    pub fn announce(&self, text: impl Into<String>) {
        self.say(Said::Announce(text.into()));
    }

    /// Tells the user something.
    pub fn tell(&self, draft: Draft) {
        self.say(Said::Tell(draft));
    }

    /// Copies text, and says that these `things` were copied. `done` is called when they are there.
    pub fn copy(&self, text: String, things: String, done: Callback<()>) {
        let voice = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            match save::copy(&text).await {
                Ok(()) => {
                    done.emit(());
                    voice.announce(format!("Copied {things}."));
                }
                Err(error) => voice.tell(Draft::new(
                    Tone::Error,
                    format!("{things} could not be copied"),
                    format!("The browser says: {}. Download the table instead.", error_text(&error)),
                )),
            }
        });
    }

    /// Hands a file to the user.
    pub fn save(&self, file_name: &str, blob: &Blob) {
        self.saved(file_name, save::blob(blob, file_name));
    }

    /// Downloads a chart as SVG, from the promise of its text.
    pub fn save_svg(&self, file_name: &str, promise: js_sys::Promise) {
        let name = file_name.to_owned();
        self.save_later(file_name, async move {
            save::text(&charts::svg_text(promise).await?, "image/svg+xml", &name)
        });
    }

    /// Downloads a chart as PNG, from the promise of its bytes.
    pub fn save_png(&self, file_name: &str, promise: js_sys::Promise) {
        let name = file_name.to_owned();
        self.save_later(file_name, async move { save::blob(&charts::png_blob(promise).await?, &name) });
    }

    fn save_later(&self, file_name: &str, saving: impl Future<Output = Result<(), JsValue>> + 'static) {
        let (voice, name) = (self.clone(), file_name.to_owned());
        wasm_bindgen_futures::spawn_local(async move { voice.saved(&name, saving.await) });
    }

    fn saved(&self, file_name: &str, outcome: Result<(), JsValue>) {
        match outcome {
            Ok(()) => self.announce(format!("Downloading {file_name}.")),
            Err(error) => self.tell(Draft::new(
                Tone::Error,
                format!("{file_name} could not be downloaded"),
                format!("The browser says: {}", error_text(&error)),
            )),
        }
    }
}
