//! The chart of a result as a Vega-Lite specification, and what comes of one that somebody has edited.
//!
//! The rows are a dataset of their own, so that the text to edit is short; colours and the font come from the style sheet when
//! it is drawn.

use sandglass_protocol::sql::SqlColumn;
use sandglass_ui::format;
use sandglass_ui::template::filled;
use serde_json::{Value, json};

use crate::results::chart::{Aggregate, Axis, Choice, MOST_ROWS, Mark, Shape, Step, axis};

/// Colours and the font, as CSS writes them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Look {
    /// Marks, where there is one colour.
    pub(crate) mark: String,
    /// Marks, where a colour stands for a value.
    pub(crate) categories: Vec<String>,
    /// Labels.
    pub(crate) text: String,
    /// Lines of the grid.
    pub(crate) grid: String,
    /// The font of the page.
    pub(crate) font: String,
    /// The size of labels in pixels.
    pub(crate) font_size: u32,
}

/// The specification, without its rows. `None` if the columns of the choice are not there.
pub(crate) fn spec(choice: Choice, columns: &[SqlColumn]) -> Option<Value> {
    let shape = choice.shape(columns);
    let x_axis = choice.x_axis(columns);
    let x_name = &columns.get(choice.x)?.name;
    let y_name = match choice.y {
        Some(index) => Some(&columns.get(index)?.name),
        None => None,
    };
    let y_title = title(choice.made(), y_name.map(String::as_str));
    let colour = match choice.colour {
        Some(index) => Some(columns.get(index)?),
        None => None,
    };

    let value = json!({ "field": "y", "type": "quantitative", "title": y_title });
    let place_type = match x_axis {
        Axis::Time => "temporal",
        Axis::Category => "nominal",
        Axis::Number if choice.mark == Mark::Bar && shape != Shape::Histogram => "ordinal",
        Axis::Number => "quantitative",
    };
    let mut place = json!({ "field": "x", "type": place_type, "title": x_name });
    if x_axis == Axis::Time {
        place["scale"] = json!({ "type": "utc" });
    }
    let mut told = vec![place.clone()];
    if x_axis == Axis::Time {
        let days = columns[choice.x].sql_type.eq_ignore_ascii_case("date")
            || (choice.has_step(columns)
                && matches!(choice.step, Step::Day | Step::Week | Step::Month | Step::Year));
        told[0]["format"] = json!(if days { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M:%S" });
    }
    let mut mark = json!({ "type": mark_name(choice.mark), "tooltip": true });
    if matches!(choice.mark, Mark::Line | Mark::Area) {
        // What is pointed at has a tooltip only where there is a mark for it.
        mark["point"] = json!("transparent");
    }
    let mut encoding = json!({});
    let is_list = x_axis == Axis::Category && choice.mark != Mark::Arc;
    if choice.mark == Mark::Arc {
        let mut slice = place;
        slice["sort"] = json!({ "field": "y", "order": "descending" });
        encoding["theta"] = value.clone();
        encoding["theta"]["stack"] = json!(true);
        encoding["order"] = json!({ "field": "y", "sort": "descending" });
        encoding["color"] = slice;
    } else if is_list && choice.mark == Mark::Bar {
        // Names stand to the left of their bars, where there is room for them.
        place["sort"] = json!("-x");
        place["axis"] = json!({ "labelLimit": 140 });
        encoding["y"] = place;
        encoding["x"] = value.clone();
        // There can be more of them than fit on the page.
        encoding["x"]["axis"] = json!({ "orient": "top" });
    } else {
        if is_list {
            place["sort"] = json!("-y");
            place["axis"] = json!({ "labelLimit": 120 });
        }
        encoding["x"] = place;
        encoding["y"] = value.clone();
        match choice.mark {
            Mark::Point => {
                if x_axis == Axis::Number {
                    encoding["x"]["scale"] = json!({ "zero": false });
                }
                encoding["y"]["scale"] = json!({ "zero": false });
            }
            Mark::Line => encoding["y"]["scale"] = json!({ "zero": false }),
            _ => {}
        }
    }
    let ends = shape == Shape::Histogram
        || (choice.mark == Mark::Bar && choice.has_step(columns) && choice.step.sql().is_some());
    if ends {
        encoding["x2"] = json!({ "field": "x2" });
        if shape == Shape::Histogram {
            encoding["x"]["bin"] = json!("binned");
        }
        let mut end = told[0].clone();
        end["field"] = json!("x2");
        end["title"] = json!("to");
        told.push(end);
    }
    if let Some(colour) = colour.filter(|_| choice.mark != Mark::Arc) {
        let quantitative = shape == Shape::Plain && axis(colour) == Some(Axis::Number);
        let kind = if quantitative { "quantitative" } else { "nominal" };
        let field = json!({ "field": "colour", "type": kind, "title": colour.name });
        told.push(field.clone());
        if !choice.made().adds_up() {
            // What does not add up is not put on top of each other.
            match choice.mark {
                Mark::Bar if is_list => encoding["yOffset"] = json!({ "field": "colour" }),
                Mark::Bar | Mark::Area => {
                    encoding["y"]["stack"] = Value::Null;
                    mark["opacity"] = json!(0.6);
                }
                _ => {}
            }
        }
        encoding["color"] = field;
    }
    told.push(value);
    encoding["tooltip"] = Value::Array(told);
    let mut spec = json!({
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": format!("{y_title} by {x_name}"),
        "data": { "name": "rows" },
        "mark": mark,
        "encoding": encoding
    });
    if is_list && choice.mark == Mark::Bar {
        spec["height"] = json!({ "step": 22 });
    }
    Some(spec)
}

fn mark_name(mark: Mark) -> &'static str {
    match mark {
        Mark::Bar => "bar",
        Mark::Line => "line",
        Mark::Area => "area",
        Mark::Point => "point",
        Mark::Arc => "arc",
    }
}

/// What the values are, in words.
fn title(made: Aggregate, y: Option<&str>) -> String {
    let of = Aggregate::ALL.iter().find(|(aggregate, _)| *aggregate == made).map_or("", |(_, name)| *name);
    match (made, y) {
        (_, None) => "rows".to_owned(),
        (Aggregate::None, Some(y)) => y.to_owned(),
        (_, Some(y)) => format!("{of} of {y}"),
    }
}

/// The look of every chart, without what the style sheet gives.
const CONFIG: &str = r#"{
  "background": null,
  "font": "@font",
  "view": { "stroke": null },
  "mark": { "color": "@mark" },
  "point": { "filled": true, "opacity": 0.7 },
  "line": { "strokeWidth": 2 },
  "area": { "opacity": 0.8 },
  "axis": {
    "labelColor": "@text", "titleColor": "@text", "gridColor": "@grid", "domainColor": "@grid", "tickColor": "@grid",
    "labelFontSize": "@size", "titleFontSize": "@size", "titleFontWeight": "normal", "labelSeparation": 8
  },
  "legend": {
    "labelColor": "@text", "titleColor": "@text", "labelFontSize": "@size", "titleFontSize": "@size",
    "titleFontWeight": "normal", "symbolLimit": 24, "labelLimit": 160
  },
  "title": { "color": "@text" },
  "range": { "category": "@categories" }
}"#;

/// The look of a chart as a configuration of Vega-Lite.
pub(crate) fn config(look: &Look) -> Value {
    let text = |text: &String| Value::from(text.as_str());
    let values = [
        ("font", text(&look.font)),
        ("mark", text(&look.mark)),
        ("text", text(&look.text)),
        ("grid", text(&look.grid)),
        ("size", look.font_size.into()),
        ("categories", look.categories.iter().map(String::as_str).collect()),
    ];
    filled(CONFIG, &values)
}

/// Reads an edited specification, or says in words what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    match serde_json::from_str::<Value>(text) {
        Ok(spec) if spec.is_object() => match wrong_mark(&spec) {
            None => Ok(spec),
            Some(mark) => Err(format!("There is no mark {mark}. There are {}.", MARKS.join(", "))),
        },
        Ok(_) => Err("A specification is an object: it begins with { and ends with }.".to_owned()),
        Err(error) => {
            let message = error.to_string();
            let what = message.split(" at line ").next().unwrap_or_default();
            Err(format!("This is not JSON: {what}, in line {}, character {}.", error.line(), error.column()))
        }
    }
}

/// The marks of Vega-Lite.
const MARKS: [&str; 15] = [
    "arc",
    "area",
    "bar",
    "boxplot",
    "circle",
    "errorband",
    "errorbar",
    "line",
    "point",
    "rect",
    "rule",
    "square",
    "text",
    "tick",
    "trail",
];

/// A mark that Vega-Lite does not know, and would stumble over.
fn wrong_mark(spec: &Value) -> Option<String> {
    let mark = spec.get("mark")?;
    match mark.as_str().or_else(|| mark["type"].as_str()) {
        Some(mark) if MARKS.contains(&mark) => None,
        Some(mark) => Some(format!("“{mark}”")),
        None => Some(mark.to_string()),
    }
}

/// What the chart does not show, in words.
pub(crate) fn notes(choice: Choice, columns: &[SqlColumn], rows: &[Value], kept: u64) -> Vec<String> {
    let mut notes = vec![];
    let number = |name: &str| rows.first().and_then(|row| row[name].as_f64());
    let groups = number("groups").unwrap_or(0.0) as u64;
    match choice.shape(columns) {
        Shape::Plain if kept > MOST_ROWS => notes.push(format!(
            "The first {} of {} are drawn. Sum or count them to draw all.",
            format::count(MOST_ROWS),
            format::counted(kept, "row")
        )),
        Shape::Along if groups > rows.len() as u64 => notes.push(format!(
            "The first {} of {} are drawn. Put them together by a longer span, or filter the query, to draw all.",
            format::count(rows.len() as u64),
            format::counted(groups, "point")
        )),
        Shape::Categories if groups > choice.mark.most_categories() => {
            let most = choice.mark.most_categories();
            let mut note = format!(
                "The {most} greatest of {} are drawn",
                format::counted(groups, "value").replace("values", "different values")
            );
            if choice.made().adds_up()
                && let Some(whole) = number("whole")
            {
                let drawn: f64 = rows.iter().filter_map(|row| row["y"].as_f64()).sum();
                note.push_str(&format!(
                    "; the {} others have together {}",
                    format::count(groups - most),
                    crate::results::profile::measured(whole - drawn)
                ));
            }
            note.push('.');
            notes.push(note);
        }
        _ => {}
    }
    if choice.shape(columns) != Shape::Plain && rows.len() as u64 == MOST_ROWS && notes.is_empty() {
        notes.push(format!("No more than {} are drawn.", format::counted(MOST_ROWS, "point")));
    }
    notes
}

/// The rows of a chart's table: its head and its cells.
pub(crate) fn table(
    choice: Choice,
    columns: &[SqlColumn],
    rows: &[Value],
) -> (Vec<String>, Vec<Vec<String>>) {
    let name = |index: usize| columns.get(index).map(|column| column.name.clone()).unwrap_or_default();
    let y = title(choice.made(), choice.y.map(name).as_deref());
    let mut fields = vec![("x", name(choice.x))];
    if rows.first().is_some_and(|row| row.get("x2").is_some()) {
        fields.push(("x2", "to".to_owned()));
    }
    if let Some(colour) = choice.colour {
        fields.push(("colour", name(colour)));
    }
    fields.push(("y", y));
    let cell = |value: &Value| match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => {
            text.trim_end_matches("T00:00:00Z").trim_end_matches("T00:00:00.000Z").to_owned()
        }
        other => other.to_string(),
    };
    let cells = rows.iter().map(|row| fields.iter().map(|(field, _)| cell(&row[*field])).collect()).collect();
    (fields.into_iter().map(|(_, title)| title).collect(), cells)
}

#[cfg(test)]
mod tests {
    use sandglass_protocol::sql::ColumnKind;

    use super::*;
    use crate::results::chart::{Step, tests::column};

    fn columns() -> [SqlColumn; 4] {
        [
            column("when", ColumnKind::Time),
            column("a.b [c] \"d\" 🙂", ColumnKind::Text),
            column("n", ColumnKind::Number),
            column("m", ColumnKind::Number),
        ]
    }

    const SUMS: Choice = Choice {
        mark: Mark::Bar,
        x: 1,
        y: Some(2),
        colour: None,
        aggregate: Aggregate::Sum,
        step: Step::Day,
    };

    #[test]
    fn fields_have_plain_names_and_titles_have_those_of_the_columns() {
        let spec = spec(SUMS, &columns()).unwrap();
        assert_eq!(spec["encoding"]["y"]["field"], "x");
        assert_eq!(spec["encoding"]["y"]["title"], "a.b [c] \"d\" 🙂");
        assert_eq!(spec["encoding"]["x"]["title"], "sum of n");
        assert_eq!(spec["height"]["step"], 22);
    }

    #[test]
    fn each_axis_has_the_type_of_its_column() {
        let columns = columns();
        for (mark, x, aggregate, kind) in [
            (Mark::Line, 0, Aggregate::None, "temporal"),
            (Mark::Line, 3, Aggregate::None, "quantitative"),
            (Mark::Point, 1, Aggregate::None, "nominal"),
            (Mark::Bar, 3, Aggregate::Mean, "ordinal"),
        ] {
            let spec = spec(Choice { mark, x, aggregate, ..SUMS }, &columns).unwrap();
            assert_eq!(spec["encoding"]["x"]["type"], kind, "{mark:?}");
            assert_eq!(spec["mark"]["type"], mark_name(mark));
        }
    }

    #[test]
    fn spans_have_ends() {
        let columns = columns();
        let histogram =
            spec(Choice { x: 2, y: None, aggregate: Aggregate::Count, ..SUMS }, &columns).unwrap();
        assert_eq!(histogram["encoding"]["x"]["bin"], "binned");
        assert_eq!(histogram["encoding"]["x2"]["field"], "x2");
        let days = spec(Choice { x: 0, ..SUMS }, &columns).unwrap();
        assert_eq!(days["encoding"]["x2"]["field"], "x2");
        assert!(days["encoding"]["x"].get("bin").is_none());
    }

    #[test]
    fn the_look_is_that_of_the_page() {
        let look =
            Look { font: "\"A\", serif".to_owned(), categories: vec!["#123".to_owned()], ..Look::default() };
        let config = config(&look);
        assert_eq!(
            (&config["font"], &config["range"]["category"]),
            (&json!("\"A\", serif"), &json!(["#123"]))
        );
        assert!(!config.to_string().contains('@'));
    }

    #[test]
    fn slices_are_categories() {
        let spec = spec(Choice { mark: Mark::Arc, x: 3, ..SUMS }, &columns()).unwrap();
        assert_eq!(spec["encoding"]["color"]["type"], "nominal");
        assert_eq!(spec["encoding"]["theta"]["field"], "y");
    }

    #[test]
    fn means_are_not_stacked() {
        let columns = columns();
        let side_by_side = Choice { colour: Some(1), aggregate: Aggregate::Mean, ..SUMS };
        assert_eq!(spec(side_by_side, &columns).unwrap()["encoding"]["yOffset"]["field"], "colour");
        let over_time = spec(Choice { x: 0, ..side_by_side }, &columns).unwrap();
        assert!(over_time["encoding"]["y"]["stack"].is_null());
        assert!(over_time["encoding"]["y"].as_object().unwrap().contains_key("stack"));
    }

    #[test]
    fn a_specification_that_is_wrong_is_told_where() {
        assert!(parse("{}").is_ok());
        let wrong = parse("{\n  \"mark\": bar\n}").unwrap_err();
        assert!(wrong.contains("line 2") && wrong.contains("not JSON"), "{wrong}");
        assert!(parse("[]").unwrap_err().contains("object"));
        assert!(parse("").is_err());
        assert!(parse("{\"mark\": {\"type\": \"nonsense\"}}").unwrap_err().contains("no mark “nonsense”"));
        assert!(parse("{\"mark\": 7}").is_err() && parse("{\"mark\": \"tick\"}").is_ok());
    }

    #[test]
    fn what_is_left_out_is_said() {
        let columns = columns();
        let rows: Vec<Value> =
            (0..50).map(|n| json!({ "x": n, "y": 2.0, "groups": 60, "whole": 112.5 })).collect();
        let said = notes(SUMS, &columns, &rows, 1_000).join(" ").replace(format::NBSP, " ");
        assert_eq!(
            said,
            "The 50 greatest of 60 different values are drawn; the 10 others have together 12.5."
        );
        let mean = notes(Choice { aggregate: Aggregate::Mean, ..SUMS }, &columns, &rows, 1_000).join(" ");
        assert!(!mean.contains("together"), "{mean}");
        let plain = Choice { aggregate: Aggregate::None, ..SUMS };
        assert!(notes(plain, &columns, &rows, 5_001)[0].contains("5,001"));
        assert!(notes(plain, &columns, &rows, 50).is_empty());
        assert!(notes(SUMS, &columns, &[], 50).is_empty());
    }

    #[test]
    fn the_table_has_what_is_drawn() {
        let rows =
            [json!({ "x": "2017-01-02T00:00:00Z", "y": 3, "groups": 1 }), json!({ "x": null, "y": 0.5 })];
        let (head, cells) = table(SUMS, &columns(), &rows);
        assert_eq!(head, ["a.b [c] \"d\" 🙂", "sum of n"]);
        assert_eq!(cells, [["2017-01-02", "3"], ["NULL", "0.5"]]);
    }
}
