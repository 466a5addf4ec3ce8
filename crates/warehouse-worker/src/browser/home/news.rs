//! What the tabs of an origin tell each other: that the warehouse is another one now. Those that look on open it once more then.

use std::cell::RefCell;

use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

/// The name of the channel.
const NAME: &str = "sandglass-warehouse";

/// The channel. There is none before it is listened to, or where the browser has none: then a tab sees what is new when it is
/// loaded again.
#[derive(Default)]
pub(super) struct News(RefCell<Option<Channel>>);

struct Channel {
    channel: BroadcastChannel,
    _heard: Closure<dyn FnMut(MessageEvent)>,
}

impl News {
    /// Listens for as long as this is there. `heard` is called with the number of the snapshot that another tab has made.
    pub(super) fn listen(&self, heard: impl Fn(u64) + 'static) {
        let Ok(channel) = BroadcastChannel::new(NAME) else { return };
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            if let Some(snapshot) = message.data().as_f64() {
                heard(snapshot as u64);
            }
        });
        channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        self.0.replace(Some(Channel { channel, _heard: heard }));
    }

    /// Tells the others.
    pub(super) fn tell(&self, snapshot: u64) {
        if let Some(Channel { channel, .. }) = &*self.0.borrow() {
            // A number can be sent.
            let _ = channel.post_message(&JsValue::from(snapshot as f64));
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}
