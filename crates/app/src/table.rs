//! Tables as data: the order of the weeks, and tables as text for the clipboard.

use std::cmp::Ordering;

use sandglass_protocol::{RowPage, Week};
use sandglass_ui::tsv::line;

/// What the weeks can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WeekColumn {
    /// Year and week, which is also the order of time.
    Week,
    /// Votes.
    Count,
    /// How far from the mean.
    Deviation,
}

/// An order of the weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WeekOrder {
    /// What is compared.
    pub(crate) column: WeekColumn,
    /// Largest first.
    pub(crate) descending: bool,
}

impl Default for WeekOrder {
    fn default() -> Self {
        Self { column: WeekColumn::Week, descending: false }
    }
}

impl WeekOrder {
    /// The order after a click on the head of `column`: numbers begin with the largest, weeks with the first, and a
    /// second click turns it round.
    pub(crate) fn toggled(self, column: WeekColumn) -> Self {
        let descending = if self.column == column { !self.descending } else { column != WeekColumn::Week };
        Self { column, descending }
    }

    /// What `aria-sort` says at the head of `column`.
    pub(crate) fn aria(self, column: WeekColumn) -> &'static str {
        match (self.column == column, self.descending) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        }
    }

    /// The weeks in this order; equal ones stay in the order of time.
    pub(crate) fn sort(self, weeks: &mut [&Week]) {
        let compare = |a: &&Week, b: &&Week| -> Ordering {
            match self.column {
                WeekColumn::Week => (a.year, a.week).cmp(&(b.year, b.week)),
                // A deviation is a count over one and the same mean.
                WeekColumn::Count | WeekColumn::Deviation => a.count.cmp(&b.count),
            }
        };
        if self.descending {
            weeks.sort_by(|a, b| compare(b, a));
        } else {
            weeks.sort_by(compare);
        }
    }
}

/// Weeks as tab-separated text with a head line.
pub(crate) fn weeks_tsv(weeks: &[&Week], count: &str) -> String {
    let mut text = format!("Year\tWeekNumber\t{count}\tFirstDay\tLastDay\tDeviation\n");
    for week in weeks {
        let Week { year, week: number, count, first_day, last_day, deviation, .. } = week;
        text.push_str(&format!("{year}\t{number}\t{count}\t{first_day}\t{last_day}\t{deviation:.4}\n"));
    }
    text
}

/// A page of rows as tab-separated text with a head line; a null is an empty cell.
pub(crate) fn rows_tsv(page: &RowPage) -> String {
    let heads = page.columns.iter().map(|column| column.name.as_str());
    let mut text = line(heads);
    for row in &page.rows {
        text.push_str(&line(row.iter().map(|cell| cell.as_deref().unwrap_or(""))));
    }
    text
}

#[cfg(test)]
mod tests {
    use sandglass_protocol::ColumnInfo;

    use super::*;

    fn week(year: i32, week: u8, count: u64) -> Week {
        let (first_day, last_day) = ("2017-02-27".to_owned(), "2017-03-05".to_owned());
        Week { year, week, first_day, last_day, count, deviation: 0.25, outlier: true }
    }

    fn order(by: WeekOrder) -> Vec<(i32, u8)> {
        let weeks = [week(2017, 2, 5), week(2016, 53, 9), week(2017, 1, 5)];
        let mut refs: Vec<&Week> = weeks.iter().collect();
        by.sort(&mut refs);
        refs.into_iter().map(|week| (week.year, week.week)).collect()
    }

    #[test]
    fn weeks_come_in_order_of_time_unless_told_otherwise() {
        assert_eq!(order(WeekOrder::default()), [(2016, 53), (2017, 1), (2017, 2)]);
    }

    #[test]
    fn a_click_on_a_number_puts_the_largest_first_and_another_turns_it_round() {
        let largest_first = WeekOrder::default().toggled(WeekColumn::Count);
        assert_eq!(order(largest_first), [(2016, 53), (2017, 2), (2017, 1)]);
        assert_eq!(largest_first.aria(WeekColumn::Count), "descending");
        assert_eq!(largest_first.aria(WeekColumn::Week), "none");
        let smallest_first = largest_first.toggled(WeekColumn::Count);
        assert_eq!(order(smallest_first), [(2017, 2), (2017, 1), (2016, 53)]);
    }

    #[test]
    fn weeks_are_copied_with_their_columns() {
        let text = weeks_tsv(&[&week(2017, 9, 1234)], "VoteCount");
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("Year\tWeekNumber\tVoteCount\tFirstDay\tLastDay\tDeviation"));
        assert_eq!(lines.next(), Some("2017\t9\t1234\t2017-02-27\t2017-03-05\t0.2500"));
        assert_eq!(lines.next(), None);
    }

    #[test]
    fn a_cell_cannot_break_the_copied_table() {
        let column =
            |name: &str| ColumnInfo { name: name.to_owned(), kind: "text".to_owned(), key: false, nulls: 0 };
        let page = RowPage {
            table: 1,
            first: 0,
            total: 1,
            columns: vec![column("a"), column("b"), column("c")],
            rows: vec![vec![Some("x\ty".to_owned()), None, Some("1\r\n2".to_owned())]],
        };
        assert_eq!(rows_tsv(&page), "a\tb\tc\nx y\t\t1  2\n");
    }
}
