//! The weekly chart as data: a Vega-Lite specification, and the rows it draws.
//!
//! Nothing is drawn here and no colour is chosen: the palette is read from the style sheet. The view's data and the
//! span that is shown are named parts of the specification (`weeks`, `levels`, `from`, `to`), so that a new threshold
//! or a zoom changes those and not the chart.

use sandglass_protocol::{Week, WeeklyView};
use sandglass_ui::format;
use sandglass_ui::template::filled;
use serde::Serialize;
use serde_json::Value;

use crate::day::Day;

/// Colours and the font, as CSS writes them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Palette {
    /// Behind the chart, and between bars that are wide enough to be told apart.
    pub(crate) surface: String,
    /// Bars of ordinary weeks.
    pub(crate) bar: String,
    /// Bars and marks of outliers.
    pub(crate) outlier: String,
    /// The mean line.
    pub(crate) mean: String,
    /// The band between the thresholds.
    pub(crate) band: String,
    /// Axis labels.
    pub(crate) text: String,
    /// Grid lines.
    pub(crate) grid: String,
    /// The font of the page.
    pub(crate) font: String,
    /// The size of labels in pixels.
    pub(crate) font_size: u32,
}

/// A span of time: from the start of the first day to the end of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first day that is shown.
    pub(crate) first: Day,
    /// The last day that is shown.
    pub(crate) last: Day,
}

impl Span {
    /// The whole span of some weeks in order of time; `None` without weeks.
    pub(crate) fn of(weeks: &[Week]) -> Option<Self> {
        let first = Day::parse(&weeks.first()?.first_day)?;
        let last = Day::parse(&weeks.last()?.last_day)?;
        (first <= last).then_some(Self { first, last })
    }

    /// This span from `first` on, kept within `whole`. The last day moves along when less than a week would be left.
    pub(crate) fn starting(self, first: Day, whole: Self) -> Self {
        let first = first.clamp(whole.first, whole.last);
        Self { first, last: self.last.max(first) }.at_least_a_week(whole)
    }

    /// This span up to `last`, kept within `whole`. The first day moves along when less than a week would be left.
    pub(crate) fn ending(self, last: Day, whole: Self) -> Self {
        let last = last.clamp(whole.first, whole.last);
        Self { first: self.first.min(last.plus(-6)).max(whole.first), last }.at_least_a_week(whole)
    }

    /// So much longer that there is a bar to see, as far as `whole` allows.
    fn at_least_a_week(self, whole: Self) -> Self {
        let last = self.last.max(self.first.plus(6)).min(whole.last);
        Self { first: self.first.min(last.plus(-6)).max(whole.first), last }
    }

    /// The span between two times of a chart, in whole days, kept within `whole`.
    pub(crate) fn between(from: f64, to: f64, whole: Self) -> Self {
        let day = |time| Day::of_milliseconds(time).clamp(whole.first, whole.last);
        Self { first: day(from.min(to)), last: day(from.max(to)) }.at_least_a_week(whole)
    }

    /// Where it begins, in milliseconds as JavaScript counts time.
    pub(crate) fn start_time(self) -> f64 {
        self.first.milliseconds()
    }

    /// Where it ends: the first moment after its last day.
    pub(crate) fn end_time(self) -> f64 {
        self.last.plus(1).milliseconds()
    }
}

/// A bar of the chart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Bar {
    from: f64,
    to: f64,
    count: u64,
    /// `high`, `low` or nothing.
    outlier: &'static str,
    /// What the tooltip says, line by line.
    lines: [String; 3],
}

/// The horizontal lines.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Levels {
    mean: f64,
    low: f64,
    high: f64,
}

/// All that changes when the rule or the threshold does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Datasets {
    weeks: Vec<Bar>,
    levels: [Levels; 1],
}

impl Datasets {
    /// What to draw for this view. Weeks whose dates cannot be read are left out; the worker sends none.
    pub(crate) fn of(view: &WeeklyView) -> Self {
        let weeks = view.weeks.iter().filter_map(|week| bar(week, &view.noun)).collect();
        Self { weeks, levels: [Levels { mean: view.mean, low: view.low, high: view.high }] }
    }
}

fn bar(week: &Week, noun: &str) -> Option<Bar> {
    let from = Day::parse(&week.first_day)?.milliseconds();
    let to = Day::parse(&week.last_day)?.plus(1).milliseconds();
    let outlier = match (week.outlier, week.deviation > 0.0) {
        (false, _) => "",
        (true, true) => "high",
        (true, false) => "low",
    };
    let verdict = match outlier {
        "" => "",
        _ => ", outlier",
    };
    let lines = [
        format!("{} ({})", format::week(week), format::days(&week.first_day, &week.last_day)),
        format::counted(week.count, noun),
        format!("{} from the mean{verdict}", format::signed_percent(week.deviation)),
    ];
    Some(Bar { from, to, count: week.count, outlier, lines })
}

/// The specification, with its data still empty and without what differs from page to page.
const WEEKLY: &str = r#"{
  "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
  "description": "Counts per week, with their mean, the band around it and the weeks outside the band",
  "background": null,
  "width": 600,
  "height": 280,
  "padding": { "left": 0, "right": 4, "top": 14, "bottom": 5 },
  "autosize": { "type": "fit", "contains": "padding" },
  "params": [{ "name": "from", "value": "@from" }, { "name": "to", "value": "@to" }],
  "datasets": { "weeks": [], "levels": [] },
  "layer": [
    {
      "data": { "name": "levels" },
      "mark": { "type": "rect", "color": "@band" },
      "encoding": {
        "y": { "field": "low", "type": "quantitative", "title": null },
        "y2": { "field": "high" }
      }
    },
    {
      "data": { "name": "weeks" },
      "transform": ["@visible"],
      "mark": {
        "type": "bar", "orient": "vertical", "clip": true, "stroke": "@surface",
        "strokeWidth": { "expr": "width * 604800000 / (to - from) > 5 ? 1 : 0" }
      },
      "encoding": {
        "x": "@begins",
        "x2": { "field": "to" },
        "y": "@counts",
        "color": { "condition": { "test": "datum.outlier", "value": "@outlier" }, "value": "@bar" }
      }
    },
    {
      "data": { "name": "levels" },
      "mark": { "type": "rule", "color": "@mean", "strokeWidth": 1.5 },
      "encoding": { "y": { "field": "mean", "type": "quantitative", "title": null } }
    },
    {
      "data": { "name": "weeks" },
      "transform": [
        "@visible",
        { "filter": "datum.outlier" },
        { "calculate": "(datum.from + datum.to) / 2", "as": "middle" }
      ],
      "mark": {
        "type": "point", "filled": true, "color": "@outlier", "opacity": 1, "yOffset": -7,
        "size": { "expr": "width * 604800000 / (to - from) > 5 ? 36 : 14" }
      },
      "encoding": {
        "x": "@middle",
        "y": "@counts",
        "shape": {
          "field": "outlier", "type": "nominal", "legend": null,
          "scale": { "domain": ["high", "low"], "range": ["triangle-up", "triangle-down"] }
        }
      }
    }
  ],
  "config": {
    "font": "@font",
    "view": { "stroke": null },
    "axis": {
      "labelColor": "@text", "labelFontSize": "@size", "gridColor": "@grid", "domainColor": "@grid", "tickColor": "@grid"
    }
  }
}"#;

/// What is on the horizontal axis.
const TIME: &str = r#"{
  "field": "@field",
  "type": "temporal",
  "title": null,
  "scale": { "type": "utc", "domain": [{ "expr": "from" }, { "expr": "to" }], "nice": false },
  "axis": {
    "grid": false, "labelOverlap": true, "labelFlush": true, "tickSize": 4,
    "tickCount": { "expr": "max(2, floor(width / 100))" }
  }
}"#;

/// What is on the vertical axis.
const COUNTS: &str = r#"{
  "field": "count", "type": "quantitative", "title": null,
  "axis": { "tickCount": 5, "format": ",d", "tickMinStep": 1, "domain": false, "ticks": false, "labelPadding": 8 }
}"#;

/// The specification, with its data still empty. Bars have a gap between them where there is room for one.
pub(crate) fn weekly(palette: &Palette, span: Span) -> Value {
    let text = |text: &String| Value::from(text.as_str());
    let time = |field: &str| filled(TIME, &[("field", field.into())]);
    let values = [
        ("from", span.start_time().into()),
        ("to", span.end_time().into()),
        ("visible", filled(r#"{ "filter": "datum.to > from && datum.from < to" }"#, &[])),
        ("begins", time("from")),
        ("middle", time("middle")),
        ("counts", filled(COUNTS, &[])),
        ("surface", text(&palette.surface)),
        ("bar", text(&palette.bar)),
        ("outlier", text(&palette.outlier)),
        ("mean", text(&palette.mean)),
        ("band", text(&palette.band)),
        ("text", text(&palette.text)),
        ("grid", text(&palette.grid)),
        ("font", text(&palette.font)),
        ("size", palette.font_size.into()),
    ];
    filled(WEEKLY, &values)
}

#[cfg(test)]
mod tests {
    use sandglass_protocol::ViewOptions;

    use serde_json::json;

    use super::*;

    fn week(first_day: &str, last_day: &str, deviation: f64, outlier: bool) -> Week {
        Week {
            year: 2017,
            week: 9,
            first_day: first_day.to_owned(),
            last_day: last_day.to_owned(),
            count: 1234,
            deviation,
            outlier,
        }
    }

    fn span(first: &str, last: &str) -> Span {
        Span { first: Day::parse(first).unwrap(), last: Day::parse(last).unwrap() }
    }

    #[test]
    fn a_bar_lasts_from_its_first_day_to_the_end_of_its_last() {
        let bar = bar(&week("2017-02-27", "2017-03-05", 0.0, false), "vote").unwrap();
        assert_eq!((bar.to - bar.from) / crate::day::MILLISECONDS, 7.0);
    }

    #[test]
    fn the_tooltip_says_which_week_how_many_and_how_far_from_the_mean() {
        let lines = bar(&week("2017-02-27", "2017-03-05", -0.25, true), "vote").unwrap().lines;
        let plain = lines.map(|line| line.replace(format::NBSP, " "));
        assert_eq!(
            plain,
            ["2017, week 9 (27 Feb – 5 Mar 2017)", "1,234 votes", "\u{2212}25.0 % from the mean, outlier"]
        );
    }

    #[test]
    fn outliers_are_told_apart_by_their_side() {
        let kinds = [(0.3, true), (-0.3, true), (0.1, false)].map(|(deviation, outlier)| {
            bar(&week("2017-02-27", "2017-03-05", deviation, outlier), "vote").unwrap().outlier
        });
        assert_eq!(kinds, ["high", "low", ""]);
    }

    #[test]
    fn the_whole_span_is_from_the_first_to_the_last_day() {
        let weeks =
            [week("2016-12-26", "2016-12-31", 0.0, false), week("2017-01-01", "2017-01-01", 0.0, false)];
        assert_eq!(Span::of(&weeks), Some(span("2016-12-26", "2017-01-01")));
        assert_eq!(Span::of(&[]), None);
    }

    #[test]
    fn a_zoom_stays_within_the_data_and_shows_at_least_a_week() {
        let whole = span("2016-01-01", "2017-12-31");
        let at = |text: &str| Day::parse(text).unwrap().milliseconds();
        for (from, to, expected) in [
            ("2016-03-01", "2016-06-30", span("2016-03-01", "2016-06-30")),
            ("2016-06-30", "2016-03-01", span("2016-03-01", "2016-06-30")),
            ("2010-01-01", "2030-01-01", whole),
            ("2016-03-01", "2016-03-02", span("2016-03-01", "2016-03-07")),
            ("2017-12-30", "2017-12-31", span("2017-12-25", "2017-12-31")),
        ] {
            assert_eq!(Span::between(at(from), at(to), whole), expected, "{from} to {to}");
        }
        let single_day = span("2016-01-01", "2016-01-01");
        assert_eq!(Span::between(at("2016-01-01"), at("2016-01-01"), single_day), single_day);
    }

    #[test]
    fn one_end_pushes_the_other_along() {
        let whole = span("2016-01-01", "2017-12-31");
        let shown = span("2016-03-01", "2016-06-30");
        assert_eq!(
            shown.starting(Day::parse("2016-09-01").unwrap(), whole),
            span("2016-09-01", "2016-09-07")
        );
        assert_eq!(shown.ending(Day::parse("2016-02-01").unwrap(), whole), span("2016-01-26", "2016-02-01"));
        assert_eq!(
            shown.starting(Day::parse("2010-01-01").unwrap(), whole),
            span("2016-01-01", "2016-06-30")
        );
    }

    #[test]
    fn the_specification_draws_band_bars_mean_and_marks_in_this_order() {
        let spec = weekly(
            &Palette { outlier: "#b5432a".to_owned(), ..Palette::default() },
            span("2016-01-01", "2017-12-31"),
        );
        let marks: Vec<_> =
            spec["layer"].as_array().unwrap().iter().map(|layer| &layer["mark"]["type"]).collect();
        assert_eq!(marks, ["rect", "bar", "rule", "point"]);
        assert!(!spec.to_string().contains('@'));
        assert_eq!(spec["layer"][3]["mark"]["color"], "#b5432a");
        assert_eq!(spec["params"][1]["value"], Day::parse("2018-01-01").unwrap().milliseconds());
    }

    #[test]
    fn a_view_becomes_bars_and_levels() {
        let view = WeeklyView {
            noun: "vote".to_owned(),
            options: ViewOptions::default(),
            total: 1234,
            mean: 10.0,
            low: 8.0,
            high: 12.0,
            weeks: vec![week("2017-02-27", "2017-03-05", 0.3, true)],
        };
        let data = serde_json::to_value(Datasets::of(&view)).unwrap();
        assert_eq!(data["levels"], json!([{ "mean": 10.0, "low": 8.0, "high": 12.0 }]));
        assert_eq!(data["weeks"][0]["outlier"], "high");
    }
}
