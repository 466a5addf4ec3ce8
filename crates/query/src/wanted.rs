//! What a query names beside tables and views.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{ObjectName, ObjectNamePart, TableFactor, Visit, Visitor};

use crate::tables::TableName;
use crate::{Catalog, QueryError, script, system};

/// Looks through a query for what is to be fetched before its names are found.
pub(crate) struct Wanted<'c> {
    catalog: &'c Catalog,
    pub(crate) files: HashSet<(Option<String>, String)>,
    /// Schemas of tables about tables, with the one that is wanted where one alone is made.
    pub(crate) system: HashSet<(String, Option<String>)>,
    views: HashSet<TableName>,
}

impl<'c> Wanted<'c> {
    pub(crate) fn new(catalog: &'c Catalog) -> Self {
        Self { catalog, files: HashSet::new(), system: HashSet::new(), views: HashSet::new() }
    }

    fn name(&mut self, name: &ObjectName) -> ControlFlow<QueryError> {
        let parts: Vec<&str> =
            name.0.iter().filter_map(ObjectNamePart::as_ident).map(|ident| ident.value.as_str()).collect();
        if let [.., schema, name] = parts.as_slice() {
            let schema = schema.to_lowercase();
            if system::SCHEMAS.contains(&schema.as_str()) {
                self.system.insert((schema, Some(name.to_lowercase())));
            }
        }
        let Some(last) = parts.last().map(|last| last.to_lowercase()) else {
            return ControlFlow::Continue(());
        };
        let catalog = self.catalog;
        for view in catalog.views.iter().filter(|view| view.name.name.to_lowercase() == last) {
            if self.views.insert(view.name.clone())
                && let Ok(query) = script::query(&view.sql)
            {
                query.visit(self)?;
            }
        }
        ControlFlow::Continue(())
    }
}

impl Visitor for Wanted<'_> {
    type Break = QueryError;

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<QueryError> {
        let TableFactor::Table { name, args, .. } = factor else { return ControlFlow::Continue(()) };
        match crate::resolve::file_of(name, args.as_ref()) {
            Some(Ok(file)) => {
                self.files.insert(file);
                ControlFlow::Continue(())
            }
            Some(Err(error)) => ControlFlow::Break(error),
            None => self.name(name),
        }
    }
}
