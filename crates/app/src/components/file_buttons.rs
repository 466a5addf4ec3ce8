//! Buttons that open the browser's dialog for files or for a folder, and the fields behind them.
//!
//! The fields stay where they are for as long as the page is there. One that leaves the document while its dialog is open takes
//! what the user chooses with it, and tables that were kept can come at any moment.

use sandglass_ui::icon::{Icon, Picture};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::actions::use_actions;
use crate::browser::click;

/// What the dialog offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pick {
    /// One or more files.
    Files,
    /// A folder, with all that is in it.
    Folder,
}

impl Pick {
    /// The `id` of its field, which is also its `data-testid`.
    fn field(self) -> &'static str {
        match self {
            Self::Files => "file-input",
            Self::Folder => "folder-input",
        }
    }
}

/// The fields, at the root of the page. What is chosen in them is read.
#[component]
pub(crate) fn FileFields() -> Html {
    let actions = use_actions();
    let chosen = use_callback(actions, |event: Event, actions| {
        if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
            actions.open_chosen(&field);
        }
    });
    let field = |pick: Pick| {
        html! {
            <input
                type="file" id={pick.field()} data-testid={pick.field()} hidden=true multiple=true
                webkitdirectory={pick == Pick::Folder} onchange={chosen.clone()}
            />
        }
    };
    html! { <>{ field(Pick::Files) }{ field(Pick::Folder) }</> }
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
    pub(crate) children: Html,
}

/// A button that opens a dialog.
#[component]
pub(crate) fn FileButton(props: &FileButtonProps) -> Html {
    let open = use_callback(props.pick, |_: MouseEvent, pick| click(pick.field()));
    html! {
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
    }
}
