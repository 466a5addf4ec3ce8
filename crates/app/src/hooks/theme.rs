//! Light and dark: as the system says, or as the user chose.

use sandglass_ui::browser::listener::Listener;
use sandglass_ui::browser::{document, window};
use web_sys::MediaQueryList;
use yew::prelude::*;

use crate::browser::preferences;

/// What the user chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    /// As the system says.
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    fn name(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    fn remembered() -> Self {
        match preferences::theme().as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    /// The next choice of a button that goes through them.
    pub(crate) fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}

/// The look of the page.
pub(crate) struct Look {
    /// What the user chose.
    pub(crate) theme: Theme,
    /// Whether it comes out dark.
    pub(crate) dark: bool,
    /// Chooses something else.
    pub(crate) choose: Callback<Theme>,
}

/// The look of the page; the style sheet follows `data-theme` on the document.
#[hook]
pub(crate) fn use_theme() -> Look {
    let theme = use_state_eq(Theme::remembered);
    let system_dark = use_state_eq(|| dark_query().is_some_and(|query| query.matches()));
    {
        let system_dark = system_dark.clone();
        use_effect_with((), move |()| {
            let listener = dark_query().map(|query| {
                let watched = query.clone();
                Listener::new(&query, "change", move |_| system_dark.set(watched.matches()))
            });
            move || drop(listener)
        });
    }
    // Before the children are drawn, so that a chart reads the colours of the new look.
    if let Some(root) = document().document_element() {
        let _ = match theme.name() {
            Some(name) => root.set_attribute("data-theme", name),
            None => root.remove_attribute("data-theme"),
        };
    }
    let dark = match *theme {
        Theme::System => *system_dark,
        Theme::Light => false,
        Theme::Dark => true,
    };
    let current = *theme;
    let choose = Callback::from(move |chosen: Theme| {
        preferences::set_theme(chosen.name());
        theme.set(chosen);
    });
    Look { theme: current, dark, choose }
}

fn dark_query() -> Option<MediaQueryList> {
    window().match_media("(prefers-color-scheme: dark)").ok().flatten()
}
