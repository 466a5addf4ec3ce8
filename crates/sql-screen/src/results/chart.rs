//! The chart of a result: what can be chosen, and what is chosen before anyone does.

use sandglass_protocol::sql::{ColumnKind, ResultInfo, SqlColumn};

use crate::results::pages::Row;

/// The rows of a chart are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChartAsk {
    /// A number that the answer has as well.
    pub(crate) ask: u32,
    /// A query over the table `result`.
    pub(crate) sql: String,
}

/// The rows of a chart.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChartAnswer {
    /// The number that was asked with.
    pub(crate) ask: u32,
    /// The columns.
    pub(crate) columns: Vec<SqlColumn>,
    /// The rows as JSON, an array of objects, or why there are none.
    pub(crate) rows: Result<String, String>,
}

/// The most rows that are drawn.
pub(crate) const MOST_ROWS: u64 = 5_000;

/// What a row is drawn as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Bar,
    Line,
    Area,
    Point,
    Arc,
}

impl Mark {
    /// All of them, with their names.
    pub(crate) const ALL: [(Self, &'static str); 5] = [
        (Self::Bar, "Bars"),
        (Self::Line, "Line"),
        (Self::Area, "Area"),
        (Self::Point, "Points"),
        (Self::Arc, "Slices"),
    ];

    /// The most categories that can be told apart.
    pub(crate) fn most_categories(self) -> u64 {
        if self == Self::Arc { 12 } else { 50 }
    }
}

/// What is made of the values that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregate {
    /// Every row is drawn.
    None,
    Count,
    Sum,
    Mean,
    Min,
    Max,
    Median,
}

impl Aggregate {
    /// All of them, with their names.
    pub(crate) const ALL: [(Self, &'static str); 7] = [
        (Self::None, "every row"),
        (Self::Count, "count"),
        (Self::Sum, "sum"),
        (Self::Mean, "mean"),
        (Self::Min, "least"),
        (Self::Max, "greatest"),
        (Self::Median, "median"),
    ];

    /// Whether the parts add up to the whole.
    pub(crate) fn adds_up(self) -> bool {
        matches!(self, Self::None | Self::Count | Self::Sum)
    }
}

/// The spans into which times are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Every time by itself.
    Each,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

impl Step {
    /// All of them, with their names.
    pub(crate) const ALL: [(Self, &'static str); 7] = [
        (Self::Each, "each time"),
        (Self::Minute, "minute"),
        (Self::Hour, "hour"),
        (Self::Day, "day"),
        (Self::Week, "week"),
        (Self::Month, "month"),
        (Self::Year, "year"),
    ];

    /// Its name in SQL.
    pub(crate) fn sql(self) -> Option<&'static str> {
        Self::ALL.iter().find(|(step, _)| *step == self && self != Self::Each).map(|(_, name)| *name)
    }
}

/// What an axis is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Axis {
    Number,
    Time,
    Category,
}

/// The axis for a column, if it can be on one.
pub(crate) fn axis(column: &SqlColumn) -> Option<Axis> {
    match column.kind {
        ColumnKind::Number => Some(Axis::Number),
        ColumnKind::Time => Some(Axis::Time),
        ColumnKind::Text | ColumnKind::Boolean | ColumnKind::Other => Some(Axis::Category),
        ColumnKind::Nested => None,
    }
}

/// A chart. Columns are indexes into those of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) mark: Mark,
    pub(crate) x: usize,
    /// The values; without, rows are counted.
    pub(crate) y: Option<usize>,
    pub(crate) colour: Option<usize>,
    pub(crate) aggregate: Aggregate,
    /// For times on the x axis.
    pub(crate) step: Step,
}

/// How the rows of a chart are made from those of the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// As they are.
    Plain,
    /// Put together by what is on the x axis, a number or a time.
    Along,
    /// Put together by category, the greatest first.
    Categories,
    /// Counted over equal spans of a number.
    Histogram,
}

impl Choice {
    /// What is made of the values: there is nothing to do but count where there are none.
    pub(crate) fn made(self) -> Aggregate {
        if self.y.is_none() { Aggregate::Count } else { self.aggregate }
    }

    /// The axis of the x column. A slice is a category whatever it is made of.
    pub(crate) fn x_axis(self, columns: &[SqlColumn]) -> Axis {
        if self.mark == Mark::Arc {
            return Axis::Category;
        }
        columns.get(self.x).and_then(axis).unwrap_or(Axis::Category)
    }

    /// How its rows are made.
    pub(crate) fn shape(self, columns: &[SqlColumn]) -> Shape {
        match (self.x_axis(columns), self.made()) {
            (Axis::Number, Aggregate::Count) if self.mark == Mark::Bar => Shape::Histogram,
            (_, Aggregate::None) => Shape::Plain,
            (Axis::Category, _) => Shape::Categories,
            _ => Shape::Along,
        }
    }

    /// Whether times are put together.
    pub(crate) fn has_step(self, columns: &[SqlColumn]) -> bool {
        self.x_axis(columns) == Axis::Time && self.shape(columns) == Shape::Along
    }
}

/// A chart for these columns, if there can be one.
pub(crate) fn suggest(info: &ResultInfo) -> Option<Choice> {
    let of = |wanted: Axis| {
        let all = info.columns.iter().enumerate();
        all.filter(move |(_, column)| axis(column) == Some(wanted)).map(|(index, _)| index)
    };
    // A number that only names something is rarely worth drawing.
    let mut numbers: Vec<usize> = of(Axis::Number).collect();
    numbers.sort_by_key(|index| is_name(&info.columns[*index].name));
    let time = of(Axis::Time).next();
    let category = of(Axis::Category).next();
    let fits = info.rows <= MOST_ROWS;
    let bars = Choice {
        mark: Mark::Bar,
        x: 0,
        y: numbers.first().copied(),
        colour: None,
        aggregate: Aggregate::Sum,
        step: Step::Day,
    };
    Some(match (time, category, numbers.as_slice()) {
        (Some(x), category, &[y, ..]) => {
            let colour = category.filter(|column| has_few_values(&info.first, *column));
            let (aggregate, step) =
                if fits { (Aggregate::None, Step::Each) } else { (Aggregate::Mean, Step::Day) };
            Choice { mark: Mark::Line, x, y: Some(y), colour, aggregate, step }
        }
        (Some(x), _, []) => Choice { x, y: None, aggregate: Aggregate::Count, ..bars },
        (None, Some(x), &[_, ..]) => {
            let alone = info.rows <= Mark::Bar.most_categories() && are_all_different(&info.first, x);
            Choice { x, aggregate: if alone { Aggregate::None } else { Aggregate::Sum }, ..bars }
        }
        (None, Some(x), []) => Choice { x, y: None, aggregate: Aggregate::Count, ..bars },
        (None, None, &[one, other, ..]) => {
            // As they stand in the result, the first of them is what the other depends on.
            let (x, y) = (one.min(other), one.max(other));
            Choice { mark: Mark::Point, x, y: Some(y), aggregate: Aggregate::None, ..bars }
        }
        (None, None, &[x]) => Choice { x, y: None, aggregate: Aggregate::Count, ..bars },
        (None, None, []) => return None,
    })
}

/// Whether a column is named like one of numbers that identify something.
fn is_name(name: &str) -> bool {
    name.eq_ignore_ascii_case("id")
        || ["Id", "ID", "_id", "Key", "_key"].iter().any(|end| name.ends_with(end))
}

/// The different values of a column in these rows.
fn different(rows: &[Row], column: usize) -> usize {
    let mut values: Vec<_> = rows.iter().map(|row| row.get(column)).collect();
    values.sort_unstable();
    values.dedup();
    values.len()
}

fn are_all_different(rows: &[Row], column: usize) -> bool {
    different(rows, column) == rows.len()
}

/// Whether the first rows have values again and again, so that a colour can stand for each.
fn has_few_values(rows: &[Row], column: usize) -> bool {
    let values = different(rows, column);
    values <= 8 && values * 2 <= rows.len()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn column(name: &str, kind: ColumnKind) -> SqlColumn {
        let sql_type = match kind {
            ColumnKind::Number => "DOUBLE",
            ColumnKind::Time => "TIMESTAMP",
            _ => "VARCHAR",
        };
        SqlColumn { name: name.to_owned(), sql_type: sql_type.to_owned(), kind }
    }

    fn info(columns: &[(&str, ColumnKind)], rows: u64, first: &[&[&str]]) -> ResultInfo {
        ResultInfo {
            result: 1,
            columns: columns.iter().map(|(name, kind)| column(name, *kind)).collect(),
            rows,
            is_whole: true,
            first: first
                .iter()
                .map(|row| row.iter().map(|cell| Some((*cell).to_owned())).collect())
                .collect(),
            notes: vec![],
        }
    }

    use ColumnKind::{Nested, Number, Text, Time};

    #[test]
    fn the_kinds_of_the_columns_suggest_a_chart() {
        for (columns, mark, x, y, aggregate) in [
            (vec![("t", Time), ("n", Number)], Mark::Line, 0, Some(1), Aggregate::None),
            (vec![("n", Number), ("t", Time)], Mark::Line, 1, Some(0), Aggregate::None),
            (vec![("t", Time)], Mark::Bar, 0, None, Aggregate::Count),
            (vec![("c", Text), ("n", Number)], Mark::Bar, 0, Some(1), Aggregate::Sum),
            (vec![("c", Text)], Mark::Bar, 0, None, Aggregate::Count),
            (vec![("a", Number), ("b", Number)], Mark::Point, 0, Some(1), Aggregate::None),
            (vec![("n", Number)], Mark::Bar, 0, None, Aggregate::Count),
            (vec![("l", Nested), ("n", Number)], Mark::Bar, 1, None, Aggregate::Count),
            (vec![("c", Text), ("Id", Number), ("Price", Number)], Mark::Bar, 0, Some(2), Aggregate::Sum),
        ] {
            let choice = suggest(&info(&columns, 100, &[])).unwrap();
            assert_eq!(
                (choice.mark, choice.x, choice.y, choice.aggregate),
                (mark, x, y, aggregate),
                "{columns:?}"
            );
        }
        assert_eq!(suggest(&info(&[("l", Nested)], 100, &[])), None);
        assert_eq!(suggest(&info(&[], 0, &[])), None);
    }

    #[test]
    fn a_long_series_is_put_together_by_day() {
        let choice = suggest(&info(&[("t", Time), ("n", Number)], 1_000_000, &[])).unwrap();
        assert_eq!((choice.aggregate, choice.step), (Aggregate::Mean, Step::Day));
    }

    #[test]
    fn few_different_names_are_drawn_as_they_are() {
        let columns = [("c", Text), ("n", Number)];
        let different = suggest(&info(&columns, 2, &[&["a", "1"], &["b", "2"]])).unwrap();
        assert_eq!(different.aggregate, Aggregate::None);
        let repeated = suggest(&info(&columns, 2, &[&["a", "1"], &["a", "2"]])).unwrap();
        assert_eq!(repeated.aggregate, Aggregate::Sum);
    }

    #[test]
    fn names_that_come_again_are_colours_of_a_line() {
        let columns = [("t", Time), ("c", Text), ("n", Number)];
        let rows: &[&[&str]] =
            &[&["2017", "a", "1"], &["2017", "b", "1"], &["2018", "a", "1"], &["2018", "b", "1"]];
        assert_eq!(suggest(&info(&columns, 4, rows)).unwrap().colour, Some(1));
        assert_eq!(suggest(&info(&columns, 3, &rows[..3])).unwrap().colour, None);
    }

    #[test]
    fn one_number_is_a_histogram() {
        let info = info(&[("n", Number)], 100, &[]);
        assert_eq!(suggest(&info).unwrap().shape(&info.columns), Shape::Histogram);
    }
}
