//! Values that change too often to go through the store, for the one component that shows them.

use std::cell::RefCell;
use std::rc::Rc;

use yew::Callback;

/// Sends values to its subscribers and keeps the last one.
pub struct Feed<T> {
    inner: Rc<RefCell<Inner<T>>>,
}

struct Inner<T> {
    last: Option<T>,
    subscribers: Vec<(u32, Callback<T>)>,
    next: u32,
}

impl<T> Default for Feed<T> {
    fn default() -> Self {
        Self { inner: Rc::new(RefCell::new(Inner { last: None, subscribers: Vec::new(), next: 0 })) }
    }
}

impl<T: Clone + 'static> Feed<T> {
    /// The value that was sent last.
    pub fn last(&self) -> Option<T> {
        self.inner.borrow().last.clone()
    }

    /// Sends a value to everyone who listens.
    pub fn send(&self, value: T) {
        let subscribers: Vec<_> = {
            let mut inner = self.inner.borrow_mut();
            inner.last = Some(value.clone());
            inner.subscribers.iter().map(|(_, callback)| callback.clone()).collect()
        };
        // Not under the borrow: a subscriber may end its subscription, or begin another.
        for callback in subscribers {
            callback.emit(value.clone());
        }
    }

    /// Calls `callback` with every value from now on, until the subscription is dropped.
    pub fn subscribe(&self, callback: Callback<T>) -> Subscription<T> {
        let mut inner = self.inner.borrow_mut();
        let id = inner.next;
        inner.next += 1;
        inner.subscribers.push((id, callback));
        Subscription { inner: Rc::clone(&self.inner), id }
    }
}

/// Ends when it is dropped.
pub struct Subscription<T> {
    inner: Rc<RefCell<Inner<T>>>,
    id: u32,
}

impl<T> Drop for Subscription<T> {
    fn drop(&mut self) {
        self.inner.borrow_mut().subscribers.retain(|(id, _)| *id != self.id);
    }
}
