//! Which script runs, which wait for it, and what is remembered of those that ran.

use std::rc::Rc;

use sandglass_protocol::sql::RunId;

use super::{End, Outcome, Past, QueryEngine, Run, RunState, Script, ScriptId, Shared, Workspace, kept};

impl Workspace {
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

    pub(super) fn run(&mut self, sql: String, from: u32, at: f64) {
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

    pub(super) fn cancel(&mut self, id: ScriptId) {
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

    pub(super) fn ended(&mut self, id: RunId, cancelled: bool) {
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

    /// The script that has this run.
    pub(super) fn script_of(&self, run: RunId) -> Option<ScriptId> {
        let is_it = |script: &&Shared<Script>| script.run.as_ref().is_some_and(|own| own.id == run);
        self.scripts.iter().find(is_it).map(|script| script.id)
    }
}
