//! A run of a script, and what came of each of its statements.

use std::rc::Rc;

use sandglass_protocol::sql::{
    ColumnProfile, ExportForm, Place, ResultId, ResultInfo, RunId, SqlCost, SqlError, SqlOutcome,
};

use super::Shared;
use crate::results::chart::ChartAnswer;
use crate::results::pages::Pages;

/// A run of a script.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    /// Its number.
    pub(crate) id: RunId,
    /// What is run.
    pub(crate) sql: Rc<str>,
    /// Where that begins in the text of the tab, in UTF-16 units.
    pub(crate) from: u32,
    /// When the user wanted it, in milliseconds since 1970.
    pub(crate) at: f64,
    pub(crate) state: RunState,
    /// How many statements it has, as soon as that is known.
    pub(crate) statements: u32,
    /// The statement that was begun last, from 0, and its place.
    pub(crate) begun: Option<(u32, Place)>,
    /// Those that have ended.
    pub(crate) ended: Vec<Shared<Ended>>,
}

/// Whether a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunState {
    /// It is to be begun when the engine and the tables are there and nothing else runs.
    Waiting,
    /// It goes on, or is being stopped.
    Running {
        cancelling: bool,
    },
    Ended {
        cancelled: bool,
    },
    /// The engine stopped under it.
    Lost,
}

/// A statement that has ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ended {
    /// Where it is in what was run.
    pub(crate) place: Place,
    pub(crate) outcome: Outcome,
    pub(crate) cost: SqlCost,
}

/// What came of a statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Rows(Rows),
    /// So many rows, that went with the engine.
    Lost(u64),
    Done(String),
    Failed(SqlError),
    Cancelled,
}

/// The rows of a statement, and what is known of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rows {
    pub(crate) info: Rc<ResultInfo>,
    pub(crate) pages: Rc<Pages>,
    pub(crate) plan: Option<Rc<sandglass_protocol::sql::PlanStep>>,
    pub(crate) exploring: Exploring,
    /// The number that rows of a chart were asked with last.
    pub(crate) chart_ask: Option<u32>,
    pub(crate) chart: Option<Rc<ChartAnswer>>,
    /// The form of the file that is being made.
    pub(crate) exporting: Option<ExportForm>,
}

/// What is known of the columns of something.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum Exploring {
    /// Nobody has asked.
    #[default]
    No,
    Asked,
    Found(Rc<Vec<ColumnProfile>>),
    /// It cannot be had, for this reason.
    Refused(Rc<str>),
}

impl Run {
    pub(super) fn new(id: RunId, sql: Rc<str>, from: u32, at: f64) -> Self {
        Self { id, sql, from, at, state: RunState::Waiting, statements: 0, begun: None, ended: Vec::new() }
    }

    /// Whether it goes on or will.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, RunState::Waiting | RunState::Running { .. })
    }

    pub(super) fn began(&mut self, statement: u32, statements: u32, place: Place) {
        self.statements = statements;
        self.begun = Some((statement, place));
    }

    pub(super) fn rows_of(&self, result: ResultId) -> Option<&Rows> {
        self.ended.iter().filter_map(|ended| ended.outcome.rows()).find(|rows| rows.info.result == result)
    }

    pub(super) fn change_rows(&mut self, result: ResultId, change: impl FnOnce(&mut Rows)) {
        let is_it =
            |ended: &&mut Shared<Ended>| ended.outcome.rows().is_some_and(|rows| rows.info.result == result);
        if let Some(ended) = self.ended.iter_mut().find(is_it)
            && let Outcome::Rows(rows) = &mut ended.change().outcome
        {
            change(rows);
        }
    }

    pub(super) fn lose_rows(&mut self) {
        for ended in &mut self.ended {
            if let Some(rows) = ended.outcome.rows().map(|rows| rows.info.rows) {
                ended.change().outcome = Outcome::Lost(rows);
            }
        }
    }
}

impl Ended {
    pub(super) fn new(place: Place, outcome: SqlOutcome, mut cost: SqlCost) -> Self {
        let outcome = match outcome {
            SqlOutcome::Rows(info) => Outcome::Rows(Rows {
                pages: Rc::new(Pages::of(&info)),
                info: Rc::new(info),
                plan: cost.plan.take().map(Rc::new),
                exploring: Exploring::No,
                chart_ask: None,
                chart: None,
                exporting: None,
            }),
            SqlOutcome::Done(what) => Outcome::Done(what),
            SqlOutcome::Failed(error) => Outcome::Failed(error),
            SqlOutcome::Cancelled => Outcome::Cancelled,
        };
        Self { place, outcome, cost }
    }
}

impl Outcome {
    pub(crate) fn rows(&self) -> Option<&Rows> {
        match self {
            Self::Rows(rows) => Some(rows),
            _ => None,
        }
    }
}
