//! Duplicates whose stored row is in a segment: they wait until somebody reads it, and are compared then.
//!
//! Only duplicates wait, never new rows, so most ingestions have none. They keep their values and lines, and are handed over
//! segment by segment; whoever reads the segments does so as often as he likes, and at the latest before the ingestion is
//! committed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use sandglass_ingest::LineMap;

use crate::chunk::StoredRow;
use crate::ingestion::{Source, log_conflict};
use crate::leave_out::pick;
use crate::segment::{Segment, integer_keys};
use crate::{AppendError, Ingestion, Key};

/// Duplicates from which on it should be looked for their rows, so that they do not fill the memory.
const MANY: usize = 1 << 20;

/// Duplicates of rows that are not in memory.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    batches: Vec<WaitingBatch>,
    rows: usize,
    /// Conflicts that were found later than their source has ended, by its number.
    late: BTreeMap<usize, u64>,
}

#[derive(Debug)]
struct WaitingBatch {
    source: usize,
    name: Arc<str>,
    rows: RecordBatch,
    lines: Vec<u64>,
    of: Of,
    /// Whether each was compared.
    done: Vec<bool>,
}

/// What the duplicates are duplicates of.
#[derive(Debug)]
enum Of {
    Keys(Vec<i64>),
    /// Segments by their place, and rows there.
    Places(Vec<(usize, u64)>),
}

impl Waiting {
    pub(crate) fn add_integers(
        &mut self,
        source: &Source,
        places: &[usize],
        keys: &[i64],
        rows: &RecordBatch,
        lines: &LineMap,
    ) -> Result<(), ArrowError> {
        let of = || Of::Keys(places.iter().map(|&place| keys[place]).collect());
        self.add(source, places, of, rows, lines)
    }

    pub(crate) fn add_places(
        &mut self,
        source: &Source,
        waiting: &[(usize, (usize, u64))],
        rows: &RecordBatch,
        lines: &LineMap,
    ) -> Result<(), ArrowError> {
        let places: Vec<usize> = waiting.iter().map(|&(row, _)| row).collect();
        let of = || Of::Places(waiting.iter().map(|&(_, place)| place).collect());
        self.add(source, &places, of, rows, lines)
    }

    fn add(
        &mut self,
        source: &Source,
        places: &[usize],
        of: impl FnOnce() -> Of,
        rows: &RecordBatch,
        lines: &LineMap,
    ) -> Result<(), ArrowError> {
        if places.is_empty() {
            return Ok(());
        }
        self.rows += places.len();
        self.batches.push(WaitingBatch {
            source: source.number,
            name: Arc::clone(&source.name),
            rows: pick(rows, places)?,
            lines: places.iter().map(|&place| lines.line(place)).collect(),
            of: of(),
            done: vec![false; places.len()],
        });
        Ok(())
    }

    /// Forgets those of a source.
    pub(crate) fn forget(&mut self, source: usize) {
        self.batches.retain(|batch| batch.source != source);
        self.late.remove(&source);
        self.count();
    }

    fn count(&mut self) {
        self.batches.retain(|batch| batch.done.contains(&false));
        let open = |batch: &WaitingBatch| batch.done.iter().filter(|&&done| !done).count();
        self.rows = self.batches.iter().map(open).sum();
    }

    /// Those that wait for integer keys, as (key, batch, row), by key.
    fn by_key(&self) -> Vec<(i64, u32, u32)> {
        let mut wanted = Vec::with_capacity(self.rows);
        for (at, batch) in self.batches.iter().enumerate() {
            let Of::Keys(keys) = &batch.of else { continue };
            let open = keys.iter().zip(&batch.done).enumerate().filter(|(_, (_, done))| !**done);
            wanted.extend(open.map(|(row, (&key, _))| (key, at as u32, row as u32)));
        }
        wanted.sort_unstable();
        wanted
    }
}

impl Ingestion {
    /// How many duplicates wait for their rows.
    pub fn unresolved(&self) -> usize {
        self.waiting.rows
    }

    /// Whether so many wait that their segments should be read now.
    pub fn should_resolve(&self) -> bool {
        self.waiting.rows > MANY
    }

    /// The segments that may have the rows that duplicates wait for, by their place. Each is to be read and handed to
    /// [`resolve`](Self::resolve).
    pub fn wanted_segments(&self) -> Vec<(usize, Arc<Segment>)> {
        if self.waiting.rows == 0 {
            return Vec::new();
        }
        let keys = self.waiting.by_key();
        let within = |(least, greatest): (i64, i64)| {
            let from = keys.partition_point(|&(key, ..)| key < least);
            keys.get(from).is_some_and(|&(key, ..)| key <= greatest)
        };
        let mut places = BTreeSet::new();
        for batch in &self.waiting.batches {
            if let Of::Places(of) = &batch.of {
                places.extend(of.iter().zip(&batch.done).filter(|(_, done)| !**done).map(|(of, _)| of.0));
            }
        }
        let segments = self.rows.segments.iter().enumerate();
        let wanted = segments.filter(|(at, segment)| segment.keys.is_some_and(within) || places.contains(at));
        wanted.map(|(at, segment)| (at, Arc::clone(segment))).collect()
    }

    /// Compares duplicates with the rows of this segment, which are all its rows in their order. Those that have none there go
    /// on waiting.
    ///
    /// # Errors
    /// When these rows have no such keys as the table.
    pub fn resolve(&mut self, segment: usize, rows: &[RecordBatch]) -> Result<(), AppendError> {
        let Some(of) = self.rows.segments.get(segment).cloned() else { return Ok(()) };
        let spec = Arc::clone(&self.spec);
        match &spec.key {
            Key::None => {}
            Key::Integer(column) => {
                let wanted = self.waiting.by_key();
                for rows in rows {
                    let expected = "integer, without nulls";
                    let keys = integer_keys(rows, column).ok_or_else(|| AppendError::Column {
                        table: spec.name.clone(),
                        column: column.clone(),
                        expected,
                    })?;
                    for (at, &key) in keys.iter().enumerate() {
                        let from = wanted.partition_point(|&(other, ..)| other < key);
                        for &(_, batch, row) in wanted[from..].iter().take_while(|(other, ..)| *other == key)
                        {
                            let place = (batch as usize, row as usize);
                            self.compare(place, std::slice::from_ref(column), (rows, at), of.ingestion);
                        }
                    }
                }
            }
            Key::Columns(columns) => {
                let mut wanted: Vec<(u64, usize, usize)> = Vec::new();
                for (at, batch) in self.waiting.batches.iter().enumerate() {
                    let Of::Places(places) = &batch.of else { continue };
                    for (row, (&(of, stored), done)) in places.iter().zip(&batch.done).enumerate() {
                        if of == segment && !done {
                            wanted.push((stored, at, row));
                        }
                    }
                }
                wanted.sort_unstable();
                let mut wanted = wanted.into_iter().peekable();
                let mut before = 0;
                for rows in rows {
                    let end = before + rows.num_rows() as u64;
                    while let Some((stored, batch, row)) = wanted.next_if(|&(stored, ..)| stored < end) {
                        let at = (stored - before) as usize;
                        self.compare((batch, row), columns, (rows, at), of.ingestion);
                    }
                    before = end;
                }
            }
        }
        self.waiting.count();
        Ok(())
    }

    fn compare(
        &mut self,
        (batch, row): (usize, usize),
        columns: &[String],
        stored: (&RecordBatch, usize),
        ingestion: u64,
    ) {
        let Some(batch) = self.waiting.batches.get_mut(batch) else { return };
        batch.done[row] = true;
        let (layer, ended) = match &mut self.source {
            Some(source) if source.number == batch.source => (&mut source.layer, false),
            _ => (&mut self.done, true),
        };
        layer.repeats.insert(ingestion);
        let log = (&mut layer.conflicts, &batch.name);
        let differs =
            log_conflict(log, columns, StoredRow::Batch(stored.0, stored.1), (&batch.rows, row), |row| {
                batch.lines[row]
            });
        if differs && ended {
            *self.waiting.late.entry(batch.source).or_default() += 1;
        }
    }

    /// Conflicts that were found after their source had ended, and so are not in its receipt: by the number of the source, from
    /// 0 in the order in which they were begun.
    pub fn late_conflicts(&self) -> &BTreeMap<usize, u64> {
        &self.waiting.late
    }
}
