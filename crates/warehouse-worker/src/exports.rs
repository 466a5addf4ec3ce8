//! What the page lets people take away: rejects as NDJSON, weeks as CSV.

use sandglass_pipelines::reject_line;
use sandglass_protocol::WeeklyView;

use crate::engine::Entry;

pub(crate) fn rejects(entry: &Entry) -> Vec<u8> {
    let mut out = Vec::new();
    entry.rejects(|before, since| {
        for logged in before.iter().chain(since) {
            reject_line(&logged.source, &logged.reject, &mut out);
        }
    });
    out
}

pub(crate) fn weeks(view: &WeeklyView, outliers_only: bool) -> Vec<u8> {
    let mut out = format!("Year,WeekNumber,{}", view.count_column());
    if !outliers_only {
        out.push_str(",Outlier");
    }
    out.push('\n');
    for week in view.weeks.iter().filter(|week| week.outlier || !outliers_only) {
        out.push_str(&format!("{},{},{}", week.year, week.week, week.count));
        if !outliers_only {
            out.push_str(&format!(",{}", week.outlier));
        }
        out.push('\n');
    }
    out.into_bytes()
}
