//! The quick walk: runs of short records with nothing but whole numbers and timestamps, as votes are.
//!
//! What a record costs is mostly what is done once for each of its values, so as little as possible is. The walk sees a
//! fixed number of bytes ahead and need not ask whether there are any. It writes into a [`Stage`] of fixed size, where
//! each column has a lane and a value its place whatever came before it: a record that turns out to be none leaves
//! nothing that would have to be taken back. Rows, lines and bytes are counted when the run ends, and whole lanes are
//! copied into the columns.

use super::literal::{Literal, Near};
use super::path::{Path, Way};
use super::{Layouts, ROOT_EDGE, Step};
use crate::columns::Columns;

/// Rows of a full stage: few enough that its lanes stay in the nearest cache. A power of two.
const ROWS: usize = 256;

/// Columns that can be read in this way. A power of two.
const LANES: usize = 16;

/// Of an edge that brings no value.
pub(super) const NO_LANE: usize = usize::MAX;

/// Records that were read one behind the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) rows: usize,
    /// Their bytes, line ends included.
    pub(crate) length: usize,
    /// How many of their timestamps had digits below a microsecond.
    pub(crate) cut: u32,
    pub(crate) stop: Stop,
}

/// Why a run has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The stage or the batch is full.
    Full,
    /// The next record is of no known layout.
    Unknown,
    /// The next record is to be read in another way: it is too near to the end of the bytes, or not for the quick walk.
    Far,
}

/// Rows that have been read and are not in their columns yet.
#[derive(Debug)]
pub(super) struct Stage {
    /// Whether all layouts of the records are for the quick walk.
    quick: bool,
    /// The column of each lane.
    columns: Vec<usize>,
    /// Made when they are needed for the first time.
    lanes: Option<Box<Lanes>>,
    path: Path,
    /// The edges that a record has gone along since it left the path.
    edges: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct Lanes {
    values: [[i64; ROWS]; LANES],
    /// The lanes in which each row has a value.
    there: [u32; ROWS],
}

impl Default for Stage {
    fn default() -> Self {
        Self { quick: true, columns: Vec::new(), lanes: None, path: Path::default(), edges: Vec::new() }
    }
}

impl Stage {
    /// The lane for what stands behind a literal in a layout of the records. There is none once not all of them are for the
    /// quick walk: it costs too much to look for one among many columns.
    pub(super) fn lane(&mut self, literal: &[u8], step: Step) -> usize {
        self.quick &= literal.len() <= Literal::LONGEST;
        let column = match step {
            Step::Integer { column, .. } | Step::Timestamp { column } => column,
            Step::Nothing | Step::End => return NO_LANE,
            _ => {
                self.quick = false;
                return NO_LANE;
            }
        };
        if let Some(lane) = self.columns.iter().position(|&known| known == column) {
            return lane;
        }
        if self.columns.len() == LANES {
            self.quick = false;
            return NO_LANE;
        }
        self.columns.push(column);
        self.columns.len() - 1
    }
}

impl Lanes {
    fn new() -> Box<Self> {
        Box::new(Self { values: [[0; ROWS]; LANES], there: [0; ROWS] })
    }

    /// Puts a value in its place; returns the lane's bit.
    #[inline(always)]
    pub(super) fn put(&mut self, lane: usize, row: usize, value: i64) -> u32 {
        // The remainders say to the compiler what is so anyway.
        self.values[lane % LANES][row % ROWS] = value;
        1 << (lane % LANES)
    }

    /// Copies the rows of the stage into the columns.
    fn unload(&self, rows: usize, of_lanes: &[usize], columns: &mut Columns) {
        let there = &self.there[..rows];
        let any = there.iter().fold(0, |any, lanes| any | lanes);
        let all = there.iter().fold(u32::MAX, |all, lanes| all & lanes);
        for (lane, (values, &column)) in self.values.iter().zip(of_lanes).enumerate() {
            let bit = 1_u32 << lane;
            if all & bit != 0 {
                columns.put_int64_rows(column, &values[..rows]);
            } else if any & bit != 0 {
                // What stands in the place of a null is of some earlier row.
                let mut some = [0; ROWS];
                let mut bits = [0; ROWS / 8];
                for (row, (&value, lanes)) in values.iter().zip(there).enumerate() {
                    let is_there = lanes & bit != 0;
                    some[row] = if is_there { value } else { 0 };
                    bits[row / 8] |= u8::from(is_there) << (row % 8);
                }
                columns.put_int64_some(column, &some[..rows], &bits);
            }
        }
    }
}

impl Layouts {
    /// Reads records from the start of `text` on, no more than `room`, as rows of `columns` that are not committed yet.
    // By itself: browsers keep the variables of a loop in registers only in functions that are not large.
    #[inline(never)]
    pub(crate) fn read_run(&mut self, text: &[u8], room: usize, columns: &mut Columns) -> Run {
        let mut run = Run { rows: 0, length: 0, cut: 0, stop: Stop::Far };
        // Short sources need no stage.
        if !self.stage.quick || Near::of(text).is_none() {
            return run;
        }
        let mut lanes = self.stage.lanes.take().unwrap_or_else(Lanes::new);
        run.stop = loop {
            if run.rows == room.min(ROWS) {
                break Stop::Full;
            }
            let Some(near) = text.get(run.length..).and_then(Near::of) else { break Stop::Far };
            let mut way = self.stage.path.follow(near, &mut lanes, run.rows);
            if way.end {
                self.stage.path.was_followed();
            } else {
                match self.leave(way, near, &mut lanes, run.rows) {
                    Ok(whole) => way = whole,
                    Err(stop) => break stop,
                }
            }
            lanes.there[run.rows % ROWS] = way.lanes;
            run.length += way.at;
            run.cut += way.cut;
            run.rows += 1;
        };
        lanes.unload(run.rows, &self.stage.columns, columns);
        self.stage.lanes = Some(lanes);
        run
    }

    /// Reads the rest of a record that has left the path.
    #[inline(never)]
    fn leave(&mut self, way: Way, near: Near<'_>, lanes: &mut Lanes, row: usize) -> Result<Way, Stop> {
        let mut edges = std::mem::take(&mut self.stage.edges);
        edges.clear();
        let whole = self.walk_near(way, near, lanes, row, &mut edges);
        if whole.is_ok() {
            self.stage.path.was_left(way.legs, &edges, &self.edges);
        }
        self.stage.edges = edges;
        whole
    }

    /// Walks down the tree from where a record has left the path.
    fn walk_near(
        &mut self,
        mut way: Way,
        near: Near<'_>,
        lanes: &mut Lanes,
        row: usize,
        edges: &mut Vec<usize>,
    ) -> Result<Way, Stop> {
        let mut last = self.stage.path.edge(way.legs).unwrap_or(ROOT_EDGE);
        while way.at <= Near::LAST {
            let first = self.edges[last].next;
            let mut next = first;
            loop {
                let edge = self.edges.get_mut(next).ok_or(Stop::Unknown)?;
                if edge.literal.is_at(near, way.at) {
                    let behind = way.at + edge.literal.len();
                    let value = match edge.step {
                        Step::Integer { quoted, .. } => near.integer(behind, quoted),
                        Step::Timestamp { .. } => {
                            let length = edge.last.near(near, behind);
                            length.map(|length| (edge.last.micros, length))
                        }
                        Step::Nothing => {
                            way.at = behind;
                            break;
                        }
                        Step::End => {
                            edges.push(next);
                            (way.at, way.end) = (behind, true);
                            return Ok(way);
                        }
                        _ => return Err(Stop::Far),
                    };
                    if let Some((value, length)) = value {
                        way.lanes |= lanes.put(edge.lane, row, value);
                        way.cut += u32::from(edge.last.cut);
                        way.at = behind + length;
                        break;
                    }
                    // Perhaps null, which another edge has.
                }
                next = edge.other;
                if next == first {
                    return Err(Stop::Unknown);
                }
            }
            if next != first {
                self.edges[last].next = next;
            }
            edges.push(next);
            last = next;
        }
        Err(Stop::Far)
    }
}
