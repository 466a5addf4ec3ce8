//! The tables and how they are looked at. It answers questions and carries ingestions, one at a time, but reads no
//! bytes itself.

use std::cell::RefCell;
use std::rc::Rc;

use sandglass_ingest::{ReadOptions, TextForm};
use sandglass_pipelines::{Load, Loaded, Pipeline, PlainRows, PlainTable, ReadAs, SourceOutcome, votes};
use sandglass_protocol::{self as protocol, TableId, VOTES, ViewOptions};
use sandglass_warehouse::manifest::{TableId as TableName, TableState};
use sandglass_warehouse::{CommitError, Conflict, Ingestion, LogEntry, LoggedReject, Table};
use sandglass_weekly::{Threshold, WeekRule};

use crate::{answers, exports};

/// Rows for [`Engine::warm_up`]: as few as make browsers compile the reader well, which takes some milliseconds in
/// which no file is read.
const WARM_UP_ROWS: usize = 10_000;

/// How many changes of columns the page is told of a table.
const DRIFT_TOLD: usize = 200;

/// The first row for [`Engine::warm_up`], where in it the digits of its key are, and where its month is.
const WARM_UP_ROW: &[u8] =
    b"{\"Id\":\"1000000\",\"PostId\":\"7\",\"VoteTypeId\":\"2\",\"CreationDate\":\"2020-01-20T00:00:00.000\"}\n";
const WARM_UP_KEY: std::ops::Range<usize> = 7..14;
const WARM_UP_MONTH: usize = 68;

/// A table that is looked at while it is saved.
pub type SharedTable = Rc<RefCell<Table>>;

/// The tables and the present view of them.
#[derive(Debug)]
pub struct Engine {
    pipeline: Pipeline,
    /// That of the pipeline first; the others in the order in which they came.
    tables: Vec<Entry>,
    next: TableId,
    options: ViewOptions,
}

/// A table with what the page is told of it beside its rows.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: TableId,
    pub(crate) name: TableName,
    pub(crate) table: SharedTable,
    pub(crate) sources: Vec<String>,
    pub(crate) drift: Vec<String>,
    /// How those of its sources that are text are written, without repeating any.
    pub(crate) forms: Vec<TextForm>,
    /// How its sources were to be read.
    pub(crate) options: ReadOptions,
    /// What the warehouse had of it when it was opened, if that is where it is from.
    pub(crate) opened: Option<Box<Opened>>,
}

/// A table as the warehouse had it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) state: TableState,
    /// What it lists; loaded when it is asked for.
    pub(crate) lists: Option<Lists>,
}

/// What the warehouse lists of a table beside its rows.
#[derive(Debug)]
pub struct Lists {
    /// Rejects that were kept.
    pub rejects: Vec<LoggedReject>,
    /// Conflicts that were kept.
    pub conflicts: Vec<Conflict>,
}

/// What has changed with a job.
#[derive(Debug, PartialEq, Eq)]
pub struct Changes {
    /// For each source of the job the table that has its records.
    pub tables: Vec<Option<TableId>>,
    /// The table that got most of them.
    pub most: TableId,
    /// Tables that are no longer there, because what was made of their sources took their place.
    pub gone: Vec<TableName>,
}

impl Default for Engine {
    fn default() -> Self {
        let pipeline = votes::pipeline();
        let tables = vec![Entry::of_pipeline(&pipeline)];
        Self { pipeline, tables, next: VOTES + 1, options: ViewOptions::default() }
    }
}

impl Entry {
    fn new(id: TableId, name: TableName, table: Table) -> Self {
        Self {
            id,
            name,
            table: Rc::new(RefCell::new(table)),
            sources: Vec::new(),
            drift: Vec::new(),
            forms: Vec::new(),
            options: ReadOptions::default(),
            opened: None,
        }
    }

    fn of_pipeline(pipeline: &Pipeline) -> Self {
        let name = TableName::new(&pipeline.schema, &pipeline.table.name);
        Self::new(VOTES, name, Table::new(pipeline.table.clone()))
    }

    /// A table of the warehouse. `log` has the entries of sources that are in tables.
    fn open(id: TableId, state: &TableState, table: Table, log: &[LogEntry]) -> Self {
        let name = state.id();
        let is_of_it = |entry: &&LogEntry| {
            entry.schema.as_ref() == Some(&name.schema) && entry.table.as_ref() == Some(&name.name)
        };
        let mut opened = Self::new(id, name.clone(), table);
        for entry in log.iter().filter(is_of_it) {
            opened.sources.push(entry.source.clone());
            opened.add_drift(&entry.source, &entry.drift);
        }
        opened.opened = Some(Box::new(Opened { state: state.clone(), lists: None }));
        opened
    }

    /// Notes a source that is in the table now.
    fn add_source(&mut self, name: &str, outcome: &SourceOutcome) {
        self.sources.push(name.to_owned());
        self.forms.extend(outcome.text.filter(|form| !self.forms.contains(form)));
        self.add_drift(name, &outcome.drift);
    }

    fn add_drift(&mut self, source: &str, drift: &[String]) {
        let told = drift.iter().map(|drift| format!("{source}: {drift}"));
        self.drift.extend(told.take(DRIFT_TOLD.saturating_sub(self.drift.len())));
    }

    /// Whether anything was ever read into it.
    fn is_used(&self) -> bool {
        let table = self.table.borrow();
        table.rows() > 0 || table.rejects().total() > 0
    }

    /// The rejects that can be listed: those that the warehouse had, if they are loaded, and those that have come since.
    pub(crate) fn rejects<R>(&self, look: impl FnOnce(&[LoggedReject], &[LoggedReject]) -> R) -> R {
        let before = self.opened.as_ref().and_then(|opened| opened.lists.as_ref());
        look(before.map_or(&[], |lists| &lists.rejects), self.table.borrow().rejects().kept())
    }

    /// The same for conflicts.
    pub(crate) fn conflicts<R>(&self, look: impl FnOnce(&[Conflict], &[Conflict]) -> R) -> R {
        let before = self.opened.as_ref().and_then(|opened| opened.lists.as_ref());
        look(before.map_or(&[], |lists| &lists.conflicts), self.table.borrow().conflicts().kept())
    }
}

impl Engine {
    /// Reads some rows into tables of its own, and answers as it would of them. Browsers compile a function when it is
    /// called for the first time, quickly, and once more and well when they have seen that it runs often; after this
    /// they have.
    pub fn warm_up() -> (protocol::WeeklyView, Vec<protocol::TableInfo>) {
        let mut engine = Self::default();
        let text = warm_up_rows();
        let ingestion = engine.tables[0].table.borrow().begin();
        let mut load = engine.begin(ingestion, ReadAs::Recognised);
        load.begin_source("");
        // What comes of it is known, and that it cannot fail.
        let end = load.push(&text).map_err(|error| error.to_string());
        load.end_source(end.map(|()| None));
        let _ = engine.commit(load.finish(), &[], &[], None);
        (engine.weekly(VOTES), engine.tables(|_| true))
    }

    /// Takes the tables of a warehouse in place of all that are there. `log` has the entries of sources that are in tables.
    pub fn open(&mut self, tables: Vec<(TableState, Table)>, log: &[LogEntry]) {
        let before = std::mem::replace(&mut self.tables, vec![Entry::of_pipeline(&self.pipeline)]);
        for (state, table) in tables {
            let name = state.id();
            if name == self.tables[0].name {
                self.tables[0] = Entry::open(VOTES, &state, table, log);
                continue;
            }
            // Those that the page knows keep their numbers.
            let id =
                before.iter().find(|entry| entry.name == name).map_or_else(|| self.take_id(), |of| of.id);
            self.tables.push(Entry::open(id, &state, table, log));
        }
    }

    fn take_id(&mut self) -> TableId {
        let id = self.next;
        self.next += 1;
        id
    }

    /// The pipeline's table and its name.
    pub fn of_pipeline(&self) -> (TableName, SharedTable) {
        (self.tables[0].name.clone(), Rc::clone(&self.tables[0].table))
    }

    /// The pipeline's definition.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// A table by its name.
    pub fn named(&self, name: &TableName) -> Option<SharedTable> {
        self.tables.iter().find(|entry| entry.name == *name).map(|entry| Rc::clone(&entry.table))
    }

    /// The number of a table.
    pub fn id_of(&self, name: &TableName) -> Option<TableId> {
        self.tables.iter().find(|entry| entry.name == *name).map(|entry| entry.id)
    }

    /// The name of a table.
    pub fn name_of(&self, id: TableId) -> &TableName {
        &self.entry(id).name
    }

    /// The table of a number.
    pub fn table(&self, id: TableId) -> SharedTable {
        Rc::clone(&self.entry(id).table)
    }

    /// A job that reads nothing.
    pub fn nothing(&self) -> Load {
        self.begin(Table::new(self.pipeline.table.clone()).begin(), ReadAs::Recognised)
    }

    /// Begins a job; nothing changes before it is committed. `ingestion` is one into the pipeline's table.
    pub fn begin(&self, ingestion: Ingestion, read_as: ReadAs) -> Load {
        Load::new(self.pipeline.clone(), ingestion, read_as)
    }

    /// Takes over what a job has brought from sources of these names. `homes` are the names of
    /// its tables, as far as these have one. What was made of the sources of a table that is there takes that table's place, if anything was.
    ///
    /// # Errors
    /// When one of the tables has changed in the meantime.
    pub fn commit(
        &mut self,
        loaded: Loaded,
        names: &[String],
        homes: &[TableName],
        instead_of: Option<TableId>,
    ) -> Result<Changes, CommitError> {
        let Loaded { ingestion, mut tables, outcomes, .. } = loaded;
        if let Some(ingestion) = ingestion {
            self.tables[0].table.borrow_mut().commit(ingestion)?;
        }
        let mut changes = vec![None; outcomes.len()];
        let stays = |outcome: &SourceOutcome| outcome.tally().read() > 0;
        for (place, outcome) in outcomes.iter().enumerate() {
            if outcome.table.as_ref() == Some(&self.pipeline.table.name) && stays(outcome) {
                self.tables[0].add_source(name(names, place), outcome);
                changes[place] = Some(VOTES);
            }
        }
        // The pipeline's own table stays where it is, whatever else is made of its sources.
        let replaced = instead_of.filter(|&id| id != VOTES);
        if replaced.is_some() {
            // If none of its records can be taken in that way, the way was wrong, and the table stays as it is.
            tables.retain(|new| new.new_table().is_some_and(|table| table.rows() > 0));
        }
        let mut freed = None;
        if let Some(id) = replaced
            && (!tables.is_empty() || changes.contains(&Some(VOTES)))
        {
            freed = self.tables.iter().position(|entry| entry.id == id);
        }
        let mut slot = freed.map(|at| (at, self.tables.remove(at)));
        let gone = slot.iter().map(|(_, entry)| entry.name.clone()).collect();
        for (number, PlainTable { name: called, rows, sources, options, .. }) in
            tables.into_iter().enumerate()
        {
            let home = homes.get(number).cloned().unwrap_or_else(|| TableName::new(TableName::MAIN, &called));
            let entry = match rows {
                PlainRows::Added(ingestion) => {
                    // Nobody can have removed it: that would have ended the job.
                    let Some(entry) = self.tables.iter_mut().find(|entry| entry.name == home) else {
                        continue;
                    };
                    entry.table.borrow_mut().commit(*ingestion)?;
                    entry
                }
                PlainRows::New(mut table) => {
                    let (at, id, wanted) = match slot.take() {
                        Some((at, before)) => (at, before.id, before.name),
                        None => (self.tables.len(), self.take_id(), home),
                    };
                    let home = self.free_name(wanted);
                    table.rename(home.name.clone());
                    self.tables.insert(at, Entry { options, ..Entry::new(id, home, *table) });
                    &mut self.tables[at]
                }
            };
            for place in sources {
                entry.add_source(name(names, place), &outcomes[place]);
                changes[place] = Some(entry.id);
            }
        }
        let records = |id: TableId| -> u64 {
            let of = |(place, _): &(usize, &SourceOutcome)| changes[*place] == Some(id);
            outcomes.iter().enumerate().filter(of).map(|(_, outcome)| outcome.tally().read()).sum()
        };
        let used = self.tables.iter().filter(|entry| entry.is_used()).map(|entry| entry.id);
        // Of those that have the same number the first.
        let most = match used.clone().rev().max_by_key(|&id| records(id)) {
            Some(id) if records(id) > 0 => id,
            first => {
                instead_of.filter(|id| used.clone().any(|other| other == *id)).or(first).unwrap_or(VOTES)
            }
        };
        Ok(Changes { most, tables: changes, gone })
    }

    /// A name that no other table has.
    fn free_name(&self, wanted: TableName) -> TableName {
        let is_taken = |name: &TableName| self.tables.iter().any(|entry| entry.name == *name);
        let mut free = wanted.clone();
        let mut number = 2;
        while is_taken(&free) {
            free.name = format!("{}_{number}", wanted.name);
            number += 1;
        }
        free
    }

    /// Uses these options from now on.
    pub fn set_view(&mut self, options: ViewOptions) {
        self.options = options;
    }

    /// Forgets a table. That of the pipeline is empty then.
    pub fn forget(&mut self, id: TableId) {
        if id == VOTES {
            self.tables[0] = Entry::of_pipeline(&self.pipeline);
        } else {
            self.tables.retain(|entry| entry.id != id);
        }
    }

    /// Forgets all rows, rejects and conflicts. The view's options stay.
    pub fn clear(&mut self) {
        self.tables.truncate(1);
        self.forget(VOTES);
    }

    /// What the warehouse had of a table whose lists are to be loaded before they can be looked at.
    pub fn lists_wanted(&self, id: TableId) -> Option<TableState> {
        let opened = self.entry(id).opened.as_ref().filter(|opened| opened.lists.is_none());
        opened.map(|opened| opened.state.clone())
    }

    /// Takes the lists of a table that the warehouse has.
    pub fn put_lists(&mut self, id: TableId, lists: Lists) {
        if let Some(entry) = self.tables.iter_mut().find(|entry| entry.id == id)
            && let Some(opened) = &mut entry.opened
        {
            opened.lists = Some(lists);
        }
    }

    fn entry(&self, id: TableId) -> &Entry {
        // The page may ask for a table that it has not yet heard to be gone; it then gets another, and drops the answer.
        self.tables.iter().find(|entry| entry.id == id).unwrap_or(&self.tables[0])
    }

    /// The weeks of a table under the present options.
    pub fn weekly(&self, id: TableId) -> protocol::WeeklyView {
        answers::weekly(self.entry(id), self.options)
    }

    /// The tables that have anything in them, for the catalog. Their sources can be read again if they are `at_hand`.
    pub fn tables(&self, at_hand: impl Fn(TableId) -> bool) -> Vec<protocol::TableInfo> {
        self.tables
            .iter()
            .filter(|entry| entry.is_used())
            .map(|entry| {
                let at_hand = entry.opened.is_none() && at_hand(entry.id);
                answers::table(entry, &self.pipeline, at_hand)
            })
            .collect()
    }

    /// A page of rows, which are these.
    pub fn rows(&self, id: TableId, first: u64, rows: Vec<Vec<Option<String>>>) -> protocol::RowPage {
        answers::rows(self.entry(id), first, rows)
    }

    /// A page of rejects.
    pub fn rejects(&self, id: TableId, first: u64, count: u32) -> protocol::RejectPage {
        answers::rejects(self.entry(id), first, count)
    }

    /// A page of conflicts.
    pub fn conflicts(&self, id: TableId, first: u64, count: u32) -> protocol::ConflictPage {
        answers::conflicts(self.entry(id), first, count)
    }

    /// The kept rejects of a table as NDJSON.
    pub fn export_rejects(&self, id: TableId) -> Vec<u8> {
        exports::rejects(self.entry(id))
    }

    /// The weeks of a table under the present options as CSV.
    pub fn export_weeks(&self, id: TableId, outliers_only: bool) -> Vec<u8> {
        exports::weeks(&self.weekly(id), outliers_only)
    }
}

/// The name of a source, by its place among those of the job.
fn name(names: &[String], place: usize) -> &str {
    names.get(place).map_or("", String::as_str)
}

/// Rows of two weeks, the second the fuller one, with keys that ascend, and now and then one for the second time. Made in as few steps as can be, because what
/// runs here is compiled as well, and therefore it stands alone.
#[inline(never)]
fn warm_up_rows() -> Vec<u8> {
    let mut row = WARM_UP_ROW.to_vec();
    let mut text = Vec::with_capacity(WARM_UP_ROWS * row.len());
    for number in 0..WARM_UP_ROWS {
        if number == WARM_UP_ROWS / 4 {
            row[WARM_UP_MONTH] += 1;
        }
        text.extend_from_slice(&row);
        if number % 1000 == 0 {
            continue;
        }
        for digit in row[WARM_UP_KEY].iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                break;
            }
            *digit = b'0';
        }
    }
    text
}

/// The engine's rule for the page's.
pub(crate) fn week_rule(rule: protocol::WeekRule) -> WeekRule {
    match rule {
        protocol::WeekRule::Monday => WeekRule::Monday,
        protocol::WeekRule::Sunday => WeekRule::Sunday,
        protocol::WeekRule::Iso => WeekRule::Iso,
    }
}

/// The engine's threshold for the page's; a denominator of 0, which the page does not send, gives the default.
pub(crate) fn threshold(threshold: protocol::Threshold) -> Threshold {
    Threshold::new(threshold.numerator, threshold.denominator).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warming_up_goes_all_the_way() {
        let (weekly, tables) = Engine::warm_up();
        let [table] = tables.as_slice() else { panic!("one table") };
        let repeated = WARM_UP_ROWS.div_ceil(1000);
        assert_eq!(table.rows, (WARM_UP_ROWS - repeated) as u64);
        assert_eq!(weekly.weeks.len(), 2);
        assert!(weekly.weeks.iter().all(|week| week.outlier));
    }
}
