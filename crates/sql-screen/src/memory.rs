//! What stays of the workspace from one visit to the next: its texts by name, in what the browser remembers.

use sandglass_ui::browser::memory::{get, set};

use crate::workspace::{Workspace, kept};

const SCRIPTS: &str = "sandglass.sql.scripts";
const PAST: &str = "sandglass.sql.past";
const SAVED: &str = "sandglass.sql.saved";

/// The workspace as the last visit left it.
pub(crate) fn workspace() -> Workspace {
    kept::restored(get(SCRIPTS).as_deref(), get(PAST).as_deref(), get(SAVED).as_deref())
}

/// Remembers the tabs.
pub(crate) fn set_scripts(workspace: &Workspace) {
    set(SCRIPTS, &kept::scripts(workspace));
}

/// Remembers what ran.
pub(crate) fn set_past(workspace: &Workspace) {
    set(PAST, &kept::past(&workspace.past));
}

/// Remembers the saved queries.
pub(crate) fn set_saved(workspace: &Workspace) {
    set(SAVED, &kept::saved(&workspace.saved));
}
