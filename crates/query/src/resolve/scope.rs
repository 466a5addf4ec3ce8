//! What can be named where: relations with their columns, and what stands around them.

use arrow::datatypes::DataType;
use datafusion::sql::sqlparser::ast::{Expr, Ident};

use super::nearest::nearest;
use crate::tables::quoted;
use crate::{QueryError, script};

/// A column of something that stands behind `FROM`.
#[derive(Debug, Clone)]
pub(super) struct Col {
    /// Its name, as it is stored.
    pub(super) name: String,
    /// Its type, where that is known before planning.
    pub(super) data_type: Option<DataType>,
}

impl Col {
    pub(super) fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), data_type: None }
    }
}

/// A table, view, or query behind `FROM`.
#[derive(Debug, Clone)]
pub(super) struct Relation {
    /// How the statement calls it.
    pub(super) name: String,
    /// Its schema, if it is called by that as well.
    pub(super) schema: Option<String>,
    /// How the rewritten statement calls it; none where its columns stand alone.
    pub(super) alias: Option<String>,
    pub(super) columns: Vec<Col>,
}

/// A column that stands for one of each side of a join.
#[derive(Debug, Clone)]
pub(super) struct Merged {
    pub(super) name: String,
    pub(super) expr: Expr,
    /// The columns that it stands for, by the aliases of their relations.
    pub(super) of: Vec<(Option<String>, String)>,
}

/// What can be named in a part of a statement.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope<'o> {
    pub(super) relations: Vec<Relation>,
    pub(super) merged: Vec<Merged>,
    /// What can be named around it.
    pub(super) outer: Option<&'o Scope<'o>>,
}

/// What a name has been found to be.
pub(super) struct Found {
    pub(super) expr: Expr,
    pub(super) name: String,
    pub(super) data_type: Option<DataType>,
}

pub(super) fn same(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}

/// An identifier of the rewritten statement, which is taken as it is.
pub(super) fn exact(name: &str) -> Ident {
    Ident { value: name.to_owned(), quote_style: Some('"'), span: script::nowhere() }
}

impl Relation {
    /// The reference to one of its columns.
    pub(super) fn column(&self, column: &Col, at: &Ident) -> Expr {
        let mut name = exact(&column.name);
        name.span = at.span;
        match &self.alias {
            Some(alias) => Expr::CompoundIdentifier(vec![exact(alias), name]),
            None => Expr::Identifier(name),
        }
    }

    /// Whether the statement calls it so.
    fn is(&self, schema: Option<&Ident>, name: &Ident) -> bool {
        same(&self.name, &name.value)
            && schema.is_none_or(|schema| self.schema.as_ref().is_some_and(|own| same(own, &schema.value)))
    }

    /// Its column of this name; the one that is spelled so if there are several.
    pub(super) fn find(&self, name: &Ident) -> Result<Option<&Col>, QueryError> {
        if let Some(column) = self.columns.iter().find(|column| column.name == name.value) {
            return Ok(Some(column));
        }
        let mut found = self.columns.iter().filter(|column| same(&column.name, &name.value));
        match (found.next(), found.next()) {
            (Some(one), Some(other)) => Err(QueryError::name(format!(
                "{} may be {} or {}; write it in double quotes, spelled as it is",
                name.value,
                quoted(&one.name),
                quoted(&other.name)
            ))
            .at(name.span)),
            (found, _) => Ok(found),
        }
    }
}

impl<'o> Scope<'o> {
    pub(super) fn within(outer: Option<&'o Scope<'o>>) -> Self {
        Self { relations: Vec::new(), merged: Vec::new(), outer }
    }

    /// The column of this name in this scope alone.
    pub(super) fn own(&self, name: &Ident) -> Result<Option<Found>, QueryError> {
        let mut found: Vec<(&Relation, &Col)> = Vec::new();
        for relation in &self.relations {
            if let Some(column) = relation.find(name)? {
                found.push((relation, column));
            }
        }
        // Where one of them is spelled just so, it is meant.
        if found.iter().any(|(_, column)| column.name == name.value) {
            found.retain(|(_, column)| column.name == name.value);
        }
        let of_merged = |merged: &&Merged| {
            found.iter().all(|(relation, column)| {
                merged.of.iter().any(|(alias, of)| *alias == relation.alias && *of == column.name)
            })
        };
        match found.as_slice() {
            [] => Ok(None),
            [(relation, column), rest @ ..] => {
                if let Some(merged) = self.merged.iter().find(of_merged) {
                    let (expr, name) = (merged.expr.clone(), merged.name.clone());
                    return Ok(Some(Found { expr, name, data_type: column.data_type.clone() }));
                }
                if rest.is_empty() {
                    return Ok(Some(Found {
                        expr: relation.column(column, name),
                        name: column.name.clone(),
                        data_type: column.data_type.clone(),
                    }));
                }
                let all: Vec<String> = found
                    .iter()
                    .map(|(relation, column)| format!("{}.{}", quoted(&relation.name), quoted(&column.name)))
                    .collect();
                Err(QueryError::name(format!("{} may be {}; say which", name.value, all.join(" or ")))
                    .at(name.span))
            }
        }
    }

    /// The relation that is called so, here or around.
    pub(super) fn relation(
        &self,
        schema: Option<&Ident>,
        name: &Ident,
    ) -> Result<Option<&Relation>, QueryError> {
        let mut found = self.relations.iter().filter(|relation| relation.is(schema, name));
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(QueryError::name(format!(
                "there are several {} behind FROM; give each a name of its own with AS",
                name.value
            ))
            .at(name.span)),
            (Some(one), None) => Ok(Some(one)),
            (None, _) => match self.outer {
                Some(outer) => outer.relation(schema, name),
                None => Ok(None),
            },
        }
    }

    /// Whether a relation of this alias is one of this scope.
    pub(super) fn has_alias(&self, alias: &str) -> bool {
        self.relations.iter().any(|relation| relation.alias.as_deref() == Some(alias))
    }

    /// All names that could have been meant.
    fn names(&self) -> Vec<String> {
        let own = self
            .relations
            .iter()
            .flat_map(|relation| relation.columns.iter().map(|column| column.name.clone()));
        let outer = self.outer.map(Scope::names).unwrap_or_default();
        own.chain(outer).collect()
    }

    /// There is no such column.
    pub(super) fn unknown(&self, name: &Ident) -> QueryError {
        let names = self.names();
        let relations: Vec<&str> = self.relations.iter().map(|relation| relation.name.as_str()).collect();
        let place = match relations.as_slice() {
            [] => String::new(),
            [one] => format!(" in {}", quoted(one)),
            several => {
                let all: Vec<String> = several.iter().map(|name| quoted(name)).collect();
                format!(" in {}", all.join(", "))
            }
        };
        let advice = match nearest(&name.value, names.iter().map(String::as_str)) {
            Some(near) => format!("; did you mean {}?", quoted(near)),
            None if name.quote_style == Some('"') => {
                format!("; a text stands in single quotes: '{}'", name.value.replace('\'', "''"))
            }
            None if relations.is_empty() => "; there is nothing behind FROM".to_owned(),
            None => {
                let mut shown: Vec<String> = names.iter().take(12).map(|name| quoted(name)).collect();
                if names.len() > shown.len() {
                    shown.push("…".to_owned());
                }
                format!("; there are {}", shown.join(", "))
            }
        };
        QueryError::name(format!("there is no column {}{place}{advice}", name.value)).at(name.span)
    }
}
