//! The query for the rows of a chart, over the table `result`.
//!
//! Whatever the columns are called, those of the answer are `x`, `x2` (where a span ends), `y` and `colour`; `groups` is how
//! many there are in all, and `whole` what their values add up to, so that the page can say what is not drawn.

use sandglass_protocol::sql::{ColumnKind, SqlColumn};

use crate::results::chart::{Aggregate, Axis, Choice, MOST_ROWS, Mark, Shape, axis};

/// About how many spans a histogram has.
const SPANS: u32 = 30;

/// A name as SQL has it.
pub(crate) fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as SQL has it.
pub(crate) fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The query. `None` if the columns of the choice are not there.
pub(crate) fn query(choice: Choice, columns: &[SqlColumn]) -> Option<String> {
    let x = columns.get(choice.x)?;
    let y = match choice.y {
        Some(index) => Some(columns.get(index)?),
        None => None,
    };
    let colour = match choice.colour {
        Some(index) => Some(columns.get(index)?),
        None => None,
    };
    let x_axis = choice.x_axis(columns);
    let is_kept = name(&x.name);
    let mut x_sql = value(x, x_axis);
    if choice.has_step(columns)
        && let Some(step) = choice.step.sql()
    {
        x_sql = format!("date_trunc('{step}', {x_sql})");
    }
    let y_sql = made(choice.made(), y);
    let colour_sql = colour.map(|colour| {
        if choice.colour == Some(choice.x) {
            // DataFusion stumbles over one column in two types behind a GROUP BY.
            return x_sql.clone();
        }
        let as_number = choice.shape(columns) == Shape::Plain && axis(colour) == Some(Axis::Number);
        value(colour, if as_number { Axis::Number } else { Axis::Category })
    });
    let also = |prefix: &str| colour.map_or_else(String::new, |_| format!(", {prefix}colour"));
    let colour_as = colour_sql.as_ref().map_or_else(String::new, |sql| format!(", {sql} AS colour"));
    let group = if colour.is_some() { "1, 2" } else { "1" };
    Some(match choice.shape(columns) {
        Shape::Plain => {
            format!("SELECT {x_sql} AS x{colour_as}, {y_sql} AS y\nFROM result\nLIMIT {MOST_ROWS}")
        }
        Shape::Along => {
            // A bar is as wide as its span.
            let end = match choice.step.sql().filter(|_| choice.mark == Mark::Bar && choice.has_step(columns))
            {
                Some(step) => format!(", x + INTERVAL '1 {step}' AS x2"),
                None => String::new(),
            };
            format!(
                "WITH grouped AS (\n  SELECT {x_sql} AS x{colour_as}, {y_sql} AS y\n  FROM result\n  WHERE {is_kept} IS NOT \
                 NULL\n  GROUP BY {group}\n)\nSELECT x{end}{}, y, count(*) OVER () AS groups\nFROM grouped\nORDER BY \
                 x\nLIMIT {MOST_ROWS}",
                also("")
            )
        }
        Shape::Categories => {
            let most = choice.mark.most_categories();
            format!(
                "WITH grouped AS (\n  SELECT {x_sql} AS x{colour_as}, {y_sql} AS y\n  FROM result\n  GROUP BY {group}\n), \
                 weighed AS (\n  SELECT x{c}, y, sum(y) OVER (PARTITION BY x) AS weight FROM grouped\n), placed AS (\n  \
                 SELECT x{c}, y, dense_rank() OVER (ORDER BY weight DESC NULLS LAST, x) AS place FROM weighed\n), counted \
                 AS (\n  SELECT x{c}, y, place, max(place) OVER () AS groups, sum(y) OVER () AS whole FROM \
                 placed\n)\nSELECT x{c}, y, groups, whole\nFROM counted\nWHERE place <= {most}\nORDER BY place\nLIMIT \
                 {MOST_ROWS}",
                c = also(""),
            )
        }
        Shape::Histogram => {
            let least_step = if is_whole(x) { "WHEN ten < 1 THEN 1 " } else { "" };
            let column = value(x, Axis::Number);
            // Neither infinite nor no number at all: these have no place on a scale. No literal has a point, because it would be
            // a decimal, into which large numbers do not fit.
            let group = if colour.is_some() { "1, 2, 3" } else { "1, 2" };
            format!(
                "WITH numbers AS (\n  SELECT {column} AS n{colour_as} FROM result WHERE abs({column}) < 1e300\n), bounds AS \
                 (\n  SELECT min(n) AS least, max(n) AS greatest FROM numbers\n), rough AS (\n  SELECT CASE WHEN greatest > \
                 least THEN (greatest - least) / {SPANS} ELSE 1 END AS rough FROM bounds\n), magnitude AS (\n  SELECT \
                 rough, power(CAST(10 AS DOUBLE), floor(log10(rough))) AS ten FROM rough\n), steps AS (\n  SELECT CASE {least_step}WHEN \
                 rough <= ten THEN ten WHEN rough <= 2 * ten THEN 2 * ten WHEN rough <= 5 * ten THEN 5 * ten ELSE 10 * ten \
                 END AS step FROM magnitude\n)\nSELECT floor(n / step) * step AS x, floor(n / step) * step + step AS \
                 x2{}, count(*) AS y\nFROM numbers CROSS JOIN steps\nGROUP BY {group}\nORDER BY x\nLIMIT {MOST_ROWS}",
                also("")
            )
        }
    })
}

/// A column's values for an axis.
fn value(column: &SqlColumn, axis: Axis) -> String {
    let sql = name(&column.name);
    match (axis, column.kind) {
        (Axis::Number, _) => format!("CAST({sql} AS DOUBLE)"),
        (Axis::Time, _) | (Axis::Category, ColumnKind::Text) => sql,
        (Axis::Category, _) => format!("CAST({sql} AS VARCHAR)"),
    }
}

/// What is made of the values.
fn made(aggregate: Aggregate, y: Option<&SqlColumn>) -> String {
    let Some(y) = y else { return "count(*)".to_owned() };
    let number = value(y, Axis::Number);
    match aggregate {
        Aggregate::None => number,
        Aggregate::Count => format!("count({})", name(&y.name)),
        Aggregate::Sum => format!("sum({number})"),
        Aggregate::Mean => format!("avg({number})"),
        Aggregate::Min => format!("min({number})"),
        Aggregate::Max => format!("max({number})"),
        Aggregate::Median => format!("median({number})"),
    }
}

/// Whether a column has whole numbers only.
fn is_whole(column: &SqlColumn) -> bool {
    column.sql_type.to_ascii_uppercase().contains("INT")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::chart::{Step, tests::column};

    const COUNTED: Choice =
        Choice { mark: Mark::Bar, x: 0, y: None, colour: None, aggregate: Aggregate::Count, step: Step::Day };

    #[test]
    fn odd_names_stay_names() {
        for (odd, quoted) in [
            ("plain", "\"plain\""),
            ("a\"b", "\"a\"\"b\""),
            ("a.b c", "\"a.b c\""),
            ("naïve 🙂", "\"naïve 🙂\""),
            ("'; DROP TABLE x; --", "\"'; DROP TABLE x; --\""),
            ("<b>", "\"<b>\""),
            ("", "\"\""),
        ] {
            assert_eq!(name(odd), quoted);
            for kind in [ColumnKind::Text, ColumnKind::Number, ColumnKind::Time] {
                let sql = query(COUNTED, &[column(odd, kind)]).unwrap();
                assert!(sql.contains(quoted), "{sql}");
            }
        }
        assert_eq!(text("it's"), "'it''s'");
    }

    #[test]
    fn rows_as_they_are_are_limited() {
        let columns = [column("a", ColumnKind::Number), column("b", ColumnKind::Number)];
        let choice = Choice { mark: Mark::Point, y: Some(1), aggregate: Aggregate::None, ..COUNTED };
        assert_eq!(
            query(choice, &columns).unwrap(),
            "SELECT CAST(\"a\" AS DOUBLE) AS x, CAST(\"b\" AS DOUBLE) AS y\nFROM result\nLIMIT 5000"
        );
    }

    #[test]
    fn times_are_put_together_and_bars_end_where_the_next_begins() {
        let columns = [column("t", ColumnKind::Time), column("n", ColumnKind::Number)];
        let bars = query(Choice { step: Step::Week, ..COUNTED }, &columns).unwrap();
        assert!(bars.contains("date_trunc('week', \"t\") AS x, count(*) AS y"), "{bars}");
        assert!(bars.contains("x + INTERVAL '1 week' AS x2"), "{bars}");
        let line = Choice { mark: Mark::Line, y: Some(1), aggregate: Aggregate::Median, ..COUNTED };
        let line = query(line, &columns).unwrap();
        assert!(line.contains("median(CAST(\"n\" AS DOUBLE)) AS y") && !line.contains("x2"), "{line}");
    }

    #[test]
    fn categories_are_the_greatest_of_all() {
        let columns = [column("c", ColumnKind::Text), column("n", ColumnKind::Number)];
        let choice = Choice { y: Some(1), aggregate: Aggregate::Sum, colour: Some(0), ..COUNTED };
        let sql = query(choice, &columns).unwrap();
        assert!(sql.contains("place <= 50") && sql.contains("GROUP BY 1, 2"), "{sql}");
        assert!(query(Choice { mark: Mark::Arc, ..choice }, &columns).unwrap().contains("place <= 12"));
    }

    #[test]
    fn a_column_that_is_not_there_makes_no_query() {
        assert_eq!(query(COUNTED, &[]), None);
        let columns = [column("c", ColumnKind::Text)];
        assert_eq!(query(Choice { y: Some(7), ..COUNTED }, &columns), None);
        assert_eq!(query(Choice { colour: Some(7), ..COUNTED }, &columns), None);
    }
}
