//! The rows of a table: first those that lie in segments, then those that are in memory.
//!
//! Rows are written in their order, so these two never mix, and what works on the rows in memory need not know of the others.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use crate::chunk::Chunk;
use crate::segment::{FileRef, Group, SEGMENT_ROWS, Segment};
use crate::{AppendError, TableSpec};

/// Rows in their order. Copies share them.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) segments: Vec<Arc<Segment>>,
    pub(crate) chunks: Vec<Arc<Chunk>>,
    /// The most rows of a segment.
    pub(crate) segment_rows: usize,
}

/// Where the rows of a batch are stored, without those at these places.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    first: RowPlace,
    left_out: Vec<usize>,
}

/// A row of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowPlace {
    /// In memory.
    Chunk { chunk: usize, row: usize },
    /// In a segment, by its place among those of the table.
    Segment { segment: usize, row: u64 },
}

impl Home {
    pub(crate) fn of_chunk(chunk: usize, left_out: Vec<usize>) -> Self {
        Self { first: RowPlace::Chunk { chunk, row: 0 }, left_out }
    }

    pub(crate) fn of_segment(segment: usize, row: u64) -> Self {
        Self { first: RowPlace::Segment { segment, row }, left_out: Vec::new() }
    }

    pub(crate) fn place(&self, row: usize) -> RowPlace {
        let row = row - self.left_out.partition_point(|&place| place < row);
        match self.first {
            RowPlace::Chunk { chunk, row: first } => RowPlace::Chunk { chunk, row: first + row },
            RowPlace::Segment { segment, row: first } => {
                RowPlace::Segment { segment, row: first + row as u64 }
            }
        }
    }
}

impl Default for Rows {
    fn default() -> Self {
        Self { segments: Vec::new(), chunks: Vec::new(), segment_rows: SEGMENT_ROWS }
    }
}

impl Rows {
    /// Rows that lie in segments.
    pub(crate) fn in_segments(&self) -> u64 {
        self.segments.iter().map(|segment| segment.rows).sum()
    }

    /// Whether there are rows enough for a segment.
    pub(crate) fn may_fill(&self, chunks: &[Arc<Chunk>]) -> bool {
        chunks.iter().map(|chunk| chunk.num_rows()).sum::<usize>() >= self.segment_rows
    }

    /// The first of these chunks, as a segment's worth.
    pub(crate) fn group(
        &self,
        chunks: &[Arc<Chunk>],
        spec: &TableSpec,
    ) -> Result<Option<Group>, AppendError> {
        Group::of(chunks, spec, self.segment_rows)
    }

    /// The first rows in memory lie in a file now.
    pub(crate) fn store(
        &mut self,
        group: Group,
        file: FileRef,
        number: u64,
        homes: &mut [Home],
    ) -> Result<(), ArrowError> {
        let segment = self.segments.len();
        let mut starts = Vec::with_capacity(group.chunks().len());
        let mut start = 0;
        for chunk in group.chunks() {
            starts.push(start);
            start += chunk.num_rows() as u64;
        }
        self.segments.push(Arc::new(group.into_segment(file, number)?));
        self.chunks.drain(..starts.len());
        for home in homes {
            if let RowPlace::Chunk { chunk, row } = &mut home.first {
                match starts.get(*chunk) {
                    Some(start) => {
                        home.first = RowPlace::Segment { segment, row: start + *row as u64 };
                    }
                    None => *chunk -= starts.len(),
                }
            }
        }
        Ok(())
    }

    /// Where some rows are, in their order; fewer at the end.
    pub(crate) fn plan(&self, rows: Range<u64>) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut before = 0;
        let mut overlap = |count: u64| {
            let first = rows.start.clamp(before, before + count) - before;
            let last = rows.end.clamp(before, before + count) - before;
            before += count;
            (first < last).then_some(first..last)
        };
        for segment in &self.segments {
            if let Some(rows) = overlap(segment.rows) {
                pieces.push(Piece::Stored { segment: Arc::clone(segment), rows });
            }
        }
        for chunk in &self.chunks {
            if let Some(rows) = overlap(chunk.num_rows() as u64)
                && let Ok(rows) = chunk.slice(rows.start as usize..rows.end as usize)
            {
                pieces.push(Piece::Here(rows));
            }
        }
        pieces
    }
}

/// A part of some rows of a table: where it is.
#[derive(Debug, Clone)]
pub enum Piece {
    /// In memory.
    Here(RecordBatch),
    /// In a segment.
    Stored {
        /// The segment.
        segment: Arc<Segment>,
        /// The rows of it.
        rows: Range<u64>,
    },
}
