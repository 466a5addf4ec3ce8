//! Ask for a page of a long table.

use sandglass_protocol::Request;

use super::Actions;

/// Lines of a page.
pub(crate) const PAGE_LINES: u32 = 100;

/// The tables that come in pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paged {
    /// Stored rows.
    Rows,
    /// Records that could not be taken.
    Rejects,
    /// Duplicates that differ from the stored row.
    Conflicts,
}

impl Actions {
    /// Asks for the page that begins at `first`; it comes into the state when it is there.
    pub(crate) fn fetch_page(&self, table: Paged, first: u64) {
        let count = PAGE_LINES;
        self.client.send(&match table {
            Paged::Rows => Request::Rows { first, count },
            Paged::Rejects => Request::Rejects { first, count },
            Paged::Conflicts => Request::Conflicts { first, count },
        });
    }
}
