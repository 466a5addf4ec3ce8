//! The rows of a result as far as they have come. The query worker keeps them all; the page keeps the pages of rows that were
//! looked at last.

use std::collections::VecDeque;
use std::rc::Rc;

use sandglass_protocol::sql::{ResultInfo, SqlSort};

/// The cells of a row; none for `NULL`.
pub(crate) type Row = Vec<Option<String>>;

/// Rows that are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PageAsk {
    /// Index of the first, from 0.
    pub(crate) first: u64,
    /// How many.
    pub(crate) count: u32,
    /// Their order, unless it is that of the query.
    pub(crate) sort: Option<SqlSort>,
}

/// How many cells are kept. A cell of some ten characters takes about 40 bytes.
const CELLS_KEPT: usize = 1_000_000;

/// A page: rows that follow each other in one order.
#[derive(Debug, Clone, PartialEq)]
struct Page {
    first: u64,
    sort: Option<SqlSort>,
    rows: Rc<Vec<Row>>,
}

impl Page {
    fn row(&self, index: u64, sort: Option<SqlSort>) -> Option<&Row> {
        let within = index.checked_sub(self.first).filter(|_| self.sort == sort)?;
        self.rows.get(usize::try_from(within).ok()?)
    }

    fn cells(&self) -> usize {
        self.rows.len() * self.rows.first().map_or(0, Vec::len)
    }
}

/// The pages that came last. Cheap to clone: their rows are shared.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Pages {
    /// The latest last.
    pages: VecDeque<Page>,
}

impl Pages {
    /// The rows that come with the result itself.
    pub(crate) fn of(info: &ResultInfo) -> Self {
        let mut pages = Self::default();
        pages.take(0, None, info.first.clone());
        pages
    }

    /// Takes a page in, and forgets the oldest ones where there are too many.
    pub(crate) fn take(&mut self, first: u64, sort: Option<SqlSort>, rows: Vec<Row>) {
        if rows.is_empty() {
            return;
        }
        self.pages.retain(|page| page.first != first || page.sort != sort || page.rows.len() > rows.len());
        self.pages.push_back(Page { first, sort, rows: Rc::new(rows) });
        let mut cells: usize = self.pages.iter().map(Page::cells).sum();
        while cells > CELLS_KEPT && self.pages.len() > 1 {
            cells -= self.pages.pop_front().map_or(0, |page| page.cells());
        }
    }

    /// A row, if it is there.
    pub(crate) fn row(&self, index: u64, sort: Option<SqlSort>) -> Option<&Row> {
        self.pages.iter().rev().find_map(|page| page.row(index, sort))
    }
}
