//! End a job, running or waiting; start the engine again when it could not be started.

use sandglass_protocol::{JobId, Request};

use super::Actions;
use crate::store::Action;

impl Actions {
    /// Cancels a job. Of what it had read nothing is kept.
    pub(crate) fn cancel(&self, job: JobId) {
        self.client.forget(job);
        self.client.send(&Request::Cancel { job });
        self.dispatch(Action::Cancel(job));
    }

    /// Tries once more to start the engine.
    pub(crate) fn restart_engine(&self) {
        self.dispatch(Action::Restarting);
        self.client.restart();
    }
}
