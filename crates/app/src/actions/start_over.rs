//! Forget everything that was read.

use sandglass_protocol::Request;

use super::Actions;

impl Actions {
    /// Clears all tables. The first view comes when the engine has done it.
    pub(crate) fn start_over(&self) {
        self.client.send(&Request::Clear);
    }
}
