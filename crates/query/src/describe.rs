//! `DESCRIBE`, `SHOW` and `SUMMARIZE`: what is known of tables and results, as rows.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::sql::sqlparser::ast::{Query, Statement};

use crate::display::cell;
use crate::system::{batch, maybe_texts, numbers, texts};
use crate::tables::{quoted, type_name};
use crate::{CancelFlag, Engine, ErrorKind, Outcome, QueryError, Rows, script};

fn query_of(statement: Statement) -> Result<Box<Query>, QueryError> {
    match statement {
        Statement::Query(query) => Ok(query),
        _ => Err(QueryError::unsupported("only tables and queries can be described")),
    }
}

/// The columns of a table or a query.
pub(crate) async fn describe(engine: &Engine, statement: Statement) -> Result<Outcome, QueryError> {
    let schema = engine.columns(query_of(statement)?).await?;
    let fields = schema.fields();
    let rows = batch([
        ("column_name", texts(fields.iter().map(|field| field.name().as_str()))),
        ("column_type", texts(fields.iter().map(|field| type_name(field.data_type())))),
    ])?;
    Ok(Outcome::Rows(Rows::of(rows)))
}

/// What is asked of each column, by its number and its name in quotes.
fn asked(at: usize, name: &str, data_type: &DataType) -> String {
    let is_number = data_type.is_numeric();
    let is_nested = data_type.is_nested() || *data_type == DataType::Null;
    let mut sql = String::new();
    // Writing to a string does not fail.
    let _ = write!(sql, ", count({name}) AS n{at}");
    if is_nested {
        return sql;
    }
    let _ = write!(
        sql,
        ", min({name}) AS least{at}, max({name}) AS greatest{at}, approx_distinct({name}) AS distinct{at}"
    );
    if is_number {
        let number = format!("CAST({name} AS DOUBLE)");
        let _ = write!(sql, ", avg({number}) AS mean{at}, stddev({number}) AS deviation{at}");
        for (quantile, name) in [("0.25", "q1"), ("0.5", "q2"), ("0.75", "q3")] {
            let _ = write!(sql, ", approx_percentile_cont({number}, {quantile}) AS {name}_{at}");
        }
    }
    sql
}

/// Of each column of a table or a query: how many values, which least and greatest, how they are spread.
pub(crate) async fn summarize(
    engine: &Engine,
    statement: Statement,
    flag: &CancelFlag,
) -> Result<Outcome, QueryError> {
    let query = query_of(statement)?;
    let schema = engine.columns(query.clone()).await?;
    let mut sql = "SELECT count(*) AS all_rows".to_owned();
    for (at, field) in schema.fields().iter().enumerate() {
        sql.push_str(&asked(at, &format!("s.c{at}"), field.data_type()));
    }
    let columns: Vec<String> = (0..schema.fields().len()).map(|at| format!("c{at}")).collect();
    let _ = write!(sql, " FROM (SELECT 1) AS s({})", columns.join(", "));
    let mut asking = script::query(&sql)?;
    put_source(&mut asking, query);
    let rows = engine.query(asking, flag).await?.collect().await?;
    let wrong = || QueryError::new(ErrorKind::Defect, "the summary has no row");
    let row = rows.into_iter().find(|rows| rows.num_rows() > 0).ok_or_else(wrong)?;
    let value = |name: String| row.column_by_name(&name);
    let text = |name: String| value(name).and_then(|column| cell(column, 0));
    let number = |name: String| -> Option<u64> {
        let column: &ArrayRef = value(name)?;
        let column = arrow::compute::cast(column, &DataType::Int64).ok()?;
        let column = column.as_primitive::<Int64Type>();
        column.is_valid(0).then(|| column.value(0)).and_then(|value| u64::try_from(value).ok())
    };
    let all = number("all_rows".to_owned()).unwrap_or(0);
    let fields = schema.fields();
    let each = |of: &dyn Fn(usize) -> Option<String>| maybe_texts((0..fields.len()).map(of));
    let counts = (0..fields.len()).map(|at| number(format!("n{at}")).unwrap_or(0));
    let nulls =
        counts.clone().map(|count| (all > 0).then(|| (all - count.min(all)) as f64 * 100.0 / all as f64));
    let distinct = (0..fields.len()).map(|at| {
        let of = number(format!("distinct{at}"));
        of.map(|of| i64::try_from(of).unwrap_or(i64::MAX))
    });
    let float = |name: &str| -> ArrayRef {
        let of = |at: usize| {
            let column = arrow::compute::cast(value(format!("{name}{at}"))?, &DataType::Float64).ok()?;
            let column = column.as_primitive::<arrow::datatypes::Float64Type>();
            column.is_valid(0).then(|| column.value(0))
        };
        Arc::new((0..fields.len()).map(of).collect::<Float64Array>())
    };
    let summary: RecordBatch = batch([
        ("column_name", texts(fields.iter().map(|field| field.name().as_str()))),
        ("column_type", texts(fields.iter().map(|field| type_name(field.data_type())))),
        ("min", each(&|at| text(format!("least{at}")))),
        ("max", each(&|at| text(format!("greatest{at}")))),
        ("approx_unique", Arc::new(distinct.collect::<arrow::array::Int64Array>())),
        ("avg", float("mean")),
        ("std", float("deviation")),
        ("q25", float("q1_")),
        ("q50", float("q2_")),
        ("q75", float("q3_")),
        ("count", numbers(counts)),
        ("null_percentage", Arc::new(nulls.collect::<Float64Array>())),
    ])?;
    Ok(Outcome::Rows(Rows::of(summary)))
}

/// Puts a query in place of the one behind `FROM`.
fn put_source(asking: &mut Query, source: Box<Query>) {
    use datafusion::sql::sqlparser::ast::{SetExpr, TableFactor};
    if let SetExpr::Select(select) = asking.body.as_mut()
        && let Some(from) = select.from.first_mut()
        && let TableFactor::Derived { subquery, .. } = &mut from.relation
    {
        *subquery = source;
    }
}

/// The tables and views, as `SHOW TABLES` lists them.
pub(crate) async fn tables(engine: &Engine) -> Result<Outcome, QueryError> {
    let catalog = engine.catalog().await?;
    let all = crate::system::own_tables(&catalog)?;
    let shown =
        all.project(&[0, 1, 2, 3]).map_err(|error| QueryError::new(ErrorKind::Defect, error.to_string()))?;
    Ok(Outcome::Rows(Rows::of(shown)))
}

/// The statement that would make a view or a table.
pub(crate) async fn definition(engine: &Engine, name: &crate::TableName) -> Result<Outcome, QueryError> {
    let catalog = engine.catalog().await?;
    let view = catalog.views.iter().find(|view| view.name == *name);
    let sql = match (view, catalog.tables.iter().find(|table| table.name == *name)) {
        (Some(view), _) => format!("CREATE VIEW {} AS\n{}", view.name, view.sql),
        (None, Some(table)) => {
            let column = |column: &crate::StoredColumn| {
                format!("  {} {}", quoted(&column.name), type_name(&column.data_type))
            };
            let columns: Vec<String> = table.columns.iter().map(column).collect();
            format!("CREATE TABLE {} (\n{}\n)", table.name, columns.join(",\n"))
        }
        (None, None) => return Err(QueryError::name(format!("there is no table {name}"))),
    };
    Ok(Outcome::Rows(Rows::of(batch([("sql", texts([sql]))])?)))
}
