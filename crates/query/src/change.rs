//! Statements that change something, and those that look like it.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{
    CreateTable, CreateView, Ident, Insert, ObjectName, ObjectNamePart, ObjectType, Query, ShowCreateObject,
    ShowStatementOptions, Spanned as _, Statement, TableObject,
};

use crate::resolve::nearest::nearest;
use crate::resolve::references;
use crate::script::{self, Parsed};
use crate::tables::{StoredTable, StoredView, TableName, Target, Written, quoted, stored_type, type_name};
use crate::{CancelFlag, Catalog, Engine, ErrorKind, Outcome, QueryError, describe};

/// Carries out a statement that is no query.
pub(crate) async fn run(
    engine: &Engine,
    statement: Statement,
    parsed: &Parsed,
    flag: &CancelFlag,
) -> Result<Outcome, QueryError> {
    match statement {
        Statement::CreateTable(create) => create_table(engine, create, parsed, flag).await,
        Statement::CreateView(create) => create_view(engine, create, parsed).await,
        Statement::Insert(insert) => self::insert(engine, insert, parsed, flag).await,
        Statement::Drop { object_type, if_exists, names, cascade, .. } => {
            drop(engine, object_type, if_exists, &names, cascade).await
        }
        Statement::ShowTables { .. } | Statement::ShowViews { .. } => describe::tables(engine).await,
        Statement::ShowSchemas { .. } | Statement::ShowDatabases { .. } => {
            query(engine, "SELECT schema_name FROM information_schema.schemata", flag).await
        }
        Statement::ShowFunctions { .. } => query(engine, "SELECT * FROM system.functions", flag).await,
        Statement::ShowColumns { show_options, .. } => show_columns(engine, &show_options).await,
        Statement::ShowCreate { obj_type: ShowCreateObject::Table | ShowCreateObject::View, obj_name } => {
            let catalog = engine.catalog().await?;
            let name = found(&catalog, &obj_name)?;
            describe::definition(engine, &name).await
        }
        Statement::ExplainTable { table_name, .. } => describe_named(engine, &table_name).await,
        other => Err(refused(&other)),
    }
}

async fn query(engine: &Engine, sql: &str, flag: &CancelFlag) -> Result<Outcome, QueryError> {
    Ok(Outcome::Rows(engine.query(script::query(sql)?, flag).await?))
}

async fn show_columns(engine: &Engine, options: &ShowStatementOptions) -> Result<Outcome, QueryError> {
    let name = options.show_in.as_ref().and_then(|show_in| show_in.parent_name.as_ref());
    match name {
        Some(name) => describe_named(engine, name).await,
        None => Err(QueryError::unsupported("write SHOW COLUMNS FROM table, or DESCRIBE table")),
    }
}

async fn describe_named(engine: &Engine, name: &ObjectName) -> Result<Outcome, QueryError> {
    let query = script::query(&format!("SELECT * FROM {name}"))?;
    describe::describe(engine, Statement::Query(query)).await
}

/// What is not carried out here, and what is to be written instead.
fn refused(statement: &Statement) -> QueryError {
    let what = match statement {
        Statement::Update(_) => {
            "rows that are stored do not change; write CREATE OR REPLACE TABLE x AS SELECT … with CASE for the new values"
        }
        Statement::Delete(_) | Statement::Truncate(_) => {
            "rows that are stored stay; write CREATE OR REPLACE TABLE x AS SELECT … WHERE …, or undo the ingestion that brought them"
        }
        Statement::Merge(_) => {
            "write INSERT INTO x SELECT …: in a table with a key, rows that are there are left out"
        }
        Statement::AlterTable(_) => {
            "tables do not change their columns; write CREATE OR REPLACE TABLE x AS SELECT …"
        }
        Statement::AlterView { .. } => "write CREATE OR REPLACE VIEW x AS SELECT …",
        Statement::StartTransaction { .. } | Statement::Commit { .. } | Statement::Rollback { .. } => {
            "each statement is done as a whole or not at all, by itself; go back by restoring a snapshot (SELECT * FROM system.snapshots)"
        }
        Statement::Copy { .. } => {
            "results are written to files by the program (sandglass sql … -o FILE) or by the page (Export)"
        }
        Statement::AttachDatabase { .. } | Statement::AttachDuckDBDatabase { .. } => {
            "databases are not attached; read the file into the warehouse, where it becomes a schema"
        }
        Statement::Pragma { .. } => {
            "there are no PRAGMAs; write DESCRIBE table, SHOW TABLES, or SELECT * FROM system.tables"
        }
        Statement::Set(_) => "there is nothing to be set by SQL; the program and the page have options",
        Statement::CreateIndex(_) => {
            "there are no indexes; what is stored has statistics by which parts are left out"
        }
        Statement::CreateSchema { .. } => {
            "a schema comes to be with its first table; write CREATE TABLE schema.table AS …"
        }
        Statement::CreateFunction(_) | Statement::CreateMacro { .. } => {
            "there are no functions in SQL; write a view, or WITH"
        }
        Statement::Use(_) => "there is no present schema; name tables as schema.table",
        _ => {
            "this statement is not known here; there are SELECT, CREATE TABLE … AS, CREATE VIEW, INSERT, DROP, EXPLAIN, DESCRIBE, SHOW and SUMMARIZE"
        }
    };
    QueryError::unsupported(what).at(statement.span())
}

fn idents(name: &ObjectName) -> Vec<&Ident> {
    name.0.iter().filter_map(ObjectNamePart::as_ident).collect()
}

/// The name of something that is to be made.
fn new_name(name: &ObjectName) -> Result<TableName, QueryError> {
    let name = match idents(name).as_slice() {
        [name] => TableName::new(TableName::MAIN, &name.value),
        [schema, name] | [_, schema, name] => TableName::new(&schema.value, &name.value),
        _ => return Err(QueryError::name("a table is named as table or schema.table")),
    };
    if crate::system::SCHEMAS.contains(&name.schema.to_lowercase().as_str()) {
        return Err(QueryError::name(format!(
            "the schema {} has tables about tables, and no others",
            name.schema
        )));
    }
    if name.name.is_empty() || name.schema.is_empty() {
        return Err(QueryError::name("a name has at least one letter"));
    }
    Ok(name)
}

fn same(one: &TableName, other: &TableName) -> bool {
    one.schema.to_lowercase() == other.schema.to_lowercase()
        && one.name.to_lowercase() == other.name.to_lowercase()
}

/// What there is already under a name.
enum There {
    Nothing,
    Table(TableName),
    View(TableName),
}

fn there(catalog: &Catalog, name: &TableName) -> There {
    if let Some(table) = catalog.tables.iter().find(|table| same(&table.name, name)) {
        return There::Table(table.name.clone());
    }
    match catalog.views.iter().find(|view| same(&view.name, name)) {
        Some(view) => There::View(view.name.clone()),
        None => There::Nothing,
    }
}

/// A table or view by the name that a statement gives it: in its schema, or in `main`, or where only one schema has it.
fn found(catalog: &Catalog, name: &ObjectName) -> Result<TableName, QueryError> {
    let parts = idents(name);
    let names =
        || catalog.tables.iter().map(|table| &table.name).chain(catalog.views.iter().map(|view| &view.name));
    let lower = |text: &str| text.to_lowercase();
    let Some((last, before)) = parts.split_last() else { return Err(QueryError::name("a name is missing")) };
    let mut of_name: Vec<&TableName> = names().filter(|own| lower(&own.name) == lower(&last.value)).collect();
    if let Some(schema) = before.last() {
        of_name.retain(|own| lower(&own.schema) == lower(&schema.value));
    } else if let Some(own) = of_name.iter().find(|own| own.schema == TableName::MAIN) {
        return Ok((*own).clone());
    }
    if let Some(exact) = of_name.iter().find(|own| own.name == last.value)
        && of_name.iter().filter(|own| own.name == last.value).count() == 1
    {
        return Ok((*exact).clone());
    }
    match of_name.as_slice() {
        [own] => Ok((*own).clone()),
        [] => {
            let advice = nearest(&last.value, names().map(|own| own.name.as_str()));
            let advice = advice.map_or_else(String::new, |near| format!("; did you mean {}?", quoted(near)));
            Err(QueryError::name(format!("there is no table {name}{advice}")).at(last.span))
        }
        several => {
            let all: Vec<String> = several.iter().map(ToString::to_string).collect();
            let what = format!("{name} is in several schemas: {}; name it with its schema", all.join(", "));
            Err(QueryError::name(what).at(last.span))
        }
    }
}

async fn create_table(
    engine: &Engine,
    create: CreateTable,
    parsed: &Parsed,
    flag: &CancelFlag,
) -> Result<Outcome, QueryError> {
    if create.temporary {
        return Err(QueryError::unsupported(
            "tables last here; write CREATE TABLE, and DROP TABLE later, or WITH within a query",
        ));
    }
    let catalog = engine.catalog().await?;
    let mut name = new_name(&create.name)?;
    match there(&catalog, &name) {
        There::Nothing => {}
        There::Table(own) | There::View(own) if create.if_not_exists => {
            return Ok(Outcome::Done(format!("{own} is there already, and was left as it is")));
        }
        There::Table(own) if create.or_replace => name = own,
        There::Table(own) => {
            return Err(QueryError::name(format!(
                "there is a table {own} already; write CREATE OR REPLACE TABLE, INSERT INTO, or another name"
            )));
        }
        There::View(own) => {
            return Err(QueryError::name(format!(
                "there is a view {own} already; drop it, or take another name"
            )));
        }
    }
    let query = match create.query {
        Some(query) => query,
        None => empty(&create)?,
    };
    let rows = engine.query(query, flag).await?;
    let schema = stored_schema(rows.schema())?;
    let target = Target::New { name: name.clone(), replace: create.or_replace };
    let written = write(engine, rows, target, schema, &parsed.text, flag).await?;
    Ok(Outcome::Done(format!("{name} was made, with {}", in_words(written))))
}

/// A query without rows, with the columns that a table is to have.
fn empty(create: &CreateTable) -> Result<Box<Query>, QueryError> {
    if create.columns.is_empty() {
        return Err(QueryError::unsupported(
            "a table has columns; write CREATE TABLE x (a BIGINT, b VARCHAR), or CREATE TABLE x AS SELECT …",
        ));
    }
    let column = |column: &datafusion::sql::sqlparser::ast::ColumnDef| {
        let name = column.name.value.replace('"', "\"\"");
        format!("CAST(NULL AS {}) AS \"{name}\"", column.data_type)
    };
    let columns: Vec<String> = create.columns.iter().map(column).collect();
    script::query(&format!("SELECT {} WHERE false", columns.join(", ")))
}

/// Columns as they can be stored.
fn stored_schema(schema: &SchemaRef) -> Result<SchemaRef, QueryError> {
    let field = |field: &Arc<Field>| {
        let of = stored_type(field.data_type()).ok_or_else(|| {
            let what = format!(
                "the column {} is of the type {}, which cannot be stored; cast it, for example to VARCHAR",
                quoted(field.name()),
                type_name(field.data_type())
            );
            QueryError::new(ErrorKind::Type, what)
        })?;
        Ok(Field::new(field.name(), of, true))
    };
    let fields = schema.fields().iter().map(field).collect::<Result<Vec<_>, QueryError>>()?;
    Ok(Arc::new(Schema::new(fields)))
}

/// Writes rows into a table, with the columns of this schema in this order.
async fn write(
    engine: &Engine,
    mut rows: crate::Rows,
    target: Target,
    schema: SchemaRef,
    sql: &str,
    flag: &CancelFlag,
) -> Result<Written, QueryError> {
    let mut writer = engine.tables.write(target, Arc::clone(&schema), sql).await?;
    while let Some(batch) = rows.next().await {
        writer.push(cast_to(&batch?, &schema)?).await?;
    }
    if flag.is_set() {
        return Err(QueryError::cancelled());
    }
    writer.finish().await
}

/// Rows in the types of a schema, which may have more columns behind theirs.
fn cast_to(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, QueryError> {
    let options = CastOptions { safe: false, format_options: crate::display::options() };
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (column, field) in batch.columns().iter().zip(schema.fields()) {
        let column = cast_with_options(column, field.data_type(), &options).map_err(|error| {
            let what = format!(
                "the column {} cannot be stored as {}: {error}",
                quoted(field.name()),
                type_name(field.data_type())
            );
            QueryError::new(ErrorKind::Data, what)
        })?;
        columns.push(column);
    }
    for field in schema.fields().iter().skip(columns.len()) {
        columns.push(arrow::array::new_null_array(field.data_type(), batch.num_rows()));
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
        .map_err(|error| QueryError::new(ErrorKind::Defect, error.to_string()))
}

fn in_words(written: Written) -> String {
    let rows = |count: u64| if count == 1 { "1 row".to_owned() } else { format!("{count} rows") };
    match written.duplicates {
        0 => rows(written.stored),
        duplicates => {
            format!("{} ({} left out, whose keys are there)", rows(written.stored), rows(duplicates))
        }
    }
}

async fn insert(
    engine: &Engine,
    insert: Insert,
    parsed: &Parsed,
    flag: &CancelFlag,
) -> Result<Outcome, QueryError> {
    if insert.overwrite || insert.replace_into || insert.on.is_some() || insert.returning.is_some() {
        return Err(QueryError::unsupported(
            "write INSERT INTO x SELECT … without ON CONFLICT, REPLACE or RETURNING: in a table with a key, rows that are there are left out",
        ));
    }
    let catalog = engine.catalog().await?;
    let TableObject::TableName(target) = &insert.table else {
        return Err(QueryError::unsupported("rows are inserted into a table; write INSERT INTO x SELECT …"));
    };
    let name = found(&catalog, target)?;
    let Some(table) = catalog.tables.iter().find(|table| table.name == name) else {
        return Err(QueryError::name(format!("{name} is a view; rows are inserted into tables")));
    };
    let columns = insert_columns(table, &insert.columns)?;
    let Some(source) = insert.source else {
        return Err(QueryError::unsupported(
            "rows are missing; write INSERT INTO x VALUES (…), or INSERT INTO x SELECT …",
        ));
    };
    let rows = engine.query(source, flag).await?;
    let width = rows.schema().fields().len();
    if width != columns.len() {
        return Err(QueryError::name(format!(
            "{width} values are given for {} columns: {}",
            columns.len(),
            columns.iter().map(|column| quoted(column.name())).collect::<Vec<_>>().join(", ")
        )));
    }
    // A column that never had a value takes the type of the first ones.
    let mut fields = Vec::with_capacity(width);
    for (column, given) in columns.into_iter().zip(rows.schema().fields()) {
        let of = match column.data_type() {
            DataType::Null => stored_type(given.data_type()).unwrap_or(DataType::Utf8),
            own => own.clone(),
        };
        fields.push(column.with_data_type(of));
    }
    // Columns that are not named have no values; the table may need them all the same.
    let others =
        table.columns.iter().filter(|column| fields.iter().all(|field| *field.name() != column.name));
    fields.extend(
        others.map(|column| Field::new(&column.name, column.data_type.clone(), true)).collect::<Vec<_>>(),
    );
    let schema = Arc::new(Schema::new(fields));
    let written = write(engine, rows, Target::Append(name.clone()), schema, &parsed.text, flag).await?;
    Ok(Outcome::Done(format!("{name}: {} added", in_words(written))))
}

fn insert_columns(table: &StoredTable, names: &[ObjectName]) -> Result<Vec<Field>, QueryError> {
    let all = || table.columns.iter().map(|column| Field::new(&column.name, column.data_type.clone(), true));
    if names.is_empty() {
        return Ok(all().collect());
    }
    let mut fields: Vec<Field> = Vec::with_capacity(names.len());
    for name in names {
        let Some(ident) = name.0.last().and_then(ObjectNamePart::as_ident) else { continue };
        let exactly = all().find(|field| *field.name() == ident.value);
        let field =
            exactly.or_else(|| all().find(|field| field.name().to_lowercase() == ident.value.to_lowercase()));
        let Some(field) = field else {
            let near = nearest(&ident.value, table.columns.iter().map(|column| column.name.as_str()));
            let advice = near.map_or_else(String::new, |near| format!("; did you mean {}?", quoted(near)));
            return Err(QueryError::name(format!(
                "there is no column {} in {}{advice}",
                ident.value, table.name
            ))
            .at(ident.span));
        };
        if fields.iter().any(|other| other.name() == field.name()) {
            return Err(QueryError::name(format!("the column {} is named twice", ident.value)).at(ident.span));
        }
        fields.push(field);
    }
    Ok(fields)
}

async fn create_view(engine: &Engine, create: CreateView, parsed: &Parsed) -> Result<Outcome, QueryError> {
    if create.temporary || create.materialized {
        return Err(QueryError::unsupported(
            "views last here, and have no rows of their own; write CREATE VIEW, or CREATE TABLE x AS SELECT …",
        ));
    }
    let catalog = engine.catalog().await?;
    let mut name = new_name(&create.name)?;
    match there(&catalog, &name) {
        There::Nothing => {}
        There::Table(own) | There::View(own) if create.if_not_exists => {
            return Ok(Outcome::Done(format!("{own} is there already, and was left as it is")));
        }
        There::View(own) if create.or_replace => name = own,
        There::View(own) => {
            return Err(QueryError::name(format!(
                "there is a view {own} already; write CREATE OR REPLACE VIEW, or another name"
            )));
        }
        There::Table(own) => {
            return Err(QueryError::name(format!("there is a table {own} already; take another name")));
        }
    }
    let mut sql = text_of(&create.query, parsed);
    if !create.columns.is_empty() {
        let columns: Vec<String> = create.columns.iter().map(|column| quoted(&column.name.value)).collect();
        sql = format!("SELECT * FROM (\n{sql}\n) AS named({})", columns.join(", "));
    }
    if references(&create.query).iter().any(|parts| {
        let names: Vec<&str> = parts.iter().map(String::as_str).collect();
        match names.as_slice() {
            [only] => name.schema == TableName::MAIN && only.to_lowercase() == name.name.to_lowercase(),
            [.., schema, only] => same(&TableName::new(*schema, *only), &name),
            [] => false,
        }
    }) && matches!(there(&catalog, &name), There::View(_))
    {
        return Err(QueryError::name(format!("the view {name} would need itself")));
    }
    // What cannot be planned is no view.
    engine.columns(script::query(&sql)?).await?;
    engine.tables.define_view(StoredView { name: name.clone(), sql }).await?;
    Ok(Outcome::Done(format!("the view {name} was made")))
}

/// The text of a query within a statement, as it was written if it can be found.
fn text_of(query: &Query, parsed: &Parsed) -> String {
    let start = query.span().start;
    let lines = parsed.text.split_inclusive('\n');
    let mut offset = 0;
    for (at, line) in lines.enumerate() {
        let number = parsed.place.line + at as u64;
        if number == start.line {
            let before = if at == 0 {
                start.column.saturating_sub(parsed.place.column)
            } else {
                start.column.saturating_sub(1)
            };
            offset += line.char_indices().nth(before as usize).map_or(line.len(), |(byte, _)| byte);
            let text = parsed.text.get(offset..).unwrap_or_default().trim();
            if let Ok(again) = script::query(text)
                && *again == *query
            {
                return text.to_owned();
            }
            break;
        }
        offset += line.len();
    }
    query.to_string()
}

async fn drop(
    engine: &Engine,
    kind: ObjectType,
    if_exists: bool,
    names: &[ObjectName],
    cascade: bool,
) -> Result<Outcome, QueryError> {
    let catalog = engine.catalog().await?;
    let (mut tables, mut views) = (Vec::new(), Vec::new());
    for name in names {
        let own = match found(&catalog, name) {
            Ok(own) => own,
            Err(error)
                if error.kind == ErrorKind::Name && if_exists && error.message.starts_with("there is no") =>
            {
                continue;
            }
            Err(error) => return Err(error),
        };
        let is_view = catalog.views.iter().any(|view| view.name == own);
        match (kind, is_view) {
            (ObjectType::Table, false) => tables.push(own),
            (ObjectType::View, true) => views.push(own),
            (ObjectType::Table, true) => {
                return Err(QueryError::name(format!("{own} is a view; write DROP VIEW")));
            }
            (ObjectType::View, false) => {
                return Err(QueryError::name(format!("{own} is a table; write DROP TABLE")));
            }
            _ => return Err(QueryError::unsupported("tables and views can be dropped, and nothing else")),
        }
    }
    // Views that need what goes.
    loop {
        let gone = |name: &TableName| tables.contains(name) || views.contains(name);
        let needs = |view: &&StoredView| !gone(&view.name) && needed(&catalog, view).iter().any(gone);
        let Some(view) = catalog.views.iter().find(needs) else { break };
        if !cascade {
            let of: Vec<String> = names.iter().map(ToString::to_string).collect();
            return Err(QueryError::name(format!(
                "the view {} needs {}; drop that first, or both by CASCADE",
                view.name,
                of.join(", ")
            )));
        }
        views.push(view.name.clone());
    }
    if tables.is_empty() && views.is_empty() {
        return Ok(Outcome::Done("there was nothing to drop".to_owned()));
    }
    engine.tables.remove(&views, &tables).await?;
    let all: Vec<String> = tables.iter().chain(&views).map(ToString::to_string).collect();
    Ok(Outcome::Done(format!("{} was dropped", all.join(", "))))
}

/// The tables and views that a view names.
fn needed(catalog: &Catalog, view: &StoredView) -> Vec<TableName> {
    let Ok(query) = script::query(&view.sql) else { return Vec::new() };
    let name = |parts: Vec<String>| {
        let parts: Vec<ObjectNamePart> =
            parts.into_iter().map(|part| ObjectNamePart::Identifier(Ident::new(part))).collect();
        found(catalog, &ObjectName(parts)).ok()
    };
    references(&query).into_iter().filter_map(name).collect()
}
