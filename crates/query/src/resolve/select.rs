//! A `SELECT`, from its tables to its order.

use std::collections::HashSet;

use datafusion::sql::sqlparser::ast::{
    Distinct, ExcludeSelectItem, Expr, GroupByExpr, Ident, ObjectName, ObjectNamePart, OrderBy, OrderByExpr,
    OrderByKind, RenameSelectItem, Select, SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, Value,
    WildcardAdditionalOptions,
};

use super::bare;
use super::expr::{column_of_parts, number, result};
use super::nearest::nearest;
use super::scope::{Col, Relation, Scope, same};
use super::{Ctes, Resolver};
use crate::QueryError;
use crate::tables::quoted;

/// A result of a `SELECT`.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) expr: Expr,
    /// How it is called.
    pub(super) name: String,
    data_type: Option<arrow::datatypes::DataType>,
}

impl Resolver<'_> {
    pub(super) fn select(
        &mut self,
        select: &mut Select,
        order: Option<&mut OrderBy>,
        ctes: Option<&Ctes<'_>>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Vec<Col>, QueryError> {
        refuse(select)?;
        let mut scope = Scope::within(outer);
        let mut from = std::mem::take(&mut select.from);
        for item in &mut from {
            self.table_with_joins(item, &mut scope, ctes)?;
        }
        select.from = from;
        if scope.relations.len() != 1 || select.distinct.is_some() {
            self.is_simple = false;
        }
        if select.flavor != SelectFlavor::Standard {
            if select.flavor == SelectFlavor::FromFirstNoSelect {
                select.projection = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
            }
            select.flavor = SelectFlavor::Standard;
        }
        let mut aliases: Vec<(String, Expr)> = Vec::new();
        let mut items = Vec::new();
        for item in std::mem::take(&mut select.projection) {
            self.item(item, &scope, &mut aliases, &mut items, ctes)?;
        }
        if let Some(condition) = &mut select.selection {
            self.expr(condition, &scope, &aliases, ctes)?;
        }
        for window in &mut select.named_window {
            self.visit(&mut window.1, &scope, &aliases, ctes)?;
        }
        let mut groups = self.groups(&mut select.group_by, &items, &scope, &aliases, ctes)?;
        for part in [&mut select.having, &mut select.qualify].into_iter().flatten() {
            self.expr(part, &scope, &aliases, ctes)?;
        }
        let names: Vec<String> = items.iter().map(|item| item.name.clone()).collect();
        let mut by: Vec<OrderByExpr> = Vec::new();
        let mut order = order;
        if let Some(order) = order.as_deref_mut() {
            all_columns(order, names.len());
            if let OrderByKind::Expressions(of) = &mut order.kind {
                by = std::mem::take(of);
            }
            for item in &mut by {
                if ordinal(&mut item.expr, &names)? {
                    continue;
                }
                self.expr(&mut item.expr, &scope, &aliases, ctes)?;
                if let Some(at) = items.iter().position(|own| own.expr == item.expr) {
                    item.expr = number(at + 1);
                }
            }
        }
        let mut parts: Vec<&Expr> = items.iter().map(|item| &item.expr).collect();
        parts.extend(select.having.iter().chain(&select.qualify).chain(by.iter().map(|item| &item.expr)));
        let is_grouped = groups.is_some() || parts.iter().any(|expr| self.functions.has_aggregate(expr));
        if self.functions.has_window(&parts) {
            self.is_simple = false;
        }
        if is_grouped {
            self.is_simple = false;
            if matches!(&groups, Some(Groups::All)) {
                let of_items = items.iter().map(|item| &item.expr);
                let plain = of_items.filter(|expr| !self.functions.has_aggregate(expr) && !is_constant(expr));
                groups = Some(Groups::By(plain.cloned().collect()));
            }
            let by_groups: &[Expr] = match &groups {
                Some(Groups::By(all)) => all,
                _ => &[],
            };
            let mut all: Vec<&mut Expr> = items.iter_mut().map(|item| &mut item.expr).collect();
            all.extend(select.having.iter_mut().chain(&mut select.qualify));
            all.extend(by.iter_mut().map(|item| &mut item.expr));
            if let Some(note) = bare::fill(&mut all, by_groups, &scope, self.functions) {
                self.notes.push(note);
            }
            select.group_by = GroupByExpr::Expressions(by_groups.to_vec(), Vec::new());
        }
        if let Some(order) = order {
            order.kind = OrderByKind::Expressions(by);
        }
        match &mut select.distinct {
            Some(Distinct::All) => select.distinct = None,
            Some(Distinct::On(on)) => {
                for expr in on {
                    self.expr(expr, &scope, &aliases, ctes)?;
                }
            }
            Some(Distinct::Distinct) | None => {}
        }
        let mut taken = HashSet::new();
        let mut columns = Vec::with_capacity(items.len());
        for Item { expr, name, data_type } in items {
            let name = free(&mut taken, name);
            select.projection.push(SelectItem::ExprWithAlias { expr, alias: result(&name) });
            columns.push(Col { name, data_type });
        }
        Ok(columns)
    }

    fn item(
        &mut self,
        item: SelectItem,
        scope: &Scope<'_>,
        aliases: &mut Vec<(String, Expr)>,
        items: &mut Vec<Item>,
        ctes: Option<&Ctes<'_>>,
    ) -> Result<(), QueryError> {
        match item {
            SelectItem::UnnamedExpr(mut expr) => {
                let found = match &expr {
                    Expr::Identifier(name) => scope.own(name)?,
                    Expr::CompoundIdentifier(parts) => column_of_parts(parts, scope).ok(),
                    _ => None,
                };
                let (name, data_type) = match found {
                    Some(found) => (found.name, found.data_type),
                    None => (shown(&expr), None),
                };
                self.expr(&mut expr, scope, aliases, ctes)?;
                items.push(Item { expr, name, data_type });
                Ok(())
            }
            SelectItem::ExprWithAlias { mut expr, alias } => {
                let said = expr.clone();
                let data_type = match &expr {
                    Expr::Identifier(name) => scope.own(name)?.and_then(|found| found.data_type),
                    _ => None,
                };
                self.expr(&mut expr, scope, aliases, ctes)?;
                items.push(Item { expr, name: alias.value.clone(), data_type });
                aliases.push((alias.value, said));
                Ok(())
            }
            SelectItem::Wildcard(options) => {
                if scope.relations.is_empty() {
                    let what = "there is nothing behind FROM, so that * has no columns";
                    return Err(QueryError::name(what).at(options.wildcard_token.0.span));
                }
                self.wildcard(&scope.relations, options, scope, items, ctes)
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
                let relation = relation_named(&name, scope)?.clone();
                self.wildcard(std::slice::from_ref(&relation), options, scope, items, ctes)
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(_), _) => {
                Err(QueryError::unsupported(
                    "members of a value are not spelled out by .* here; name each, as in value.member",
                ))
            }
            SelectItem::ExprWithAliases { .. } => {
                Err(QueryError::unsupported("a value has one name here; write each as value AS name"))
            }
        }
    }

    /// Spells `*` out.
    fn wildcard(
        &mut self,
        relations: &[Relation],
        options: WildcardAdditionalOptions,
        scope: &Scope<'_>,
        items: &mut Vec<Item>,
        ctes: Option<&Ctes<'_>>,
    ) -> Result<(), QueryError> {
        if options.opt_ilike.is_some() {
            return Err(QueryError::unsupported("* ILIKE is not known here; name the columns"));
        }
        // `table.*` has the columns of the table alone, whatever it was joined by.
        let joined = if relations.len() == scope.relations.len() { &scope.merged[..] } else { &[] };
        let mut all: Vec<Item> = Vec::new();
        let mut seen: Vec<usize> = Vec::new();
        for relation in relations {
            for column in &relation.columns {
                let of = (relation.alias.clone(), column.name.clone());
                let data_type = column.data_type.clone();
                match joined.iter().position(|merged| merged.of.contains(&of)) {
                    Some(at) if seen.contains(&at) => {}
                    Some(at) => {
                        seen.push(at);
                        let (expr, name) = (joined[at].expr.clone(), joined[at].name.clone());
                        all.push(Item { expr, name, data_type });
                    }
                    None => all.push(Item {
                        expr: relation.column(column, &Ident::new(&*column.name)),
                        name: column.name.clone(),
                        data_type,
                    }),
                }
            }
        }
        let names: Vec<String> = all.iter().map(|item| item.name.clone()).collect();
        let known = |name: &Ident| match names.iter().any(|own| same(own, &name.value)) {
            true => Ok(()),
            false => {
                let advice = nearest(&name.value, names.iter().map(String::as_str));
                let advice =
                    advice.map_or_else(String::new, |near| format!("; did you mean {}?", quoted(near)));
                Err(QueryError::name(format!(
                    "there is no column {} to leave out or replace{advice}",
                    name.value
                ))
                .at(name.span))
            }
        };
        let mut left_out: Vec<Ident> = Vec::new();
        let last = |name: &ObjectName| name.0.last().and_then(ObjectNamePart::as_ident).cloned();
        match options.opt_exclude {
            Some(ExcludeSelectItem::Single(name)) => left_out.extend(last(&name)),
            Some(ExcludeSelectItem::Multiple(names)) => left_out.extend(names.iter().filter_map(last)),
            None => {}
        }
        if let Some(except) = options.opt_except {
            left_out.push(except.first_element);
            left_out.extend(except.additional_elements);
        }
        for name in &left_out {
            known(name)?;
        }
        all.retain(|item| left_out.iter().all(|name| !same(&name.value, &item.name)));
        for replaced in options.opt_replace.into_iter().flat_map(|replace| replace.items) {
            known(&replaced.column_name)?;
            let mut expr = replaced.expr;
            self.expr(&mut expr, scope, &[], ctes)?;
            for item in all.iter_mut().filter(|item| same(&item.name, &replaced.column_name.value)) {
                item.expr = expr.clone();
                item.data_type = None;
            }
        }
        let renames = match options.opt_rename {
            Some(RenameSelectItem::Single(one)) => vec![one],
            Some(RenameSelectItem::Multiple(all)) => all,
            None => Vec::new(),
        };
        for rename in renames {
            known(&rename.ident)?;
            for item in all.iter_mut().filter(|item| same(&item.name, &rename.ident.value)) {
                item.name.clone_from(&rename.alias.value);
            }
        }
        items.append(&mut all);
        Ok(())
    }

    fn groups(
        &mut self,
        group_by: &mut GroupByExpr,
        items: &[Item],
        scope: &Scope<'_>,
        aliases: &[(String, Expr)],
        ctes: Option<&Ctes<'_>>,
    ) -> Result<Option<Groups>, QueryError> {
        let by = match group_by {
            GroupByExpr::All(modifiers) if modifiers.is_empty() => return Ok(Some(Groups::All)),
            GroupByExpr::Expressions(by, modifiers) if modifiers.is_empty() => by,
            _ => {
                return Err(QueryError::unsupported(
                    "write GROUP BY ROLLUP (a, b), CUBE (a, b) or GROUPING SETS ((a), (b))",
                ));
            }
        };
        if by.is_empty() {
            return Ok(None);
        }
        let mut all = Vec::with_capacity(by.len());
        for mut expr in std::mem::take(by) {
            if let Some(at) = whole_number(&expr) {
                let item = at
                    .checked_sub(1)
                    .and_then(|at| items.get(at))
                    .ok_or_else(|| beyond("GROUP BY", at, items.len()))?;
                all.push(item.expr.clone());
                continue;
            }
            self.expr(&mut expr, scope, aliases, ctes)?;
            all.push(expr);
        }
        Ok(Some(Groups::By(all)))
    }
}

/// What rows are grouped by.
enum Groups {
    /// All results that are no aggregates.
    All,
    By(Vec<Expr>),
}

/// What there is no need for, and what has another way here.
fn refuse(select: &mut Select) -> Result<(), QueryError> {
    let what = if select.into.is_some() {
        "SELECT INTO is not known here; write CREATE TABLE x AS SELECT …"
    } else if select.top.is_some() {
        "TOP is not known here; write LIMIT n at the end"
    } else if !select.lateral_views.is_empty() {
        "LATERAL VIEW is not known here; write FROM t, unnest(t.list)"
    } else if !select.connect_by.is_empty() {
        "CONNECT BY is not known here; write WITH RECURSIVE"
    } else if select.prewhere.is_some() {
        "PREWHERE is not known here; write WHERE"
    } else if !select.cluster_by.is_empty() || !select.distribute_by.is_empty() || !select.sort_by.is_empty()
    {
        "CLUSTER BY, DISTRIBUTE BY and SORT BY are not known here; write ORDER BY"
    } else {
        return Ok(());
    };
    Err(QueryError::unsupported(what).at(select.select_token.0.span))
}

fn relation_named<'s>(name: &ObjectName, scope: &'s Scope<'_>) -> Result<&'s Relation, QueryError> {
    let parts: Vec<&Ident> = name.0.iter().filter_map(ObjectNamePart::as_ident).collect();
    let found = match parts.as_slice() {
        [table] => scope.relation(None, table)?,
        [.., schema, table] => scope.relation(Some(schema), table)?,
        [] => None,
    };
    found.ok_or_else(|| {
        let span = parts.first().map_or_else(crate::script::nowhere, |part| part.span);
        let all: Vec<String> = scope.relations.iter().map(|relation| quoted(&relation.name)).collect();
        QueryError::name(format!("there is no table {name} behind FROM; there are {}", all.join(", ")))
            .at(span)
    })
}

/// `ORDER BY ALL` as the numbers of all columns.
pub(super) fn all_columns(order: &mut OrderBy, columns: usize) {
    if let OrderByKind::All(options) = &order.kind {
        let by = |at| OrderByExpr { expr: number(at), options: *options, with_fill: None };
        order.kind = OrderByKind::Expressions((1..=columns).map(by).collect());
    }
}

/// Makes the name of a result its number. Whether it was one, or a number already.
pub(super) fn ordinal(expr: &mut Expr, names: &[String]) -> Result<bool, QueryError> {
    if let Some(at) = whole_number(expr) {
        return match at {
            0 => Err(beyond("ORDER BY", at, names.len())),
            at if at > names.len() => Err(beyond("ORDER BY", at, names.len())),
            _ => Ok(true),
        };
    }
    let Expr::Identifier(name) = expr else { return Ok(false) };
    let at = names.iter().position(|own| *own == name.value);
    match at.or_else(|| names.iter().position(|own| same(own, &name.value))) {
        Some(at) => {
            *expr = number(at + 1);
            Ok(true)
        }
        None => Ok(false),
    }
}

fn beyond(what: &str, at: usize, columns: usize) -> QueryError {
    QueryError::name(format!("{what} {at} is no column of the result, which has {columns}"))
}

fn whole_number(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => number.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(_))
}

/// How a result is called that nobody has named: as it was said.
fn shown(expr: &Expr) -> String {
    const MOST: usize = 80;
    let expr = match expr {
        Expr::Nested(inner) => inner.as_ref(),
        other => other,
    };
    let text = expr.to_string();
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// A name that no other result has.
fn free(taken: &mut HashSet<String>, name: String) -> String {
    let mut own = name.clone();
    let mut number = 1;
    while !taken.insert(own.clone()) {
        own = format!("{name}_{number}");
        number += 1;
    }
    own
}
