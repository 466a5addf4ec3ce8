//! What the user can do. One verb to a file, so that the listing of this folder is the list of what the page can do.
//!
//! An action ends in a change of state, a request to the engine, or both. Components call actions and nothing else that
//! acts; they get them from the context with [`use_actions`].

mod change_view;
mod copy;
mod dismiss;
mod export;
mod navigate;
mod open;
pub(crate) mod page;
mod sample;
mod sql;
mod start_over;
mod stop;
mod tables;
mod upkeep;

use std::cell::Cell;
use std::rc::Rc;

use sandglass_protocol::JobId;
use yew::prelude::*;

use crate::browser::timing;
use crate::store::{Action, Job, Work};
use crate::worker::{Client, QueryClient};

/// The actions, bound to the state and the engine of the page. Cheap to clone; all clones are equal.
#[derive(Clone, Default)]
pub(crate) struct Actions {
    client: Rc<Client>,
    queries: Rc<QueryClient>,
    dispatch: Callback<Action>,
    last_job: Rc<Cell<JobId>>,
}

impl PartialEq for Actions {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.last_job, &other.last_job)
    }
}

impl Actions {
    /// Actions that change the state through `dispatch` and ask this client.
    pub(crate) fn new(client: Rc<Client>, dispatch: Callback<Action>) -> Self {
        let queries = QueryClient::new(Rc::clone(&client));
        Self { client, queries, dispatch, last_job: Rc::default() }
    }

    /// The client, for what listens to it.
    pub(crate) fn client(&self) -> &Rc<Client> {
        &self.client
    }

    /// The client of the query worker, for what listens to it.
    pub(crate) fn queries(&self) -> &Rc<QueryClient> {
        &self.queries
    }

    fn dispatch(&self, action: Action) {
        self.dispatch.emit(action);
    }

    /// The number of a new job, which counts from the moment that the user gave it.
    fn next_job(&self) -> JobId {
        let id = self.last_job.get() + 1;
        self.last_job.set(id);
        id
    }

    fn enqueue(&self, id: JobId, work: Work) {
        let job = Job { id, work };
        // The engine can read while the page is drawn.
        self.client.begin_if_free(&job);
        self.dispatch(Action::Enqueue(job));
    }

    fn mark_drop(&self, id: JobId) {
        timing::mark("drop", Some(id));
    }
}

/// The actions of the page. Outside the page they do nothing.
#[hook]
pub(crate) fn use_actions() -> Actions {
    use_context::<Actions>().unwrap_or_default()
}
