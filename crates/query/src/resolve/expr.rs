//! Expressions: every column with its relation, every function under the name that the engine knows.

use std::ops::ControlFlow;

use arrow::datatypes::DataType;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, CastKind, DataType as SqlType, ExactNumberInfo, Expr, Ident, Query, Value, ValueWithSpan,
    VisitMut, VisitorMut,
};

use super::from::call;
use super::scope::{Found, Scope, exact, same};
use super::{Ctes, Resolver, spelling};
use crate::tables::quoted;
use crate::{QueryError, script};

/// The results of a `SELECT` that have names, as they were said.
pub(super) type Aliases = [(String, Expr)];

/// The way through one expression.
struct Pass<'p, 'a> {
    resolver: &'p mut Resolver<'a>,
    scope: &'p Scope<'p>,
    aliases: &'p Aliases,
    ctes: Option<&'p Ctes<'p>>,
    /// How many queries within the expression are around the present place: these have scopes of their own.
    depth: usize,
}

impl VisitorMut for Pass<'_, '_> {
    type Break = QueryError;

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<QueryError> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<QueryError> {
        self.depth -= 1;
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        self.resolver.is_simple = false;
        match self.resolver.query(query, self.ctes, Some(self.scope)) {
            Ok(_) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<QueryError> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        if let Expr::CompoundFieldAccess { root, access_chain } = expr {
            // `t.column.member[1]`: the names before the first index are one name in parts.
            if let Expr::Identifier(first) = root.as_ref() {
                let name = |access: &AccessExpr| match access {
                    AccessExpr::Dot(Expr::Identifier(name)) => Some(name.clone()),
                    _ => None,
                };
                let names: Vec<Ident> = access_chain.iter().map_while(name).collect();
                if !names.is_empty() {
                    access_chain.drain(..names.len());
                    let parts = std::iter::once(first.clone()).chain(names).collect();
                    **root = Expr::CompoundIdentifier(parts);
                }
            }
            if access_chain.is_empty() {
                *expr = root.as_ref().clone();
                return ControlFlow::Continue(());
            }
            // Names of members are no columns.
            for access in access_chain {
                if let AccessExpr::Dot(member) = access
                    && let Expr::Identifier(name) = member
                {
                    *member = text(&name.value);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<QueryError> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        match self.rewrite(expr) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

impl Pass<'_, '_> {
    fn rewrite(&mut self, expr: &mut Expr) -> Result<(), QueryError> {
        match expr {
            Expr::Identifier(name) => *expr = self.identifier(&name.clone())?,
            Expr::CompoundIdentifier(parts) => {
                *expr = column_of_parts(parts, self.scope)?.expr;
            }
            Expr::Function(function) => {
                let function = function.clone();
                *expr = spelling::function(function, self.resolver.functions)?;
            }
            Expr::Value(value) => {
                // Places would make equal expressions differ.
                value.span = script::nowhere();
                if let Value::Number(number, _) = &value.value
                    && number.contains(['e', 'E'])
                {
                    *expr = cast(text(number), SqlType::Double(ExactNumberInfo::None));
                }
            }
            Expr::Cast { data_type, .. } => *data_type = spelling::data_type(data_type),
            Expr::Prefixed { prefix, .. } => {
                return Err(QueryError::unsupported(format!(
                    "texts with the prefix {} are not known here",
                    prefix.value
                ))
                .at(prefix.span));
            }
            Expr::Collate { expr: of, collation } => {
                let name = collation.to_string().to_lowercase();
                *expr = match name.as_str() {
                    "nocase" => call("lower", vec![of.as_ref().clone()]),
                    "binary" => of.as_ref().clone(),
                    _ => {
                        let what = format!("there is no collation {collation}; there are NOCASE and BINARY");
                        return Err(QueryError::unsupported(what));
                    }
                };
            }
            _ => {}
        }
        Ok(())
    }

    fn identifier(&mut self, name: &Ident) -> Result<Expr, QueryError> {
        if let Some(found) = self.scope.own(name)? {
            return Ok(found.expr);
        }
        if let Some(at) = self.aliases.iter().rposition(|(alias, _)| same(alias, &name.value)) {
            let mut expr = self.aliases[at].1.clone();
            // What it is made of was said before it.
            self.resolver.expr(&mut expr, self.scope, &self.aliases[..at], self.ctes)?;
            return Ok(expr);
        }
        let mut outer = self.scope.outer;
        while let Some(scope) = outer {
            if let Some(found) = scope.own(name)? {
                return Ok(found.expr);
            }
            outer = scope.outer;
        }
        if name.quote_style.is_none()
            && let Some(expr) = spelling::word(&name.value)
        {
            return Ok(expr);
        }
        let mut error = self.scope.unknown(name);
        if let Ok(Some(relation)) = self.scope.relation(None, name) {
            error.message = format!(
                "{} is a table and no column; name a column of it, or write {}.*",
                name.value,
                quoted(&relation.name)
            );
        }
        Err(error)
    }
}

/// The column that parts of a name stand for: `table.column`, `schema.table.column`, and members of its values behind.
pub(super) fn column_of_parts(parts: &[Ident], scope: &Scope<'_>) -> Result<Found, QueryError> {
    let [first, second, rest @ ..] = parts else {
        return Err(QueryError::name("this is no name of a column"));
    };
    // The longest name of a table first.
    if let [third, members @ ..] = rest
        && let Some(relation) = scope.relation(Some(first), second)?
        && let Some(column) = relation.find(third)?
    {
        let found = Found {
            expr: relation.column(column, third),
            name: column.name.clone(),
            data_type: column.data_type.clone(),
        };
        return Ok(with_members(found, members));
    }
    if let Some(relation) = scope.relation(None, first)? {
        let Some(column) = relation.find(second)? else {
            let alone = Scope { relations: vec![relation.clone()], merged: Vec::new(), outer: None };
            return Err(alone.unknown(second));
        };
        let found = Found {
            expr: relation.column(column, second),
            name: column.name.clone(),
            data_type: column.data_type.clone(),
        };
        return Ok(with_members(found, rest));
    }
    let mut at = Some(scope);
    while let Some(scope) = at {
        if let Some(found) = scope.own(first)? {
            return Ok(with_members(found, &parts[1..]));
        }
        at = scope.outer;
    }
    let names: Vec<String> = scope.relations.iter().map(|relation| relation.name.clone()).collect();
    let advice = match super::nearest::nearest(&first.value, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {}?", quoted(near)),
        None if names.is_empty() => "there is nothing behind FROM".to_owned(),
        None => format!("there are {}", names.join(", ")),
    };
    Err(QueryError::name(format!("there is no table {} behind FROM; {advice}", first.value)).at(first.span))
}

/// Members of a struct, spelled as they are in its type if that is known.
fn with_members(mut found: Found, members: &[Ident]) -> Found {
    for member in members {
        let mut name = member.value.clone();
        let mut inner = None;
        if let Some(DataType::Struct(fields)) = &found.data_type {
            let exactly = fields.iter().find(|field| *field.name() == name);
            if let Some(field) = exactly.or_else(|| fields.iter().find(|field| same(field.name(), &name))) {
                name.clone_from(field.name());
                inner = Some(field.data_type().clone());
            }
        }
        found = Found { expr: call("get_field", vec![found.expr, text(&name)]), name, data_type: inner };
    }
    found
}

impl Resolver<'_> {
    /// Rewrites an expression.
    pub(super) fn expr(
        &mut self,
        expr: &mut Expr,
        scope: &Scope<'_>,
        aliases: &Aliases,
        ctes: Option<&Ctes<'_>>,
    ) -> Result<(), QueryError> {
        self.visit(expr, scope, aliases, ctes)
    }

    /// The same for what has expressions in it.
    pub(super) fn visit<N: VisitMut>(
        &mut self,
        node: &mut N,
        scope: &Scope<'_>,
        aliases: &Aliases,
        ctes: Option<&Ctes<'_>>,
    ) -> Result<(), QueryError> {
        let mut pass = Pass { resolver: self, scope, aliases, ctes, depth: 0 };
        match node.visit(&mut pass) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(error) => Err(error),
        }
    }
}

/// A text.
pub(super) fn text(value: &str) -> Expr {
    Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(value.to_owned()), span: script::nowhere() })
}

/// A whole number.
pub(super) fn number(value: usize) -> Expr {
    Expr::Value(ValueWithSpan { value: Value::Number(value.to_string(), false), span: script::nowhere() })
}

pub(super) fn cast(expr: Expr, data_type: SqlType) -> Expr {
    Expr::Cast { kind: CastKind::Cast, expr: Box::new(expr), data_type, array: false, format: None }
}

/// The name of a result of the rewritten statement.
pub(super) fn result(name: &str) -> Ident {
    exact(name)
}
