//! What stands behind `FROM`.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments,
    Ident, Join, JoinConstraint, JoinOperator, ObjectName, ObjectNamePart, TableAlias, TableFactor,
    TableFunctionArgs, TableWithJoins, Value,
};

use super::nearest::nearest;
use super::scope::{Col, Merged, Relation, Scope, exact, same};
use super::{Ctes, Resolver, columns_of, renamed};
use crate::tables::{StoredTable, StoredView, TableName, quoted};
use crate::{ErrorKind, QueryError, script};

/// The schema under which files are known to the engine.
const FILES: &str = "files";

/// What a name behind `FROM` is.
pub(crate) enum Source {
    Table(Arc<StoredTable>),
    View(StoredView),
    System(TableName, Arc<dyn TableProvider>),
}

/// The functions that read a file, and the format that they say it is of.
pub(crate) fn file_function(name: &str) -> Option<Option<&'static str>> {
    let is = |names: &[&str]| names.iter().any(|other| name.eq_ignore_ascii_case(other));
    if is(&["read_csv", "read_csv_auto", "read_text_csv"]) {
        Some(Some("csv"))
    } else if is(&["read_json", "read_json_auto", "read_ndjson", "read_ndjson_auto", "read_json_objects"]) {
        Some(Some("json"))
    } else if is(&["read_parquet", "parquet_scan"]) {
        Some(Some("parquet"))
    } else if is(&["read_file", "read_any", "read_arrow", "read_xlsx"]) {
        Some(None)
    } else {
        None
    }
}

/// The file that a name or function behind `FROM` reads, with the format that is said.
pub(crate) fn file_of(
    name: &ObjectName,
    args: Option<&TableFunctionArgs>,
) -> Option<Result<(Option<String>, String), QueryError>> {
    let [ObjectNamePart::Identifier(ident)] = name.0.as_slice() else { return None };
    let Some(args) = args else {
        return (ident.quote_style == Some('\'')).then(|| Ok((None, ident.value.clone())));
    };
    let format = file_function(&ident.value)?;
    let wrong =
        |what: &str| Some(Err(QueryError::unsupported(format!("{}: {what}", ident.value)).at(ident.span)));
    match args.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))] => match &value.value {
            Value::SingleQuotedString(file) => Some(Ok((format.map(str::to_owned), file.clone()))),
            _ => wrong("the name of the file stands in single quotes"),
        },
        [FunctionArg::Unnamed(_)] => wrong("it takes the name of one file, in single quotes"),
        _ => wrong(
            "it takes the name of a file and nothing else: dialect and types are told by the content; read the file with chosen \
                    types by `ingest`, or cast its columns",
        ),
    }
}

impl Resolver<'_> {
    pub(super) fn table_with_joins(
        &mut self,
        item: &mut TableWithJoins,
        scope: &mut Scope<'_>,
        ctes: Option<&Ctes<'_>>,
    ) -> Result<(), QueryError> {
        self.factor(&mut item.relation, scope, ctes)?;
        for join in &mut item.joins {
            self.is_simple = false;
            let before = scope.relations.len();
            self.factor(&mut join.relation, scope, ctes)?;
            self.join(join, before, scope, ctes)?;
        }
        Ok(())
    }

    fn join(
        &mut self,
        join: &mut Join,
        before: usize,
        scope: &mut Scope<'_>,
        ctes: Option<&Ctes<'_>>,
    ) -> Result<(), QueryError> {
        use JoinOperator as J;
        let kind = match &join.join_operator {
            J::Right(_) | J::RightOuter(_) => Kind::Right,
            J::FullOuter(_) => Kind::Full,
            J::Semi(_) | J::LeftSemi(_) | J::Anti(_) | J::LeftAnti(_) => Kind::OnlyLeft,
            J::RightSemi(_) | J::RightAnti(_) => Kind::OnlyRight,
            J::Join(_)
            | J::Inner(_)
            | J::Left(_)
            | J::LeftOuter(_)
            | J::CrossJoin(_)
            | J::StraightJoin(_) => Kind::Left,
            J::AsOf { .. } => {
                return Err(QueryError::unsupported(
                    "ASOF JOIN is not known here; join to the latest row by a subquery with max(), or by row_number() and QUALIFY",
                ));
            }
            _ => return Err(QueryError::unsupported("this kind of join is not known here; write JOIN … ON")),
        };
        // `SEMI JOIN` is the left one.
        if let J::Semi(constraint) = &join.join_operator {
            join.join_operator = J::LeftSemi(constraint.clone());
        } else if let J::Anti(constraint) = &join.join_operator {
            join.join_operator = J::LeftAnti(constraint.clone());
        } else if let J::StraightJoin(constraint) = &join.join_operator {
            join.join_operator = J::Inner(constraint.clone());
        }
        let Some(constraint) = constraint_of(&mut join.join_operator) else { return Ok(()) };
        let names = match constraint {
            JoinConstraint::On(condition) => {
                self.expr(condition, scope, &[], ctes)?;
                Vec::new()
            }
            JoinConstraint::None => Vec::new(),
            JoinConstraint::Using(names) => {
                let last = |name: &ObjectName| name.0.last().and_then(ObjectNamePart::as_ident).cloned();
                names.iter().filter_map(last).collect()
            }
            JoinConstraint::Natural => common(scope, before),
        };
        let mut condition: Option<Expr> = None;
        for name in &names {
            let (left, right) = self.sides(scope, before, name)?;
            let equal = Expr::BinaryOp {
                left: Box::new(left.expr.clone()),
                op: BinaryOperator::Eq,
                right: Box::new(right.expr.clone()),
            };
            condition = Some(match condition {
                Some(all) => {
                    Expr::BinaryOp { left: Box::new(all), op: BinaryOperator::And, right: Box::new(equal) }
                }
                None => equal,
            });
            let expr = match kind {
                Kind::Left | Kind::OnlyLeft => left.expr.clone(),
                Kind::Right | Kind::OnlyRight => right.expr.clone(),
                Kind::Full => call("coalesce", vec![left.expr.clone(), right.expr.clone()]),
            };
            let mut of = left.of;
            of.extend(right.of);
            scope.merged.retain(|merged| !merged.of.iter().any(|one| of.contains(one)));
            scope.merged.push(Merged { name: left.name, expr, of });
        }
        if let Some(condition) = condition
            && let Some(constraint) = constraint_of(&mut join.join_operator)
        {
            *constraint = JoinConstraint::On(condition);
        } else if let Some(constraint) = constraint_of(&mut join.join_operator)
            && matches!(constraint, JoinConstraint::Natural)
        {
            // Nothing in common: every row with every row.
            join.join_operator = J::CrossJoin(JoinConstraint::None);
        }
        match kind {
            Kind::OnlyLeft => scope.relations.truncate(before),
            Kind::OnlyRight => {
                scope.relations.drain(..before);
            }
            Kind::Left | Kind::Right | Kind::Full => {}
        }
        Ok(())
    }

    /// The column of each side that has this name.
    fn sides(&mut self, scope: &Scope<'_>, before: usize, name: &Ident) -> Result<(Side, Side), QueryError> {
        let side = |relations: &[Relation], merged: &[Merged]| -> Result<Side, QueryError> {
            let part = Scope { relations: relations.to_vec(), merged: merged.to_vec(), outer: None };
            let Some(found) = part.own(name)? else { return Err(part.unknown(name)) };
            let of = match merged.iter().find(|merged| merged.expr == found.expr) {
                Some(merged) => merged.of.clone(),
                None => part
                    .relations
                    .iter()
                    .filter(|relation| relation.find(name).ok().flatten().is_some())
                    .map(|relation| (relation.alias.clone(), found.name.clone()))
                    .collect(),
            };
            Ok(Side { expr: found.expr, name: found.name, of })
        };
        let (left, right) = scope.relations.split_at(before);
        Ok((side(left, &scope.merged)?, side(right, &[])?))
    }

    fn factor(
        &mut self,
        factor: &mut TableFactor,
        scope: &mut Scope<'_>,
        ctes: Option<&Ctes<'_>>,
    ) -> Result<(), QueryError> {
        match factor {
            TableFactor::Table { sample: Some(_), name, .. } => Err(QueryError::unsupported(format!(
                "TABLESAMPLE is not known here; write {name} WHERE random() < 0.1"
            ))),
            TableFactor::Table { name, alias, args, .. } => {
                let (name, alias, args) = (name.clone(), alias.clone(), args.clone());
                self.named(factor, &name, alias, args, scope, ctes)
            }
            TableFactor::Derived { lateral, subquery, alias, .. } => {
                self.is_simple = false;
                let columns = match lateral {
                    true => self.query(subquery, ctes, Some(&*scope))?,
                    false => self.query(subquery, ctes, scope.outer)?,
                };
                let (relation, new) = self.relation("subquery", None, columns, alias.take());
                *alias = Some(new);
                scope.relations.push(relation);
                Ok(())
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                let mut inner = Scope { relations: Vec::new(), merged: Vec::new(), outer: scope.outer };
                self.table_with_joins(table_with_joins, &mut inner, ctes)?;
                scope.relations.append(&mut inner.relations);
                scope.merged.append(&mut inner.merged);
                Ok(())
            }
            TableFactor::UNNEST { array_exprs, alias, with_offset: false, .. } => {
                self.is_simple = false;
                for array in array_exprs.iter_mut() {
                    self.expr(array, scope, &[], ctes)?;
                }
                let columns = unnested(array_exprs.len());
                let (relation, new) = self.relation("unnest", None, columns, alias.take());
                *alias = Some(all_named(new, &relation));
                scope.relations.push(relation);
                Ok(())
            }
            TableFactor::Pivot { .. } | TableFactor::Unpivot { .. } => Err(QueryError::unsupported(
                "PIVOT and UNPIVOT are not known here; write sum(x) FILTER (WHERE column = 'value') for each column, or UNION ALL for each row",
            )),
            _ => Err(QueryError::unsupported(
                "what stands behind FROM is not known here; write a table, a file or a query",
            )),
        }
    }

    fn named(
        &mut self,
        factor: &mut TableFactor,
        name: &ObjectName,
        alias: Option<TableAlias>,
        args: Option<TableFunctionArgs>,
        scope: &mut Scope<'_>,
        ctes: Option<&Ctes<'_>>,
    ) -> Result<(), QueryError> {
        if let Some(file) = file_of(name, args.as_ref()) {
            let key = file?;
            let wrong = || QueryError::new(ErrorKind::Defect, format!("the file {} was not opened", key.1));
            let provider = self.given.files.get(&key).ok_or_else(wrong)?;
            let columns = columns_of(&provider.schema());
            let own = match &key.0 {
                Some(format) => format!("{format}:{}", key.1),
                None => key.1.clone(),
            };
            self.tables.insert((FILES.to_owned(), own.clone()), Arc::clone(provider));
            let called = file_stem(&key.1);
            return self.put(factor, scope, (FILES, &own), (&called, None), columns, alias);
        }
        if let Some(args) = args {
            return self.table_function(factor, name, args, alias, scope, ctes);
        }
        let parts: Vec<&Ident> = name.0.iter().filter_map(ObjectNamePart::as_ident).collect();
        if let [only] = parts.as_slice()
            && let Some((own, columns)) = Ctes::find(ctes, &only.value)
        {
            self.is_simple = false;
            let (relation, alias) = self.relation(&own, None, columns, alias);
            scope.relations.push(relation);
            *factor = table(vec![exact(&own)], alias);
            return Ok(());
        }
        match self.find(&parts)? {
            Source::Table(stored) => {
                if let Some(damage) = &stored.damage {
                    return Err(QueryError::storage(format!(
                        "the table {} cannot be read: {damage}",
                        stored.name
                    )));
                }
                let TableName { schema, name } = &stored.name;
                let provider = (self.provider)(&stored);
                self.tables.insert((schema.clone(), name.clone()), provider);
                let columns = columns_of(&stored.schema());
                self.put(factor, scope, (schema, name), (name, Some(schema)), columns, alias)
            }
            Source::System(TableName { schema, name }, provider) => {
                let columns = columns_of(&provider.schema());
                self.tables.insert((schema.clone(), name.clone()), provider);
                self.put(factor, scope, (&schema, &name), (&name, Some(&schema)), columns, alias)
            }
            Source::View(view) => {
                self.is_simple = false;
                let inside = |error: QueryError| error.within(format!("in the view {}", view.name));
                if self.views.contains(&view.name) {
                    return Err(QueryError::name(format!("the view {} needs itself", view.name)));
                }
                let (subquery, columns) = match self.seen.get(&view.name) {
                    // The same in every place, so that it is seen to be the same.
                    Some(seen) => seen.clone(),
                    None => {
                        let mut subquery = script::query(&view.sql).map_err(inside)?;
                        self.views.push(view.name.clone());
                        let columns = self.query(&mut subquery, None, None).map_err(inside);
                        self.views.pop();
                        let seen = (subquery, columns?);
                        self.seen.insert(view.name.clone(), seen.clone());
                        seen
                    }
                };
                let (relation, alias) =
                    self.relation(&view.name.name, Some(&view.name.schema), columns, alias);
                scope.relations.push(relation);
                *factor = TableFactor::Derived { lateral: false, subquery, alias: Some(alias), sample: None };
                Ok(())
            }
        }
    }

    /// Puts a table that the engine knows in place of what was said.
    fn put(
        &mut self,
        factor: &mut TableFactor,
        scope: &mut Scope<'_>,
        (schema, name): (&str, &str),
        (called, called_schema): (&str, Option<&str>),
        columns: Vec<Col>,
        alias: Option<TableAlias>,
    ) -> Result<(), QueryError> {
        let (relation, alias) = self.relation(called, called_schema, columns, alias);
        scope.relations.push(relation);
        *factor = table(vec![exact(schema), exact(name)], alias);
        Ok(())
    }

    fn table_function(
        &mut self,
        factor: &mut TableFactor,
        name: &ObjectName,
        mut args: TableFunctionArgs,
        alias: Option<TableAlias>,
        scope: &mut Scope<'_>,
        ctes: Option<&Ctes<'_>>,
    ) -> Result<(), QueryError> {
        self.is_simple = false;
        let ident = name.0.last().and_then(ObjectNamePart::as_ident).cloned().unwrap_or_else(|| exact(""));
        let own = ident.value.to_lowercase();
        for arg in &mut args.args {
            if let FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) = arg {
                self.expr(value, scope, &[], ctes)?;
            }
        }
        match own.as_str() {
            "generate_series" | "range" => {
                let (relation, new) = self.relation(&own, None, vec![Col::named(&own)], alias);
                let new = all_named(new, &relation);
                scope.relations.push(relation);
                // The engine has no quotes in the names of its functions.
                *factor = table(vec![Ident::new(&own)], new);
                if let TableFactor::Table { args: place, .. } = factor {
                    *place = Some(args);
                }
                Ok(())
            }
            "unnest" => {
                refuse_lateral(&args)?;
                let arrays = args.args.into_iter().filter_map(|arg| match arg {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value),
                    _ => None,
                });
                let array_exprs: Vec<Expr> = arrays.collect();
                let (relation, new) = self.relation(&own, None, unnested(array_exprs.len()), alias);
                let alias = Some(all_named(new, &relation));
                scope.relations.push(relation);
                *factor = TableFactor::UNNEST {
                    alias,
                    array_exprs,
                    with_offset: false,
                    with_offset_alias: None,
                    with_ordinality: false,
                };
                Ok(())
            }
            _ => {
                let known = [
                    "read_csv",
                    "read_json",
                    "read_parquet",
                    "read_file",
                    "generate_series",
                    "range",
                    "unnest",
                ];
                let advice = match nearest(&own, known) {
                    Some(near) => format!("did you mean {near}?"),
                    None => format!("there are {}", known.join(", ")),
                };
                Err(QueryError::name(format!(
                    "there is no function {} that makes a table; {advice}",
                    ident.value
                ))
                .at(ident.span))
            }
        }
    }

    /// A relation under the name that the statement gives it, and the alias that the rewritten one does.
    fn relation(
        &mut self,
        called: &str,
        schema: Option<&str>,
        columns: Vec<Col>,
        alias: Option<TableAlias>,
    ) -> (Relation, TableAlias) {
        let (called, schema, names) = match alias {
            Some(alias) => (alias.name.value, None, alias.columns),
            None => (called.to_owned(), schema.map(str::to_owned), Vec::new()),
        };
        let own = self.alias(&called);
        let columns = renamed(columns, &names);
        let mut new = TableAlias { explicit: true, name: exact(&own), columns: Vec::new(), at: None };
        let relation = Relation { name: called, schema, alias: Some(own), columns };
        if !names.is_empty() {
            new = all_named(new, &relation);
        }
        (relation, new)
    }

    /// What these parts of a name are.
    pub(crate) fn find(&self, parts: &[&Ident]) -> Result<Source, QueryError> {
        // A catalog before the schema says nothing: there is one.
        let parts = if parts.len() == 3 { &parts[1..] } else { parts };
        match parts {
            [name] => self.find_anywhere(name),
            [schema, name] => self.find_in(schema, name),
            _ => Err(QueryError::name("a table is named as schema.table")),
        }
    }

    /// All tables and views by their names.
    fn sources(&self) -> impl Iterator<Item = (&TableName, Source)> {
        let tables = self.catalog.tables.iter().map(|table| (&table.name, Source::Table(Arc::clone(table))));
        let views = self.catalog.views.iter().map(|view| (&view.name, Source::View(view.clone())));
        let system = self.given.system.iter();
        let system =
            system.map(|(name, provider)| (name, Source::System(name.clone(), Arc::clone(provider))));
        tables.chain(views).chain(system)
    }

    fn find_anywhere(&self, name: &Ident) -> Result<Source, QueryError> {
        let is_own = |of: &TableName| of.schema != "system" && of.schema != "information_schema";
        let mut found: Vec<(&TableName, Source)> =
            self.sources().filter(|(of, _)| is_own(of) && same(&of.name, &name.value)).collect();
        if let Some(at) = best(&found, name, |of| same(&of.schema, TableName::MAIN)) {
            return Ok(found.swap_remove(at).1);
        }
        if found.len() > 1
            && let Some(at) = best(&found, name, |_| true)
            && found.iter().filter(|(of, _)| of.name == name.value).count() == 1
        {
            return Ok(found.swap_remove(at).1);
        }
        match found.len() {
            0 => Err(self.no_table(name)),
            1 => Ok(found.swap_remove(0).1),
            _ => {
                let all: Vec<String> = found.iter().map(|(of, _)| of.to_string()).collect();
                Err(QueryError::name(format!(
                    "{} is in several schemas: {}; name it with its schema",
                    name.value,
                    all.join(", ")
                ))
                .at(name.span))
            }
        }
    }

    fn no_table(&self, name: &Ident) -> QueryError {
        let names: Vec<&TableName> = self.catalog.tables.iter().map(|table| &table.name).collect();
        let views = self.catalog.views.iter().map(|view| &view.name);
        let names: Vec<&TableName> = names.into_iter().chain(views).collect();
        let near = nearest(&name.value, names.iter().map(|of| of.name.as_str()));
        let first = |near| names.iter().find(|of| of.name == near && of.schema == TableName::MAIN);
        let any = |near| names.iter().find(|of| of.name == near);
        let advice = match near.and_then(|near| first(near).or_else(|| any(near))) {
            Some(of) if of.schema == TableName::MAIN => format!("did you mean {}?", quoted(&of.name)),
            Some(of) => format!("did you mean {of}?"),
            None if name.value.contains('.') => {
                format!("a file is named in single quotes: FROM '{}'", name.value)
            }
            None if names.is_empty() => {
                "the warehouse is empty; read a file into it first, or name a file: FROM 'file.csv'"
                    .to_owned()
            }
            None => {
                let mut all: Vec<String> = names.iter().take(12).map(ToString::to_string).collect();
                if names.len() > all.len() {
                    all.push("…".to_owned());
                }
                format!("there are {}", all.join(", "))
            }
        };
        QueryError::name(format!("there is no table {}; {advice}", name.value)).at(name.span)
    }

    fn find_in(&self, schema: &Ident, name: &Ident) -> Result<Source, QueryError> {
        let mut of_schema: Vec<(&TableName, Source)> =
            self.sources().filter(|(of, _)| same(&of.schema, &schema.value)).collect();
        if of_schema.is_empty() {
            let mut schemas: Vec<&str> = self.sources().map(|(of, _)| of.schema.as_str()).collect();
            schemas.sort_unstable();
            schemas.dedup();
            let advice = match nearest(&schema.value, schemas.iter().copied()) {
                Some(near) => format!("did you mean {}?", quoted(near)),
                None => format!("there are {}", schemas.join(", ")),
            };
            return Err(
                QueryError::name(format!("there is no schema {}; {advice}", schema.value)).at(schema.span)
            );
        }
        if let Some(at) = best(&of_schema, name, |of| of.schema == schema.value)
            .or_else(|| best(&of_schema, name, |_| true))
        {
            return Ok(of_schema.swap_remove(at).1);
        }
        let names: Vec<&str> = of_schema.iter().map(|(of, _)| of.name.as_str()).collect();
        let advice = match nearest(&name.value, names.iter().copied()) {
            Some(near) => format!("did you mean {}?", quoted(near)),
            None => {
                format!("there are {}", names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "))
            }
        };
        let what = format!("there is no table {} in {}; {advice}", name.value, schema.value);
        Err(QueryError::name(what).at(name.span))
    }
}

/// A list of a row beside it cannot be unfolded behind `FROM` by the engine.
fn refuse_lateral(args: &TableFunctionArgs) -> Result<(), QueryError> {
    let is_column = |arg: &FunctionArg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => {
            let mut found = false;
            let _ = datafusion::sql::sqlparser::ast::visit_expressions(value, |expr: &Expr| {
                found |= matches!(expr, Expr::CompoundIdentifier(_));
                std::ops::ControlFlow::<()>::Continue(())
            });
            found
        }
        _ => false,
    };
    match args.args.iter().any(is_column) {
        true => Err(QueryError::unsupported(
            "a list of a table beside it is unfolded in SELECT, and not behind FROM; write SELECT id, unnest(list) AS element FROM t",
        )),
        false => Ok(()),
    }
}

/// The one that is spelled as it was said, or else the one that differs in case only.
fn best(found: &[(&TableName, Source)], name: &Ident, of: impl Fn(&TableName) -> bool) -> Option<usize> {
    let exactly = found.iter().position(|(own, _)| of(own) && own.name == name.value);
    exactly.or_else(|| found.iter().position(|(own, _)| of(own) && same(&own.name, &name.value)))
}

enum Kind {
    Left,
    Right,
    Full,
    OnlyLeft,
    OnlyRight,
}

struct Side {
    expr: Expr,
    name: String,
    of: Vec<(Option<String>, String)>,
}

/// The names that columns of both sides have.
fn common(scope: &Scope<'_>, before: usize) -> Vec<Ident> {
    let (left, right) = scope.relations.split_at(before);
    let names = |relations: &[Relation]| -> Vec<String> {
        relations
            .iter()
            .flat_map(|relation| relation.columns.iter().map(|column| column.name.clone()))
            .collect()
    };
    let others = names(right);
    let mut found: Vec<Ident> = Vec::new();
    for name in names(left) {
        if others.iter().any(|other| same(other, &name))
            && !found.iter().any(|other| same(&other.value, &name))
        {
            found.push(Ident::new(name));
        }
    }
    found
}

fn constraint_of(operator: &mut JoinOperator) -> Option<&mut JoinConstraint> {
    use JoinOperator as J;
    match operator {
        J::Join(of)
        | J::Inner(of)
        | J::Left(of)
        | J::LeftOuter(of)
        | J::Right(of)
        | J::RightOuter(of)
        | J::FullOuter(of)
        | J::CrossJoin(of)
        | J::Semi(of)
        | J::LeftSemi(of)
        | J::RightSemi(of)
        | J::Anti(of)
        | J::LeftAnti(of)
        | J::RightAnti(of)
        | J::StraightJoin(of) => Some(of),
        _ => None,
    }
}

fn unnested(count: usize) -> Vec<Col> {
    (0..count)
        .map(|at| Col::named(if at == 0 { "unnest".to_owned() } else { format!("unnest_{at}") }))
        .collect()
}

/// An alias that names the columns as well.
fn all_named(alias: TableAlias, relation: &Relation) -> TableAlias {
    let column = |column: &Col| datafusion::sql::sqlparser::ast::TableAliasColumnDef {
        name: exact(&column.name),
        data_type: None,
    };
    TableAlias { columns: relation.columns.iter().map(column).collect(), ..alias }
}

fn table(name: Vec<Ident>, alias: TableAlias) -> TableFactor {
    TableFactor::Table {
        name: ObjectName::from(name),
        alias: Some(alias),
        args: None,
        with_hints: Vec::new(),
        version: None,
        with_ordinality: false,
        partitions: Vec::new(),
        json_path: None,
        sample: None,
        index_hints: Vec::new(),
    }
}

/// What a file is called where no alias is given: its name without folders and ending.
fn file_stem(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    name.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or(name).to_owned()
}

/// A call of a function.
pub(super) fn call(name: &str, args: Vec<Expr>) -> Expr {
    Expr::Function(function(name, args))
}

pub(super) fn function(name: &str, args: Vec<Expr>) -> Function {
    let args = args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))).collect();
    Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    }
}
