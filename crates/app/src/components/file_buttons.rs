//! A button that opens the browser's dialog for files or for a folder, and reads what is chosen.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::icon::{Icon, Picture};
use crate::actions::use_actions;

/// What the dialog offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    /// One or more files.
    Files,
    /// A folder, with all that is in it.
    Folder,
}

/// The button.
#[derive(Properties, PartialEq)]
pub(crate) struct FileButtonProps {
    pub(crate) pick: Pick,
    pub(crate) class: Classes,
    pub(crate) icon: Picture,
    #[prop_or_default]
    pub(crate) disabled: bool,
    /// `data-testid` of the button.
    pub(crate) test_id: AttrValue,
    /// `data-testid` of the field behind it.
    #[prop_or_default]
    pub(crate) input_test_id: Option<AttrValue>,
    pub(crate) children: Html,
}

/// The button, and the field behind it that the browser wants.
#[component]
pub(crate) fn FileButton(props: &FileButtonProps) -> Html {
    let actions = use_actions();
    let field = use_node_ref();
    let open = use_callback(field.clone(), |_: MouseEvent, field| {
        if let Some(field) = field.cast::<HtmlInputElement>() {
            field.click();
        }
    });
    let chosen = use_callback(actions, |event: Event, actions| {
        if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
            actions.open_chosen(&field);
        }
    });
    let folder = props.pick == Pick::Folder;
    html! {
        <>
            <input
                type="file"
                ref={field}
                hidden=true
                multiple=true
                webkitdirectory={folder}
                data-testid={props.input_test_id.clone()}
                onchange={chosen}
            />
            <button
                type="button"
                class={props.class.clone()}
                disabled={props.disabled}
                data-testid={props.test_id.clone()}
                onclick={open}
            >
                <Icon of={props.icon} />
                <span>{ props.children.clone() }</span>
            </button>
        </>
    }
}
