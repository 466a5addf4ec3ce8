//! The state of a grid: where it is scrolled to, what is selected, how wide its columns are and how its rows are ordered.
//!
//! All measures are in CSS pixels. What the browser does (sizes, scrolling, keys) comes in as an [`Act`]; where the element is
//! to be scrolled to goes out as [`Grid::bar`] and [`Grid::left`], whenever [`Grid::placed`] has changed.

use std::rc::Rc;

use sandglass_protocol::sql::{ResultInfo, SqlSort};

use crate::results::cells::{NARROWEST, WIDE, WIDEST, width};
use crate::results::range::{Extent, Range, Spot, step};
use crate::results::scroll::{Scale, columns_seen, rows_seen};

/// How much wider or narrower a key makes a column.
const WIDTH_STEP: f64 = 16.0;

/// How wide a column is made at most to have its values whole.
const FITTED: f64 = 900.0;

/// What happens to a grid.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Act {
    /// The element has this size, and text in it.
    Measured {
        /// Its width inside.
        width: f64,
        /// Its height inside.
        height: f64,
        /// The size of its text.
        font: f64,
    },
    /// The user has scrolled.
    Scrolled {
        /// How far down.
        bar: f64,
        /// How far to the right.
        left: f64,
    },
    /// The user has stopped scrolling.
    Settled,
    /// The cursor goes to a cell.
    To {
        /// Which.
        spot: Spot,
        /// Whether the selection goes along.
        extend: bool,
        /// Whether the cell is to be seen as a whole.
        reveal: bool,
    },
    /// The cursor goes to the head of a column.
    Head(usize),
    /// All cells are selected.
    All,
    /// The next order of this column.
    Sort(usize),
    /// A column is made so wide.
    Width(usize, f64),
    /// A column is made as wide as its first values.
    Fit(usize),
    /// The value of the cell with the cursor is shown as a whole, or no longer.
    Open(bool),
}

/// A result, which never changes: compared by where it is, because a grid is compared after every act.
#[derive(Debug, Clone)]
struct Shared(Rc<ResultInfo>);

impl PartialEq for Shared {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// A grid.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    info: Shared,
    /// Whether the element has been measured.
    measured: bool,
    /// The size of its text.
    font: f64,
    /// The size of the part with the cells.
    seen: (f64, f64),
    top: f64,
    /// How far down the element is to be.
    pub(crate) bar: f64,
    /// How far to the right the element is to be.
    pub(crate) left: f64,
    /// Counts the times that the element was to be scrolled.
    pub(crate) placed: u32,
    /// The widths of all columns.
    pub(crate) widths: Rc<Vec<f64>>,
    /// The order of the rows.
    pub(crate) sort: Option<SqlSort>,
    /// What is selected.
    pub(crate) range: Range,
    /// Whether the cursor is in the head, above [`Range::cursor`].
    pub(crate) on_head: bool,
    /// Whether a value is shown as a whole.
    pub(crate) open: bool,
}

impl Grid {
    /// A grid that has not been measured.
    pub(crate) fn new(info: Rc<ResultInfo>) -> Self {
        Self {
            info: Shared(info),
            measured: false,
            font: 15.0,
            seen: (0.0, 0.0),
            top: 0.0,
            bar: 0.0,
            left: 0.0,
            placed: 0,
            widths: Rc::default(),
            sort: None,
            range: Range::default(),
            on_head: false,
            open: false,
        }
    }

    /// The height of a row.
    pub(crate) fn row_height(&self) -> f64 {
        (self.font * 1.9).round().max(1.0)
    }

    /// The height of the head.
    pub(crate) fn head_height(&self) -> f64 {
        (self.font * 3.1).round()
    }

    /// The width of the numbers of the rows.
    pub(crate) fn gutter(&self) -> f64 {
        let characters = sandglass_ui::format::count(self.info.0.rows.max(100)).len() as f64;
        (characters * self.font * 0.48 + self.font).round()
    }

    fn scale(&self) -> Scale {
        Scale::new(self.info.0.rows, self.row_height(), self.seen.1)
    }

    /// The height of all that scrolls, with the head.
    pub(crate) fn sheet_height(&self) -> f64 {
        self.head_height() + self.scale().height()
    }

    /// The width of all that scrolls, with the numbers of the rows.
    pub(crate) fn sheet_width(&self) -> f64 {
        self.gutter() + self.widths.iter().sum::<f64>()
    }

    /// The first row that is drawn, and how many are.
    pub(crate) fn rows_drawn(&self) -> (u64, u64) {
        rows_seen(self.top, self.seen.1, self.row_height(), self.info.0.rows)
    }

    /// Where in the sheet the first row that is drawn stands.
    pub(crate) fn rows_at(&self) -> f64 {
        let (first, _) = self.rows_drawn();
        (self.head_height() + self.bar + (first as f64 * self.row_height() - self.top)).round()
    }

    /// The first column that is drawn and the one behind the last, and the width of those before.
    pub(crate) fn columns_drawn(&self) -> (usize, usize, f64) {
        columns_seen(&self.widths, self.left, self.seen.0)
    }

    fn extent(&self) -> Extent {
        let page = (self.seen.1 / self.row_height()) as u64;
        Extent { rows: self.info.0.rows, columns: self.info.0.columns.len(), page: page.saturating_sub(1) }
    }

    /// All cells.
    pub(crate) fn everything(&self) -> Range {
        Range::all(self.extent())
    }

    /// What a key does. `Alt` with an arrow makes the column of the cursor wider or narrower.
    pub(crate) fn key(&self, key: &str, ctrl: bool, shift: bool, alt: bool) -> Option<Act> {
        let cursor = self.range.cursor;
        if alt {
            let more = match key {
                "ArrowRight" => WIDTH_STEP,
                "ArrowLeft" => -WIDTH_STEP,
                _ => return None,
            };
            return self.widths.get(cursor.column).map(|width| Act::Width(cursor.column, width + more));
        }
        match key {
            "Escape" => return self.open.then_some(Act::Open(false)),
            "a" | "A" if ctrl => return Some(Act::All),
            "Enter" | " " if self.on_head => return Some(Act::Sort(cursor.column)),
            "Enter" | " " => return Some(Act::Open(!self.open)),
            _ => {}
        }
        if self.on_head {
            return match key {
                "ArrowDown" | "PageDown" => Some(Act::To { spot: cursor, extend: false, reveal: true }),
                "ArrowLeft" | "ArrowRight" | "Home" | "End" => {
                    step(cursor, key, false, self.extent()).map(|spot| Act::Head(spot.column))
                }
                _ => None,
            };
        }
        if key == "ArrowUp" && !ctrl && !shift && cursor.row == 0 {
            return Some(Act::Head(cursor.column));
        }
        step(cursor, key, ctrl, self.extent()).map(|spot| Act::To { spot, extend: shift, reveal: true })
    }

    /// Changes the state.
    pub(crate) fn apply(&mut self, act: Act) {
        match act {
            Act::Measured { width, height, font } => self.measure(width, height, font),
            Act::Scrolled { bar, left } => {
                self.top = self.scale().moved(self.top, self.bar, bar);
                (self.bar, self.left) = (bar, left);
            }
            Act::Settled => {
                let bar = self.scale().bar_of(self.top).round();
                if (bar - self.bar).abs() >= 1.0 {
                    self.bar = bar;
                    self.placed += 1;
                }
            }
            Act::To { spot, extend, reveal } => {
                self.range = self.range.to(spot, extend);
                self.on_head = false;
                if reveal {
                    self.reveal();
                }
            }
            Act::Head(column) => {
                self.range = Range::one(Spot { row: self.range.cursor.row, column });
                self.on_head = true;
                self.reveal();
            }
            Act::All => {
                self.range = self.everything();
                self.on_head = false;
            }
            Act::Sort(column) => {
                self.sort = next_order(self.sort, column as u32);
                self.range = Range::one(Spot { row: 0, column });
                self.on_head = true;
                self.top = 0.0;
                self.reveal();
            }
            Act::Width(column, width) => {
                if let Some(place) = Rc::make_mut(&mut self.widths).get_mut(column) {
                    *place = width.clamp(NARROWEST, WIDEST);
                }
            }
            Act::Fit(column) => {
                let width = self.own_width(column, FITTED);
                self.apply(Act::Width(column, width));
            }
            Act::Open(open) => self.open = open && self.info.0.rows > 0,
        }
    }

    fn measure(&mut self, width: f64, height: f64, font: f64) {
        let row = (self.top / self.row_height(), self.row_height());
        if font > 0.0 && (!self.measured || font != self.font) {
            self.font = font;
            self.widths = Rc::new(self.own_widths());
        }
        let seen = ((width - self.gutter()).max(0.0), (height - self.head_height()).max(0.0));
        // The same rows stay where they are when the text becomes larger; and an element that was hidden has forgotten where
        // it was.
        let hidden = self.seen.1 == 0.0 && seen.1 > 0.0;
        self.seen = seen;
        if self.row_height() != row.1 || hidden {
            self.top = (row.0 * self.row_height()).min(self.scale().last_top());
            self.bar = self.scale().bar_of(self.top).round();
            self.placed += 1;
        }
        self.measured = self.measured || seen.1 > 0.0;
    }

    /// The widths that the columns have by their names and first values.
    fn own_widths(&self) -> Vec<f64> {
        (0..self.info.0.columns.len()).map(|column| self.own_width(column, WIDE)).collect()
    }

    /// The width of a column by its name and first values.
    fn own_width(&self, index: usize, most: f64) -> f64 {
        let info = &self.info.0;
        let rows = &info.first[..info.first.len().min(60)];
        info.columns.get(index).map_or(0.0, |column| width(column, index, rows.iter(), self.font, most))
    }

    /// Scrolls no farther than needed to have the cursor in view.
    fn reveal(&mut self) {
        let Spot { row, column } = self.range.cursor;
        let height = self.row_height();
        if !self.on_head {
            let at = row as f64 * height;
            self.top = self.top.min(at).max(at + height - self.seen.1).clamp(0.0, self.scale().last_top());
        }
        self.bar = self.scale().bar_of(self.top).round();
        let before: f64 = self.widths.iter().take(column).sum();
        let width = self.widths.get(column).copied().unwrap_or(0.0);
        self.left = self.left.max(before + width - self.seen.0).min(before).max(0.0).round();
        self.placed += 1;
    }
}

/// The order after a click: ascending, descending, and then that of the query again.
fn next_order(sort: Option<SqlSort>, column: u32) -> Option<SqlSort> {
    match sort {
        Some(sort) if sort.column == column && sort.descending => None,
        Some(sort) if sort.column == column => Some(SqlSort { column, descending: true }),
        _ => Some(SqlSort { column, descending: false }),
    }
}

#[cfg(target_family = "wasm")]
impl yew::Reducible for Grid {
    type Action = Act;

    fn reduce(self: Rc<Self>, act: Act) -> Rc<Self> {
        let mut next = (*self).clone();
        next.apply(act);
        Rc::new(next)
    }
}

#[cfg(test)]
mod tests {
    use sandglass_protocol::sql::{ColumnKind, SqlColumn};

    use super::*;

    fn grid(rows: u64, columns: usize) -> Grid {
        let column = |index| SqlColumn {
            name: format!("column {index}"),
            sql_type: "BIGINT".to_owned(),
            kind: ColumnKind::Number,
        };
        let mut grid = Grid::new(Rc::new(ResultInfo {
            result: 1,
            columns: (0..columns).map(column).collect(),
            rows,
            is_whole: true,
            first: vec![vec![Some("1".to_owned()); columns]; rows.min(10) as usize],
            notes: vec![],
        }));
        grid.apply(Act::Measured { width: 800.0, height: 600.0, font: 16.0 });
        grid
    }

    fn press(grid: &mut Grid, key: &str, ctrl: bool, shift: bool) {
        if let Some(act) = grid.key(key, ctrl, shift, false) {
            grid.apply(act);
        }
    }

    #[test]
    fn the_cursor_is_kept_in_view() {
        let mut grid = grid(1_000_000, 200);
        press(&mut grid, "End", true, false);
        assert_eq!(grid.range.cursor, Spot { row: 999_999, column: 199 });
        let (first, count) = grid.rows_drawn();
        assert_eq!(first + count, 1_000_000);
        assert_eq!(grid.columns_drawn().1, 200);
        assert!(count < 40);
        press(&mut grid, "Home", true, false);
        assert_eq!((grid.rows_drawn().0, grid.columns_drawn().0, grid.bar, grid.left), (0, 0, 0.0, 0.0));
    }

    #[test]
    fn rows_stand_where_the_element_is_scrolled_to_however_many_there_are() {
        let mut grid = grid(50_000_000, 3);
        press(&mut grid, "End", true, false);
        let (first, _) = grid.rows_drawn();
        // The last row ends where the sheet ends.
        let last_ends = grid.rows_at() + (50_000_000 - first) as f64 * grid.row_height();
        assert!((last_ends - grid.sheet_height()).abs() <= 1.0, "{last_ends}");
        press(&mut grid, "PageUp", false, false);
        assert!(grid.rows_at() <= grid.bar + grid.head_height());
    }

    #[test]
    fn the_bar_catches_up_when_the_wheel_rests() {
        let mut grid = grid(50_000_000, 3);
        let spot = Spot { row: 25_000_000, column: 0 };
        grid.apply(Act::To { spot, extend: false, reveal: true });
        let (bar, placed) = (grid.bar, grid.placed);
        for notch in 1..=100 {
            grid.apply(Act::Scrolled { bar: bar + 100.0 * f64::from(notch), left: 0.0 });
        }
        let top = grid.top;
        grid.apply(Act::Settled);
        assert_eq!((grid.top, grid.placed), (top, placed + 1));
        assert!(grid.bar < bar + 200.0);
        assert!((grid.rows_at() - grid.bar - grid.head_height()).abs() < 10.0 * grid.row_height());
    }

    #[test]
    fn a_head_sorts_up_down_and_not_at_all() {
        let mut grid = grid(100, 3);
        press(&mut grid, "ArrowRight", false, false);
        press(&mut grid, "ArrowUp", false, false);
        assert!(grid.on_head);
        let mut orders = vec![];
        for _ in 0..4 {
            press(&mut grid, "Enter", false, false);
            orders.push(grid.sort.map(|sort| (sort.column, sort.descending)));
        }
        assert_eq!(orders, [Some((1, false)), Some((1, true)), None, Some((1, false))]);
        grid.apply(Act::Sort(2));
        assert_eq!(grid.sort, Some(SqlSort { column: 2, descending: false }));
        press(&mut grid, "ArrowDown", false, false);
        assert!(!grid.on_head);
    }

    #[test]
    fn columns_are_made_wider_and_narrower_by_keys_within_limits() {
        let mut grid = grid(100, 3);
        let before = grid.widths[0];
        let act = grid.key("ArrowRight", false, false, true).unwrap();
        grid.apply(act);
        assert_eq!(grid.widths[0], before + WIDTH_STEP);
        for _ in 0..50 {
            let act = grid.key("ArrowLeft", false, false, true).unwrap();
            grid.apply(act);
        }
        assert_eq!(grid.widths[0], NARROWEST);
    }

    #[test]
    fn a_grid_that_was_hidden_comes_back_where_it_was() {
        let mut grid = grid(10_000, 3);
        grid.apply(Act::Scrolled { bar: 3_000.0, left: 0.0 });
        let rows = grid.rows_drawn();
        grid.apply(Act::Measured { width: 0.0, height: 0.0, font: 16.0 });
        let placed = grid.placed;
        grid.apply(Act::Measured { width: 800.0, height: 600.0, font: 16.0 });
        assert_eq!((grid.rows_drawn(), grid.bar, grid.placed), (rows, 3_000.0, placed + 1));
    }

    #[test]
    fn an_empty_grid_takes_every_key() {
        let mut grid = grid(0, 0);
        for key in ["ArrowDown", "End", "Enter", "a", "PageDown", "ArrowUp", " "] {
            press(&mut grid, key, true, false);
            press(&mut grid, key, false, true);
        }
        assert_eq!(grid.rows_drawn(), (0, 0));
        assert!(!grid.open);
    }
}
