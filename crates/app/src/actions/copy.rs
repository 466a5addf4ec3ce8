//! Copy a table to the clipboard.

use yew::Callback;

use super::Actions;
use crate::browser::{error_text, save};
use crate::message::{Draft, Tone};
use crate::store::Action;

impl Actions {
    /// Says something to those who cannot see it.
    pub(crate) fn announce(&self, text: &str) {
        self.dispatch(Action::Announce(text.to_owned()));
    }

    /// Tells the user something.
    pub(crate) fn tell(&self, draft: Draft) {
        self.dispatch(Action::Tell(draft));
    }

    /// Copies text, and says that these `things` were copied. `done` is called when they are there.
    pub(crate) fn copy(&self, text: String, things: String, done: Callback<()>) {
        let actions = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            match save::copy(&text).await {
                Ok(()) => {
                    done.emit(());
                    actions.dispatch(Action::Announce(format!("Copied {things}.")));
                }
                Err(error) => actions.dispatch(Action::Tell(Draft::new(
                    Tone::Error,
                    format!("{things} could not be copied"),
                    format!("The browser says: {}. Download the table instead.", error_text(&error)),
                ))),
            }
        });
    }
}
