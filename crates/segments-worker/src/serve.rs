//! The messages of the worker: taken one after the other, so that what was asked first is done first.

use std::cell::RefCell;
use std::collections::VecDeque;

use js_sys::Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use sandglass_segments_worker::{Failure, State, warm};

thread_local! {
    static SCOPE: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    /// Messages that wait, and whether somebody is at work on them.
    static QUEUE: RefCell<(VecDeque<Array>, bool)> = RefCell::default();
    static STATE: RefCell<Option<State>> = RefCell::new(Some(State::new(post)));
}

/// Answers until it is ended.
pub(crate) fn serve() {
    std::panic::set_hook(Box::new(|panic| {
        let reason = format!("the segments worker broke down: {panic}");
        say(&["failed".into(), JsValue::NULL, "broken".into(), reason.into()]);
    }));
    let handler = Closure::<dyn FnMut(MessageEvent)>::new(|message: MessageEvent| {
        let at_work = QUEUE.with_borrow_mut(|(queue, at_work)| {
            queue.push_back(Array::from(&message.data()));
            std::mem::replace(at_work, true)
        });
        if !at_work {
            spawn_local(work());
        }
    });
    SCOPE.with(|scope| scope.set_onmessage(Some(handler.as_ref().unchecked_ref())));
    // The handler lives as long as the worker.
    handler.forget();
    // Whoever started it waits for this before it asks.
    say(&["ready".into()]);
}

/// Answers what waits.
async fn work() {
    // Only one is at work, so the state is there.
    let Some(mut state) = STATE.take() else { return };
    let mut is_opened = false;
    while let Some(message) = next() {
        is_opened = message.get(0) == "open";
        if let Err(Failure(kind, reason)) = state.answer(&message).await {
            let id = if message.get(1).as_f64().is_some() { message.get(1) } else { JsValue::NULL };
            say(&["failed".into(), id, kind.into(), reason.into()]);
        }
    }
    STATE.set(Some(state));
    // Nothing else was asked for yet.
    if is_opened {
        warm_up().await;
    }
}

/// Makes itself ready until it is asked for something.
async fn warm_up() {
    for _ in 0..warm::STEPS {
        give_way().await;
        if QUEUE.with_borrow(|(_, at_work)| *at_work) {
            return;
        }
        warm::step();
    }
}

/// Lets messages be handled, and the browser compile what has run often.
async fn give_way() {
    let waited = js_sys::Promise::new(&mut |resolve, _| {
        // Where there are no timers nobody waits for this.
        let _ = SCOPE.with(|scope| scope.set_timeout_with_callback(&resolve));
    });
    let _ = JsFuture::from(waited).await;
}

/// The next message; if there is none, nobody is at work any more.
fn next() -> Option<Array> {
    QUEUE.with_borrow_mut(|(queue, at_work)| {
        let next = queue.pop_front();
        *at_work = next.is_some();
        next
    })
}

fn say(words: &[JsValue]) {
    post(&words.iter().collect(), &Array::new());
}

/// Says something with buffers that are handed over and not copied.
fn post(message: &Array, buffers: &Array) {
    // Posting plain data to whoever made this worker does not fail while it is there.
    let _ = SCOPE.with(|scope| scope.post_message_with_transfer(message, buffers));
}
