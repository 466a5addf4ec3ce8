//! Ranges put together: batches in the order of the source, as if one reader had read all of it.

use std::collections::{BTreeMap, VecDeque};

use super::known::{Conflict, Known, Numbers};
use super::plan::{Plan, defect};
use super::task::{RangeBatch, RangeEnd, RangeEvent, RangePlace, RangeTask};
use crate::columns::seed::Seed;
use crate::intake::DRIFT_KEPT;
use crate::{Batch, Drift, SourceError, SourceSummary};

/// Gives out the ranges of a source and takes what comes of them.
#[derive(Debug)]
pub struct Merge {
    plan: Plan,
    window: usize,
    /// The range whose turn it is.
    front: usize,
    /// The first range that has not been given out.
    next: usize,
    /// Whether the rest of the range whose turn it is has to be given out once more.
    again: bool,
    /// The ranges that are given out.
    running: BTreeMap<usize, Running>,
    ids: u64,
    /// Where the last record that was handed out ended, and what is known there.
    place: RangePlace,
    known: Known,
    /// The line of the first row.
    first_row: Option<u64>,
    records: u64,
    cut_timestamps: u64,
    drift: Vec<Drift>,
    /// Whether the last range that has ended did so where the source does, behind a line end.
    line_ended: bool,
}

/// A range that is given out.
#[derive(Debug)]
struct Running {
    id: u64,
    seed: Seed,
    exact: bool,
    waiting: VecDeque<RangeEvent>,
    begun: Option<Begun>,
}

/// The range whose turn it is, once it is clear that it began where the one before ended.
#[derive(Debug)]
struct Begun {
    lines_before: u64,
    numbers: Numbers,
}

/// What became of an event.
enum Outcome {
    Taken(Box<Batch>),
    /// The range has been read to its end.
    Ended,
    /// What it says is not so, or not all: it has to be read again.
    Again,
}

impl Merge {
    /// Begins a source. No more than `window` ranges, but at least one, are read or wait at a time.
    pub fn new(plan: Plan, window: usize) -> Self {
        let place = RangePlace { byte: plan.start, lines: 0 };
        let known = Known::new(plan.spec());
        Self {
            plan,
            window: window.max(1),
            front: 0,
            next: 0,
            again: false,
            running: BTreeMap::new(),
            ids: 0,
            place,
            known,
            first_row: None,
            records: 0,
            cut_timestamps: 0,
            drift: Vec::new(),
            line_ended: false,
        }
    }

    /// The next range to be read. `None` if there is none now: all are given out, or those that are have to end first.
    pub fn next_task(&mut self) -> Option<RangeTask> {
        let (range, exact) = if std::mem::take(&mut self.again) {
            (self.front, Some(self.place.byte))
        } else {
            // A record that goes on over whole ranges leaves nothing to be read in them.
            while self.next < self.plan.count() && self.plan.end(self.next) <= self.place.byte {
                self.next += 1;
            }
            if self.next >= self.plan.count().min(self.front.saturating_add(self.window)) {
                return None;
            }
            self.next += 1;
            (self.next - 1, None)
        };
        self.ids += 1;
        // Until the first ranges have said so, no more is known than what the plan has seen.
        let known = if self.place.byte < self.plan.seen { &self.plan.known } else { &self.known };
        let known = if exact.is_some() { &self.known } else { known };
        let task = self.plan.task(self.ids, range, exact, known);
        self.running.insert(
            range,
            Running {
                id: task.id,
                seed: task.seed.clone(),
                exact: task.exact,
                waiting: VecDeque::new(),
                begun: None,
            },
        );
        Some(task)
    }

    /// Whether it still matters what the reader of a task says.
    pub fn is_wanted(&self, task: u64) -> bool {
        self.running.values().any(|running| running.id == task)
    }

    /// Whether the source has been read to its end.
    pub fn is_done(&self) -> bool {
        self.front >= self.plan.count()
    }

    /// The byte at which the last record that was handed out ended.
    pub fn position(&self) -> u64 {
        self.place.byte
    }

    /// Records handed out so far.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Takes what the reader of a task says, and hands all batches to `sink` whose turn has come. What is said of a task that
    /// does not matter any more is ignored. A new task may have to be given out then.
    ///
    /// # Errors
    /// When a range could not be read, and whatever error `sink` returns.
    pub fn accept<E: From<SourceError>>(
        &mut self,
        task: u64,
        event: RangeEvent,
        mut sink: impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(running) = self.running.values_mut().find(|running| running.id == task) else {
            return Ok(());
        };
        running.waiting.push_back(event);
        while let Some(mut running) = self.running.remove(&self.front) {
            let Some(event) = running.waiting.pop_front() else {
                self.running.insert(self.front, running);
                break;
            };
            match self.take(&mut running, event)? {
                Outcome::Taken(batch) => {
                    self.running.insert(self.front, running);
                    sink(*batch)?;
                }
                Outcome::Again => {
                    self.again = true;
                    break;
                }
                Outcome::Ended => {
                    self.front += 1;
                    while !self.is_done() && self.plan.end(self.front) <= self.place.byte {
                        self.running.remove(&self.front);
                        self.front += 1;
                    }
                }
            }
        }
        Ok(())
    }

    /// What is known of the source now that it has been read to its end.
    ///
    /// # Errors
    /// When it has not.
    pub fn finish(self) -> Result<SourceSummary, SourceError> {
        if !self.is_done() {
            return Err(defect("not all ranges were read"));
        }
        let chosen_in_vain = self.known.chosen_in_vain();
        let may_grow = self.line_ended && self.place.byte == self.plan.size;
        Ok(SourceSummary {
            bytes: self.plan.size,
            records: self.records,
            format: self.plan.form().to_string(),
            text: Some(self.plan.form()),
            new_columns: self.known.new_columns().map(str::to_owned).collect(),
            cut_timestamps: self.cut_timestamps,
            drift: self.drift,
            notes: Vec::new(),
            chosen_in_vain,
            end: if may_grow { self.plan.source_end(self.place) } else { None },
        })
    }

    /// Takes what comes next of the range whose turn it is.
    fn take(&mut self, running: &mut Running, event: RangeEvent) -> Result<Outcome, SourceError> {
        let began = match &event {
            RangeEvent::Batch(batch) => Some(batch.began),
            RangeEvent::End(RangeEnd { began, .. }) => *began,
            // Its columns broke Arrow's rules, or its bytes are not there: wherever it began.
            RangeEvent::Failed(_) => Some(self.place.byte),
        };
        if running.begun.is_none() {
            if began != Some(self.place.byte) {
                return Ok(Outcome::Again);
            }
            let numbers = match self.known.map(&running.seed) {
                Ok(numbers) => numbers,
                Err(conflict) => return again(conflict, running.exact),
            };
            running.begun = Some(Begun { lines_before: self.place.lines, numbers });
        }
        let Some(begun) = &mut running.begun else { return Ok(Outcome::Again) };
        match event {
            RangeEvent::Failed(error) => Err(error),
            RangeEvent::End(RangeEnd { end, line_ended, .. }) => {
                self.line_ended = line_ended;
                self.place = RangePlace { byte: end.byte, lines: begun.lines_before + end.lines };
                Ok(Outcome::Ended)
            }
            RangeEvent::Batch(batch) => self.take_batch(begun, running.exact, &running.seed, batch),
        }
    }

    fn take_batch(
        &mut self,
        begun: &mut Begun,
        exact: bool,
        seed: &Seed,
        range_batch: RangeBatch,
    ) -> Result<Outcome, SourceError> {
        let RangeBatch { mut batch, mut steps, end, cut_timestamps, .. } = range_batch;
        batch.add_lines(begun.lines_before);
        steps.iter_mut().for_each(|step| step.line += begun.lines_before);
        if self.first_row.is_none() && batch.rows.num_rows() > 0 {
            self.first_row = Some(batch.lines.line(0));
        }
        let first_row = self.first_row;
        let mut numbers = begun.numbers.clone();
        let mut drift = Vec::new();
        let room = DRIFT_KEPT - self.drift.len().min(DRIFT_KEPT);
        // What the first record brings is no change.
        let changed = |change: Drift| {
            if first_row.is_some_and(|first| first < change.line) && drift.len() < room {
                drift.push(change);
            }
        };
        // What is known here must stay as it is if the batch cannot be taken.
        let mut known = (!steps.is_empty()).then(|| self.known.clone());
        if let Some(known) = &mut known
            && let Err(conflict) = known.take_in(&steps, &mut numbers, exact, changed)
        {
            return again(conflict, exact);
        }
        let now = known.as_ref().unwrap_or(&self.known);
        let other_rejects = batch.rejected > 0 && now.has_objects_in_text(seed);
        let other_cuts = cut_timestamps > 0 && numbers.times_in_text;
        if !exact && (other_rejects || other_cuts) {
            return Ok(Outcome::Again);
        }
        if let Some(known) = known {
            self.known = known;
        }
        self.known.arrange(&mut batch)?;
        begun.numbers = numbers;
        self.drift.append(&mut drift);
        self.place = RangePlace { byte: end.byte, lines: begun.lines_before + end.lines };
        self.records += batch.records;
        self.cut_timestamps += cut_timestamps;
        Ok(Outcome::Taken(Box::new(batch)))
    }
}

/// What becomes of a range in a conflict. One that knew all columns cannot have one.
fn again(conflict: Conflict, exact: bool) -> Result<Outcome, SourceError> {
    match (conflict, exact) {
        (Conflict::Rows, false) => Ok(Outcome::Again),
        _ => Err(defect("a range says of its columns what cannot be")),
    }
}
