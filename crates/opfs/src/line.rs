//! A worker's line to the page that lends files. The page answers one after the other, so no answer needs a number.

use std::cell::{OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, MessagePort};

use crate::OpfsError;
use crate::error::said;

/// Where the page has left the port (`www/start-engine.js`).
const PORT: &str = "sandglassFiles";

thread_local! {
    static OWN: OnceCell<Option<Rc<Line>>> = const { OnceCell::new() };
}

/// The line.
#[derive(Debug)]
pub(crate) struct Line {
    port: MessagePort,
    /// Who waits for an answer.
    waiting: Rc<RefCell<VecDeque<Function>>>,
    _heard: Closure<dyn FnMut(MessageEvent)>,
}

impl Line {
    /// The line that the page has given this worker, if it has.
    pub(crate) fn own() -> Option<Rc<Self>> {
        OWN.with(|own| {
            let given = || Reflect::get(&js_sys::global(), &PORT.into()).ok()?.dyn_into().ok();
            own.get_or_init(|| given().map(|port| Rc::new(Self::over(port)))).clone()
        })
    }

    /// A line over a port.
    pub(crate) fn over(port: MessagePort) -> Self {
        let waiting = Rc::<RefCell<VecDeque<Function>>>::default();
        let asked = Rc::clone(&waiting);
        let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            let first = asked.borrow_mut().pop_front();
            let _ = first.map(|resolve| resolve.call1(&JsValue::UNDEFINED, &message.data()));
        });
        port.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        Self { port, waiting, _heard: heard }
    }

    /// Asks the page for something, and waits for the answer.
    ///
    /// # Errors
    /// When the question cannot be sent.
    pub(crate) async fn ask(&self, what: &str, rest: &[JsValue]) -> Result<JsValue, OpfsError> {
        let question: Array = std::iter::once(&what.into()).chain(rest).collect();
        let mut posted = Ok(());
        let answer = Promise::new(&mut |resolve, _| {
            posted = self.port.post_message(&question);
            if posted.is_ok() {
                self.waiting.borrow_mut().push_back(resolve);
            }
        });
        let refused = |error: JsValue| OpfsError::Refused(said(&error));
        posted.map_err(refused)?;
        JsFuture::from(answer).await.map_err(refused)
    }
}
