//! Columns that stand beside aggregates and are not grouped by.
//!
//! SQLite takes them from any row of the group; beside one `max(x)` or `min(x)` from a row that has it. People rely on that where
//! the column goes with the group, as a name does with its id. So it is done here as well, and noted.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, Ident,
    ObjectNamePart, OrderByExpr, OrderByOptions, Query, Value, ValueWithSpan, Visit, VisitMut, Visitor,
    VisitorMut,
};

use super::from::function;
use super::scope::Scope;
use super::{FunctionNames, spelling};
use crate::script;

impl FunctionNames {
    /// Whether this calls an aggregate, not over a window.
    pub(super) fn is_aggregate(&self, function: &Function) -> bool {
        function.over.is_none() && self.aggregate.contains(&spelling::name_of(function))
    }

    pub(super) fn has_aggregate(&self, expr: &Expr) -> bool {
        let mut finder = Finder { names: self, depth: 0, aggregates: Vec::new(), windows: 0 };
        let _ = expr.visit(&mut finder);
        !finder.aggregates.is_empty()
    }

    pub(super) fn has_window(&self, all: &[&Expr]) -> bool {
        let mut finder = Finder { names: self, depth: 0, aggregates: Vec::new(), windows: 0 };
        for expr in all {
            let _ = expr.visit(&mut finder);
        }
        finder.windows > 0
    }
}

/// Finds aggregates that are not within queries of their own.
struct Finder<'n> {
    names: &'n FunctionNames,
    depth: usize,
    aggregates: Vec<Function>,
    windows: usize,
}

impl Visitor for Finder<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr
            && self.depth == 0
        {
            if self.names.is_aggregate(function) {
                self.aggregates.push(function.clone());
            }
            self.windows += usize::from(function.over.is_some());
        }
        ControlFlow::Continue(())
    }
}

/// Takes columns that are neither grouped by nor within aggregates from a row of the group. Returns what is worth knowing about it.
pub(super) fn fill(
    all: &mut [&mut Expr],
    groups: &[Expr],
    scope: &Scope<'_>,
    names: &FunctionNames,
) -> Option<String> {
    let mut finder = Finder { names, depth: 0, aggregates: Vec::new(), windows: 0 };
    for expr in all.iter() {
        let _ = Visit::visit(&**expr, &mut finder);
    }
    finder.aggregates.dedup();
    let by = extreme(&finder.aggregates);
    let mut filler = Filler { names, groups, scope, by, depth: 0, kept: Vec::new(), filled: Vec::new() };
    for expr in all.iter_mut() {
        let _ = VisitMut::visit(*expr, &mut filler);
    }
    let Filler { mut filled, by, .. } = filler;
    filled.dedup();
    let first = filled.first()?;
    Some(match by {
        Some((of, true)) => {
            format!("{first} is neither in GROUP BY nor in an aggregate: it is that of a row with max({of})")
        }
        Some((of, false)) => {
            format!("{first} is neither in GROUP BY nor in an aggregate: it is that of a row with min({of})")
        }
        None => {
            format!("{first} is neither in GROUP BY nor in an aggregate: it is that of any row of the group")
        }
    })
}

/// What the only `max` or `min` is of, if there is just one, and whether it is `max`.
fn extreme(aggregates: &[Function]) -> Option<(Expr, bool)> {
    let mut found = aggregates.iter().filter_map(|function| {
        let is_max = match spelling::name_of(function).as_str() {
            "max" => true,
            "min" => false,
            _ => return None,
        };
        match &function.args {
            FunctionArguments::List(list) => match list.args.as_slice() {
                [FunctionArg::Unnamed(FunctionArgExpr::Expr(of))] => Some((of.clone(), is_max)),
                _ => None,
            },
            _ => None,
        }
    });
    match (found.next(), found.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

struct Filler<'f> {
    names: &'f FunctionNames,
    groups: &'f [Expr],
    scope: &'f Scope<'f>,
    by: Option<(Expr, bool)>,
    depth: usize,
    /// What is left as it is, while its place is taken by something that has nothing within.
    kept: Vec<Expr>,
    filled: Vec<String>,
}

/// Something that no statement has.
const PLACE: &str = "\u{0}kept";

impl VisitorMut for Filler<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        let is_aggregate = matches!(expr, Expr::Function(function) if self.names.is_aggregate(function));
        if is_aggregate || self.is_grouped(expr) {
            let place = Value::Placeholder(PLACE.to_owned());
            let place = Expr::Value(ValueWithSpan { value: place, span: script::nowhere() });
            self.kept.push(std::mem::replace(expr, place));
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        match expr {
            Expr::Value(value) if value.value == Value::Placeholder(PLACE.to_owned()) => {
                if let Some(kept) = self.kept.pop() {
                    *expr = kept;
                }
            }
            Expr::CompoundIdentifier(parts) if self.is_own(parts) => {
                self.filled.push(parts.last().map(|name| name.value.clone()).unwrap_or_default());
                *expr = self.taken(expr.clone());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Filler<'_> {
    fn is_grouped(&self, expr: &Expr) -> bool {
        let in_sets = |sets: &[Vec<Expr>]| sets.iter().flatten().any(|own| own == expr);
        self.groups.iter().any(|group| match group {
            Expr::Rollup(sets) | Expr::Cube(sets) | Expr::GroupingSets(sets) => in_sets(sets),
            group => group == expr,
        })
    }

    /// Whether this is a column of what is grouped, and not of what is around.
    fn is_own(&self, parts: &[Ident]) -> bool {
        matches!(parts, [alias, _] if self.scope.has_alias(&alias.value))
    }

    fn taken(&self, column: Expr) -> Expr {
        let mut taken = function("first_value", vec![column]);
        if let (Some((of, is_max)), FunctionArguments::List(list)) = (&self.by, &mut taken.args) {
            list.clauses.push(FunctionArgumentClause::OrderBy(vec![OrderByExpr {
                expr: of.clone(),
                options: OrderByOptions { asc: Some(!is_max), nulls_first: Some(false) },
                with_fill: None,
            }]));
        }
        Expr::Function(taken)
    }
}

/// The last part of a name.
pub(super) fn last(parts: &[ObjectNamePart]) -> Option<&Ident> {
    parts.last().and_then(ObjectNamePart::as_ident)
}
