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
#[derive(Debug, Clone)]
struct Page {
    first: u64,
    sort: Option<SqlSort>,
    rows: Rc<Vec<Row>>,
}

/// Pages are compared at every drawing, and never change: so that they are the same is enough.
impl PartialEq for Page {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.rows, &other.rows) && self.first == other.first && self.sort == other.sort
    }
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

/// How many rows are asked for at once: of wide tables fewer.
pub(crate) fn page_rows(columns: usize) -> u64 {
    (20_000 / columns.max(1) as u64).clamp(50, 500)
}

/// The pages that have these rows: the first row of each, and how many it has.
pub(crate) fn pages_with(first: u64, count: u64, rows: u64, page: u64) -> impl Iterator<Item = (u64, u32)> {
    let begin = first / page.max(1) * page;
    let end = if count == 0 { begin } else { first.saturating_add(count).min(rows) };
    (begin..end).step_by(page.max(1) as usize).map(move |at| (at, page.min(rows - at) as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(from: u64, count: u64) -> Vec<Row> {
        (from..from + count).map(|row| vec![Some(row.to_string())]).collect()
    }

    fn cell(pages: &Pages, index: u64, sort: Option<SqlSort>) -> Option<String> {
        pages.row(index, sort).and_then(|row| row[0].clone())
    }

    #[test]
    fn rows_are_found_in_whatever_pages_came() {
        let mut pages = Pages::default();
        pages.take(0, None, rows(0, 100));
        pages.take(500, None, rows(500, 10));
        assert_eq!(cell(&pages, 99, None).as_deref(), Some("99"));
        assert_eq!(cell(&pages, 505, None).as_deref(), Some("505"));
        assert_eq!(cell(&pages, 100, None), None);
        assert_eq!(cell(&pages, 510, None), None);
    }

    #[test]
    fn an_answer_in_another_order_is_no_answer() {
        let sort = Some(SqlSort { column: 0, descending: true });
        let mut pages = Pages::default();
        pages.take(0, sort, rows(7, 1));
        assert_eq!(cell(&pages, 0, None), None);
        assert_eq!(cell(&pages, 0, sort).as_deref(), Some("7"));
    }

    #[test]
    fn a_shorter_page_does_not_take_the_place_of_a_longer_one() {
        let mut pages = Pages::default();
        pages.take(0, None, rows(0, 100));
        pages.take(0, None, rows(0, 10));
        assert_eq!(cell(&pages, 50, None).as_deref(), Some("50"));
        pages.take(0, None, rows(0, 200));
        assert_eq!(cell(&pages, 150, None).as_deref(), Some("150"));
    }

    #[test]
    fn the_oldest_pages_are_forgotten_and_never_the_last() {
        let mut pages = Pages::default();
        for page in 0..30 {
            pages.take(page * 100_000, None, rows(page * 100_000, 100_000));
        }
        assert_eq!(cell(&pages, 0, None), None);
        assert!(cell(&pages, 2_950_000, None).is_some());
        pages.take(9_000_000, None, rows(9_000_000, 2_000_000));
        assert!(cell(&pages, 9_000_000, None).is_some());
    }

    #[test]
    fn pages_begin_at_the_same_rows_wherever_one_looks() {
        let all = |first, count, rows| pages_with(first, count, rows, 500).collect::<Vec<_>>();
        assert_eq!(all(490, 20, 10_000), [(0, 500), (500, 500)]);
        assert_eq!(all(700, 20, 10_000), [(500, 500)]);
        assert_eq!(all(9_990, 40, 10_010), [(9_500, 500), (10_000, 10)]);
        assert_eq!(all(0, 0, 0), []);
        assert_eq!((page_rows(1), page_rows(200), page_rows(5_000), page_rows(0)), (500, 100, 50, 500));
    }
}
