//! A source read in ranges by several workers, and by one reader, with all that is known of it in a form that can be compared.

use std::collections::VecDeque;

use arrow_array::RecordBatch;
use sandglass_ingest::ranges::{Merge, Plan, PlanLimits, RangeEvent, RangeReader, RangeTask};
use sandglass_ingest::wire::Parcel;
use sandglass_ingest::{Batch, ReadOptions, Reader, RecordSpec, Reject, Shape, SourceError, SourceSummary};

use super::lines::Random;

/// All that there is to know of a source.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    /// One by one, with the columns of all.
    pub(crate) rows: Vec<RecordBatch>,
    pub(crate) lines: Vec<u64>,
    pub(crate) rejects: Vec<String>,
    pub(crate) summary: SourceSummary,
}

#[derive(Default)]
struct Taken {
    batches: Vec<Batch>,
    columns: Vec<String>,
}

impl Taken {
    fn take(&mut self, batch: Batch) -> Result<(), SourceError> {
        assert_eq!(batch.records, (batch.rows.num_rows() + batch.rejects.len()) as u64);
        assert_eq!(batch.origins.len(), batch.rows.num_columns());
        let columns: Vec<String> =
            batch.rows.schema_ref().fields().iter().map(|field| field.name().clone()).collect();
        assert!(columns.starts_with(&self.columns), "{columns:?} behind {:?}", self.columns);
        self.columns = columns;
        self.batches.push(batch);
        Ok(())
    }

    fn outcome(self, summary: SourceSummary) -> Outcome {
        let mut shape = Shape::default();
        self.batches.iter().for_each(|batch| shape.widen(&batch.rows, &batch.origins));
        let (mut rows, mut lines, mut rejects) = (Vec::new(), Vec::new(), Vec::new());
        for batch in &self.batches {
            let table = shape.cast(&batch.rows, &batch.origins).expect("a wider type");
            for row in 0..table.num_rows() {
                rows.push(table.slice(row, 1));
                lines.push(batch.lines.line(row));
            }
            rejects.extend(batch.rejects.iter().map(|reject| {
                let Reject { line, byte_offset, reason, raw, raw_bytes } = reject;
                format!("{line} {byte_offset} {reason} {} {raw_bytes}", raw.escape_ascii())
            }));
        }
        assert_eq!(summary.records, (rows.len() + rejects.len()) as u64);
        Outcome { rows, lines, rejects, summary }
    }
}

/// What one reader says of it, or why it cannot be read.
pub(crate) fn whole(source: &[u8], spec: &RecordSpec, options: &ReadOptions) -> Result<Outcome, SourceError> {
    let mut taken = Taken::default();
    let mut reader = Reader::with_options(spec, options);
    reader.push(source, |batch| taken.take(batch))?;
    let summary = reader.finish(|batch| taken.take(batch))?;
    Ok(taken.outcome(summary))
}

/// How ranges are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) workers: usize,
    /// The lengths of the slices in which a worker sees its range, over and over.
    pub(crate) slices: &'a [usize],
    /// In which order their words arrive.
    pub(crate) seed: u64,
}

/// What comes of a message that is sent to another worker.
fn sent(parcel: Parcel) -> Parcel {
    Parcel::decode(&parcel.encode().unwrap()).unwrap()
}

/// Does what a worker does; hands out what it says.
fn work(task: RangeTask, source: &[u8], slices: &[usize]) -> VecDeque<(u64, RangeEvent)> {
    let mut events = VecDeque::new();
    let Parcel::Task(received) = sent(Parcel::Task(task.clone())) else { panic!("another message") };
    assert_eq!(received, task);
    let mut reader = RangeReader::new(received);
    let from = reader.task().read_from() as usize;
    let mut sink = |event| {
        let Parcel::Range(id, event) = sent(Parcel::Range(task.id, event)) else { panic!("another message") };
        events.push_back((id, event));
        Ok::<_, SourceError>(())
    };
    let mut rest = &source[from..];
    for &slice in slices.iter().cycle() {
        let (piece, behind) = rest.split_at(slice.min(rest.len()));
        rest = behind;
        if piece.is_empty() || !reader.push(piece, &mut sink).unwrap() {
            break;
        }
    }
    reader.finish(&mut sink).unwrap();
    events
}

/// What several readers say of it; and how many tasks they were given.
pub(crate) fn merged(plan: Plan, source: &[u8], way: Way<'_>) -> (Outcome, usize) {
    let mut taken = Taken::default();
    let mut random = Random::new(way.seed);
    let mut merge = Merge::new(plan, way.workers);
    let mut tasks = 0;
    let mut running: Vec<VecDeque<(u64, RangeEvent)>> = Vec::new();
    while !merge.is_done() {
        while running.len() < way.workers
            && let Some(task) = merge.next_task()
        {
            tasks += 1;
            running.push(work(task, source, way.slices));
        }
        assert!(!running.is_empty(), "nothing is given out and nothing is running");
        let at = random.below(running.len() as u64) as usize;
        match running[at].pop_front() {
            Some((task, event)) => merge.accept(task, event, |batch| taken.take(batch)).unwrap(),
            None => {
                running.swap_remove(at);
            }
        }
    }
    assert!(merge.next_task().is_none());
    (taken.outcome(merge.finish().unwrap()), tasks)
}

/// How a source is cut, if it can be.
pub(crate) fn plan(
    source: &[u8],
    spec: &RecordSpec,
    options: &ReadOptions,
    limits: PlanLimits,
) -> Option<Plan> {
    let head = &source[..source.len().min(Plan::HEAD)];
    Plan::with_limits(head, source.len() as u64, spec, options, limits)
}
