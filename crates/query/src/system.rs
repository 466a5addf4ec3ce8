//! Tables about tables: the schemas `information_schema` and `system`.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::SchemaRef;

use crate::tables::{SYSTEM_TABLES, TableName, system_schema, type_name};
use crate::{Catalog, Engine, QueryError};

/// The schemas that have them.
pub(crate) const SCHEMAS: [&str; 2] = ["information_schema", "system"];

/// The tables of such a schema. Of those that take work, only the one that is wanted is made.
pub(crate) async fn tables(
    engine: &Engine,
    catalog: &Catalog,
    schema: &str,
    wanted: Option<&str>,
) -> Result<Vec<(TableName, RecordBatch)>, QueryError> {
    let mut all = Vec::new();
    let mut put = |name: &str, batch: RecordBatch| all.push((TableName::new(schema, name), batch));
    if schema == "information_schema" {
        put("schemata", schemata(catalog)?);
        put("tables", listed_tables(catalog)?);
        put("columns", listed_columns(catalog)?);
        put("views", views(catalog)?);
        return Ok(all);
    }
    put("tables", own_tables(catalog)?);
    put("columns", own_columns(catalog)?);
    put("views", views(catalog)?);
    put("functions", functions(engine)?);
    for name in SYSTEM_TABLES {
        // The others are there to be named in an error.
        let batch = match wanted == Some(name) {
            true => engine.tables.system(name).await?,
            false => RecordBatch::new_empty(system_schema(name)),
        };
        put(name, batch);
    }
    Ok(all)
}

/// The names of these tables with their columns.
pub async fn about_tables(engine: &Engine) -> Vec<(TableName, SchemaRef)> {
    let mut all = Vec::new();
    for schema in SCHEMAS {
        let made = tables(engine, &Catalog::default(), schema, None).await.unwrap_or_default();
        all.extend(made.into_iter().map(|(name, batch)| (name, batch.schema())));
    }
    all
}

pub(crate) fn texts<T: Into<String>>(values: impl IntoIterator<Item = T>) -> ArrayRef {
    let values: Vec<String> = values.into_iter().map(Into::into).collect();
    Arc::new(StringArray::from(values))
}

pub(crate) fn maybe_texts<T: AsRef<str>>(values: impl IntoIterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringArray>())
}

pub(crate) fn numbers(values: impl IntoIterator<Item = u64>) -> ArrayRef {
    let values: Vec<i64> = values.into_iter().map(|value| i64::try_from(value).unwrap_or(i64::MAX)).collect();
    Arc::new(Int64Array::from(values))
}

pub(crate) fn batch<const N: usize>(columns: [(&str, ArrayRef); N]) -> Result<RecordBatch, QueryError> {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns)
        .map_err(|error| QueryError::new(crate::ErrorKind::Defect, error.to_string()))
}

fn schemata(catalog: &Catalog) -> Result<RecordBatch, QueryError> {
    let names = catalog.tables.iter().map(|table| table.name.schema.as_str());
    let mut names: Vec<&str> =
        names.chain(catalog.views.iter().map(|view| view.name.schema.as_str())).collect();
    names.extend(SCHEMAS);
    names.push(TableName::MAIN);
    names.sort_unstable();
    names.dedup();
    let catalogs = texts(names.iter().map(|_| "sandglass"));
    batch([("catalog_name", catalogs), ("schema_name", texts(names))])
}

fn listed_tables(catalog: &Catalog) -> Result<RecordBatch, QueryError> {
    let tables = catalog.tables.iter().map(|table| (&table.name, "BASE TABLE"));
    let all: Vec<(&TableName, &str)> =
        tables.chain(catalog.views.iter().map(|view| (&view.name, "VIEW"))).collect();
    batch([
        ("table_catalog", texts(all.iter().map(|_| "sandglass"))),
        ("table_schema", texts(all.iter().map(|(name, _)| name.schema.as_str()))),
        ("table_name", texts(all.iter().map(|(name, _)| name.name.as_str()))),
        ("table_type", texts(all.iter().map(|(_, kind)| *kind))),
    ])
}

/// Every column of every table, with its place there.
fn each_column(catalog: &Catalog) -> impl Iterator<Item = (&crate::StoredTable, u64, &crate::StoredColumn)> {
    catalog.tables.iter().flat_map(|table| {
        table.columns.iter().enumerate().map(move |(at, column)| (table.as_ref(), at as u64 + 1, column))
    })
}

fn listed_columns(catalog: &Catalog) -> Result<RecordBatch, QueryError> {
    let all = || each_column(catalog);
    batch([
        ("table_catalog", texts(all().map(|_| "sandglass"))),
        ("table_schema", texts(all().map(|(table, ..)| table.name.schema.as_str()))),
        ("table_name", texts(all().map(|(table, ..)| table.name.name.as_str()))),
        ("column_name", texts(all().map(|(_, _, column)| column.name.as_str()))),
        ("ordinal_position", numbers(all().map(|(_, at, _)| at))),
        ("is_nullable", texts(all().map(|_| "YES"))),
        ("data_type", texts(all().map(|(_, _, column)| type_name(&column.data_type)))),
    ])
}

fn views(catalog: &Catalog) -> Result<RecordBatch, QueryError> {
    batch([
        ("table_schema", texts(catalog.views.iter().map(|view| view.name.schema.as_str()))),
        ("table_name", texts(catalog.views.iter().map(|view| view.name.name.as_str()))),
        ("view_definition", texts(catalog.views.iter().map(|view| view.sql.as_str()))),
    ])
}

pub(crate) fn own_tables(catalog: &Catalog) -> Result<RecordBatch, QueryError> {
    let (tables, views) = (&catalog.tables, &catalog.views);
    let names = || tables.iter().map(|table| &table.name).chain(views.iter().map(|view| &view.name));
    let no_view = |_: &crate::StoredView| None;
    let of = |value: fn(&crate::StoredTable) -> u64| -> ArrayRef {
        let of_tables = tables.iter().map(|table| i64::try_from(value(table)).ok());
        Arc::new(of_tables.chain(views.iter().map(no_view)).collect::<Int64Array>())
    };
    let key = tables.iter().map(|table| Some(table.key.join(", ")).filter(|key| !key.is_empty()));
    let time = tables.iter().map(|table| table.time.clone());
    let pipeline = tables.iter().map(|table| table.pipeline.clone());
    let no_text = || views.iter().map(|_| None::<String>);
    batch([
        ("schema", texts(names().map(|name| name.schema.as_str()))),
        ("name", texts(names().map(|name| name.name.as_str()))),
        ("kind", texts(tables.iter().map(|_| "table").chain(views.iter().map(|_| "view")))),
        ("rows", of(crate::StoredTable::rows)),
        ("columns", of(|table| table.columns.len() as u64)),
        ("segments", of(|table| table.segments.len() as u64)),
        ("bytes", of(|table| table.segments.iter().map(|segment| segment.bytes).sum())),
        ("key", maybe_texts(key.chain(no_text()))),
        ("time", maybe_texts(time.chain(no_text()))),
        ("pipeline", maybe_texts(pipeline.chain(no_text()))),
    ])
}

fn own_columns(catalog: &Catalog) -> Result<RecordBatch, QueryError> {
    let all = || each_column(catalog);
    let is_key = all().map(|(table, _, column)| Some(table.key.contains(&column.name)));
    batch([
        ("schema", texts(all().map(|(table, ..)| table.name.schema.as_str()))),
        ("table", texts(all().map(|(table, ..)| table.name.name.as_str()))),
        ("name", texts(all().map(|(_, _, column)| column.name.as_str()))),
        ("position", numbers(all().map(|(_, at, _)| at))),
        ("type", texts(all().map(|(_, _, column)| type_name(&column.data_type)))),
        ("nulls", numbers(all().map(|(_, _, column)| column.nulls))),
        ("is_key", Arc::new(BooleanArray::from(is_key.collect::<Vec<_>>()))),
    ])
}

fn functions(engine: &Engine) -> Result<RecordBatch, QueryError> {
    let all = engine.function_kinds();
    batch([
        ("name", texts(all.iter().map(|(name, _)| *name))),
        ("kind", texts(all.iter().map(|(_, kind)| *kind))),
    ])
}
