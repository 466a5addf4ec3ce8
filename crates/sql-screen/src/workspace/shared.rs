//! Values that many hold.

use std::ops::Deref;
use std::rc::Rc;

/// A value that many hold and nobody changes in place: equal if it is the same.
#[derive(Debug)]
pub(crate) struct Shared<T>(Rc<T>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self(Rc::new(value))
    }
}

impl<T: Clone> Shared<T> {
    /// The value, to be changed: a copy of it if others have it.
    pub(crate) fn change(&mut self) -> &mut T {
        Rc::make_mut(&mut self.0)
    }
}
