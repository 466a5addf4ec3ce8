//! The buttons above the text of a script.

use sandglass_ui::icon::{Icon, Picture};
use sandglass_ui::message::{Draft, Tone};
use yew::prelude::*;

use super::EditorLink;
use super::editor_pane::format_text;
use crate::actions::Actions;
use crate::browser::editor::Editor;
use crate::workspace::{RunState, Script, Step};

/// Run, or Cancel while the script runs or waits; and what can be done with the text.
pub(super) fn toolbar(
    script: &Script,
    editor: &EditorLink,
    run: &Callback<()>,
    cancel: &Callback<()>,
    actions: &Actions,
) -> Html {
    let busy = script.is_busy();
    let cancelling =
        script.run.as_ref().is_some_and(|run| run.state == RunState::Running { cancelling: true });
    let (run, cancel) = (run.reform(|_: MouseEvent| ()), cancel.reform(|_: MouseEvent| ()));
    let format = {
        let (editor, actions) = (editor.clone(), actions.clone());
        Callback::from(move |_: MouseEvent| {
            let actions = actions.clone();
            let failed = Callback::from(move |reason: String| {
                // The place comes behind the first line.
                let reason = sandglass_ui::format::sentence(reason.lines().next().unwrap_or_default());
                actions.voice().tell(Draft::new(Tone::Warning, "The script cannot be formatted", reason));
            });
            format_text(&editor, failed);
        })
    };
    let comment = with(editor, Editor::comment);
    let find = with(editor, Editor::find);
    let save = {
        let (editor, actions) = (editor.clone(), actions.clone());
        Callback::from(move |_: MouseEvent| {
            // What was typed last is told before.
            editor.with(|editor| editor.script());
            actions.sql(Step::Save);
            actions.voice().announce("Saved among the queries at the side.");
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
            if busy {
                <button type="button" class="plain" data-testid="sql-cancel" disabled={cancelling} onclick={cancel}>
                    <Icon of={Picture::Close} /><span>{ if cancelling { "Cancelling" } else { "Cancel" } }</span><kbd>{ "Esc" }</kbd>
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
