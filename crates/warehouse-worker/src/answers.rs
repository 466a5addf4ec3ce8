//! The engine's state in the page's words. Nothing is decided here but how things are written.

use sandglass_pipelines::Pipeline;
use sandglass_protocol::{
    ColumnInfo, ConflictInfo, ConflictPage, Difference, KeyChoice, RejectInfo, RejectPage, RowPage,
    TableInfo, VOTES, ViewOptions, Week, WeeklyView,
};
use sandglass_warehouse::manifest::TableIngestion;
use sandglass_warehouse::{Conflict, Key, LoggedReject, Table, kind_name};
use sandglass_weekly::{civil_from_days, is_outlier};

use crate::engine::{Entry, threshold, week_rule};
use crate::reading;

/// The most that a page of anything holds, whatever is asked for.
pub const MOST: u32 = 10_000;

pub(crate) fn weekly(entry: &Entry, options: ViewOptions) -> WeeklyView {
    let table = entry.table.borrow();
    let days = table.days();
    let noun = if entry.id == VOTES { "vote" } else { "row" };
    let threshold = threshold(options.threshold);
    let weeks = days.weeks(week_rule(options.rule));
    let (total, number) = (days.total(), weeks.len() as u64);
    let mean = if number == 0 { 0.0 } else { total as f64 / number as f64 };
    let weeks = weeks
        .into_iter()
        .map(|week| Week {
            year: week.bucket.year,
            week: week.bucket.week,
            first_day: civil_from_days(week.first_day).to_string(),
            last_day: civil_from_days(week.last_day).to_string(),
            count: week.count,
            deviation: week.count as f64 / mean - 1.0,
            outlier: is_outlier(week.count, total, number, threshold),
        })
        .collect();
    let low = mean * (1.0 - threshold.as_f64()).max(0.0);
    let high = mean * (1.0 + threshold.as_f64());
    WeeklyView { noun: noun.to_owned(), options, total, mean, low, high, weeks }
}

pub(crate) fn table(entry: &Entry, pipeline: &Pipeline, at_hand: bool) -> TableInfo {
    let Entry { id, name, table, sources, drift, forms, options, opened } = entry;
    let table = table.borrow();
    let opened = opened.as_ref();
    // What is in the warehouse can be listed as well.
    let listed = |kept: fn(&TableIngestion) -> u64| -> u64 {
        opened.map_or(0, |opened| opened.state.ingestions.iter().map(kept).sum())
    };
    let types = options.types.iter().map(|(column, kind)| (column.clone(), kind.name().to_owned()));
    let columns = columns(&table);
    TableInfo {
        id: *id,
        schema: name.schema.clone(),
        name: name.name.clone(),
        key: match &table.spec().key {
            Key::None => KeyChoice::None,
            Key::Integer(column) => KeyChoice::Columns(vec![column.clone()]),
            Key::Columns(columns) if columns.is_empty() => KeyChoice::Row,
            Key::Columns(columns) => KeyChoice::Columns(columns.clone()),
        },
        time: table.spec().time.clone(),
        untimed: table.untimed(),
        types: types.collect(),
        claimed: pipeline.claims(|name| columns.iter().any(|column| column.name == name)),
        reading: reading::chosen(options),
        text: reading::told(forms),
        sources: sources.clone(),
        at_hand,
        drift: drift.clone(),
        rows: table.rows(),
        bytes: table.bytes(),
        stored_bytes: table.segments().iter().map(|segment| segment.file.bytes).sum(),
        columns,
        rejected: table.rejects().total(),
        rejects_kept: listed(|of| of.rejects.kept) + table.rejects().kept().len() as u64,
        conflicts: table.conflicts().total(),
        conflicts_kept: listed(|of| of.conflicts.kept) + table.conflicts().kept().len() as u64,
    }
}

fn columns(table: &Table) -> Vec<ColumnInfo> {
    let info = |column: sandglass_warehouse::Column| ColumnInfo {
        kind: kind_name(&column.data_type).to_owned(),
        key: table.spec().key.has(&column.name),
        nulls: column.nulls,
        name: column.name,
    };
    table.columns().into_iter().map(info).collect()
}

pub(crate) fn rows(entry: &Entry, first: u64, rows: Vec<Vec<Option<String>>>) -> RowPage {
    let table = entry.table.borrow();
    RowPage { table: entry.id, first, total: table.rows(), columns: columns(&table), rows }
}

/// Part of two lists, one behind the other: `count` from `first` on, as far as there are so many.
fn part<'a, T>(before: &'a [T], since: &'a [T], first: u64, count: u32) -> impl Iterator<Item = &'a T> {
    let first = usize::try_from(first).unwrap_or(usize::MAX);
    let count = count.min(MOST) as usize;
    let rest = first.saturating_sub(before.len()).min(since.len());
    let before = &before[first.min(before.len())..];
    before.iter().chain(&since[rest..]).take(count)
}

pub(crate) fn rejects(entry: &Entry, first: u64, count: u32) -> RejectPage {
    let info = |logged: &LoggedReject| RejectInfo {
        source: logged.source.to_string(),
        line: logged.reject.line,
        byte_offset: logged.reject.byte_offset,
        reason: logged.reject.reason.to_string(),
        raw: logged.reject.raw_text(),
        raw_bytes: logged.reject.raw_bytes,
    };
    let total = entry.table.borrow().rejects().total();
    entry.rejects(|before, since| RejectPage {
        table: entry.id,
        first,
        kept: (before.len() + since.len()) as u64,
        total,
        rejects: part(before, since, first, count).map(info).collect(),
    })
}

pub(crate) fn conflicts(entry: &Entry, first: u64, count: u32) -> ConflictPage {
    let difference = |difference: &sandglass_warehouse::Difference| Difference {
        column: difference.column.clone(),
        stored: difference.stored.clone(),
        incoming: difference.incoming.clone(),
    };
    let info = |conflict: &Conflict| ConflictInfo {
        source: conflict.source.to_string(),
        line: conflict.line,
        key: conflict.key.clone(),
        differences: conflict.differences.iter().map(difference).collect(),
    };
    let total = entry.table.borrow().conflicts().total();
    entry.conflicts(|before, since| ConflictPage {
        table: entry.id,
        first,
        kept: (before.len() + since.len()) as u64,
        total,
        conflicts: part(before, since, first, count).map(info).collect(),
    })
}
