//! Whether the tables stay when the page is closed, as people are told it.

use sandglass_protocol::{Keeping, Request, Space};
use sandglass_ui::format;
use sandglass_ui::icon::{Icon, Picture};
use yew::prelude::*;

use crate::actions::use_actions;

/// What is told.
#[derive(Properties, PartialEq)]
pub(crate) struct KeepingProps {
    pub(crate) keeping: Keeping,
}

/// A word or two at the head of the page.
#[component]
pub(crate) fn KeepingChip(props: &KeepingProps) -> Html {
    let actions = use_actions();
    let (class, picture, text) = match &props.keeping {
        Keeping::Opening => return Html::default(),
        Keeping::Kept(_) => ("is-kept", Picture::Done, "Saved"),
        Keeping::Saving => ("is-saving", Picture::Clock, "Not yet saved"),
        Keeping::Unsaved { .. } => ("is-unsaved", Picture::Warning, "Not saved"),
        Keeping::Looking => ("is-looking", Picture::Lock, "Read only"),
        Keeping::Window { .. } | Keeping::Nowhere { .. } => ("is-nowhere", Picture::Info, "In this tab only"),
    };
    let again = Callback::from(move |_: MouseEvent| actions.client().send(&Request::SaveAgain));
    html! {
        <span class={classes!("keeping", class)} data-testid="keeping" title={in_words(&props.keeping)}>
            <Icon of={picture} />
            <span>{ text }</span>
            if matches!(props.keeping, Keeping::Unsaved { .. }) {
                <button type="button" class="plain" data-testid="save-again" onclick={again}>{ "Try again" }</button>
            }
        </span>
    }
}

/// The same in a sentence.
pub(crate) fn in_words(keeping: &Keeping) -> String {
    match keeping {
        Keeping::Opening => "Looking for tables that are kept in this browser.".to_owned(),
        Keeping::Kept(Space { quota: 0, .. }) => "Kept in this browser until you remove them.".to_owned(),
        Keeping::Kept(Space { used, quota }) => format!(
            "Kept in this browser until you remove them: {} of {} are used.",
            format::bytes(*used),
            format::bytes(*quota)
        ),
        Keeping::Saving => "Being saved in this browser; keep the tab open until then.".to_owned(),
        Keeping::Unsaved { reason } => format!("In this tab, and not saved: {}", format::sentence(reason)),
        Keeping::Looking => {
            "Another tab has these tables and can change them. This one shows them as they were when it was opened, and takes \
             over when the other is closed."
                .to_owned()
        }
        Keeping::Window { reason, used, .. } => format!(
            "Kept in this tab until you close or reload it: {} are used. {} Export the tables to keep them.",
            format::bytes(*used),
            format::sentence(reason)
        ),
        Keeping::Nowhere { reason } => format!(
            "Kept in this tab until you close or reload it, because the browser keeps nothing for it: {}",
            format::sentence(reason)
        ),
    }
}
