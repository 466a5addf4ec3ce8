//! Whether a job is to end before its time. Who waits for another worker hears of it at once.

use std::cell::{Cell, RefCell};
use std::task::{Context, Waker};

/// A wish to end a job.
#[derive(Default)]
pub(super) struct Cancel {
    wished: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Cancel {
    /// The job is to end.
    pub(super) fn wish(&self) {
        self.wished.set(true);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Whether it is to end.
    pub(super) fn is_wished(&self) -> bool {
        self.wished.get()
    }

    /// The same, for who waits: it is woken when it is to end.
    pub(super) fn is_wished_or_wakes(&self, context: &Context<'_>) -> bool {
        self.waker.replace(Some(context.waker().clone()));
        self.wished.get()
    }
}
