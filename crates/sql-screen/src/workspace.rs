//! The SQL workspace: scripts in tabs, what came of running them, what ran before, and queries that were saved.
//!
//! Pure, like [`crate::store`], whose state has it in itself: [`Workspace::apply`] takes a [`Step`] and says what holds
//! afterwards. What is to be sent to the query worker follows from the state (`queries.rs`). How far a run has come is not in
//! here, because it changes ten times a second.

mod hear;
pub(crate) mod kept;
pub(crate) mod names;
pub(crate) mod problems;
mod run;
mod shared;
mod tabs;
#[cfg(test)]
mod tests;
mod turns;

use std::rc::Rc;

use sandglass_protocol::sql::{ExportForm, ResultId, RunId, SqlCatalog, SqlEvent};
use sandglass_ui::message::Draft;

pub(crate) use self::run::{Ended, Exploring, Outcome, Rows, Run, RunState};
pub(crate) use self::shared::Shared;

/// Tabs are not made above this many.
pub(crate) const SCRIPTS: usize = 50;

/// A script in a tab. Counted up from 1.
pub(crate) type ScriptId = u32;

/// Whether the query worker takes requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueryEngine {
    /// Nobody has wanted it.
    Absent,
    /// It has been started and has not said that it is ready.
    Starting,
    /// It takes requests.
    Ready,
    /// It cannot be used, and the user has been told why.
    Failed,
}

/// What is looked at of an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// Its rows.
    Rows,
    /// What is in its columns.
    Columns,
    /// A chart of it.
    Chart,
    /// How it was carried out.
    Plan,
}

/// A script in a tab.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Script {
    /// Its number.
    pub(crate) id: ScriptId,
    /// What its tab is called.
    pub(crate) name: Rc<str>,
    /// Its text, a moment behind what is typed.
    pub(crate) text: Rc<str>,
    /// How it was run last.
    pub(crate) run: Option<Run>,
    /// The statement of the run whose outcome is looked at.
    pub(crate) shown: usize,
    /// What is looked at of it.
    pub(crate) view: View,
}

impl Script {
    /// Whether it runs or is going to.
    pub(crate) fn is_busy(&self) -> bool {
        self.run.as_ref().is_some_and(|run| matches!(run.state, RunState::Waiting | RunState::Running { .. }))
    }
}

/// A script that ran.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Past {
    /// Its text.
    pub(crate) sql: Rc<str>,
    /// When it began, in milliseconds since 1970.
    pub(crate) at: f64,
    /// How long it took, in milliseconds.
    pub(crate) ms: f64,
    /// Rows of its last result.
    pub(crate) rows: Option<u64>,
    /// How it ended.
    pub(crate) end: End,
}

/// How a script ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    Failed,
    Cancelled,
}

/// A query that the user has saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Saved {
    pub(crate) name: Rc<str>,
    pub(crate) sql: Rc<str>,
}

/// A table whose columns are looked into.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExploredTable {
    pub(crate) schema: Rc<str>,
    pub(crate) name: Rc<str>,
    pub(crate) found: Exploring,
}

/// What can happen to the workspace.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// The query worker is wanted.
    Want,
    /// A new tab with this text, and with this name if it has one.
    New {
        name: Option<String>,
        text: String,
    },
    Open(ScriptId),
    Close(ScriptId),
    Rename(ScriptId, String),
    /// What is typed in a tab.
    Edit(ScriptId, String),
    /// Run this text of the open tab, which begins there (in UTF-16 units), at this time.
    Run {
        sql: String,
        from: u32,
        at: f64,
    },
    /// Stop what runs or waits in a tab.
    Cancel(ScriptId),
    /// Look at the outcome of one of the statements of the open tab.
    Look(usize),
    View(View),
    /// Save the text of the open tab under its name.
    Save,
    RenameSaved(usize, String),
    Forget(usize),
    ClearPast,
    /// Look into the columns of a table, or do not any more.
    Explore(Option<(Rc<str>, Rc<str>)>),
    /// The columns of a result were asked for.
    Exploring(ResultId),
    /// The rows of a chart were asked for, with this number.
    ChartAsked(ResultId, u32),
    /// A file of a result was asked for.
    Exporting(ResultId, ExportForm),
    /// The query worker said something. Progress does not come this way.
    Heard(SqlEvent),
    /// It stopped by itself, and a new one is starting.
    Stopped(String),
    /// It cannot be started.
    CannotStart(String),
}

/// The workspace.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    pub(crate) engine: QueryEngine,
    /// How often it was started; results of an earlier one are gone.
    pub(crate) generation: u32,
    pub(crate) catalog: Option<Rc<SqlCatalog>>,
    /// The tabs; there is always one.
    pub(crate) scripts: Vec<Shared<Script>>,
    pub(crate) open: ScriptId,
    /// The run that the worker has, or will have as soon as it is told.
    pub(crate) active: Option<RunId>,
    /// The newest first.
    pub(crate) past: Shared<Vec<Past>>,
    pub(crate) saved: Shared<Vec<Saved>>,
    pub(crate) explored: Option<ExploredTable>,
    next_script: ScriptId,
    next_run: RunId,
}

impl Default for Workspace {
    fn default() -> Self {
        let mut workspace = Self {
            engine: QueryEngine::Absent,
            generation: 1,
            catalog: None,
            scripts: Vec::new(),
            open: 0,
            active: None,
            past: Vec::new().into(),
            saved: Vec::new().into(),
            explored: None,
            next_script: 1,
            next_run: 1,
        };
        workspace.add(None, "");
        workspace
    }
}

impl Workspace {
    /// What holds after `step`, and what the user is to be told.
    pub(crate) fn apply(&mut self, step: Step) -> Option<Draft> {
        match step {
            Step::Want => {
                if self.engine == QueryEngine::Absent || self.engine == QueryEngine::Failed {
                    self.engine = QueryEngine::Starting;
                }
            }
            Step::New { name, text } => self.show_or_add(name.as_deref(), &text),
            Step::Open(id) => {
                if self.scripts.iter().any(|script| script.id == id) {
                    self.open = id;
                    self.explored = None;
                }
            }
            Step::Close(id) => self.close(id),
            Step::Rename(id, name) => self.rename(id, &name),
            Step::Edit(id, text) => self.change(id, |script| script.text = Rc::from(text)),
            Step::Run { sql, from, at } => self.run(sql, from, at),
            Step::Cancel(id) => self.cancel(id),
            Step::Look(statement) => {
                self.explored = None;
                self.change(self.open, |script| script.shown = statement);
            }
            Step::View(view) => self.change(self.open, |script| script.view = view),
            Step::Save => self.save(),
            Step::RenameSaved(at, name) => {
                let name = kept::name(&name);
                if let (Some(saved), false) = (self.saved.change().get_mut(at), name.is_empty()) {
                    saved.name = Rc::from(name);
                }
            }
            Step::Forget(at) => {
                if at < self.saved.len() {
                    self.saved.change().remove(at);
                }
            }
            Step::ClearPast => self.past = Vec::new().into(),
            Step::Explore(table) => {
                self.explored =
                    table.map(|(schema, name)| ExploredTable { schema, name, found: Exploring::Asked });
            }
            Step::Exploring(result) => self.change_rows(result, |rows| rows.exploring = Exploring::Asked),
            Step::ChartAsked(result, ask) => self.change_rows(result, |rows| rows.chart_ask = Some(ask)),
            Step::Exporting(result, form) => self.change_rows(result, |rows| rows.exporting = Some(form)),
            Step::Heard(event) => return self.hear(event),
            Step::Stopped(why) => return Some(self.stopped(&why)),
            Step::CannotStart(why) => return Some(self.cannot_start(why)),
        }
        None
    }

    /// The script of the open tab.
    pub(crate) fn script(&self) -> &Shared<Script> {
        self.scripts.iter().find(|script| script.id == self.open).unwrap_or(&self.scripts[0])
    }

    /// The results that are looked at or can be. All others can be forgotten.
    pub(crate) fn results(&self) -> Vec<ResultId> {
        let runs = self.scripts.iter().filter_map(|script| script.run.as_ref());
        let rows = runs.flat_map(|run| &run.ended).filter_map(|ended| ended.outcome.rows());
        rows.map(|rows| rows.info.result).collect()
    }

    fn change(&mut self, id: ScriptId, change: impl FnOnce(&mut Script)) {
        if let Some(script) = self.scripts.iter_mut().find(|script| script.id == id) {
            change(script.change());
        }
    }

    fn change_run(&mut self, id: ScriptId, change: impl FnOnce(&mut Run)) {
        self.change(id, |script| {
            if let Some(run) = &mut script.run {
                change(run);
            }
        });
    }

    fn change_all_runs(&mut self, change: impl Fn(&mut Run)) {
        for id in self.scripts.iter().map(|script| script.id).collect::<Vec<_>>() {
            self.change_run(id, &change);
        }
    }

    fn change_rows(&mut self, result: ResultId, change: impl FnOnce(&mut Rows)) {
        let has_it = |script: &&mut Shared<Script>| {
            script.run.as_ref().is_some_and(|run| run.rows_of(result).is_some())
        };
        let Some(script) = self.scripts.iter_mut().find(has_it) else { return };
        if let Some(run) = &mut script.change().run {
            run.change_rows(result, change);
        }
    }
}
