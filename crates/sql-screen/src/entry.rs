//! Where the page comes in.

use sandglass_ui::port::Port;
use sandglass_ui::screen::ToPage;
use wasm_bindgen::prelude::*;
use web_sys::{Element, MessagePort};

use crate::components::{Screen, ScreenProps};

/// Draws the screen in `place`, whose look and life are the page's, and talks through `port`. To be called once.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "what is exported has to be public, though no crate can name it")]
pub fn open(place: Element, port: MessagePort) {
    let page = Port::new(port);
    let told = page.clone();
    // The page goes on without this module, and says that it has ended. Yew would take the place of a hook that it does not know.
    yew::set_custom_panic_hook(Box::new(move |panic| {
        let message = panic.to_string();
        web_sys::console::error_1(&JsValue::from_str(&message));
        told.send(&ToPage::Crashed { message });
    }));
    yew::Renderer::<Screen>::with_root_and_props(place, ScreenProps { page }).render();
}
