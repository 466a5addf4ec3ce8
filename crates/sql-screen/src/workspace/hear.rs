//! What the query worker's events, and its end, do to the workspace.

use std::rc::Rc;

use sandglass_protocol::VERSION;
use sandglass_protocol::sql::{Explored, SqlEvent, SqlOutcome};
use sandglass_ui::format;
use sandglass_ui::message::{Draft, Remedy, Tone};

use super::{Ended, ExploredTable, Exploring, QueryEngine, Rows, RunState, Workspace};
use crate::results::chart::ChartAnswer;

impl Workspace {
    pub(super) fn hear(&mut self, event: SqlEvent) -> Option<Draft> {
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

    pub(super) fn stopped(&mut self, why: &str) -> Draft {
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

    /// There is no engine: what runs or waits is lost.
    pub(super) fn cannot_start(&mut self, why: String) -> Draft {
        self.engine = QueryEngine::Failed;
        self.active = None;
        self.change_all_runs(|run| {
            if run.is_open() {
                run.state = RunState::Lost;
            }
        });
        Draft::new(Tone::Error, "The SQL engine could not be started", why)
            .with_remedy(Remedy::RestartQueries)
    }
}
