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

use sandglass_weekly::Timestamp;

use crate::columns::kind::Kind;
use crate::columns::{Columns, Found};
use crate::declared::put_declared_text;
use crate::float::read_float;
use crate::integer;
use crate::json;

/// The tree stops growing here: data whose records are all different gains nothing from it.
const MAX_EDGES: usize = 2048;

/// Bytes that the quick walk can look at; a power of two.
const REACH: usize = 512;

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

/// Some bytes that are compared with the beginning of a text: the bytes between two values, or a value that is expected
/// again.
#[derive(Debug, Default)]
struct Literal {
    bytes: Vec<u8>,
    /// The first bytes once more as words, filled up with bytes that do not count, and which of their bits count. Words,
    /// because they are compared with the same few instructions on every machine.
    words: [u64; Self::WORDS],
    masks: [u64; Self::WORDS],
}

impl Literal {
    const WORDS: usize = 4;
    /// The longest that is compared by its words.
    const SHORT: usize = 8 * Self::WORDS;

    fn new(bytes: &[u8]) -> Self {
        let mut literal = Self::default();
        literal.set(bytes);
        literal
    }

    fn set(&mut self, bytes: &[u8]) {
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
        (self.words, self.masks) = Default::default();
        for (place, &byte) in bytes.iter().enumerate().take(Self::SHORT) {
            let (word, shift) = (place / 8, 8 * (place % 8));
            self.words[word] |= u64::from(byte) << shift;
            self.masks[word] |= 0xff << shift;
        }
    }

    /// Whether it is at this place. Only for short ones.
    #[inline(always)]
    fn is_at(&self, near: Near<'_>, at: usize) -> bool {
        let differing = |word: usize| (near.word(at + 8 * word) ^ self.words[word]) & self.masks[word];
        differing(0) | differing(1) == 0
            && (self.bytes.len() <= Self::SHORT / 2 || differing(2) | differing(3) == 0)
    }
}

/// The next bytes of a source, as many as most records have, and some more.
#[derive(Debug, Clone, Copy)]
struct Near<'a>(&'a [u8; REACH + 8]);

impl<'a> Near<'a> {
    /// Where a literal may begin at the latest, so that it and what is looked at behind it is within reach.
    const LAST: usize = REACH - Literal::SHORT - MAX_TIMESTAMP;

    fn of(text: &'a [u8]) -> Option<Self> {
        text.first_chunk().map(Self)
    }

    /// The eight bytes at a place within reach.
    #[inline(always)]
    fn word(self, at: usize) -> u64 {
        let mut word = [0; 8];
        // The remainder says to the compiler what `LAST` already sees to, so that it need not look.
        let at = at % REACH;
        word.copy_from_slice(&self.0[at..at + 8]);
        u64::from_le_bytes(word)
    }

    /// A whole number without a sign, and its length.
    #[inline(always)]
    fn integer(self, at: usize, quoted: bool) -> Result<(i64, usize), Miss> {
        let digits = integer::short_digits(self.word(at), || self.word(at + 8)).ok_or(Miss::Far)?;
        match digits.count {
            0 if self.word(at) as u8 == b'-' => Err(Miss::Far),
            0 => Err(Miss::Unknown),
            2.. if !quoted && self.word(at) as u8 == b'0' => Err(Miss::Unknown),
            count => Ok((digits.value as i64, count)),
        }
    }
}

/// Why the tree did not read a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Miss {
    /// It is of no known layout.
    Unknown,
    /// It has more than the quick walk can read.
    Far,
}

/// A literal, what stands behind it, and where to go on.
#[derive(Debug)]
struct Edge {
    literal: Literal,
    step: Step,
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
    /// Whether the quick walk can read all that is in the records' own tree.
    quick: bool,
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
        Self { edges: vec![Edge::to_root(ROOT_EDGE)], roots: vec![ROOT_EDGE], quick: true }
    }

    /// Forgets all layouts: what they say of columns is no longer so.
    pub(crate) fn forget(&mut self) {
        *self = Self::new();
    }

    /// Reads the record at the start of `text`, which may go on behind it or end inside it, into the present row of
    /// `columns`. `None` when the record is not of a known layout, or not good, or not whole; the row may then have
    /// been begun and must be rolled back.
    #[inline]
    pub(crate) fn read(&mut self, text: &[u8], columns: &mut Columns) -> Option<Taken> {
        if self.quick
            && let Some(near) = Near::of(text)
        {
            match self.walk_near(near, columns) {
                Ok(taken) => return Some(taken),
                Err(Miss::Unknown) => return None,
                Err(Miss::Far) => columns.roll_back_row(),
            }
        }
        self.read_far(text, columns)
    }

    /// The same for records of any length. It alone is not to be inlined where records are read: two places with the
    /// quick walk in them would have it in neither.
    #[inline(never)]
    pub(crate) fn read_far(&mut self, text: &[u8], columns: &mut Columns) -> Option<Taken> {
        let mut cut = 0;
        let length = self.walk(ROOT_EDGE, text, columns, &mut cut)?;
        Some(Taken { length, cut })
    }

    /// The walk for almost all records: they are short, and so are their literals, and they have nothing but integers
    /// and timestamps. Nothing that is looked at here needs to be checked for being there.
    #[inline]
    fn walk_near(&mut self, near: Near<'_>, columns: &mut Columns) -> Result<Taken, Miss> {
        let (mut last, mut at, mut cut) = (0, 0, 0);
        while at <= Near::LAST {
            let first = self.edges[last].next;
            let mut next = first;
            loop {
                let edge = self.edges.get_mut(next).ok_or(Miss::Unknown)?;
                let length = edge.literal.bytes.len();
                if length > Literal::SHORT {
                    return Err(Miss::Far);
                }
                if edge.literal.is_at(near, at) {
                    let start = at + length;
                    match edge.step {
                        Step::Integer { column, quoted } => match near.integer(start, quoted) {
                            Ok((value, digits)) => {
                                columns.put_int64(column, value);
                                at = start + digits;
                                break;
                            }
                            Err(Miss::Far) => return Err(Miss::Far),
                            // Perhaps null, which another edge has.
                            Err(Miss::Unknown) => {}
                        },
                        Step::Timestamp { column } => {
                            if let Some(digits) = edge.last.near(near, start) {
                                cut += u32::from(edge.last.cut);
                                columns.put_int64(column, edge.last.micros);
                                at = start + digits;
                                break;
                            }
                        }
                        Step::Nothing => {
                            at = start;
                            break;
                        }
                        Step::End => return Ok(Taken { length: start, cut }),
                        _ => return Err(Miss::Far),
                    }
                }
                next = edge.other;
                if next == first {
                    return Err(Miss::Unknown);
                }
            }
            if next != first {
                self.edges[last].next = next;
            }
            last = next;
        }
        Err(Miss::Far)
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
                if let Some(value) = rest.strip_prefix(&*edge.literal.bytes) {
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
        let quick = |step: &Step| {
            matches!(step, Step::Integer { .. } | Step::Timestamp { .. } | Step::Nothing | Step::End)
        };
        self.quick &= layout.iter().all(|(_, step)| quick(step));
        for &(literal, step) in layout {
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
            if edge.step == step && *edge.literal.bytes == *literal {
                return Some(at);
            }
            at = edge.other;
            if at == first {
                return None;
            }
        }
    }
}

impl Edge {
    /// An edge that is not taken: it leads to the root of a tree. It stands at this place.
    fn to_root(place: usize) -> Self {
        Self {
            literal: Literal::new(b""),
            step: Step::Nothing,
            last: LastTimestamp::default(),
            next: NONE,
            other: place,
        }
    }

    /// Reads the value at the start of `text` into its column; returns its length. `None` when it is not of the kind
    /// that is expected here; nothing has been written then.
    #[inline]
    fn read_value(&mut self, text: &[u8], columns: &mut Columns, cut: &mut u32) -> Option<usize> {
        match self.step {
            Step::Integer { column, quoted } => {
                let (value, length) = read_integer(text, quoted)?;
                columns.put_int64(column, value);
                Some(length)
            }
            Step::Timestamp { column } => {
                let last = &mut self.last;
                if last.text.bytes.is_empty() || !text.starts_with(&last.text.bytes) {
                    last.read(text)?;
                }
                *cut += u32::from(last.cut);
                columns.put_int64(column, last.micros);
                Some(last.text.bytes.len() - 1)
            }
            Step::Text { column } => {
                let (end, ascii) = json::plain_end_ascii(text);
                if text.get(end) != Some(&b'"') {
                    return None;
                }
                if !ascii {
                    std::str::from_utf8(&text[..end]).ok()?;
                }
                columns.put_text_start(column, text, end);
                Some(end)
            }
            Step::Scalar { column } => {
                let value = json::scalar(text, 0).ok()?;
                if !matches!(value.kind, json::Kind::Number | json::Kind::True | json::Kind::False) {
                    return None;
                }
                columns.put_found(column, Found::Json, value.raw(text));
                Some(value.end)
            }
            Step::Whole { column } => {
                let (value, length) = read_integer(text, false)?;
                columns.put_int64_in_group(column, value);
                Some(length)
            }
            Step::Float { column } => match read_float(text, 0) {
                // What follows is no part of the number: the literal behind it will see to that.
                Some((value, style, end)) if columns.put_float(column, value, style) => Some(end),
                _ => read_inferred(text, column, columns, cut),
            },
            Step::Inferred { column } => read_inferred(text, column, columns, cut),
            Step::Chosen { column } => read_chosen(text, column, columns, cut),
            Step::Enter { column } => columns.enter(column).then_some(0),
            Step::List { .. } => None,
            Step::Nothing | Step::End => Some(0),
        }
    }
}

/// Reads the value at the start of `text` into a column whose kind holds it; returns its length.
fn read_inferred(text: &[u8], column: usize, columns: &mut Columns, cut: &mut u32) -> Option<usize> {
    let value = json::scalar(text, 0).ok()?;
    let raw = value.raw(text);
    let (found, written) = match value.kind {
        json::Kind::True | json::Kind::False => (Found::Bool(value.kind == json::Kind::True), raw),
        json::Kind::Number => (Found::number(raw), raw),
        json::Kind::PlainString => {
            let content = raw.get(1..raw.len() - 1)?;
            std::str::from_utf8(content).ok()?;
            (Found::string(content), content)
        }
        _ => return None,
    };
    let kind: Kind = columns.kind(column);
    if kind.join(found.kind()) != kind {
        return None;
    }
    *cut += u32::from(matches!(found, Found::Timestamp { cut: true, .. }));
    columns.put_found(column, found, written);
    Some(value.end)
}

/// Reads the value at the start of `text` into a column whose kind was chosen; returns its length.
fn read_chosen(text: &[u8], column: usize, columns: &mut Columns, cut: &mut u32) -> Option<usize> {
    let value = json::scalar(text, 0).ok()?;
    let raw = value.raw(text);
    let content = match value.kind {
        json::Kind::True | json::Kind::False | json::Kind::Number => raw,
        json::Kind::PlainString => {
            let content = raw.get(1..raw.len() - 1)?;
            // A column of texts takes it as it is, and nobody has looked yet.
            std::str::from_utf8(content).ok()?;
            content
        }
        _ => return None,
    };
    *cut += put_declared_text(column, content, raw, columns).ok()?;
    Some(value.end)
}

/// The longest text that can be a timestamp, with some room.
const MAX_TIMESTAMP: usize = 48;

/// A timestamp as it was written, and what it means. To see that a text is the same again takes a fraction of the time
/// that it takes to read it.
#[derive(Debug, Default)]
struct LastTimestamp {
    /// The text with the quote behind it; empty when there is none yet.
    text: Literal,
    micros: i64,
    /// Whether it has digits below a microsecond.
    cut: bool,
}

impl LastTimestamp {
    /// Reads the timestamp at a place, if it is not this one once more; returns its length.
    #[inline(always)]
    fn near(&mut self, near: Near<'_>, at: usize) -> Option<usize> {
        let length = self.text.bytes.len();
        if !(1..=Literal::SHORT).contains(&length) || !self.text.is_at(near, at) {
            self.read(&near.0[at..])?;
        }
        Some(self.text.bytes.len() - 1)
    }

    /// Reads the timestamp that ends at the first quote.
    #[inline(never)]
    fn read(&mut self, text: &[u8]) -> Option<()> {
        let guess = self.text.bytes.len().wrapping_sub(1);
        let width = match text.get(guess) {
            Some(b'"') => guess,
            _ => text.iter().take(MAX_TIMESTAMP).position(|&byte| byte == b'"')?,
        };
        let instant = Timestamp::parse(&text[..width]).ok()?;
        self.micros = instant.micros();
        self.cut = instant.sub_micro_nanos() != 0;
        self.text.set(&text[..=width]);
        Some(())
    }
}

/// A whole number and its length.
#[inline]
fn read_integer(text: &[u8], quoted: bool) -> Option<(i64, usize)> {
    let negative = text.first() == Some(&b'-');
    let sign = usize::from(negative);
    let magnitude = text.get(sign..)?;
    let digits = integer::digits(magnitude)?;
    // JSON's own numbers have no leading zeros, and minus zero is no whole number. What may follow a number is decided by
    // the literal behind it.
    let zero_first = magnitude.first() == Some(&b'0');
    if digits.count == 0 || (!quoted && zero_first && (digits.count > 1 || negative)) {
        return None;
    }
    Some((integer::signed(negative, digits.value)?, sign + digits.count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_literal_is_where_it_is_and_nowhere_else() {
        for length in 0..=Literal::SHORT {
            let bytes: Vec<u8> = (0..length).map(|n| b'a' + (n % 26) as u8).collect();
            let literal = Literal::new(&bytes);
            for at in [0, 1, Near::LAST] {
                let mut text = [b'~'; REACH + 8];
                text[at..at + length].copy_from_slice(&bytes);
                assert!(literal.is_at(Near(&text), at), "{length} {at}");
                for place in at..at + length {
                    text[place] ^= 0x20;
                    assert!(!literal.is_at(Near(&text), at), "{length} {at} {place}");
                    text[place] ^= 0x20;
                }
            }
        }
    }
}
