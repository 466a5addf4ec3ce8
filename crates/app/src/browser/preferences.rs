//! What the page remembers from one visit to the next: its controls, its look, and the queries of the user; never data.

use sandglass_protocol::{Threshold, ViewOptions, WeekRule};

use super::window;
use crate::store::{MAX_TENTHS, TENTHS, tenths};
use crate::workspace::{Workspace, kept};

const RULE: &str = "sandglass.rule";
const THRESHOLD: &str = "sandglass.threshold";
const THEME: &str = "sandglass.theme";
const SCRIPTS: &str = "sandglass.sql.scripts";
const PAST: &str = "sandglass.sql.past";
const SAVED: &str = "sandglass.sql.saved";

/// The rule and threshold of the last visit, or the usual ones.
pub(crate) fn view_options() -> ViewOptions {
    let usual = ViewOptions::default();
    let rule = match get(RULE).as_deref() {
        Some("monday") => WeekRule::Monday,
        Some("sunday") => WeekRule::Sunday,
        Some("iso") => WeekRule::Iso,
        _ => usual.rule,
    };
    let kept: Option<u32> = get(THRESHOLD).and_then(|text| text.parse().ok());
    let threshold = match kept.filter(|tenths| *tenths <= MAX_TENTHS) {
        Some(numerator) => Threshold { numerator, denominator: TENTHS },
        None => usual.threshold,
    };
    ViewOptions { rule, threshold }
}

/// Remembers the rule and threshold.
pub(crate) fn set_view_options(options: ViewOptions) {
    let rule = match options.rule {
        WeekRule::Monday => "monday",
        WeekRule::Sunday => "sunday",
        WeekRule::Iso => "iso",
    };
    set(RULE, rule);
    set(THRESHOLD, &tenths(options.threshold).to_string());
}

/// `light` or `dark`, when the user chose one.
pub(crate) fn theme() -> Option<String> {
    get(THEME)
}

/// Remembers the look; `None` follows the system.
pub(crate) fn set_theme(theme: Option<&str>) {
    match theme {
        Some(theme) => set(THEME, theme),
        None => {
            if let Ok(Some(storage)) = window().local_storage() {
                let _ = storage.remove_item(THEME);
            }
        }
    }
}

/// The SQL workspace as the last visit left it.
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

// Storage may be switched off or full. Then the page forgets, and works.

fn get(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

fn set(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
    }
}
