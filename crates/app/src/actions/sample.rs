//! Make sample votes and read them.

use super::Actions;
use crate::store::Work;

/// The seed of all samples: everyone who tries one sees the same weeks.
const SEED: u64 = 1;

impl Actions {
    /// Reads a sample of this many lines.
    pub(crate) fn try_sample(&self, rows: u64) {
        let job = self.next_job();
        self.mark_drop(job);
        self.enqueue(job, Work::Sample { rows, seed: SEED });
    }
}
