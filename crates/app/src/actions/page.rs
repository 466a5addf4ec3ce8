//! Ask for a page of a long list.

use sandglass_protocol::{List, Request, TableId};

use super::Actions;

/// Lines of a page.
pub(crate) const PAGE_LINES: u32 = 100;

impl Actions {
    /// Asks for the page of a table's list that begins at `first`; it comes into the state when it is there.
    pub(crate) fn fetch_page(&self, table: TableId, list: List, first: u64) {
        self.client.send(&Request::Page { table, list, first, count: PAGE_LINES });
    }
}
