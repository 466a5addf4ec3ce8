//! One writer for the warehouse of an origin: a lock that the browser gives to one worker of all its tabs, and gives on when
//! that has ended, however it ended.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::browser::scope;

/// The name of the lock.
const NAME: &str = "sandglass-warehouse";

/// How long it is waited for whoever has the lock, in milliseconds: one that has just been closed, or broken down, is gone soon.
const GRACE: i32 = 300;

/// The lock, from when it was asked for. It is given back when this worker ends.
pub(super) struct Lock {
    given: Promise,
}

impl Lock {
    /// Asks for it.
    ///
    /// # Errors
    /// When the browser gives none, which is so where it gives no storage.
    pub(super) fn ask() -> Result<Self, String> {
        let (locks, request) = locks()?;
        let given = Promise::new(&mut |resolve, reject| {
            let asked = request.call2(&locks, &NAME.into(), &held(resolve));
            match asked.map(Promise::from) {
                // It ends with the worker, so all that can come of it is that it was refused.
                Ok(asked) => {
                    let refused = Closure::once_into_js(move |error: JsValue| {
                        let _ = reject.call1(&JsValue::UNDEFINED, &error);
                    });
                    let catch = Reflect::get(&asked, &"catch".into()).map(Function::from);
                    let _ = catch.and_then(|catch| catch.call1(&asked, &refused));
                }
                Err(error) => drop(reject.call1(&JsValue::UNDEFINED, &error)),
            }
        });
        Ok(Self { given })
    }

    /// Whether it is given within a moment.
    ///
    /// # Errors
    /// When it is refused.
    pub(super) async fn is_given(&self) -> Result<bool, String> {
        let moment = scope::after(GRACE);
        let first = Promise::race(&Array::of2(&self.given, &moment));
        JsFuture::from(first).await.map(|given| given.is_truthy()).map_err(refused)
    }

    /// Waits until it is given.
    ///
    /// # Errors
    /// When it is refused.
    pub(super) async fn wait(self) -> Result<(), String> {
        JsFuture::from(self.given).await.map(|_| ()).map_err(refused)
    }
}

fn refused(error: JsValue) -> String {
    format!("the browser gives no lock: {error:?}")
}

/// Says that the lock is given, and keeps it.
fn held(resolve: Function) -> JsValue {
    Closure::once_into_js(move |_: JsValue| -> JsValue {
        let _ = resolve.call1(&JsValue::UNDEFINED, &JsValue::TRUE);
        // A promise that is never kept.
        Promise::new(&mut |_, _| ()).into()
    })
}

/// What gives locks, and how it is asked.
fn locks() -> Result<(JsValue, Function), String> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into());
    let locks = navigator.and_then(|navigator| Reflect::get(&navigator, &"locks".into()));
    // There are none where the page did not come over a safe connection.
    let locks = locks.ok().filter(|locks| locks.is_object());
    let locks =
        locks.ok_or("the page did not come over a safe connection (https, or this machine itself)")?;
    match Reflect::get(&locks, &"request".into()).map(JsCast::dyn_into::<Function>) {
        Ok(Ok(request)) => Ok((locks, request)),
        _ => Err("the browser is too old to share its storage between tabs".to_owned()),
    }
}
