//! Put a message away.

use super::Actions;
use crate::store::Action;

impl Actions {
    /// Puts a message away.
    pub(crate) fn dismiss(&self, message: u32) {
        self.dispatch(Action::Dismiss(message));
    }
}
