//! Scripts, and what comes of their statements.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use futures::future::{Either, select};
use futures::lock::Mutex;
use sandglass_protocol::sql::{
    PlanStep, ResultId, ResultInfo, RunId, SqlCost, SqlEvent, SqlOutcome, SqlProgress, SqlSort,
};
use sandglass_query::{
    CancelFlag, Engine, ErrorKind, Outcome, Parsed, Progress, QueryError, Rows, about_tables, statements,
};

use crate::Kept;
use crate::steps;
use crate::words::{self, Script};

/// Rows that go along with the news of a result.
const FIRST: u32 = 200;

/// Milliseconds between two reports of progress.
const BETWEEN: f64 = 100.0;

/// What is around a session.
pub trait World {
    /// Tells the page.
    fn tell(&self, event: SqlEvent);

    /// Begins a file for the page.
    fn begin_file(&self, media_type: &str) -> Box<dyn FileOut>;

    /// Milliseconds on a clock that never goes back.
    fn now(&self) -> f64;

    /// Bytes of memory that are in use.
    fn memory(&self) -> u64;
}

/// A file on its way to the page.
pub trait FileOut {
    /// More bytes.
    fn push(&mut self, bytes: Vec<u8>);

    /// All bytes came: tells the page.
    fn end(self: Box<Self>, event: SqlEvent);
}

/// What a session may keep.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the rows of a single result.
    pub result: usize,
    /// Bytes of the rows of all results.
    pub results: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { result: 256 << 20, results: 768 << 20 }
    }
}

/// A result that is kept.
#[derive(Debug)]
pub(crate) struct KeptResult {
    pub(crate) kept: Rc<Kept>,
    /// The statement that it is of.
    pub(crate) statement: Rc<Parsed>,
    pub(crate) is_whole: bool,
}

/// A script that is carried out, or is going to be.
struct Running {
    run: RunId,
    flag: CancelFlag,
}

/// A statement that is carried out.
struct Current {
    run: RunId,
    statement: u32,
    begun: f64,
    told: Cell<f64>,
    rows: Cell<u64>,
    read: RefCell<Option<Arc<Progress>>>,
}

/// Carries out scripts, and keeps their results.
pub struct Session {
    pub(crate) engine: Engine,
    pub(crate) world: Rc<dyn World>,
    limits: Limits,
    results: RefCell<HashMap<ResultId, Rc<KeptResult>>>,
    last: Cell<ResultId>,
    /// Scripts that are carried out or wait for others to end.
    running: RefCell<Vec<Running>>,
    turn: Mutex<()>,
    current: RefCell<Option<Current>>,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Session {
    /// A session over an engine.
    pub fn new(engine: Engine, world: Rc<dyn World>, limits: Limits) -> Self {
        Self {
            engine,
            world,
            limits,
            results: RefCell::default(),
            last: Cell::new(0),
            running: RefCell::default(),
            turn: Mutex::default(),
            current: RefCell::default(),
        }
    }

    /// Tells the page all tables, views and functions.
    pub async fn tell_catalog(&self) {
        // What cannot be read has no tables; the first statement says why.
        let catalog = self.engine.catalog().await.unwrap_or_default();
        let functions = self.engine.function_names();
        let about = about_tables(&self.engine).await;
        self.world.tell(SqlEvent::Catalog(words::catalog(&catalog, &functions, &about)));
    }

    /// Carries out the statements of a script until one fails, and tells the page what comes of each.
    pub async fn run(&self, run: RunId, sql: &str) {
        let flag = CancelFlag::default();
        self.running.borrow_mut().push(Running { run, flag: flag.clone() });
        let turn = self.turn.lock().await;
        let cancelled = self.script(run, sql, &flag).await;
        drop(turn);
        self.running.borrow_mut().retain(|running| running.run != run);
        self.world.tell(SqlEvent::Ended { run, cancelled });
    }

    /// Whether a script is carried out.
    pub fn is_running(&self) -> bool {
        !self.running.borrow().is_empty()
    }

    /// Stops a script. Returns whether it was there.
    pub fn cancel(&self, run: RunId) -> bool {
        let running = self.running.borrow();
        let found = running.iter().find(|running| running.run == run);
        found.inspect(|running| running.flag.cancel()).is_some()
    }

    /// Forgets a result.
    pub fn release(&self, result: ResultId) {
        self.results.borrow_mut().remove(&result);
    }

    /// Tells the page some rows of a result.
    pub fn tell_page(&self, result: ResultId, first: u64, count: u32, sort: Option<SqlSort>) {
        if let Some(found) = self.result(result) {
            let rows = found.kept.page(first, count, sort);
            self.world.tell(SqlEvent::Page { result, first, sort, rows });
        }
    }

    /// Some rows of a result; none of one that was released.
    pub fn page_of(&self, result: ResultId, first: u64, count: u32) -> Vec<Vec<Option<String>>> {
        self.result(result).map(|found| found.kept.page(first, count, None)).unwrap_or_default()
    }

    /// Tells the page how far a statement has come, unless that was told a moment ago.
    pub fn tell_progress(&self) {
        let current = self.current.borrow();
        let Some(current) = current.as_ref() else { return };
        let now = self.world.now();
        if now - current.told.get() < BETWEEN {
            return;
        }
        current.told.set(now);
        let read = current.read.borrow();
        let read = read.as_ref();
        self.world.tell(SqlEvent::Progress(SqlProgress {
            run: current.run,
            statement: current.statement,
            rows: current.rows.get(),
            rows_read: read.map_or(0, |read| read.rows()),
            parts: read.map_or((0, 0), |read| read.units()),
            memory: self.world.memory(),
            elapsed_ms: now - current.begun,
        }));
    }

    pub(crate) fn result(&self, id: ResultId) -> Option<Rc<KeptResult>> {
        self.results.borrow().get(&id).cloned()
    }

    /// Carries out a script. Returns whether it was cancelled.
    async fn script(&self, run: RunId, sql: &str, flag: &CancelFlag) -> bool {
        let script = Script::of(sql);
        let all = match statements(sql) {
            Ok(all) => all,
            Err(error) => {
                // No statement was found in it; the whole is told as one.
                self.tell_statement(
                    run,
                    0,
                    script.whole(),
                    SqlOutcome::Failed(words::error(&error, &script)),
                    SqlCost::default(),
                );
                return false;
            }
        };
        let count = u32::try_from(all.len()).unwrap_or(u32::MAX);
        for (at, parsed) in all.into_iter().enumerate() {
            let statement = u32::try_from(at).unwrap_or(u32::MAX);
            let place = script.place(parsed.place);
            self.world.tell(SqlEvent::Began { run, statement, statements: count, place });
            let begun = self.world.now();
            *self.current.borrow_mut() = Some(Current {
                run,
                statement,
                begun,
                told: Cell::new(begun),
                rows: Cell::new(0),
                read: RefCell::default(),
            });
            let mut cost = SqlCost::default();
            let carried_out = self.carry_out(Rc::new(parsed), flag, &mut cost).await;
            *self.current.borrow_mut() = None;
            cost.elapsed_ms = self.world.now() - begun;
            cost.memory = self.world.memory();
            let outcome = match carried_out {
                Ok(outcome) => outcome,
                Err(error) if error.kind == ErrorKind::Cancelled => SqlOutcome::Cancelled,
                Err(error) => SqlOutcome::Failed(words::error(&error, &script)),
            };
            let is_change = matches!(outcome, SqlOutcome::Done(_));
            let is_end = matches!(outcome, SqlOutcome::Failed(_) | SqlOutcome::Cancelled);
            let is_cancelled = outcome == SqlOutcome::Cancelled;
            self.tell_statement(run, statement, place, outcome, cost);
            if is_change {
                self.tell_catalog().await;
            }
            if is_end {
                return is_cancelled;
            }
        }
        false
    }

    fn tell_statement(
        &self,
        run: RunId,
        statement: u32,
        place: sandglass_protocol::sql::Place,
        outcome: SqlOutcome,
        cost: SqlCost,
    ) {
        self.world.tell(SqlEvent::Statement { run, statement, place, outcome, cost });
    }

    /// Carries out a statement, or gives it up when that is wished.
    async fn carry_out(
        &self,
        parsed: Rc<Parsed>,
        flag: &CancelFlag,
        cost: &mut SqlCost,
    ) -> Result<SqlOutcome, QueryError> {
        if flag.is_set() {
            return Err(QueryError::cancelled());
        }
        let is_change = parsed.is_change();
        let work = std::pin::pin!(self.outcome(parsed, flag, cost));
        let wished = std::pin::pin!(flag.wished());
        match select(work, wished).await {
            Either::Left((outcome, _)) => outcome,
            // A change that is under way has files open, and ends by itself where nothing is half done.
            Either::Right(((), work)) if is_change => work.await,
            Either::Right(_) => Err(QueryError::cancelled()),
        }
    }

    async fn outcome(
        &self,
        parsed: Rc<Parsed>,
        flag: &CancelFlag,
        cost: &mut SqlCost,
    ) -> Result<SqlOutcome, QueryError> {
        match self.engine.run(&parsed, flag).await? {
            Outcome::Done(words) => Ok(SqlOutcome::Done(words)),
            Outcome::Rows(mut rows) => {
                if let Some(current) = &*self.current.borrow() {
                    *current.read.borrow_mut() = Some(Arc::clone(rows.progress()));
                }
                let collected = self.collect(&mut rows).await;
                cost.rows_read = rows.progress().rows();
                cost.bytes_read = rows.progress().bytes();
                cost.plan = rows.plan().map(|plan| -> PlanStep { steps::of(plan) });
                let (kept, is_whole) = collected?;
                Ok(SqlOutcome::Rows(self.keep(kept, is_whole, rows.notes().to_vec(), parsed)))
            }
        }
    }

    /// The rows of a query, as many as may be kept, and whether these are all.
    async fn collect(&self, rows: &mut Rows) -> Result<(Kept, bool), QueryError> {
        let others: usize = self.results.borrow().values().map(|result| result.kept.bytes()).sum();
        let most = self.limits.result.min(self.limits.results.saturating_sub(others));
        let mut kept = Kept::new(Arc::clone(rows.schema()));
        while let Some(batch) = rows.next().await {
            let batch = batch?;
            kept.push(&batch).map_err(|error| QueryError::new(ErrorKind::Defect, error.to_string()))?;
            if let Some(current) = &*self.current.borrow() {
                current.rows.set(kept.rows());
            }
            if kept.bytes() > most {
                // Whether that was the last one is not known before the next one is asked for.
                return Ok((kept, rows.next().await.transpose()?.is_none()));
            }
        }
        Ok((kept, true))
    }

    fn keep(&self, kept: Kept, is_whole: bool, notes: Vec<String>, statement: Rc<Parsed>) -> ResultInfo {
        let result = self.last.get() + 1;
        self.last.set(result);
        let info = ResultInfo {
            result,
            columns: words::columns(kept.schema()),
            rows: kept.rows(),
            is_whole,
            first: kept.page(0, FIRST, None),
            notes,
        };
        let kept = KeptResult { kept: Rc::new(kept), statement, is_whole };
        self.results.borrow_mut().insert(result, Rc::new(kept));
        info
    }
}
