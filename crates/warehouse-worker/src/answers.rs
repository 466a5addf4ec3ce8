//! The engine's state in the page's words. Nothing is decided here but how things are written.

use sandglass_pipelines::Pipeline;
use sandglass_protocol::{
    ColumnInfo, ConflictInfo, ConflictPage, Difference, KeyChoice, RejectInfo, RejectPage, RowPage,
    TableInfo, VOTES, ViewOptions, Week, WeeklyView,
};
use sandglass_warehouse::{Key, Table, kind_name};
use sandglass_weekly::{civil_from_days, is_outlier};

use crate::engine::{Entry, threshold, week_rule};
use crate::reading;

/// The most that a page of anything holds, whatever is asked for.
const MOST: u32 = 10_000;

pub(crate) fn weekly(entry: &Entry, options: ViewOptions) -> WeeklyView {
    let days = entry.table.days();
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

pub(crate) fn table(entry: &Entry, pipeline: &Pipeline) -> TableInfo {
    let Entry { id, table, sources, drift, forms, options } = entry;
    let types = options.types.iter().map(|(column, kind)| (column.clone(), kind.name().to_owned()));
    let columns = columns(table);
    TableInfo {
        id: *id,
        name: table.spec().name.clone(),
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
        drift: drift.clone(),
        rows: table.rows(),
        bytes: table.bytes(),
        columns,
        rejected: table.rejects().total(),
        rejects_kept: table.rejects().kept().len() as u64,
        conflicts: table.conflicts().total(),
        conflicts_kept: table.conflicts().kept().len() as u64,
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

pub(crate) fn rows(entry: &Entry, first: u64, count: u32) -> RowPage {
    let table = &entry.table;
    let rows = table.page(first, count.min(MOST) as usize);
    RowPage { table: entry.id, first, total: table.rows(), columns: columns(table), rows }
}

/// Part of a list: `count` from `first` on, as far as there are so many.
fn part<T>(all: &[T], first: u64, count: u32) -> &[T] {
    let first = usize::try_from(first).unwrap_or(usize::MAX).min(all.len());
    let end = first.saturating_add(count.min(MOST) as usize).min(all.len());
    &all[first..end]
}

pub(crate) fn rejects(entry: &Entry, first: u64, count: u32) -> RejectPage {
    let log = entry.table.rejects();
    let rejects = part(log.kept(), first, count)
        .iter()
        .map(|logged| RejectInfo {
            source: logged.source.to_string(),
            line: logged.reject.line,
            byte_offset: logged.reject.byte_offset,
            reason: logged.reject.reason.to_string(),
            raw: logged.reject.raw_text(),
            raw_bytes: logged.reject.raw_bytes,
        })
        .collect();
    RejectPage { table: entry.id, first, kept: log.kept().len() as u64, total: log.total(), rejects }
}

pub(crate) fn conflicts(entry: &Entry, first: u64, count: u32) -> ConflictPage {
    let log = entry.table.conflicts();
    let difference = |difference: &sandglass_warehouse::Difference| Difference {
        column: difference.column.clone(),
        stored: difference.stored.clone(),
        incoming: difference.incoming.clone(),
    };
    let conflicts = part(log.kept(), first, count)
        .iter()
        .map(|conflict| ConflictInfo {
            source: conflict.source.to_string(),
            line: conflict.line,
            key: conflict.key.clone(),
            differences: conflict.differences.iter().map(difference).collect(),
        })
        .collect();
    ConflictPage { table: entry.id, first, kept: log.kept().len() as u64, total: log.total(), conflicts }
}
