//! A large file in ranges: this worker reads some of them and parse workers the others, and all that comes of them is put
//! together in the order of the file.

use js_sys::Uint8Array;
use sandglass_ingest::ranges::{Merge, Plan, RANGE, RangeEvent, RangeReader};
use sandglass_ingest::wire::Parcel;
use sandglass_ingest::{SourceError, SourceSummary};
use sandglass_pipelines::{Load, RunError};
use web_sys::File;

use super::cancel::Cancel;
use super::file::RangeSlices;
use super::pool::Pool;

/// A file of at least so many bytes is read in ranges.
pub(super) const LARGE: u64 = 2 * RANGE;

/// Why ranges were not read to the end.
pub(super) enum Broken {
    /// The job was cancelled.
    Cancelled,
    /// The source cannot be read.
    Source(String),
    /// A parse worker has stopped. Without them the source may still be read.
    Worker,
}

impl From<SourceError> for Broken {
    fn from(error: SourceError) -> Self {
        Self::Source(error.to_string())
    }
}

/// In the same words.
fn told(error: RunError) -> SourceError {
    SourceError::Told(error.to_string())
}

impl From<RunError> for Broken {
    fn from(error: RunError) -> Self {
        Self::Source(error.to_string())
    }
}

/// A file that is being read in ranges.
pub(super) struct Ranges<'a> {
    merge: Merge,
    file: &'a File,
    pool: Pool,
    cancelled: &'a Cancel,
}

impl<'a> Ranges<'a> {
    /// Begins to read a file in the ranges of a plan, with the workers that there are and more.
    pub(super) fn new(plan: Plan, file: &'a File, mut pool: Pool, cancelled: &'a Cancel) -> Self {
        // One of the ranges is for this worker.
        pool.grow(plan.count() - 1);
        Self { merge: Merge::new(plan, pool.len() + 3), file, pool, cancelled }
    }

    /// Reads all of it. `observe` is told now and then how many bytes have been put together, and may do something with what came of
    /// them.
    pub(super) async fn read(
        mut self,
        load: &mut Load,
        mut observe: impl AsyncFnMut(u64, &mut Load),
    ) -> Result<SourceSummary, Broken> {
        let mut buffer = Vec::new();
        loop {
            self.listen(load)?;
            let Some(task) = self.merge.next_task() else {
                if self.merge.is_done() {
                    return self.merge.finish().map_err(|error| Broken::Source(error.to_string()));
                }
                self.pool.wait(self.cancelled).await;
                continue;
            };
            let id = task.id;
            let mut slices = RangeSlices::open(self.file, task.read_from(), task.end);
            let mut reader = RangeReader::new(task);
            loop {
                let length = slices.next(&mut buffer).await.map_err(Broken::Source)?;
                if length == 0 || !self.push(&mut reader, id, &buffer[..length], load)? {
                    break;
                }
                observe(self.merge.position(), load).await;
                self.listen(load)?;
            }
            self.finish(reader, id, load)?;
        }
    }

    /// Takes in what parse workers have said, and gives those that have nothing to do the next ranges.
    #[inline(never)]
    fn listen(&mut self, load: &mut Load) -> Result<(), Broken> {
        if self.cancelled.is_wished() {
            return Err(Broken::Cancelled);
        }
        while let Some(said) = self.pool.take().map_err(|_| Broken::Worker)? {
            match Parcel::decode(&Uint8Array::new(&said).to_vec()) {
                Ok(Parcel::Range(task, event)) => self.accept(task, event, load)?,
                Ok(_) | Err(_) => return Err(Broken::Worker),
            }
        }
        while let Some(idle) = self.pool.idle() {
            let Some(task) = self.merge.next_task() else { break };
            let task = Parcel::Task(task).encode().map_err(|_| Broken::Worker)?;
            self.pool.give_range(idle, &task, self.file);
        }
        Ok(())
    }

    /// Whether the range needs more bytes.
    #[inline(never)]
    fn push(
        &mut self,
        reader: &mut RangeReader,
        id: u64,
        bytes: &[u8],
        load: &mut Load,
    ) -> Result<bool, Broken> {
        let more = reader.push_into(bytes, &mut |event| self.accept(id, event, load).map_err(told))?;
        // What is not wanted any more is given out again from another byte on.
        Ok(more && self.merge.is_wanted(id))
    }

    #[inline(never)]
    fn finish(&mut self, reader: RangeReader, id: u64, load: &mut Load) -> Result<(), Broken> {
        match self.merge.is_wanted(id) {
            true => Ok(reader.finish_into(&mut |event| self.accept(id, event, load).map_err(told))?),
            false => Ok(()),
        }
    }

    fn accept(&mut self, id: u64, event: RangeEvent, load: &mut Load) -> Result<(), RunError> {
        self.merge.accept(id, event, |batch| load.append(batch))
    }
}
