//! Being told when an element changes its size.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, ResizeObserver};

/// An observed element. It is no longer observed when this is dropped.
pub(crate) struct Sizes {
    observer: ResizeObserver,
    _closure: Closure<dyn Fn()>,
}

impl Sizes {
    /// Calls `changed` now and whenever the size of an element has changed, also when it is hidden or shown.
    pub(crate) fn of(element: &Element, changed: impl Fn() + 'static) -> Option<Self> {
        let closure = Closure::<dyn Fn()>::new(changed);
        let observer = ResizeObserver::new(closure.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self { observer, _closure: closure })
    }
}

impl Drop for Sizes {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
