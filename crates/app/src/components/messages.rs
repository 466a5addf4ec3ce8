//! The messages above the page.

use sandglass_ui::browser::window;
use sandglass_ui::icon::{Icon, Picture};
use sandglass_ui::message::{Remedy, Tone};
use yew::prelude::*;

use crate::actions::{Actions, use_actions};
use crate::store::Message;

/// What is to be shown.
#[derive(Properties, PartialEq)]
pub(crate) struct MessagesProps {
    /// Oldest first.
    pub(crate) messages: Vec<Message>,
}

/// All messages, newest first.
#[component]
pub(crate) fn Messages(props: &MessagesProps) -> Html {
    let actions = use_actions();
    html! {
        <div class="messages">
            { for props.messages.iter().rev().map(|message| show(message, &actions)) }
        </div>
    }
}

fn show(message: &Message, actions: &Actions) -> Html {
    let Message { id, draft } = message;
    let id = *id;
    let (class, role, picture) = match draft.tone {
        Tone::Error => ("error", "alert", Picture::Error),
        Tone::Warning => ("warning", "status", Picture::Warning),
        Tone::Info => ("info", "status", Picture::Info),
    };
    let dismiss = {
        let actions = actions.clone();
        Callback::from(move |_: MouseEvent| actions.dismiss(id))
    };
    html! {
        <div key={id} class={classes!("message", class)} {role} data-testid="message">
            <Icon of={picture} />
            <div class="message-body">
                <strong>{ &draft.title }</strong>
                <p>{ &draft.text }</p>
                if let Some(remedy) = draft.remedy {
                    { remedy_button(remedy, actions) }
                }
            </div>
            <button type="button" class="quiet round" aria-label={format!("Dismiss: {}", draft.title)} title="Dismiss" onclick={dismiss}>
                <Icon of={Picture::Close} />
            </button>
        </div>
    }
}

fn remedy_button(remedy: Remedy, actions: &Actions) -> Html {
    let (text, onclick) = match remedy {
        Remedy::Reload => (
            "Reload the page",
            Callback::from(|_: MouseEvent| {
                let _ = window().location().reload();
            }),
        ),
        Remedy::Restart => {
            let actions = actions.clone();
            ("Try again", Callback::from(move |_: MouseEvent| actions.restart_engine()))
        }
        Remedy::RestartQueries => {
            let actions = actions.clone();
            ("Try again", Callback::from(move |_: MouseEvent| actions.restart_queries()))
        }
    };
    html! { <button type="button" class="plain" {onclick}>{ text }</button> }
}
