//! Go to the SQL screen, and say something to it.

use sandglass_ui::screen::ToScreen;

use super::Actions;
use crate::store::{Action, Screen};

impl Actions {
    /// Goes to the SQL screen.
    pub(crate) fn show_sql(&self) {
        self.dispatch(Action::Show(Screen::Sql));
        self.restart_queries();
    }

    /// Goes there, with a query for a table in a new tab.
    pub(crate) fn query_table(&self, schema: &str, name: &str) {
        self.screen.say(&ToScreen::Query { schema: schema.to_owned(), name: name.to_owned() });
        self.show_sql();
    }

    /// Has the SQL engine started, unless it is there.
    pub(crate) fn restart_queries(&self) {
        self.screen.say(&ToScreen::Want);
    }
}
