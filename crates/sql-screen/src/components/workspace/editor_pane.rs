//! Where the text of a script is written.

use std::rc::Rc;

use sandglass_protocol::sql::SqlCatalog;
use sandglass_ui::browser::{error_text, window};
use sandglass_ui::format;
use serde::Serialize;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::EditorLink;
use crate::actions::use_actions;
use crate::browser::editor::Editor;
use crate::workspace::problems::problems;
use crate::workspace::{Script, ScriptId, Shared, Step};

/// What is written.
#[derive(Properties, PartialEq)]
pub(super) struct EditorPaneProps {
    pub(super) editor: EditorLink,
    pub(super) script: Shared<Script>,
    /// All scripts.
    pub(super) scripts: Vec<ScriptId>,
    /// What can be completed.
    pub(super) catalog: Option<Rc<SqlCatalog>>,
    pub(super) run: Callback<()>,
}

/// How far the editor is.
#[derive(Debug, Clone, PartialEq)]
enum Loading {
    Going,
    Done,
    Failed(String),
}

/// The editor, in an element that Yew leaves alone.
#[component]
pub(super) fn EditorPane(props: &EditorPaneProps) -> Html {
    let actions = use_actions();
    let place = use_node_ref();
    let loading = use_state_eq(|| Loading::Going);
    let EditorPaneProps { editor, script, .. } = props;
    {
        let (place, loading, run) = (place.clone(), loading.setter(), props.run.clone());
        use_effect_with(editor.clone(), move |editor| {
            let gone = Rc::new(std::cell::Cell::new(false));
            if let Some(element) = place.cast::<Element>() {
                let (editor, gone) = (editor.clone(), Rc::clone(&gone));
                wasm_bindgen_futures::spawn_local(async move {
                    let on_text = move |tab, text| actions.sql(Step::Edit(tab, text));
                    let opened = Editor::open(&element, "SQL", on_text, move || run.emit(())).await;
                    match opened {
                        Ok(_) if gone.get() => {}
                        Ok(opened) => {
                            editor.set(Some(opened));
                            loading.set(Loading::Done);
                        }
                        Err(error) => loading.set(Loading::Failed(error_text(&error))),
                    }
                });
            }
            let editor = editor.clone();
            move || {
                gone.set(true);
                editor.set(None);
            }
        });
    }
    let there = *loading == Loading::Done;
    {
        let editor = editor.clone();
        use_effect_with((there, props.catalog.clone()), move |(_, catalog)| {
            if let Some(catalog) = catalog {
                editor.with(|editor| editor.set_catalog(&Completions::of(catalog)));
            }
        });
    }
    {
        let (editor, script) = (editor.clone(), script.clone());
        let scripts = props.scripts.clone();
        use_effect_with((there, script.id), move |_| {
            editor.with(|editor| {
                editor.show(script.id, &script.text);
                editor.keep(&scripts);
                // On a screen with a keyboard: on others one would come up.
                let has_keys = window().match_media("(pointer: fine)").ok().flatten();
                if has_keys.is_some_and(|query| query.matches()) {
                    editor.focus();
                }
            });
        });
    }
    {
        let editor = editor.clone();
        let script = script.clone();
        let key = script.run.as_ref().map(|run| (run.id, run.ended.len()));
        use_effect_with((there, script.id, key), move |_| {
            let Some(run) = &script.run else { return };
            let problems = problems(&script.text, run);
            editor.with(|editor| editor.mark(if problems.is_empty() { 0 } else { run.id }, &problems));
        });
    }
    html! {
        <div class="sql-editor" data-testid="sql-editor" data-ready={there.then_some("true")}>
            <div class="sql-editor-place" ref={place}></div>
            if let Loading::Failed(reason) = &*loading {
                <p class="empty" role="alert">
                    { format!("The editor could not be loaded: {} Load the page again.", format::sentence(reason)) }
                </p>
            } else if !there {
                <p class="empty">{ "Loading the editor." }</p>
            }
        </div>
    }
}

/// The catalog as the editor wants it.
#[derive(Serialize)]
struct Completions<'a> {
    tables: Vec<CompletedTable<'a>>,
    functions: &'a [String],
}

#[derive(Serialize)]
struct CompletedTable<'a> {
    schema: &'a str,
    name: &'a str,
    rows: Option<String>,
    columns: Vec<CompletedColumn<'a>>,
}

#[derive(Serialize)]
struct CompletedColumn<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    sql_type: &'a str,
}

impl<'a> Completions<'a> {
    fn of(catalog: &'a SqlCatalog) -> Self {
        let tables = catalog.tables.iter().map(|table| CompletedTable {
            schema: &table.schema,
            name: &table.name,
            rows: table.rows.map(|rows| format::counted(rows, "row")),
            columns: table
                .columns
                .iter()
                .map(|column| CompletedColumn { name: &column.name, sql_type: &column.sql_type })
                .collect(),
        });
        Self { tables: tables.collect(), functions: &catalog.functions }
    }
}

/// Lays out the text, and says why not if that cannot be done.
pub(super) fn format_text(editor: &EditorLink, failed: Callback<String>) {
    let Some(promise) = editor.with(Editor::format) else { return };
    let editor = editor.clone();
    wasm_bindgen_futures::spawn_local(async move {
        match wasm_bindgen_futures::JsFuture::from(promise).await {
            Ok(_) => {
                editor.with(Editor::focus);
            }
            Err(error) => failed.emit(error_text(&error)),
        }
    });
}

/// Gives the focus to an element that has just come, such as a field.
pub(super) fn focus_on(node: &NodeRef) {
    if let Some(element) = node.cast::<HtmlElement>() {
        sandglass_ui::browser::focus(&element);
    }
}
