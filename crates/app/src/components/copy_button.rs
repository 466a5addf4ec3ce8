//! A button that copies a table as tab-separated text, which every spreadsheet takes.

use gloo_timers::callback::Timeout;
use sandglass_ui::icon::{Icon, Picture};
use yew::prelude::*;

use crate::actions::use_actions;

/// How long the button says that it is done, in milliseconds.
const DONE_SHOWN: u32 = 2000;

/// What is copied.
#[derive(Properties, PartialEq)]
pub(crate) struct CopyButtonProps {
    /// Makes the text, when it is wanted.
    pub(crate) text: Callback<(), String>,
    /// What it is, such as `162 weeks`.
    pub(crate) things: AttrValue,
}

/// Copies, and says so for a moment.
#[component]
pub(crate) fn CopyButton(props: &CopyButtonProps) -> Html {
    let actions = use_actions();
    let copied = use_state_eq(|| false);
    {
        let setter = copied.setter();
        use_effect_with(*copied, move |copied| {
            let timeout = copied.then(|| Timeout::new(DONE_SHOWN, move || setter.set(false)));
            move || drop(timeout)
        });
    }
    let onclick = {
        let (text, things, setter) = (props.text.clone(), props.things.clone(), copied.setter());
        Callback::from(move |_: MouseEvent| {
            let setter = setter.clone();
            actions.voice().copy(
                text.emit(()),
                things.to_string(),
                Callback::from(move |()| setter.set(true)),
            );
        })
    };
    html! {
        <button type="button" class="quiet" {onclick} title="Copy as tab-separated text, for a spreadsheet">
            <Icon of={if *copied { Picture::Done } else { Picture::Copy }} />
            <span>{ if *copied { "Copied" } else { "Copy" } }</span>
        </button>
    }
}
