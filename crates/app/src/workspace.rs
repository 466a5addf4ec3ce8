//! The SQL workspace: scripts in tabs, what came of running them, what ran before, and queries that were saved.
//!
//! Pure, like [`crate::store`], whose state has it in itself: [`Workspace::apply`] takes a [`Step`] and says what holds
//! afterwards. What is to be sent to the query worker follows from the state (`hooks/queries.rs`). How far a run has come is not in
//! here, because it changes ten times a second.

pub(crate) mod kept;
pub(crate) mod names;
pub(crate) mod problems;
mod run;
#[cfg(test)]
mod tests;

use std::ops::Deref;
use std::rc::Rc;

use sandglass_protocol::VERSION;
use sandglass_protocol::sql::{Explored, ExportForm, ResultId, RunId, SqlCatalog, SqlEvent, SqlOutcome};

pub(crate) use self::run::{Ended, Exploring, Outcome, Rows, Run, RunState};
use crate::format;
use crate::message::{Draft, Remedy, Tone};
use crate::results::chart::ChartAnswer;

/// Tabs are not made above this many.
pub(crate) const SCRIPTS: usize = 50;

/// A script in a tab. Counted up from 1.
pub(crate) type ScriptId = u32;

/// A value that many hold and nobody changes in place: equal if it is the same.
#[derive(Debug)]
pub(crate) struct Shared<T>(Rc<T>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> From<T> for Shared<T> {
    fn from(value: T) -> Self {
        Self(Rc::new(value))
    }
}

impl<T: Clone> Shared<T> {
    /// The value, to be changed: a copy of it if others have it.
    pub(crate) fn change(&mut self) -> &mut T {
        Rc::make_mut(&mut self.0)
    }
}

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
            Step::CannotStart(why) => {
                self.engine = QueryEngine::Failed;
                self.active = None;
                self.change_all_runs(|run| {
                    if run.is_open() {
                        run.state = RunState::Lost;
                    }
                });
                return Some(
                    Draft::new(Tone::Error, "The SQL engine could not be started", why)
                        .with_remedy(Remedy::RestartQueries),
                );
            }
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

    /// The script whose run the worker has.
    pub(crate) fn active_script(&self) -> Option<&Shared<Script>> {
        let active = self.active?;
        self.scripts.iter().find(|script| script.run.as_ref().is_some_and(|run| run.id == active))
    }

    /// The run that is to be stopped: its tab was closed, or the user wants it.
    pub(crate) fn to_cancel(&self) -> Option<RunId> {
        let active = self.active?;
        let run = self.active_script().and_then(|script| script.run.as_ref());
        let goes_on = run.is_some_and(|run| run.state == RunState::Running { cancelling: false });
        (!goes_on).then_some(active)
    }

    /// Whether a run waits and nothing but the tables can be in its way.
    pub(crate) fn can_begin(&self) -> bool {
        self.engine == QueryEngine::Ready && self.active.is_none() && self.waiting().is_some()
    }

    /// The run that has waited longest, and its script.
    fn waiting(&self) -> Option<(ScriptId, RunId)> {
        let runs = self.scripts.iter().filter_map(|script| Some((script.id, script.run.as_ref()?)));
        let waiting = runs.filter(|(_, run)| run.state == RunState::Waiting).min_by_key(|(_, run)| run.id);
        waiting.map(|(script, run)| (script, run.id))
    }

    /// Makes that run the active one.
    pub(crate) fn begin_next(&mut self) {
        if !self.can_begin() {
            return;
        }
        let Some((script, run)) = self.waiting() else { return };
        self.active = Some(run);
        self.change_run(script, |run| run.state = RunState::Running { cancelling: false });
    }

    /// Opens a tab with this text, which may be one that is there.
    fn show_or_add(&mut self, name: Option<&str>, text: &str) {
        let is_it = |script: &&Shared<Script>| {
            !text.is_empty() && &*script.text == text && name.is_none_or(|name| *script.name == *name)
        };
        match self.scripts.iter().find(is_it).map(|script| script.id) {
            Some(same) => {
                self.open = same;
                self.explored = None;
            }
            None => self.add(name, text),
        }
    }

    fn add(&mut self, name: Option<&str>, text: &str) {
        if self.scripts.len() >= SCRIPTS {
            return;
        }
        let id = self.next_script;
        self.next_script += 1;
        let is_taken = |name: &str| self.scripts.iter().any(|script| &*script.name == name);
        let name = name.map(kept::name).filter(|name| !name.is_empty()).unwrap_or_else(|| {
            let free = (1..).map(|number| format!("Query {number}")).find(|name| !is_taken(name));
            free.unwrap_or_default()
        });
        self.scripts.push(Shared::from(Script {
            id,
            name: Rc::from(name),
            // As the editor will have it: places in a text are counted.
            text: Rc::from(text.replace("\r\n", "\n").replace('\r', "\n")),
            run: None,
            shown: 0,
            view: View::Rows,
        }));
        self.open = id;
        self.explored = None;
    }

    fn close(&mut self, id: ScriptId) {
        let Some(at) = self.scripts.iter().position(|script| script.id == id) else { return };
        self.scripts.remove(at);
        if self.scripts.is_empty() {
            self.add(None, "");
        } else if self.open == id {
            self.open = self.scripts[at.min(self.scripts.len() - 1)].id;
        }
    }

    fn rename(&mut self, id: ScriptId, name: &str) {
        let name = kept::name(name);
        if !name.is_empty() {
            self.change(id, |script| script.name = Rc::from(name));
        }
    }

    fn save(&mut self) {
        let (name, sql) = (Rc::clone(&self.script().name), Rc::clone(&self.script().text));
        let saved = self.saved.change();
        match saved.iter_mut().find(|saved| saved.name == name) {
            Some(same) => same.sql = sql,
            None => saved.push(Saved { name, sql }),
        }
        let too_many = saved.len().saturating_sub(kept::SAVED);
        saved.drain(..too_many);
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

    fn hear(&mut self, event: SqlEvent) -> Option<Draft> {
        match event {
            SqlEvent::Ready { version } => return self.ready(&version),
            SqlEvent::Catalog(catalog) => self.catalog = Some(Rc::new(catalog)),
            SqlEvent::Began { run, statement, statements, place } => {
                if let Some(script) = self.script_of(run) {
                    self.change_run(script, |run| run.began(statement, statements, place));
                }
            }
            SqlEvent::Statement { run, place, outcome, cost, .. } => {
                if let Some(script) = self.script_of(run) {
                    self.change(script, |script| {
                        let Some(run) = &mut script.run else { return };
                        // What is looked at is the last result, or what went wrong.
                        if !matches!(outcome, SqlOutcome::Done(_)) || run.ended.is_empty() {
                            script.shown = run.ended.len();
                        }
                        run.ended.push(Ended::new(place, outcome, cost).into());
                    });
                }
            }
            SqlEvent::Ended { run, cancelled } => self.ended(run, cancelled),
            SqlEvent::Page { result, first, sort, rows } => {
                self.change_rows(result, |there| Rc::make_mut(&mut there.pages).take(first, sort, rows));
            }
            SqlEvent::Explored { of, columns } => self.explored(&of, Exploring::Found(Rc::new(columns))),
            SqlEvent::CannotExplore { of, reason } => {
                self.explored(&of, Exploring::Refused(Rc::from(format::sentence(&reason))));
            }
            SqlEvent::ChartData { ask, columns, rows } => {
                let asked = |rows: &&Rows| rows.chart_ask == Some(ask);
                let runs = self.scripts.iter().filter_map(|script| script.run.as_ref());
                let results = runs.flat_map(|run| &run.ended).filter_map(|ended| ended.outcome.rows());
                if let Some(result) = results.into_iter().find(asked).map(|rows| rows.info.result) {
                    let answer = Rc::new(ChartAnswer { ask, columns, rows });
                    self.change_rows(result, |rows| rows.chart = Some(answer));
                }
            }
            SqlEvent::Exported { result, .. } => self.change_rows(result, |rows| rows.exporting = None),
            SqlEvent::CannotExport { result, reason } => {
                self.change_rows(result, |rows| rows.exporting = None);
                return Some(Draft::new(Tone::Error, "No file was made", format::sentence(&reason)));
            }
            // The client sees to these.
            SqlEvent::Progress(_) | SqlEvent::TurnWanted | SqlEvent::TurnDone | SqlEvent::Crashed { .. } => {}
        }
        None
    }

    fn ready(&mut self, version: &str) -> Option<Draft> {
        if version == VERSION {
            self.engine = QueryEngine::Ready;
            return None;
        }
        self.engine = QueryEngine::Failed;
        let text = format!(
            "The page is version {VERSION}, the SQL engine {version}: a newer Sandglass was published while this page was \
             open or cached. Load the page again."
        );
        Some(
            Draft::new(Tone::Error, "The page and its SQL engine do not belong together", text)
                .with_remedy(Remedy::Reload),
        )
    }

    fn script_of(&self, run: RunId) -> Option<ScriptId> {
        let is_it = |script: &&Shared<Script>| script.run.as_ref().is_some_and(|own| own.id == run);
        self.scripts.iter().find(is_it).map(|script| script.id)
    }

    fn explored(&mut self, of: &Explored, found: Exploring) {
        match of {
            Explored::Result(result) => self.change_rows(*result, |rows| rows.exploring = found),
            Explored::Table { schema, name } => {
                let is_it = |table: &&mut ExploredTable| {
                    (&*table.schema, &*table.name) == (schema.as_str(), name.as_str())
                };
                if let Some(table) = self.explored.as_mut().filter(is_it) {
                    table.found = found;
                }
            }
        }
    }

    fn run(&mut self, sql: String, from: u32, at: f64) {
        if self.script().is_busy() || sql.trim().is_empty() {
            return;
        }
        let id = self.next_run;
        self.next_run += 1;
        self.explored = None;
        if self.engine == QueryEngine::Absent {
            self.engine = QueryEngine::Starting;
        }
        self.change(self.open, |script| {
            script.run = Some(Run::new(id, Rc::from(sql), from, at));
            script.shown = 0;
        });
    }

    fn cancel(&mut self, id: ScriptId) {
        let mut waited = None;
        self.change_run(id, |run| match run.state {
            RunState::Waiting => {
                run.state = RunState::Ended { cancelled: true };
                waited = Some(run.clone());
            }
            RunState::Running { .. } => run.state = RunState::Running { cancelling: true },
            RunState::Ended { .. } | RunState::Lost => {}
        });
        if let Some(run) = waited {
            self.remember(&run, End::Cancelled);
        }
    }

    fn ended(&mut self, id: RunId, cancelled: bool) {
        self.active.take_if(|active| *active == id);
        let Some(script) = self.script_of(id) else { return };
        let mut ended = None;
        self.change_run(script, |run| {
            run.state = RunState::Ended { cancelled };
            ended = Some(run.clone());
        });
        if let Some(run) = ended {
            let end = match run.ended.last().map(|last| &last.outcome) {
                _ if cancelled => End::Cancelled,
                Some(Outcome::Failed(_)) => End::Failed,
                Some(Outcome::Cancelled) => End::Cancelled,
                _ => End::Done,
            };
            self.remember(&run, end);
        }
    }

    fn remember(&mut self, run: &Run, end: End) {
        let past = self.past.change();
        let last_rows = run.ended.iter().rev().find_map(|ended| ended.outcome.rows());
        past.insert(
            0,
            Past {
                sql: Rc::clone(&run.sql),
                at: run.at,
                ms: run.ended.iter().map(|ended| ended.cost.elapsed_ms).sum(),
                rows: last_rows.map(|rows| rows.info.rows),
                end,
            },
        );
        kept::bound(past);
    }

    fn stopped(&mut self, why: &str) -> Draft {
        self.engine = QueryEngine::Starting;
        self.generation += 1;
        let during =
            self.active_script().map_or_else(String::new, |script| format!(" while {} ran", script.name));
        let active = self.active.take();
        self.change_all_runs(|run| {
            if Some(run.id) == active {
                run.state = RunState::Lost;
            }
            run.lose_rows();
        });
        self.explored = None;
        Draft::new(
            Tone::Error,
            format!("The SQL engine stopped{during}"),
            format!(
                "Your tables are intact. The engine has been started again: run the script once more. It said: {}",
                format::sentence(why)
            ),
        )
    }
}
