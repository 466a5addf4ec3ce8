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
//! Only layouts of accepted records without repeated or escaped keys are added, so a record that reaches an end of the
//! tree has every required key, each key once, and is JSON.

use sandglass_weekly::Timestamp;

use crate::columns::Columns;
use crate::integer;
use crate::json;

/// The tree stops growing here: data whose records are all different gains nothing from it.
const MAX_NODES: usize = 2048;
/// Literals of at most this length are compared in one go.
const WINDOW: usize = 32;

/// What stands behind a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// A whole number for this column; quoted ones end at a quote and may have leading zeros.
    Integer { column: usize, quoted: bool },
    /// A timestamp for this column, in quotes.
    Timestamp { column: usize },
    /// A string without escapes for this column.
    Text { column: usize },
    /// A number, true or false for this text column.
    Scalar { column: usize },
    /// Nothing: the literal holds a null and goes on with the next key.
    Nothing,
    /// The end of the record; the literal ends with the line end.
    End,
}

/// The bytes between two values.
#[derive(Debug)]
struct Literal {
    bytes: Box<[u8]>,
    /// The bytes again, and where they are, for comparing without a loop.
    window: [u8; WINDOW],
    mask: [u8; WINDOW],
}

impl Literal {
    fn new(bytes: &[u8]) -> Self {
        let (mut window, mut mask) = ([0; WINDOW], [0; WINDOW]);
        for (place, &byte) in bytes.iter().take(WINDOW).enumerate() {
            window[place] = byte;
            mask[place] = 0xff;
        }
        Self { bytes: bytes.into(), window, mask }
    }

    /// Whether `text` starts with it.
    #[inline]
    fn starts(&self, text: &[u8]) -> bool {
        let Some(found) = text.first_chunk::<WINDOW>() else {
            return text.starts_with(&self.bytes);
        };
        let mut difference = 0;
        for place in 0..WINDOW {
            difference |= (found[place] ^ self.window[place]) & self.mask[place];
        }
        difference == 0 && (self.bytes.len() <= WINDOW || text.starts_with(&self.bytes))
    }
}

/// A literal, what stands behind it, and where to go on.
#[derive(Debug)]
struct Edge {
    literal: Literal,
    step: Step,
    next: usize,
    /// How long the last value here was: for timestamps a good guess of the next one's length.
    width: usize,
}

/// A place in the tree: the literals that were seen there.
#[derive(Debug, Default)]
struct Node {
    edges: Vec<Edge>,
}

/// The tree of layouts.
#[derive(Debug)]
pub(super) struct Layouts {
    nodes: Vec<Node>,
}

/// A record that the tree could read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    /// Its bytes, line end included.
    pub(super) length: usize,
    /// How many of its timestamps had digits below a microsecond.
    pub(super) cut: u32,
}

impl Layouts {
    pub(super) fn new() -> Self {
        Self { nodes: vec![Node::default()] }
    }

    /// Reads the record at the start of `text`, which may go on behind it or end inside it, into the present row of
    /// `columns`. `None` when the record is not of a known layout, or not good, or not whole; the row may then have
    /// been begun and must be rolled back.
    #[inline]
    pub(super) fn read(&mut self, text: &[u8], columns: &mut Columns) -> Option<Taken> {
        let mut at = 0;
        let mut node = 0;
        let mut cut = 0;
        loop {
            let edges = &mut self.nodes.get_mut(node)?.edges;
            let rest = text.get(at..)?;
            let found = edges.iter().position(|edge| edge.literal.starts(rest))?;
            // What occurs moves forward, so that the usual branch is tried first.
            let found = if found > 0 {
                edges.swap(found, found - 1);
                found - 1
            } else {
                0
            };
            let edge = &mut edges[found];
            at += edge.literal.bytes.len();
            node = edge.next;
            let rest = text.get(at..)?;
            at += match edge.step {
                Step::Integer { column, quoted } => {
                    let (value, length) = read_integer(rest, quoted)?;
                    columns.put_int64(column, value);
                    length
                }
                Step::Timestamp { column } => {
                    if rest.get(edge.width) != Some(&b'"') {
                        edge.width = rest.iter().take(MAX_TIMESTAMP).position(|&byte| byte == b'"')?;
                    }
                    let instant = Timestamp::parse(rest.get(..edge.width)?).ok()?;
                    cut += u32::from(instant.sub_micro_nanos() != 0);
                    columns.put_int64(column, instant.micros());
                    edge.width
                }
                Step::Text { column } => {
                    let end = json::plain_end(rest, 0);
                    if rest.get(end) != Some(&b'"') {
                        return None;
                    }
                    let content = std::str::from_utf8(&rest[..end]).ok()?;
                    columns.put_text(column, content.as_bytes());
                    end
                }
                Step::Scalar { column } => {
                    let value = json::scalar(rest, 0).ok()?;
                    if !matches!(value.kind, json::Kind::Number | json::Kind::True | json::Kind::False) {
                        return None;
                    }
                    columns.put_text(column, value.raw(rest));
                    value.end
                }
                Step::Nothing => 0,
                Step::End => return Some(Taken { length: at, cut }),
            };
        }
    }

    /// Adds the layout of a record: its literals and what stands behind each, the end last.
    pub(super) fn add(&mut self, layout: &[(&[u8], Step)]) {
        let mut node = 0;
        for &(literal, step) in layout {
            let known = self.nodes[node]
                .edges
                .iter()
                .find(|edge| edge.step == step && *edge.literal.bytes == *literal)
                .map(|edge| edge.next);
            node = match known {
                Some(next) => next,
                None if self.nodes.len() >= MAX_NODES => return,
                None => {
                    let next = self.nodes.len();
                    self.nodes.push(Node::default());
                    let edges = &mut self.nodes[node].edges;
                    edges.push(Edge { literal: Literal::new(literal), step, next, width: 0 });
                    // Of two literals that both fit, the longer says more: a null, and not the start of a number.
                    edges.sort_by_key(|edge| std::cmp::Reverse(edge.literal.bytes.len()));
                    next
                }
            };
        }
    }
}

/// The longest text that can be a timestamp, with some room.
const MAX_TIMESTAMP: usize = 48;

/// A whole number and its length.
#[inline]
fn read_integer(text: &[u8], quoted: bool) -> Option<(i64, usize)> {
    let negative = text.first() == Some(&b'-');
    let sign = usize::from(negative);
    let magnitude = text.get(sign..)?;
    let digits = integer::digits(magnitude)?;
    // JSON's own numbers have no leading zeros. What may follow a number is decided by the literal behind it.
    if digits.count == 0 || (!quoted && digits.count > 1 && magnitude[0] == b'0') {
        return None;
    }
    Some((integer::signed(negative, digits.value)?, sign + digits.count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_matches_itself_and_nothing_else() {
        for length in 0..70 {
            let bytes: Vec<u8> = (0..length).map(|n| b'a' + (n % 26) as u8).collect();
            let literal = Literal::new(&bytes);
            for tail in [0, 1, 40] {
                let text = [bytes.clone(), vec![b'~'; tail]].concat();
                assert!(literal.starts(&text), "{length} {tail}");
                for place in 0..length {
                    let mut other = text.clone();
                    other[place] ^= 0x20;
                    assert!(!literal.starts(&other), "{length} {tail} {place}");
                }
                if length > 0 {
                    assert!(!literal.starts(&bytes[..length - 1]));
                }
            }
        }
    }
}
