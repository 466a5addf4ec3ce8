//! What a reader hands out.

use arrow_array::RecordBatch;

use crate::{Origin, Reason, Reject};

/// A run of consecutive records: those that were taken, as rows in their order, and those that were not.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The records that were taken. The schema starts with the fields of the spec, in their order; columns that
    /// turned up in the data follow. Later batches may have more columns than earlier ones, never fewer.
    pub rows: RecordBatch,
    /// What each column was before it was an array, so that it can be widened later. In the order of the columns.
    pub origins: Vec<Origin>,
    /// Where the rows came from.
    pub lines: LineMap,
    /// The records that were not taken, in their order; not all of them where there is a limit on how many of a source
    /// are handed out.
    pub rejects: Vec<Reject>,
    /// How many records were not taken.
    pub rejected: u64,
    /// How many records these are, counted where lines are split and not where they end up.
    pub records: u64,
}

/// The line numbers of a batch's rows; where a source has no lines, the numbers of its rows from 1.
///
/// Rows mostly come from consecutive lines, so only the places where that is not so are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineMap {
    /// (first row of the run, its line), ascending in both.
    pub(crate) runs: Vec<(u32, u64)>,
}

impl Batch {
    /// Puts it behind so many lines of its source.
    pub(crate) fn add_lines(&mut self, lines: u64) {
        self.lines.runs.iter_mut().for_each(|(_, line)| *line += lines);
        for reject in &mut self.rejects {
            reject.line += lines;
            if let Reason::UnclosedQuote { line, .. } = &mut reject.reason {
                *line += lines;
            }
        }
    }
}

impl LineMap {
    /// Lines that follow each other, of which this is the first.
    pub fn consecutive(first: u64) -> Self {
        Self { runs: vec![(0, first)] }
    }

    /// The lines of some rows, ascending.
    pub fn of(lines: impl IntoIterator<Item = u64>) -> Self {
        let mut map = Self::default();
        for (row, line) in lines.into_iter().enumerate() {
            // A batch never has more rows than fit into 32 bits.
            map.push(row as u32, line);
        }
        map
    }

    /// The next row comes from this line.
    #[inline]
    pub(crate) fn push(&mut self, row: u32, line: u64) {
        let continues = self.runs.last().is_some_and(|&(from, at)| line - at == u64::from(row - from));
        if !continues {
            self.runs.push((row, line));
        }
    }

    /// The line, from 1, of a row of the batch.
    pub fn line(&self, row: usize) -> u64 {
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        match self.runs.partition_point(|&(from, _)| from <= row).checked_sub(1) {
            Some(run) => self.runs[run].1 + u64::from(row - self.runs[run].0),
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_lines_across_gaps() {
        let lines = [3, 4, 5, 9, 10, 20];
        let mut map = LineMap::default();
        for (row, line) in lines.iter().enumerate() {
            map.push(row as u32, *line);
        }
        assert_eq!(map.runs.len(), 3);
        let found: Vec<u64> = (0..lines.len()).map(|row| map.line(row)).collect();
        assert_eq!(found, lines);
    }
}
