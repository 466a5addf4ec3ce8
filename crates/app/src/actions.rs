//! What the user can do. One verb to a file, so that the listing of this folder is the list of what the page can do.
//!
//! An action ends in a change of state, a request to the engine, or both. Components call actions and nothing else that
//! acts; they get them from the context with [`use_actions`].

mod change_view;
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
use sandglass_ui::browser::timing;
use sandglass_ui::message::Said;
use sandglass_ui::voice::Voice;
use yew::prelude::*;

use crate::sql_screen::SqlScreen;
use crate::store::{Action, Job, Work};
use crate::worker::Client;

/// The actions, bound to the state and the engine of the page. Cheap to clone; all clones are equal.
#[derive(Clone, Default)]
pub(crate) struct Actions {
    client: Rc<Client>,
    screen: Rc<SqlScreen>,
    voice: Voice,
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
        let screen = SqlScreen::new(Rc::clone(&client));
        let voice = Voice::new(dispatch.reform(|said| match said {
            Said::Tell(draft) => Action::Tell(draft),
            Said::Announce(text) => Action::Announce(text),
        }));
        Self { client, screen, voice, dispatch, last_job: Rc::default() }
    }

    /// The client, for what listens to it.
    pub(crate) fn client(&self) -> &Rc<Client> {
        &self.client
    }

    /// The SQL screen, for what loads it and listens to it.
    pub(crate) fn screen(&self) -> &Rc<SqlScreen> {
        &self.screen
    }

    /// Says something to the user, and hands out files and copies.
    pub(crate) fn voice(&self) -> &Voice {
        &self.voice
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
