//! Look after the warehouse as a whole: its history, its quality, going back, freeing room, and moving it.

use sandglass_protocol::{Request, Task};
use web_sys::File;

use super::Actions;
use crate::store::Action;

impl Actions {
    /// Asks something of the warehouse as a whole.
    pub(crate) fn upkeep(&self, task: Task) {
        self.dispatch(Action::Upkeep);
        self.client.send(&Request::Upkeep(task));
    }

    /// Takes the tables of a file in that another warehouse has handed out.
    pub(crate) fn import(&self, file: File) {
        self.dispatch(Action::Upkeep);
        self.client.send_with(&Request::Upkeep(Task::Import), &js_sys::Array::of1(&file));
    }
}
