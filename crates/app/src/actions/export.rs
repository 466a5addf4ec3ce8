//! Download tables. Charts are drawn here, and need no action.

use sandglass_protocol::{Request, TableId};

use super::Actions;

impl Actions {
    /// Downloads all rejects that were kept, as NDJSON. The engine makes the file.
    pub(crate) fn export_rejects(&self, table: TableId) {
        self.client.send(&Request::ExportRejects { table });
    }

    /// Downloads the outlier weeks or all weeks as CSV. The engine makes the file.
    pub(crate) fn export_weeks(&self, table: TableId, outliers_only: bool) {
        self.client.send(&Request::ExportWeeks { table, outliers_only });
    }
}
