//! What the user can do on this screen. An action ends in a change of state, a request to the query worker, or both. Components call
//! actions and nothing else that acts; they get them from the context with [`use_actions`].

use std::rc::Rc;

use sandglass_protocol::sql::{Explored, ExportForm, ResultId, SqlRequest};
use sandglass_ui::voice::Voice;
use yew::prelude::*;

use crate::browser::now;
use crate::results::chart::ChartAsk;
use crate::results::pages::PageAsk;
use crate::store::Action;
use crate::worker::QueryClient;
use crate::workspace::Step;

/// The actions, bound to the state and the query worker of the screen. Cheap to clone; all clones are equal.
#[derive(Clone, Default)]
pub(crate) struct Actions {
    queries: Rc<QueryClient>,
    dispatch: Callback<Action>,
    voice: Voice,
}

impl PartialEq for Actions {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.queries, &other.queries)
    }
}

/// The actions of the screen. Outside of it they do nothing.
#[hook]
pub(crate) fn use_actions() -> Actions {
    use_context::<Actions>().unwrap_or_default()
}

impl Actions {
    /// Actions that change the state through `dispatch` and ask this client.
    pub(crate) fn new(queries: Rc<QueryClient>, dispatch: Callback<Action>, voice: Voice) -> Self {
        Self { queries, dispatch, voice }
    }

    /// The client of the query worker, for what listens to it.
    pub(crate) fn queries(&self) -> &Rc<QueryClient> {
        &self.queries
    }

    /// Says something to the user, and hands out files and copies.
    pub(crate) fn voice(&self) -> &Voice {
        &self.voice
    }

    /// Something in the workspace that is only a change of its state.
    pub(crate) fn sql(&self, step: Step) {
        self.dispatch.emit(Action::Step(step));
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
}
