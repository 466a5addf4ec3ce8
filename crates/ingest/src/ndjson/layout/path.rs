//! The layout that most records have, one leg behind the other.
//!
//! A tree has to be asked at each literal where to go on. Most records of a file go the same way, which is laid out here
//! in one piece: each leg is a literal and what to read behind it. A timestamp that was there before is a part of the
//! literal, and so is the line end behind it. A record that leaves the path goes on in the tree where it has left.

use super::literal::{Literal, Near};
use super::quick::Lanes;
use super::{Edge, Step};

/// Records in a row that leave the first path before there is another. Where records are of many layouts no path is better than
/// another, and to lay one costs as much as some records: each is given twice as many as the one before, up to
/// [`MOST_PATIENCE`].
const PATIENCE: u32 = 4;
const MOST_PATIENCE: u32 = 1024;

/// Timestamps in a row that were not the same as before, until they are no longer expected to be.
const NEW_TIMES: u32 = 8;

/// What to do when the literal of a leg is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    /// A whole number stands behind it.
    Integer {
        quoted: bool,
    },
    /// A timestamp stands behind it that need not be the one that was there last.
    NewTimestamp,
    /// It ends with a timestamp.
    Timestamp,
    /// The same, and the end of the record behind that.
    TimestampAndEnd,
    Nothing,
    End,
}

/// A part of the path.
#[derive(Debug)]
struct Leg {
    expected: Literal,
    read: Read,
    lane: usize,
    /// The timestamp.
    micros: i64,
    /// Whether it has digits below a microsecond.
    cut: bool,
    /// How long timestamps are that are not expected.
    width: usize,
    /// How often the timestamp was another one each time.
    new_times: u32,
    /// The edge of the tree that it stands for.
    edge: usize,
    /// That of the end of the record, if it is a part of this leg.
    end: Option<usize>,
}

/// The layout that most records have.
#[derive(Debug)]
pub(super) struct Path {
    legs: Vec<Leg>,
    /// Records in a row that have left it.
    left: u32,
    /// How many may do so.
    patience: u32,
    /// Whether a record has gone along all of it since its timestamp was another one.
    followed: bool,
}

impl Default for Path {
    fn default() -> Self {
        Self { legs: Vec::new(), left: 0, patience: PATIENCE, followed: false }
    }
}

/// Where a record is when it leaves the path, or has come to its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// The bytes of the record so far.
    pub(super) at: usize,
    /// How many of its timestamps had digits below a microsecond.
    pub(super) cut: u32,
    /// The lanes in which it has a value, a bit for each.
    pub(super) lanes: u32,
    /// How many legs it has gone.
    pub(super) legs: usize,
    pub(super) end: bool,
}

impl Path {
    /// Reads a record as a row of the stage, as far as it goes along the path.
    #[inline(always)]
    pub(super) fn follow(&mut self, near: Near<'_>, lanes: &mut Lanes, row: usize) -> Way {
        let (mut at, mut cut, mut there, mut legs, mut end) = (0, 0, 0, 0, false);
        for leg in &mut self.legs {
            if at > Near::LAST || !leg.expected.is_at(near, at) {
                break;
            }
            let behind = at + leg.expected.len();
            match leg.read {
                Read::Integer { quoted } => {
                    let Some((value, digits)) = near.integer(behind, quoted) else { break };
                    there |= lanes.put(leg.lane, row, value);
                    at = behind + digits;
                }
                Read::NewTimestamp => {
                    let Some((micros, is_cut)) = near.timestamp(behind, &mut leg.width) else { break };
                    there |= lanes.put(leg.lane, row, micros);
                    cut += u32::from(is_cut);
                    at = behind + leg.width;
                }
                Read::Timestamp | Read::TimestampAndEnd => {
                    there |= lanes.put(leg.lane, row, leg.micros);
                    cut += u32::from(leg.cut);
                    end = leg.read == Read::TimestampAndEnd;
                    // The quote behind a timestamp belongs to what follows as well.
                    at = behind - usize::from(!end);
                }
                Read::Nothing => at = behind,
                Read::End => (at, end) = (behind, true),
            }
            legs += 1;
        }
        Way { at, cut, lanes: there, legs, end }
    }

    /// The edge along which a record has come that has gone so many legs; `None` at the beginning.
    pub(super) fn edge(&self, legs: usize) -> Option<usize> {
        Some(self.legs[legs.checked_sub(1)?].edge)
    }

    /// A record has gone along all of the path.
    #[inline(always)]
    pub(super) fn was_followed(&mut self) {
        (self.left, self.followed) = (0, true);
    }

    /// A record has left the path after so many legs, and has gone on along these edges to its end.
    pub(super) fn was_left(&mut self, legs: usize, rest: &[usize], edges: &[Edge]) {
        match self.legs.get_mut(legs) {
            // The same but for a timestamp, which is likely to come again.
            Some(leg) if leg.expects_time() && rest.first() == Some(&leg.edge) => {
                leg.new_times = if self.followed { 0 } else { leg.new_times + 1 };
                self.followed = false;
                if leg.new_times < NEW_TIMES {
                    leg.renew(edges);
                } else {
                    let end = leg.expect_no_time(edges);
                    self.legs.extend(end.map(|end| Leg::new(end, Read::End, None, edges)));
                }
            }
            Some(_) if self.left < self.patience => self.left += 1,
            _ => {
                self.left = 0;
                self.patience = (2 * self.patience).min(MOST_PATIENCE);
                let gone = self.legs[..legs].iter().map(|leg| leg.edge);
                let way: Vec<usize> = gone.chain(rest.iter().copied()).collect();
                self.lay(&way, edges);
            }
        }
    }

    /// Makes the path one along these edges.
    fn lay(&mut self, way: &[usize], edges: &[Edge]) {
        self.legs.clear();
        let mut way = way.iter().copied().peekable();
        while let Some(edge) = way.next() {
            let (read, end) = match edges[edge].step {
                Step::Integer { quoted, .. } => (Read::Integer { quoted }, None),
                Step::Timestamp { .. } => match way.next_if(|&next| edges[next].step == Step::End) {
                    Some(end) => (Read::TimestampAndEnd, Some(end)),
                    None => (Read::Timestamp, None),
                },
                Step::End => (Read::End, None),
                _ => (Read::Nothing, None),
            };
            self.legs.push(Leg::new(edge, read, end, edges));
        }
    }
}

impl Leg {
    /// The leg for an edge, and for that of the end behind it.
    fn new(edge: usize, read: Read, end: Option<usize>, edges: &[Edge]) -> Self {
        let (expected, lane) = (Literal::default(), edges[edge].lane);
        let mut leg = Self { expected, read, lane, micros: 0, cut: false, width: 0, new_times: 0, edge, end };
        leg.renew(edges);
        leg
    }

    fn expects_time(&self) -> bool {
        matches!(self.read, Read::Timestamp | Read::TimestampAndEnd)
    }

    /// Reads whatever timestamp there is from now on. Returns the edge of the end, which is no longer a part of it.
    fn expect_no_time(&mut self, edges: &[Edge]) -> Option<usize> {
        self.read = Read::NewTimestamp;
        let end = self.end.take();
        self.renew(edges);
        end
    }

    /// Expects what its edge has met last.
    fn renew(&mut self, edges: &[Edge]) {
        let edge = &edges[self.edge];
        let (mut time, mut end): (&[u8], &[u8]) = Default::default();
        if self.expects_time() {
            time = edge.last.text.bytes();
            (self.micros, self.cut) = (edge.last.micros, edge.last.cut);
            if time.is_empty() {
                // It has met none, and so there is nothing to expect.
                return self.expected.set_nowhere();
            }
        }
        if let Some(edge) = self.end {
            // The quote behind the timestamp is in both.
            end = edges[edge].literal.bytes().get(1..).unwrap_or_default();
        }
        self.expected.set(&[edge.literal.bytes(), time, end]);
    }
}
