//! What the manifest says, as the engine wants it.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use sandglass_pipelines::votes;
use sandglass_warehouse::manifest::{KeyState, TableState};
use sandglass_warehouse::storage::Storage;
use sandglass_warehouse::store::Store;
use sandglass_warehouse::{ColumnType, Segment, Segments};

use crate::tables::{
    Bounds, Catalog, SegmentColumn, StoredColumn, StoredSegment, StoredTable, StoredView, TableName,
};

/// Rows of a day in microseconds.
const DAY: i64 = 86_400_000_000;

pub(super) fn of<S: Storage, G: Segments>(store: &Store<S, G>) -> Catalog {
    let tables = store.tables().iter().map(|table| Arc::new(table_of(store, table))).collect();
    let view = |view: &sandglass_warehouse::manifest::ViewState| StoredView {
        name: TableName::new(&view.schema, &view.name),
        sql: view.sql.clone(),
    };
    let mut views: Vec<StoredView> = store.manifest().views.iter().map(view).collect();
    views.extend(offered(store));
    Catalog { tables, views }
}

/// The views that pipelines offer over tables that are there, as long as nobody has made others of their names.
pub(super) fn offered<S: Storage, G: Segments>(store: &Store<S, G>) -> Vec<StoredView> {
    let pipeline = votes::pipeline();
    let is_of_it = |table: &TableState| {
        table.pipeline.as_ref() == Some(&pipeline.name)
            && (&table.schema, &table.name) == (&pipeline.schema, &pipeline.table.name)
    };
    if !store.tables().iter().any(is_of_it) {
        return Vec::new();
    }
    let views = pipeline.views.iter().filter(|view| {
        let same = |schema: &str, name: &str| schema == pipeline.schema && name == view.name;
        !store.manifest().views.iter().any(|there| same(&there.schema, &there.name))
            && !store.tables().iter().any(|there| same(&there.schema, &there.name))
    });
    views
        .map(|view| StoredView {
            name: TableName::new(&*pipeline.schema, &*view.name),
            sql: view.sql.clone(),
        })
        .collect()
}

fn table_of<S: Storage, G: Segments>(store: &Store<S, G>, state: &TableState) -> StoredTable {
    let id = state.id();
    // Columns are put together as the warehouse does it; a damaged table has none.
    let columns = store.table(&id).map(|table| table.columns()).unwrap_or_default();
    let columns: Vec<StoredColumn> = columns
        .into_iter()
        .map(|column| StoredColumn { name: column.name, data_type: column.data_type, nulls: column.nulls })
        .collect();
    let key = match &state.key {
        KeyState::None => Vec::new(),
        KeyState::Integer(column) => vec![column.clone()],
        KeyState::Columns(names) if names.is_empty() => {
            columns.iter().map(|column| column.name.clone()).collect()
        }
        KeyState::Columns(names) => names.clone(),
    };
    let integer_key = match &state.key {
        KeyState::Integer(column) => Some(column.as_str()),
        _ => None,
    };
    let segment = |segment: &Segment| StoredSegment {
        file: segment.file.name.clone(),
        content: segment.file.checksum.clone(),
        rows: segment.rows,
        bytes: segment.file.bytes,
        ingestion: segment.ingestion,
        columns: segment
            .columns
            .iter()
            .map(|column| {
                let bounds = if Some(column.name.as_str()) == integer_key {
                    segment.keys.map(|(least, greatest)| Bounds {
                        least: ScalarValue::Int64(Some(least)),
                        greatest: ScalarValue::Int64(Some(greatest)),
                        exact: true,
                    })
                } else if Some(&column.name) == state.time.as_ref() {
                    time_bounds(segment, &column.column_type)
                } else {
                    None
                };
                SegmentColumn { name: column.name.clone(), nulls: column.nulls, bounds }
            })
            .collect(),
    };
    StoredTable {
        name: TableName::new(id.schema.clone(), id.name.clone()),
        columns,
        segments: state.segments.iter().map(segment).collect(),
        key,
        time: state.time.clone(),
        pipeline: state.pipeline.clone(),
        damage: store.damage(&id).map(str::to_owned),
    }
}

/// The bounds of the time, by the days on which there are rows.
fn time_bounds(segment: &Segment, column_type: &ColumnType) -> Option<Bounds> {
    let (first, _) = segment.days.iter().next()?;
    let (last, _) = segment.days.iter().last()?;
    let begin = |day: i32| i64::from(day).checked_mul(DAY);
    Some(match column_type {
        ColumnType::Date => Bounds {
            least: ScalarValue::Date32(Some(first)),
            greatest: ScalarValue::Date32(Some(last)),
            exact: true,
        },
        ColumnType::Timestamp => Bounds {
            least: ScalarValue::TimestampMicrosecond(Some(begin(first)?), None),
            greatest: ScalarValue::TimestampMicrosecond(Some(begin(last)?.checked_add(DAY - 1)?), None),
            exact: false,
        },
        ColumnType::TimestampIn(zone) => Bounds {
            least: ScalarValue::TimestampMicrosecond(Some(begin(first)?), Some(zone.as_str().into())),
            greatest: ScalarValue::TimestampMicrosecond(
                Some(begin(last)?.checked_add(DAY - 1)?),
                Some(zone.as_str().into()),
            ),
            exact: false,
        },
        _ => return None,
    })
}
