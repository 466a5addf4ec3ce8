//! Where in a table of any height the user is.
//!
//! Browsers limit how high an element can be, and 50 million rows are higher. So there are two measures, both in CSS pixels:
//! the *top*, which is the place in the table as it would be, and the *bar*, which is where the element is scrolled to. They
//! are the same for tables that fit. Of higher ones, the first and last million pixels are the same, too, and what is in
//! between is squeezed. A small movement is never squeezed, wherever it begins: with the wheel or a finger rows go by as they
//! do everywhere, and only the bar goes through them faster.

/// The greatest height that an element is given. Firefox goes up to some 17 million and Chromium up to 33 million device
/// pixels, of which a CSS pixel can be three or more.
const TALLEST: f64 = 8_000_000.0;

/// What is never squeezed, at both ends.
const EXACT: f64 = 1_000_000.0;

/// A movement of the bar up to this is one of the wheel or a finger. The bar itself moves by more, since a pixel of it stands
/// for thousands.
const SMALL: f64 = 4_000.0;

/// A table and how much of it is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    /// The height of the table.
    whole: f64,
    /// The height of the part that is seen.
    seen: f64,
}

impl Scale {
    /// A table of so many rows of this height, and the height that is seen of it.
    pub(crate) fn new(rows: u64, row_height: f64, seen: f64) -> Self {
        Self { whole: rows as f64 * row_height, seen: seen.max(0.0) }
    }

    /// How high the element is.
    pub(crate) fn height(self) -> f64 {
        self.whole.min(TALLEST)
    }

    /// The greatest top.
    pub(crate) fn last_top(self) -> f64 {
        (self.whole - self.seen).max(0.0)
    }

    fn last_bar(self) -> f64 {
        (self.height() - self.seen).max(0.0)
    }

    fn is_squeezed(self) -> bool {
        self.whole > TALLEST
    }

    /// The top that belongs to a bar.
    pub(crate) fn top_of(self, bar: f64) -> f64 {
        let bar = bar.clamp(0.0, self.last_bar());
        stretch(bar, self.last_bar(), self.last_top())
    }

    /// The bar that belongs to a top.
    pub(crate) fn bar_of(self, top: f64) -> f64 {
        let top = top.clamp(0.0, self.last_top());
        stretch(top, self.last_top(), self.last_bar())
    }

    /// The top after the bar has moved.
    pub(crate) fn moved(self, top: f64, bar: f64, to: f64) -> f64 {
        // At its ends the bar says where the table is, or its end could not be reached.
        let inside = to > 0.0 && to < self.last_bar();
        if self.is_squeezed() && inside && (to - bar).abs() <= SMALL {
            (top + to - bar).clamp(0.0, self.last_top())
        } else {
            self.top_of(to)
        }
    }
}

/// Takes a place in `0..=from` to `0..=to`, the ends as they are and the middle by a factor.
fn stretch(place: f64, from: f64, to: f64) -> f64 {
    if from <= 2.0 * EXACT || to <= 2.0 * EXACT || from == to {
        return place.min(to);
    }
    if place <= EXACT {
        place
    } else if place >= from - EXACT {
        to - (from - place)
    } else {
        EXACT + (place - EXACT) * (to - 2.0 * EXACT) / (from - 2.0 * EXACT)
    }
}

/// The rows from `first` on that are seen at least in part, with a few more on both sides, so that a scroll does not begin
/// with a gap.
pub(crate) fn rows_seen(top: f64, seen: f64, row_height: f64, rows: u64) -> (u64, u64) {
    const MORE: u64 = 6;
    if row_height <= 0.0 || seen <= 0.0 {
        return (0, 0);
    }
    let first = ((top / row_height) as u64).min(rows);
    let end = (((top + seen) / row_height) as u64).saturating_add(1 + MORE).min(rows);
    let first = first.saturating_sub(MORE);
    (first, end - first)
}

/// The columns from the first to the last that are seen at least in part, and the width of those before them.
pub(crate) fn columns_seen(widths: &[f64], left: f64, seen: f64) -> (usize, usize, f64) {
    let mut before = 0.0;
    let mut first = 0;
    while first < widths.len() && before + widths[first] <= left {
        before += widths[first];
        first += 1;
    }
    let mut end = first;
    let mut at = before;
    while end < widths.len() && at < left + seen {
        at += widths[end];
        end += 1;
    }
    (first, end, before)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: f64 = 30.0;

    #[test]
    fn a_table_that_fits_is_as_high_as_it_is() {
        let scale = Scale::new(200_000, ROW, 600.0);
        assert_eq!(scale.height(), 6_000_000.0);
        for place in [0.0, 1.0, 2_500_000.0, 5_999_400.0] {
            assert_eq!(scale.top_of(place), place);
            assert_eq!(scale.bar_of(place), place);
        }
        assert_eq!(scale.moved(100.0, 100.0, 220.0), 220.0);
    }

    #[test]
    fn every_row_of_fifty_million_can_be_reached() {
        let scale = Scale::new(50_000_000, ROW, 600.0);
        assert_eq!(scale.height(), TALLEST);
        assert_eq!(scale.top_of(0.0), 0.0);
        assert_eq!(scale.top_of(TALLEST - 600.0), 50_000_000.0 * ROW - 600.0);
        for row in [0_u64, 1, 40_000, 1_234_567, 25_000_000, 49_999_000] {
            let top = row as f64 * ROW;
            assert!((scale.top_of(scale.bar_of(top)) - top).abs() < 0.01, "row {row}");
        }
        assert!(scale.bar_of(700_000_000.0) < scale.bar_of(700_100_000.0));
    }

    #[test]
    fn the_wheel_moves_rows_and_not_the_bar() {
        let scale = Scale::new(50_000_000, ROW, 600.0);
        let top = 700_000_000.0;
        let bar = scale.bar_of(top);
        assert_eq!(scale.moved(top, bar, bar + 120.0), top + 120.0);
        assert_eq!(scale.moved(top, bar, bar - 120.0), top - 120.0);
        // The bar, drawn by a hand, goes far.
        assert!(scale.moved(top, bar, bar + 20_000.0) > top + 2_000_000.0);
    }

    #[test]
    fn the_ends_are_where_the_bar_ends() {
        let scale = Scale::new(50_000_000, ROW, 600.0);
        assert_eq!(scale.moved(900.0, 500.0, 0.0), 0.0);
        let end = scale.last_top();
        assert_eq!(scale.moved(end - 900.0, TALLEST - 700.0, TALLEST - 600.0), end);
        assert_eq!(scale.top_of(1e12), end);
        assert_eq!(scale.bar_of(-5.0), 0.0);
    }

    #[test]
    fn a_short_table_does_not_scroll() {
        let scale = Scale::new(3, ROW, 600.0);
        assert_eq!((scale.height(), scale.last_top(), scale.top_of(50.0)), (90.0, 0.0, 0.0));
    }

    #[test]
    fn only_rows_that_are_seen_are_drawn() {
        assert_eq!(rows_seen(0.0, 600.0, ROW, 1_000_000), (0, 27));
        assert_eq!(rows_seen(15_000.0, 600.0, ROW, 1_000_000), (494, 33));
        assert_eq!(rows_seen(29_999_400.0, 600.0, ROW, 1_000_000), (999_974, 26));
        assert_eq!(rows_seen(0.0, 600.0, ROW, 3), (0, 3));
        assert_eq!(rows_seen(0.0, 600.0, ROW, 0), (0, 0));
        assert_eq!(rows_seen(0.0, 0.0, ROW, 9), (0, 0));
    }

    #[test]
    fn only_columns_that_are_seen_are_drawn() {
        let widths = [100.0; 200];
        assert_eq!(columns_seen(&widths, 0.0, 350.0), (0, 4, 0.0));
        assert_eq!(columns_seen(&widths, 150.0, 350.0), (1, 5, 100.0));
        assert_eq!(columns_seen(&widths, 19_700.0, 350.0), (197, 200, 19_700.0));
        assert_eq!(columns_seen(&[], 0.0, 350.0), (0, 0, 0.0));
    }
}
