//! The SQL editor: its bundle, loaded when it is first needed, and the editor as a handle that ends when it is dropped.
//!
//! What the bundle does is described in `www/src/editor.js`.

use js_sys::Promise;
use sandglass_ui::browser::charts::plain as as_plain;
use sandglass_ui::browser::{editor_address, import_module};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Element;

#[wasm_bindgen]
extern "C" {
    type Module;
    #[wasm_bindgen(method, catch)]
    fn open(this: &Module, element: &Element, options: &JsValue) -> Result<Handle, JsValue>;

    type Handle;
    #[wasm_bindgen(method)]
    fn show(this: &Handle, tab: u32, text: &str);
    #[wasm_bindgen(method)]
    fn keep(this: &Handle, tabs: &JsValue);
    #[wasm_bindgen(method)]
    fn script(this: &Handle) -> Chosen;
    #[wasm_bindgen(method)]
    fn insert(this: &Handle, text: &str);
    #[wasm_bindgen(method)]
    fn catalog(this: &Handle, catalog: &JsValue);
    #[wasm_bindgen(method)]
    fn problems(this: &Handle, run: u32, list: &JsValue);
    #[wasm_bindgen(method, js_name = goTo)]
    fn go_to(this: &Handle, position: u32);
    #[wasm_bindgen(method)]
    fn format(this: &Handle) -> Promise;
    #[wasm_bindgen(method)]
    fn comment(this: &Handle);
    #[wasm_bindgen(method)]
    fn find(this: &Handle);
    #[wasm_bindgen(method)]
    fn focus(this: &Handle);
    #[wasm_bindgen(method)]
    fn end(this: &Handle);

    type Chosen;
    #[wasm_bindgen(method, getter)]
    fn text(this: &Chosen) -> String;
    #[wasm_bindgen(method, getter)]
    fn from(this: &Chosen) -> u32;
}

/// An editor. Its documents are those of the tabs, by their numbers.
pub(crate) struct Editor {
    handle: Handle,
    // They are called from the handle, so they live as long.
    _on_text: Closure<dyn Fn(u32, String)>,
    _on_run: Closure<dyn Fn()>,
}

impl Editor {
    /// Loads the bundle if need be and makes an editor in `element`.
    ///
    /// # Errors
    /// The bundle cannot be loaded.
    pub(crate) async fn open(
        element: &Element,
        label: &str,
        on_text: impl Fn(u32, String) + 'static,
        on_run: impl Fn() + 'static,
    ) -> Result<Self, JsValue> {
        let module: Module = JsFuture::from(import_module(&editor_address())).await?.unchecked_into();
        let on_text = Closure::<dyn Fn(u32, String)>::new(on_text);
        let on_run = Closure::<dyn Fn()>::new(on_run);
        let options = js_sys::Object::new();
        for (name, value) in
            [("label", &JsValue::from_str(label)), ("onText", on_text.as_ref()), ("onRun", on_run.as_ref())]
        {
            js_sys::Reflect::set(&options, &JsValue::from_str(name), value)?;
        }
        let handle = module.open(element, &options)?;
        Ok(Self { handle, _on_text: on_text, _on_run: on_run })
    }

    /// Shows the document of a tab, which begins with this text.
    pub(crate) fn show(&self, tab: u32, text: &str) {
        self.handle.show(tab, text);
    }

    /// Forgets the documents of all tabs but these.
    pub(crate) fn keep(&self, tabs: &[u32]) {
        self.handle.keep(&plain(&tabs));
    }

    /// What is selected, or else everything, and where it begins, in UTF-16 units.
    pub(crate) fn script(&self) -> (String, u32) {
        let chosen = self.handle.script();
        (chosen.text(), chosen.from())
    }

    /// Puts text where the cursor is.
    pub(crate) fn insert(&self, text: &str) {
        self.handle.insert(text);
    }

    /// What can be completed.
    pub(crate) fn set_catalog(&self, catalog: &impl Serialize) {
        self.handle.catalog(&plain(catalog));
    }

    /// Marks what a run has found wrong.
    pub(crate) fn mark(&self, run: u32, problems: &impl Serialize) {
        self.handle.problems(run, &plain(problems));
    }

    /// Puts the cursor there, in UTF-16 units.
    pub(crate) fn go_to(&self, position: u32) {
        self.handle.go_to(position);
    }

    /// Lays out what is selected, or everything. The promise is broken where that cannot be read.
    pub(crate) fn format(&self) -> Promise {
        self.handle.format()
    }

    /// Makes comments of the selected lines, or text again.
    pub(crate) fn comment(&self) {
        self.handle.comment();
    }

    /// Opens the field that finds.
    pub(crate) fn find(&self) {
        self.handle.find();
    }

    /// Takes the focus.
    pub(crate) fn focus(&self) {
        self.handle.focus();
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.handle.end();
    }
}

/// Plain JavaScript objects; numbers and texts cannot fail to become some.
fn plain(value: &impl Serialize) -> JsValue {
    as_plain(value).unwrap_or_default()
}
