//! What is selected in a grid: a rectangle of cells, from where the selection began to where the cursor is.

/// A cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Spot {
    /// Its row, from 0.
    pub(crate) row: u64,
    /// Its column, from 0.
    pub(crate) column: usize,
}

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Range {
    /// Where it began.
    pub(crate) anchor: Spot,
    /// Where the cursor is.
    pub(crate) cursor: Spot,
}

/// How large a grid is, and how many rows of it are seen at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Rows.
    pub(crate) rows: u64,
    /// Columns.
    pub(crate) columns: usize,
    /// Rows that are seen.
    pub(crate) page: u64,
}

impl Extent {
    fn last(self) -> Spot {
        Spot { row: self.rows.saturating_sub(1), column: self.columns.saturating_sub(1) }
    }
}

impl Range {
    /// One cell.
    pub(crate) fn one(spot: Spot) -> Self {
        Self { anchor: spot, cursor: spot }
    }

    /// All cells. The cursor stays.
    pub(crate) fn all(extent: Extent) -> Self {
        Self { anchor: extent.last(), cursor: Spot::default() }
    }

    /// The first row and the last.
    pub(crate) fn rows(self) -> (u64, u64) {
        let (a, b) = (self.anchor.row, self.cursor.row);
        (a.min(b), a.max(b))
    }

    /// The first column and the last.
    pub(crate) fn columns(self) -> (usize, usize) {
        let (a, b) = (self.anchor.column, self.cursor.column);
        (a.min(b), a.max(b))
    }

    /// How many rows and columns.
    pub(crate) fn size(self) -> (u64, u64) {
        let ((first, last), (left, right)) = (self.rows(), self.columns());
        (last - first + 1, (right - left + 1) as u64)
    }

    /// Whether it is more than one cell.
    pub(crate) fn is_many(self) -> bool {
        self.anchor != self.cursor
    }

    /// Whether a cell is in it.
    pub(crate) fn has(self, row: u64, column: usize) -> bool {
        let ((first, last), (left, right)) = (self.rows(), self.columns());
        (first..=last).contains(&row) && (left..=right).contains(&column)
    }

    /// After the cursor has gone to a cell: with `extend` the selection goes along.
    pub(crate) fn to(self, cursor: Spot, extend: bool) -> Self {
        Self { anchor: if extend { self.anchor } else { cursor }, cursor }
    }
}

/// Where a key takes the cursor; `None` for keys that do not.
pub(crate) fn step(from: Spot, key: &str, ctrl: bool, extent: Extent) -> Option<Spot> {
    let last = extent.last();
    let Spot { row, column } = from;
    let page = extent.page.max(1);
    let (row, column) = match (key, ctrl) {
        ("ArrowUp", false) => (row.saturating_sub(1), column),
        ("ArrowDown", false) => (row.saturating_add(1), column),
        ("ArrowLeft", false) => (row, column.saturating_sub(1)),
        ("ArrowRight", false) => (row, column.saturating_add(1)),
        ("ArrowUp", true) => (0, column),
        ("ArrowDown", true) => (last.row, column),
        ("ArrowLeft", true) | ("Home", false) => (row, 0),
        ("ArrowRight", true) | ("End", false) => (row, last.column),
        ("PageUp", _) => (row.saturating_sub(page), column),
        ("PageDown", _) => (row.saturating_add(page), column),
        ("Home", true) => (0, 0),
        ("End", true) => (last.row, last.column),
        _ => return None,
    };
    Some(Spot { row: row.min(last.row), column: column.min(last.column) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Extent = Extent { rows: 1_000, columns: 5, page: 20 };

    fn spot(row: u64, column: usize) -> Spot {
        Spot { row, column }
    }

    #[test]
    fn keys_stay_within_the_grid() {
        for (from, key, ctrl, to) in [
            (spot(0, 0), "ArrowUp", false, spot(0, 0)),
            (spot(0, 0), "ArrowLeft", false, spot(0, 0)),
            (spot(999, 4), "ArrowDown", false, spot(999, 4)),
            (spot(999, 4), "ArrowRight", false, spot(999, 4)),
            (spot(5, 2), "ArrowDown", false, spot(6, 2)),
            (spot(5, 2), "ArrowDown", true, spot(999, 2)),
            (spot(5, 2), "ArrowUp", true, spot(0, 2)),
            (spot(5, 2), "PageDown", false, spot(25, 2)),
            (spot(5, 2), "PageUp", false, spot(0, 2)),
            (spot(990, 2), "PageDown", false, spot(999, 2)),
            (spot(5, 2), "Home", false, spot(5, 0)),
            (spot(5, 2), "End", false, spot(5, 4)),
            (spot(5, 2), "Home", true, spot(0, 0)),
            (spot(5, 2), "End", true, spot(999, 4)),
        ] {
            assert_eq!(step(from, key, ctrl, GRID), Some(to), "{key} from {from:?}");
        }
        assert_eq!(step(spot(0, 0), "x", false, GRID), None);
    }

    #[test]
    fn nothing_can_be_left_of_an_empty_grid() {
        let empty = Extent { rows: 0, columns: 0, page: 0 };
        assert_eq!(step(spot(0, 0), "End", true, empty), Some(spot(0, 0)));
    }

    #[test]
    fn a_selection_grows_from_where_it_began() {
        let range = Range::one(spot(5, 3)).to(spot(2, 4), true);
        assert_eq!((range.rows(), range.columns(), range.size()), ((2, 5), (3, 4), (4, 2)));
        assert!(range.has(2, 3) && range.has(5, 4) && !range.has(1, 3) && !range.has(2, 2));
        assert!(range.is_many());
        let range = range.to(spot(7, 3), true);
        assert_eq!(range.rows(), (5, 7));
        assert_eq!(range.to(spot(0, 0), false), Range::one(spot(0, 0)));
    }

    #[test]
    fn all_is_all() {
        assert_eq!(Range::all(GRID).size(), (1_000, 5));
    }
}
