//! Go somewhere on the page. The browser's history follows the state by itself.

use super::Actions;
use crate::store::{Action, Screen, Tab};

impl Actions {
    /// Goes to the first view or to the results.
    pub(crate) fn show(&self, screen: Screen) {
        self.dispatch(Action::Show(screen));
    }

    /// Opens a table.
    pub(crate) fn open_tab(&self, tab: Tab) {
        self.dispatch(Action::OpenTab(tab));
    }
}
