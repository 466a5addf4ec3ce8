//! Names: what is said in a statement is held against the catalog, and rewritten so that the engine finds just that.
//!
//! Unquoted names match whatever their case, and so do quoted ones where only one thing is called so; results keep the spelling
//! that is stored. What is rewritten has every column with its relation, every `*` spelled out, every result with a name,
//! and views in place of their names. The pass knows what can be named where: queries within queries see what is around them,
//! `WITH` hides tables, `ORDER BY` sees results first and `WHERE` columns first.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `scope` | what can be named, and finding it |
//! | `from` | what stands behind `FROM`: tables, views, files, joins |
//! | `select` | a `SELECT` from its columns to its order |
//! | `expr` | expressions |
//! | `spelling` | functions that are called otherwise here |
//! | `bare` | columns beside aggregates, as SQLite has them |
//! | `nearest` | what may have been meant |

mod bare;
mod expr;
mod from;
pub(crate) mod nearest;
mod scope;
mod select;
mod spelling;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::sql::sqlparser::ast::{
    LimitClause, OrderBy, OrderByKind, Query, SetExpr, TableAliasColumnDef, With,
};

use crate::tables::{StoredTable, TableName};
use crate::{Catalog, QueryError};
pub(crate) use from::file_of;
use scope::{Col, Scope, exact};

/// The functions that there are.
#[derive(Debug, Clone, Default)]
pub(crate) struct FunctionNames {
    pub(crate) scalar: HashSet<String>,
    pub(crate) aggregate: HashSet<String>,
    pub(crate) window: HashSet<String>,
}

/// What was fetched for a statement beside the tables of the warehouse.
#[derive(Debug, Default)]
pub(crate) struct Given {
    /// Tables of the schemas `system` and `information_schema`.
    pub(crate) system: HashMap<TableName, Arc<dyn TableProvider>>,
    /// Files, by the format that the query names and by their name.
    pub(crate) files: HashMap<(Option<String>, String), Arc<dyn TableProvider>>,
}

/// A statement that the engine can plan.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// What it reads, by schema and name.
    pub(crate) tables: BTreeMap<(String, String), Arc<dyn TableProvider>>,
    /// What is worth knowing about it.
    pub(crate) notes: Vec<String>,
    /// The names of its columns.
    pub(crate) columns: Vec<String>,
    /// Whether its rows may come in the order in which they are stored, because nothing brings them out of it.
    pub(crate) in_order: bool,
}

/// The tables of `WITH`, the innermost first.
#[derive(Debug, Clone, Copy)]
struct Ctes<'c> {
    name: &'c str,
    columns: &'c [Col],
    outer: Option<&'c Ctes<'c>>,
}

impl Ctes<'_> {
    fn find(this: Option<&Self>, name: &str) -> Option<(String, Vec<Col>)> {
        let mut at = this;
        while let Some(cte) = at {
            if scope::same(cte.name, name) {
                return Some((cte.name.to_owned(), cte.columns.to_vec()));
            }
            at = cte.outer;
        }
        None
    }
}

/// The pass over one statement.
pub(crate) struct Resolver<'a> {
    catalog: &'a Catalog,
    given: &'a Given,
    functions: &'a FunctionNames,
    provider: &'a dyn Fn(&Arc<StoredTable>) -> Arc<dyn TableProvider>,
    tables: BTreeMap<(String, String), Arc<dyn TableProvider>>,
    notes: Vec<String>,
    /// Views that are being looked into.
    views: Vec<TableName>,
    /// Views that were looked into: the query of each as it was rewritten, and its columns.
    seen: HashMap<TableName, (Box<Query>, Vec<Col>)>,
    /// What relations are called in the rewritten statement: no two have the same name.
    aliases: HashSet<String>,
    is_simple: bool,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(
        catalog: &'a Catalog,
        given: &'a Given,
        functions: &'a FunctionNames,
        provider: &'a dyn Fn(&Arc<StoredTable>) -> Arc<dyn TableProvider>,
    ) -> Self {
        Self {
            catalog,
            given,
            functions,
            provider,
            tables: BTreeMap::new(),
            notes: Vec::new(),
            views: Vec::new(),
            seen: HashMap::new(),
            aliases: HashSet::new(),
            is_simple: true,
        }
    }

    /// Rewrites a query.
    ///
    /// # Errors
    /// When something is named that there is not.
    pub(crate) fn resolve(mut self, query: &mut Query) -> Result<Resolved, QueryError> {
        let columns = self.query(query, None, None)?;
        let Self { tables, notes, is_simple, .. } = self;
        let columns = columns.into_iter().map(|column| column.name).collect();
        Ok(Resolved { tables, notes, columns, in_order: is_simple })
    }

    /// A query, and what it can see. Returns its columns.
    fn query(
        &mut self,
        query: &mut Query,
        ctes: Option<&Ctes<'_>>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Vec<Col>, QueryError> {
        if !query.pipe_operators.is_empty() {
            return Err(QueryError::unsupported(
                "the pipe |> is not known here; write the steps as WITH, one behind the other",
            ));
        }
        limits(query)?;
        let Some(mut with) = query.with.take() else { return self.body(query, ctes, outer) };
        let columns = self.with(&mut with, 0, query, ctes, outer)?;
        query.with = Some(with);
        Ok(columns)
    }

    /// The tables of `WITH` from this one on, and then the query.
    fn with(
        &mut self,
        with: &mut With,
        at: usize,
        query: &mut Query,
        ctes: Option<&Ctes<'_>>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Vec<Col>, QueryError> {
        self.is_simple = false;
        let recursive = with.recursive;
        let Some(cte) = with.cte_tables.get_mut(at) else { return self.body(query, ctes, outer) };
        let name = cte.alias.name.value.clone();
        let mut columns = None;
        if recursive && let SetExpr::SetOperation { left, .. } = cte.query.body.as_ref() {
            // The columns are those of the part that does not name it.
            let mut first = Query { body: left.clone(), ..bare_query() };
            let probe = self.query(&mut first, ctes, outer);
            columns = probe.ok().map(|columns| renamed(columns, &cte.alias.columns));
        }
        let columns = match columns {
            Some(columns) => {
                let own = Ctes { name: &name, columns: &columns, outer: ctes };
                self.query(&mut cte.query, Some(&own), outer)?;
                columns
            }
            None => renamed(self.query(&mut cte.query, ctes, outer)?, &cte.alias.columns),
        };
        cte.alias.name = exact(&name);
        for column in &mut cte.alias.columns {
            column.name = exact(&column.name.value);
        }
        // The engine has its own way for these, which is to do the same.
        cte.materialized = None;
        let own = Ctes { name: &name, columns: &columns, outer: ctes };
        self.with(with, at + 1, query, Some(&own), outer)
    }

    fn body(
        &mut self,
        query: &mut Query,
        ctes: Option<&Ctes<'_>>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Vec<Col>, QueryError> {
        let mut order = query.order_by.take();
        let columns = match query.body.as_mut() {
            SetExpr::Select(select) => self.select(select, order.as_mut(), ctes, outer)?,
            body => {
                self.is_simple = false;
                let columns = self.set(body, ctes, outer)?;
                if let Some(order) = &mut order {
                    self.order_of_set(order, &columns, ctes, outer)?;
                }
                columns
            }
        };
        if order.is_some() {
            self.is_simple = false;
        }
        query.order_by =
            order.filter(|order| !matches!(&order.kind, OrderByKind::Expressions(all) if all.is_empty()));
        Ok(columns)
    }

    fn set(
        &mut self,
        body: &mut SetExpr,
        ctes: Option<&Ctes<'_>>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Vec<Col>, QueryError> {
        match body {
            SetExpr::Select(select) => self.select(select, None, ctes, outer),
            SetExpr::Query(query) => self.query(query, ctes, outer),
            SetExpr::SetOperation { left, right, .. } => {
                let columns = self.set(left, ctes, outer)?;
                let others = self.set(right, ctes, outer)?;
                if columns.len() != others.len() {
                    return Err(QueryError::name(format!(
                        "one side of the set operation has {} columns and the other {}; they need as many",
                        columns.len(),
                        others.len()
                    )));
                }
                Ok(columns)
            }
            SetExpr::Values(values) => {
                let scope = Scope::within(outer);
                let width = values.rows.first().map_or(0, |row| row.content.len());
                for row in &mut values.rows {
                    if row.content.len() != width {
                        return Err(QueryError::name(format!(
                            "the rows of VALUES have {width} and {} values; they need as many",
                            row.content.len()
                        )));
                    }
                    for value in &mut row.content {
                        self.expr(value, &scope, &[], ctes)?;
                    }
                }
                Ok((1..=width).map(|at| Col::named(format!("column{at}"))).collect())
            }
            SetExpr::Table(_) => {
                Err(QueryError::unsupported("TABLE x is not known here; write SELECT * FROM x"))
            }
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                Err(QueryError::unsupported(
                    "a change cannot stand within a query; make it a statement of its own",
                ))
            }
        }
    }

    fn order_of_set(
        &mut self,
        order: &mut OrderBy,
        columns: &[Col],
        ctes: Option<&Ctes<'_>>,
        outer: Option<&Scope<'_>>,
    ) -> Result<(), QueryError> {
        let relation = scope::Relation {
            name: "the result".to_owned(),
            schema: None,
            alias: None,
            columns: columns.to_vec(),
        };
        let scope = Scope { relations: vec![relation], merged: Vec::new(), outer };
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        select::all_columns(order, names.len());
        let OrderByKind::Expressions(by) = &mut order.kind else { return Ok(()) };
        for item in by {
            if !select::ordinal(&mut item.expr, &names)? {
                self.expr(&mut item.expr, &scope, &[], ctes)?;
            }
        }
        Ok(())
    }

    /// A name for a relation that no other one has.
    fn alias(&mut self, wanted: &str) -> String {
        let mut alias = wanted.to_owned();
        let mut number = 2;
        while !self.aliases.insert(alias.to_lowercase()) {
            alias = format!("{wanted}_{number}");
            number += 1;
        }
        alias
    }
}

/// Columns with the names that an alias gives them.
fn renamed(mut columns: Vec<Col>, names: &[TableAliasColumnDef]) -> Vec<Col> {
    for (column, name) in columns.iter_mut().zip(names) {
        column.name.clone_from(&name.name.value);
    }
    columns
}

fn columns_of(schema: &SchemaRef) -> Vec<Col> {
    let column = |field: &Arc<arrow::datatypes::Field>| Col {
        name: field.name().clone(),
        data_type: Some(field.data_type().clone()).filter(|of| *of != DataType::Null),
    };
    schema.fields().iter().map(column).collect()
}

/// `LIMIT m, n` and `FETCH FIRST` as `LIMIT n OFFSET m`.
fn limits(query: &mut Query) -> Result<(), QueryError> {
    use datafusion::sql::sqlparser::ast::{Expr, Offset, OffsetRows, UnaryOperator};
    if let Some(LimitClause::OffsetCommaLimit { offset, limit }) = &query.limit_clause {
        let offset = Offset { value: offset.clone(), rows: OffsetRows::None };
        query.limit_clause = Some(LimitClause::LimitOffset {
            limit: Some(limit.clone()),
            offset: Some(offset),
            limit_by: Vec::new(),
        });
    }
    if let Some(fetch) = query.fetch.take() {
        if fetch.percent || fetch.with_ties {
            return Err(QueryError::unsupported(
                "FETCH takes a number of rows here, without PERCENT or WITH TIES",
            ));
        }
        let one = || Expr::value(datafusion::sql::sqlparser::ast::Value::Number("1".to_owned(), false));
        let limit = Some(fetch.quantity.unwrap_or_else(one));
        let offset = match query.limit_clause.take() {
            Some(LimitClause::LimitOffset { offset, .. }) => offset,
            _ => None,
        };
        query.limit_clause = Some(LimitClause::LimitOffset { limit, offset, limit_by: Vec::new() });
    }
    // SQLite has a negative limit for none.
    if let Some(LimitClause::LimitOffset { limit, .. }) = &mut query.limit_clause
        && matches!(limit, Some(Expr::UnaryOp { op: UnaryOperator::Minus, .. }))
    {
        *limit = None;
    }
    if matches!(&query.limit_clause, Some(LimitClause::LimitOffset { limit: None, offset: None, .. })) {
        query.limit_clause = None;
    }
    Ok(())
}

/// A query of nothing, to be filled.
fn bare_query() -> Query {
    Query {
        with: None,
        body: Box::new(SetExpr::Values(datafusion::sql::sqlparser::ast::Values {
            explicit_row: false,
            value_keyword: false,
            rows: Vec::new(),
        })),
        order_by: None,
        limit_clause: None,
        fetch: None,
        locks: Vec::new(),
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators: Vec::new(),
    }
}

/// The names of what a query reads, each in its parts, tables of `WITH` among them.
pub(crate) fn references(query: &Query) -> Vec<Vec<String>> {
    let mut names = Vec::new();
    let _ = datafusion::sql::sqlparser::ast::visit_relations(query, |name| {
        let parts = name.0.iter().filter_map(|part| part.as_ident()).map(|ident| ident.value.clone());
        names.push(parts.collect());
        std::ops::ControlFlow::<()>::Continue(())
    });
    names
}
