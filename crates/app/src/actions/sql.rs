//! Write and run queries.

use sandglass_protocol::sql::{Explored, ExportForm, ResultId, SqlRequest};

use super::Actions;
use crate::browser::now;
use crate::results::chart::ChartAsk;
use crate::results::pages::PageAsk;
use crate::store::{Action, Screen};
use crate::workspace::{Step, names};

impl Actions {
    /// Something in the workspace that is only a change of its state.
    pub(crate) fn sql(&self, step: Step) {
        self.dispatch(Action::Sql(step));
    }

    /// Goes to the SQL workspace.
    pub(crate) fn show_sql(&self) {
        self.dispatch(Action::Show(Screen::Sql));
    }

    /// Goes there, with a query for a table in a new tab.
    pub(crate) fn query_table(&self, schema: &str, name: &str) {
        self.dispatch(Action::Query(names::first_rows(schema, name)));
    }

    /// Runs this text of the open tab, which begins there.
    pub(crate) fn run(&self, sql: String, from: u32) {
        self.sql(Step::Run { sql, from, at: now() });
    }

    /// Asks for rows of a result.
    pub(crate) fn fetch_rows(&self, result: ResultId, PageAsk { first, count, sort }: PageAsk) {
        self.queries.send(&SqlRequest::Page { result, first, count, sort });
    }

    /// Asks for what is in the columns of a result.
    pub(crate) fn explore_result(&self, result: ResultId) {
        self.sql(Step::Exploring(result));
        self.queries.send(&SqlRequest::Explore { of: Explored::Result(result) });
    }

    /// Asks for what is in the columns of a table, and shows it.
    pub(crate) fn explore_table(&self, schema: &str, name: &str) {
        self.sql(Step::Explore(Some((schema.into(), name.into()))));
        let (schema, name) = (schema.to_owned(), name.to_owned());
        self.queries.send(&SqlRequest::Explore { of: Explored::Table { schema, name } });
    }

    /// Asks for the rows of a chart.
    pub(crate) fn chart(&self, result: ResultId, ChartAsk { ask, sql }: ChartAsk) {
        self.sql(Step::ChartAsked(result, ask));
        self.queries.send(&SqlRequest::Chart { result, ask, sql });
    }

    /// Asks for a file with all rows of a result.
    pub(crate) fn export_result(&self, result: ResultId, form: ExportForm) {
        self.sql(Step::Exporting(result, form));
        self.queries.send(&SqlRequest::Export { result, form });
    }

    /// Ends the SQL engine, which does not stop a script, and starts another.
    pub(crate) fn end_queries(&self) {
        self.queries.end();
    }

    /// Tries once more to start the SQL engine.
    pub(crate) fn restart_queries(&self) {
        self.sql(Step::Want);
    }
}
