//! The tabs of the scripts: open, close, rename, new.

use sandglass_ui::icon::{Icon, Picture};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::editor_pane::focus_on;
use crate::actions::use_actions;
use crate::workspace::{SCRIPTS, Script, ScriptId, Shared, Step};

/// The tabs.
#[derive(Properties, PartialEq)]
pub(super) struct ScriptTabsProps {
    pub(super) scripts: Vec<Shared<Script>>,
    pub(super) open: ScriptId,
}

/// A list of buttons, because each has more buttons beside it.
#[component]
pub(super) fn ScriptTabs(props: &ScriptTabsProps) -> Html {
    let actions = use_actions();
    let renamed = use_state_eq(|| None::<ScriptId>);
    let new = use_callback(actions.clone(), |_: MouseEvent, actions| {
        actions.sql(Step::New { name: None, text: String::new() });
    });
    let end_renaming =
        use_callback((actions.clone(), renamed.clone()), |name: Option<String>, (actions, renamed)| {
            if let (Some(script), Some(name)) = (**renamed, name) {
                actions.sql(Step::Rename(script, name));
            }
            renamed.set(None);
        });
    let tab = |script: &Shared<Script>| {
        let id = script.id;
        let is_open = id == props.open;
        let step = |step: Step| {
            let actions = actions.clone();
            Callback::from(move |_: MouseEvent| actions.sql(step.clone()))
        };
        let rename = {
            let renamed = renamed.setter();
            Callback::from(move |()| renamed.set(Some(id)))
        };
        let onkeydown = {
            let rename = rename.clone();
            Callback::from(move |event: KeyboardEvent| {
                if event.key() == "F2" {
                    event.prevent_default();
                    rename.emit(());
                }
            })
        };
        html! {
            <li key={id} class={classes!(is_open.then_some("open"))}>
                if *renamed == Some(id) {
                    <NameField name={script.name.to_string()} done={end_renaming.clone()} />
                } else {
                    <button
                        type="button" class="sql-tab" data-testid="sql-tab" aria-current={is_open.then_some("true")}
                        title="F2 or a double click renames it" onclick={step(Step::Open(id))} {onkeydown}
                        ondblclick={rename.reform(|_: MouseEvent| ())}
                    >
                        if script.is_busy() {
                            <span class="sql-busy" aria-hidden="true"></span>
                        }
                        <span>{ &*script.name }</span>
                        if script.is_busy() {
                            <span class="visually-hidden">{ ", running" }</span>
                        }
                    </button>
                }
                if is_open {
                    <button
                        type="button" class="quiet round" data-testid="sql-rename-tab" title="Rename"
                        aria-label={format!("Rename {}", script.name)} onclick={rename.reform(|_: MouseEvent| ())}
                    >
                        <Icon of={Picture::Pencil} />
                    </button>
                }
                <button
                    type="button" class="quiet round" data-testid="sql-close-tab" title="Close"
                    aria-label={format!("Close {}", script.name)} onclick={step(Step::Close(id))}
                >
                    <Icon of={Picture::Close} />
                </button>
            </li>
        }
    };
    html! {
        <nav class="sql-tabs" aria-label="Scripts">
            <ul>{ for props.scripts.iter().map(tab) }</ul>
            <button
                type="button" class="quiet round" data-testid="sql-new-tab" title="New script" aria-label="New script"
                disabled={props.scripts.len() >= SCRIPTS} onclick={new}
            >
                <Icon of={Picture::Plus} />
            </button>
        </nav>
    }
}

/// A name that is changed.
#[derive(Properties, PartialEq)]
pub(super) struct NameFieldProps {
    pub(super) name: String,
    /// Hears the new name, or nothing if there is none.
    pub(super) done: Callback<Option<String>>,
}

/// A field with the focus. Enter and leaving it take the name, Escape does not.
#[component]
pub(super) fn NameField(props: &NameFieldProps) -> Html {
    let field = use_node_ref();
    {
        let field = field.clone();
        use_effect_with((), move |()| {
            focus_on(&field);
            if let Some(input) = field.cast::<HtmlInputElement>() {
                input.select();
            }
        });
    }
    let value = {
        let field = field.clone();
        move || field.cast::<HtmlInputElement>().map(|input| input.value())
    };
    let onblur = {
        let (done, value) = (props.done.clone(), value.clone());
        Callback::from(move |_: FocusEvent| done.emit(value()))
    };
    let onkeydown = {
        let done = props.done.clone();
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" => done.emit(value()),
            "Escape" => {
                event.prevent_default();
                event.stop_propagation();
                done.emit(None);
            }
            _ => {}
        })
    };
    html! {
        <input
            type="text" class="sql-name-field" aria-label="Name" data-testid="sql-name" maxlength="80" autocomplete="off"
            ref={field} value={props.name.clone()} {onblur} {onkeydown}
        />
    }
}
