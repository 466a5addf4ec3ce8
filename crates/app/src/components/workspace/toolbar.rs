//! The buttons above the text of a script.

use yew::prelude::*;

use super::EditorLink;
use super::editor_pane::format_text;
use crate::actions::use_actions;
use crate::browser::editor::Editor;
use crate::components::icon::{Icon, Picture};
use crate::message::{Draft, Tone};
use crate::workspace::{ScriptId, Step};

/// What the buttons act on.
#[derive(Properties, PartialEq)]
pub(super) struct ToolbarProps {
    pub(super) editor: EditorLink,
    pub(super) script: ScriptId,
    pub(super) run: Callback<()>,
    /// Whether the script runs or waits.
    pub(super) busy: bool,
    /// Whether it has been asked to end.
    pub(super) cancelling: bool,
}

/// Run, or Cancel; and what can be done with the text.
#[component]
pub(super) fn Toolbar(props: &ToolbarProps) -> Html {
    let actions = use_actions();
    let script = props.script;
    let run = props.run.reform(|_: MouseEvent| ());
    let cancel = use_callback((actions.clone(), script), |_: MouseEvent, (actions, script)| {
        actions.sql(Step::Cancel(*script));
    });
    let format = use_callback((props.editor.clone(), actions.clone()), |_: MouseEvent, (editor, actions)| {
        let actions = actions.clone();
        let failed = Callback::from(move |reason: String| {
            // The place comes behind the first line.
            let reason = reason.lines().next().unwrap_or_default().to_owned();
            actions.tell(Draft::new(
                Tone::Warning,
                "The script cannot be formatted",
                crate::format::sentence(&reason),
            ));
        });
        format_text(editor, failed);
    });
    let comment = with(&props.editor, Editor::comment);
    let find = with(&props.editor, Editor::find);
    let save = {
        let editor = props.editor.clone();
        Callback::from(move |_: MouseEvent| {
            // What was typed last is told before.
            editor.with(|editor| editor.script());
            actions.sql(Step::Save);
            actions.announce("Saved among the queries at the side.");
        })
    };
    let quiet = |test_id: &'static str,
                 name: &'static str,
                 title: &'static str,
                 onclick: Callback<MouseEvent>| {
        html! { <button type="button" class="quiet" data-testid={test_id} {title} {onclick}>{ name }</button> }
    };
    html! {
        <div class="sql-toolbar" role="toolbar" aria-label="Script">
            if props.busy {
                <button type="button" class="plain" data-testid="sql-cancel" disabled={props.cancelling} onclick={cancel}>
                    <Icon of={Picture::Close} /><span>{ if props.cancelling { "Cancelling" } else { "Cancel" } }</span><kbd>{ "Esc" }</kbd>
                </button>
            } else {
                <button type="button" class="primary" data-testid="sql-run" title="Run everything, or what is selected" onclick={run}>
                    <Icon of={Picture::Run} /><span>{ "Run" }</span>
                </button>
            }
            <span class="note sql-keys"><kbd>{ "Ctrl" }</kbd>{ " " }<kbd>{ "Enter" }</kbd></span>
            <span class="sql-toolbar-gap"></span>
            { quiet("sql-format", "Format", "Lay out the script, or what is selected (Shift Alt F)", format) }
            { quiet("sql-comment", "Comment", "Make comments of the selected lines, or text again (Ctrl /)", comment) }
            { quiet("sql-find", "Find", "Find and replace (Ctrl F)", find) }
            { quiet("sql-save", "Save", "Save it among the queries at the side, under the name of its tab", save) }
        </div>
    }
}

fn with(editor: &EditorLink, then: fn(&Editor)) -> Callback<MouseEvent> {
    let editor = editor.clone();
    Callback::from(move |_| {
        editor.with(then);
    })
}
