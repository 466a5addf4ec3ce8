//! One end of the channel between the page and the SQL screen: messages of [`crate::screen`] out, and those that come in.

use js_sys::Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, MessagePort};

use crate::browser::listener::Listener;

/// A port. Cheap to clone.
#[derive(Clone, PartialEq)]
pub struct Port(MessagePort);

impl Port {
    /// An end that nobody listens to yet: what comes waits.
    pub fn new(port: MessagePort) -> Self {
        Self(port)
    }

    /// Calls `heard` with every message and the files beside it, those that came before first, until the listener is dropped.
    pub fn listen<M: DeserializeOwned>(&self, heard: impl Fn(M, Array) + 'static) -> Listener {
        let listener = Listener::new(&self.0, "message", move |event| {
            let message: Array = event.unchecked_ref::<MessageEvent>().data().unchecked_into();
            match serde_wasm_bindgen::from_value(message.get(0)) {
                Ok(known) => heard(known, message.get(1).unchecked_into()),
                // Both ends are of one build, so this is a defect. It is seen, and does no more harm.
                Err(error) => web_sys::console::error_1(&JsValue::from(error)),
            }
        });
        self.0.start();
        listener
    }

    /// Sends a message with nothing beside it.
    pub fn send(&self, message: &impl Serialize) {
        self.send_with(message, &Array::new());
    }

    /// Sends a message with files.
    pub fn send_with(&self, message: &impl Serialize, files: &Array) {
        let outcome = to_plain(message).and_then(|message| self.0.post_message(&Array::of2(&message, files)));
        if let Err(error) = outcome {
            web_sys::console::error_2(&JsValue::from_str("a message could not be sent"), &error);
        }
    }

    /// Ends the channel.
    pub fn close(&self) {
        self.0.close();
    }
}

/// A message as a JavaScript value: a string like `'Lend'` or a record of numbers and texts. Nothing in one can fail to become that.
pub(crate) fn to_plain(message: &impl Serialize) -> Result<JsValue, JsValue> {
    message.serialize(&serde_wasm_bindgen::Serializer::new()).map_err(JsValue::from)
}
