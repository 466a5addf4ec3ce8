//! Look at a table, read its sources in another way, or forget it.

use std::rc::Rc;

use sandglass_protocol::{ReadAs, Request, TableId, TableInfo};

use super::Actions;
use crate::store::{Action, Work};

impl Actions {
    /// Looks at a table.
    pub(crate) fn show_table(&self, table: TableId) {
        self.dispatch(Action::ShowTable(table));
    }

    /// Reads the sources of a table once more.
    pub(crate) fn read_again(&self, table: &TableInfo, read_as: ReadAs) {
        let job = self.next_job();
        self.mark_drop(job);
        self.enqueue(job, Work::Again { table: table.id, name: Rc::from(table.name.as_str()), read_as });
    }

    /// Forgets a table. It is gone from the page when the engine has done it.
    pub(crate) fn forget_table(&self, table: TableId) {
        self.client.send(&Request::Forget { table });
    }
}
