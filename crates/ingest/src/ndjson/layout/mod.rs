//! The layouts of the records seen so far: the fast path of the decoder.
//!
//! Records of one file repeat themselves: the same keys in the same order, written by the same program with the same
//! white space. A layout is all that is the same, cut where the values are:
//!
//! ```text
//! {"Id":"1","PostId":"7","CreationDate":"2021-09-04"}\n
//! ------- ------------ ------------------ ---------    literals
//!        1            7                  2021-...      values: integer, integer, timestamp
//! ```
//!
//! The literals include the quotes, the line end and whatever white space there is. All layouts together form a tree:
//! where records begin to differ (an optional key, null instead of a value), the tree has a branch. A record is read
//! by walking down that tree, comparing a literal and reading a value in turn. No line end is searched, no key looked
//! up, no byte looked at twice. A record that leaves the tree is read again by the full parser, and if it is good its
//! layout is added.
//!
//! The members of an object within a record stand in the same tree, because their keys are but literals. The elements of
//! an array have a tree of their own, which is walked once for each.
//!
//! Only layouts of accepted records without repeated or escaped keys are added, so a record that reaches an end of the
//! tree has every required key, each key once, and is JSON.

mod literal;
mod path;
mod quick;
mod value;

use crate::columns::{Columns, ROOT};
use crate::json;
pub(crate) use literal::REACH;
use literal::{LastTimestamp, Literal};
pub(crate) use quick::Stop;
use quick::{NO_LANE, Stage};

/// The tree stops growing here: data whose records are all different gains nothing from it.
const MAX_EDGES: usize = 2048;

/// What stands behind a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// A whole number for this column; quoted ones end at a quote and may have leading zeros.
    Integer { column: usize, quoted: bool },
    /// A timestamp for this column, in quotes.
    Timestamp { column: usize },
    /// A string without escapes for this column.
    Text { column: usize },
    /// A number, true or false for this text column.
    Scalar { column: usize },
    /// A whole number for this column of elements.
    Whole { column: usize },
    /// A decimal number for this column.
    Float { column: usize },
    /// A number, boolean or string without escapes for this column, which has a kind of its own.
    Inferred { column: usize },
    /// The same, for a column whose kind was chosen.
    Chosen { column: usize },
    /// An object for this column; its members follow.
    Enter { column: usize },
    /// An array for this column; its elements have layouts of their own.
    List { column: usize },
    /// Nothing: the literal holds a null and goes on with the next key.
    Nothing,
    /// The end of the record; the literal ends with the line end.
    End,
}

/// A literal, what stands behind it, and where to go on.
#[derive(Debug)]
struct Edge {
    literal: Literal,
    step: Step,
    /// Where the quick walk puts the value.
    lane: usize,
    /// The last timestamp here: neighbours often share it.
    last: LastTimestamp,
    /// The edge that was taken behind this one last: the one to try first.
    next: usize,
    /// Another edge from the same place; these form a ring.
    other: usize,
}

/// Stands for no edge where none has been added yet.
const NONE: usize = usize::MAX;

/// The edge that leads to the records' own tree.
const ROOT_EDGE: usize = 0;

/// The tree of layouts. Its nodes are not kept, only its edges: what the edges from one node have in common is the
/// edge that leads there.
#[derive(Debug)]
pub(crate) struct Layouts {
    /// The first is not one that is taken: it leads to the root.
    edges: Vec<Edge>,
    /// Such edges for the trees of each group of columns; [`NONE`] for those that have none.
    roots: Vec<usize>,
    /// What the quick walk has read.
    stage: Stage,
}

/// A record that the tree could read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// Its bytes, line end included.
    pub(crate) length: usize,
    /// How many of its timestamps had digits below a microsecond.
    pub(crate) cut: u32,
}

impl Layouts {
    pub(crate) fn new() -> Self {
        Self { edges: vec![Edge::to_root(ROOT_EDGE)], roots: vec![ROOT_EDGE], stage: Stage::default() }
    }

    /// Forgets all layouts: what they say of columns is no longer so.
    pub(crate) fn forget(&mut self) {
        *self = Self::new();
    }

    /// Reads the record at the start of `text`, which may go on behind it or end inside it, into the present row of
    /// `columns`. `None` when the record is not of a known layout, or not good, or not whole; the row may then have
    /// been begun and must be rolled back.
    pub(crate) fn read(&mut self, text: &[u8], columns: &mut Columns) -> Option<Taken> {
        let mut cut = 0;
        let length = self.walk(ROOT_EDGE, text, columns, &mut cut)?;
        Some(Taken { length, cut })
    }

    /// The walk for every record, and for every element of an array; returns its length.
    #[inline(never)]
    fn walk(&mut self, root: usize, text: &[u8], columns: &mut Columns, cut: &mut u32) -> Option<usize> {
        let mut rest = text;
        let mut last = root;
        loop {
            let first = self.edges.get(last)?.next;
            let mut at = first;
            loop {
                let edge = self.edges.get_mut(at)?;
                if let Some(value) = edge.literal.strip(rest) {
                    match edge.step {
                        Step::End => return Some(text.len() - value.len()),
                        Step::List { column } if value.first() == Some(&b'[') => {
                            let length = self.read_list(column, value, columns, cut)?;
                            rest = value.get(length..)?;
                            break;
                        }
                        _ => {}
                    }
                    if let Some(length) = edge.read_value(value, columns, cut) {
                        rest = value.get(length..)?;
                        break;
                    }
                }
                at = edge.other;
                if at == first {
                    return None;
                }
            }
            if at != first {
                self.edges[last].next = at;
            }
            last = at;
        }
    }

    /// Reads the array at the start of `text` into its column; returns its length.
    fn read_list(
        &mut self,
        column: usize,
        text: &[u8],
        columns: &mut Columns,
        cut: &mut u32,
    ) -> Option<usize> {
        let (group, _) = columns.elements(column)?;
        let mut at = json::skip_space(text, 1);
        if text.get(at) == Some(&b']') {
            columns.close_list(column);
            return Some(at + 1);
        }
        let root = self.roots.get(group).copied().filter(|&root| root != NONE)?;
        loop {
            at += self.walk(root, text.get(at..)?, columns, cut)?;
            columns.commit_element(group);
            at = json::skip_space(text, at);
            match text.get(at)? {
                b',' => at = json::skip_space(text, at + 1),
                b']' => {
                    columns.close_list(column);
                    return Some(at + 1);
                }
                _ => return None,
            }
        }
    }

    /// The edge that leads to the tree of a group.
    fn root(&mut self, group: usize) -> usize {
        if self.roots.len() <= group {
            self.roots.resize(group + 1, NONE);
        }
        if self.roots[group] == NONE {
            self.roots[group] = self.edges.len();
            self.edges.push(Edge::to_root(self.edges.len()));
        }
        self.roots[group]
    }

    /// Adds the layout of a record, or of an element of a group: its literals and what stands behind each, the end last.
    pub(crate) fn add(&mut self, group: usize, layout: &[(&[u8], Step)]) {
        let mut last = self.root(group);
        let lanes: Vec<_> = layout
            .iter()
            .map(|&(literal, step)| if group == ROOT { self.stage.lane(literal, step) } else { NO_LANE })
            .collect();
        for (&(literal, step), lane) in layout.iter().zip(lanes) {
            last = match self.find(last, literal, step) {
                Some(known) => known,
                None if self.edges.len() >= MAX_EDGES => return,
                None => {
                    let new = self.edges.len();
                    // It goes into the ring of the edges from this place, and is tried first from now on.
                    let first = std::mem::replace(&mut self.edges[last].next, new);
                    let other = match self.edges.get_mut(first) {
                        Some(first) => std::mem::replace(&mut first.other, new),
                        None => new,
                    };
                    self.edges.push(Edge {
                        literal: Literal::new(literal),
                        step,
                        lane,
                        last: LastTimestamp::default(),
                        next: NONE,
                        other,
                    });
                    new
                }
            };
        }
    }

    /// The edge behind `last` with this literal and step, if there is one.
    fn find(&self, last: usize, literal: &[u8], step: Step) -> Option<usize> {
        let first = self.edges[last].next;
        let mut at = first;
        loop {
            let edge = self.edges.get(at)?;
            if edge.step == step && edge.literal.bytes() == literal {
                return Some(at);
            }
            at = edge.other;
            if at == first {
                return None;
            }
        }
    }
}
