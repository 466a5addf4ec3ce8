//! What the page remembers from one visit to the next: its controls and its look; never data. The SQL screen remembers
//! what is its own.

use sandglass_protocol::{Threshold, ViewOptions, WeekRule};
use sandglass_ui::browser::memory::{get, remove, set};

use crate::store::{MAX_TENTHS, TENTHS, tenths};

const RULE: &str = "sandglass.rule";
const THRESHOLD: &str = "sandglass.threshold";
const THEME: &str = "sandglass.theme";

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
        None => remove(THEME),
    }
}
