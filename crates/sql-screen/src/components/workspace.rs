//! The SQL workspace: scripts in tabs, the catalog and saved queries beside them, and what came of running them below.

mod editor_pane;
mod outcome;
mod progress;
mod queries;
mod schemas;
mod script_tabs;
mod statements;
mod toolbar;

use std::cell::RefCell;
use std::rc::Rc;

use sandglass_protocol::Keeping;
use sandglass_ui::keys::use_escape;
use sandglass_ui::screen::Surroundings;
use yew::prelude::*;

use self::editor_pane::EditorPane;
use self::outcome::outcome;
use self::progress::RunProgress;
use self::queries::Queries;
use self::schemas::schemas;
use self::script_tabs::ScriptTabs;
use self::statements::statements;
use self::toolbar::toolbar;
use super::column_view::column_view;
use crate::actions::use_actions;
use crate::browser::editor::Editor;
use crate::workspace::{QueryEngine, RunState, Shared, Step, Workspace};

/// The editor, for those who have something to do with it: buttons, and names that are put into the text.
#[derive(Clone, Default)]
pub(super) struct EditorLink(Rc<RefCell<Option<Editor>>>);

impl PartialEq for EditorLink {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl EditorLink {
    /// Does something with the editor, if it is there.
    fn with<T>(&self, then: impl FnOnce(&Editor) -> T) -> Option<T> {
        self.0.borrow().as_ref().map(then)
    }

    fn set(&self, editor: Option<Editor>) {
        // An editor says what was typed last when it ends, and may be asked something by who hears that.
        let before = self.0.replace(editor);
        drop(before);
    }
}

/// What the workspace depends on.
#[derive(Properties, PartialEq)]
pub(crate) struct SqlWorkspaceProps {
    pub(crate) sql: Shared<Workspace>,
    /// What holds on the page.
    pub(crate) page: Surroundings,
}

/// The workspace.
#[component]
pub(crate) fn SqlWorkspace(props: &SqlWorkspaceProps) -> Html {
    let actions = use_actions();
    let editor = use_memo((), |()| EditorLink::default());
    let sql = &props.sql;
    let script = sql.script();
    let busy = script.is_busy().then_some(script.id);
    let cancel = use_callback((busy, actions.clone()), |(), (busy, actions)| {
        if let Some(script) = busy {
            actions.sql(Step::Cancel(*script));
        }
    });
    use_escape(busy.map(|_| cancel.clone()));
    let run = use_callback(((*editor).clone(), actions.clone()), |(), (editor, actions)| {
        if let Some((text, from)) = editor.with(Editor::script) {
            actions.run(text, from);
        }
    });
    let close_explored = {
        let actions = actions.clone();
        Callback::from(move |_: MouseEvent| actions.sql(Step::Explore(None)))
    };
    let waits_for = waits_for(props);
    let cancelling =
        script.run.as_ref().is_some_and(|run| run.state == RunState::Running { cancelling: true });
    html! {
        <div class="sql-workspace">
            <div class="sql-main">
                <h1 class="visually-hidden">{ "SQL" }</h1>
                <ScriptTabs scripts={sql.scripts.clone()} open={sql.open} />
                <section class="card sql-script" aria-label="Script">
                    { toolbar(script, &editor, &run, &cancel, &actions) }
                    <EditorPane
                        editor={(*editor).clone()} script={script.clone()} {run}
                        scripts={sql.scripts.iter().map(|script| script.id).collect::<Vec<_>>()}
                        catalog={sql.catalog.clone()}
                    />
                </section>
                if let Some(run) = script.run.as_ref() {
                    if busy.is_some() {
                        <RunProgress key={run.id} run={run.id} at={run.at} statements={run.statements} {cancelling} {waits_for} />
                    }
                }
                if let Some(table) = &sql.explored {
                    <section class="card sql-outcome" aria-label="Columns">
                        { column_view(&table.found, format!("{}.{}", table.schema, table.name), None) }
                        <button
                            type="button" class="quiet" data-testid="sql-close-explored"
                            onclick={close_explored}
                        >
                            { "Back to the script" }
                        </button>
                    </section>
                }
                <div hidden={sql.explored.is_some()}>
                    if let Some(run) = script.run.as_ref() {
                        { statements(run, script.shown, &actions) }
                        if let Some(outcome) = outcome(script, run, props.page.dark, &editor) {
                            { outcome }
                        } else if run.state == RunState::Lost {
                            <p class="card sql-note" role="status">{ "The SQL engine stopped while this ran. Run it once more." }</p>
                        } else if (run.state == RunState::Ended { cancelled: true }) {
                            <p class="card sql-note" data-testid="sql-cancelled">{ "Cancelled." }</p>
                        }
                    }
                    if script.run.is_none() {
                        <p class="card sql-note">{ hint(sql, &props.page.keeping) }</p>
                    }
                </div>
            </div>
            <aside class="sql-side" aria-label="Catalog and queries">
                { schemas(sql.catalog.as_deref(), sql.engine, &editor) }
                <Queries catalog={sql.catalog.clone()} saved={sql.saved.clone()} past={sql.past.clone()} />
            </aside>
        </div>
    }
}

/// Why a run that waits does so.
fn waits_for(props: &SqlWorkspaceProps) -> Option<&'static str> {
    let sql = &props.sql;
    let waits = sql.script().run.as_ref().is_some_and(|run| run.state == RunState::Waiting);
    Some(match (sql.engine, &props.page.keeping) {
        _ if !waits => return None,
        (QueryEngine::Starting | QueryEngine::Absent, _) => "The SQL engine is being loaded.",
        (QueryEngine::Failed, _) => "There is no SQL engine.",
        (_, Keeping::Saving | Keeping::Window { saving: true, .. }) => {
            "It runs when what was read last is saved."
        }
        (_, Keeping::Opening) if props.page.has_engine => "It runs when your tables are opened.",
        _ => "It runs when the script before it has ended.",
    })
}

/// What to do in a tab whose script has not run.
fn hint(sql: &Workspace, keeping: &Keeping) -> &'static str {
    match (sql.engine, keeping) {
        (QueryEngine::Failed, _) => "The SQL engine could not be started.",
        (_, Keeping::Nowhere { .. }) => {
            "This browser keeps no tables, so there are none to query. Files that you have opened can be: read_csv('name.csv')."
        }
        (QueryEngine::Ready, _) => "Write a query and run it. Select a part of it to run only that.",
        _ => "Write a query; it runs as soon as the SQL engine is loaded.",
    }
}
