//! The full parser of one record: whatever JSON allows, and an exact reason when it does not.
//!
//! It works in passes over one line. The first finds keys and values and decides nothing; the last value of a key that
//! is repeated wins, as in `JSON.parse`. Then the values of declared columns are read, which can fail, and only then
//! the others, which cannot: a rejected record leaves neither a column nor a wider type behind. Values that are among the
//! others but have a chosen type are checked before. The layout of an accepted record is learned.

use std::borrow::Cow;
use std::collections::HashMap;

use super::layout::{Layouts, Step};
use super::value::{check_declared, check_members, key_name, put, put_declared, put_inferred};
use crate::columns::kind::Kind;
use crate::columns::{Columns, MAX_COLUMNS, ROOT};
use crate::json::{self, JsonError, JsonErrorKind, Kind as JsonKind, Value};
use crate::{FieldKind, Reason};

/// One key of the record at hand.
#[derive(Debug, Clone, Copy)]
struct Member {
    key: Value,
    value: Value,
    /// The column; `NEW` until a new one is made.
    column: usize,
}

const NEW: usize = usize::MAX;

/// What the keys of a record are.
struct FoundKeys {
    /// The last member of every key that has no column yet, in the order in which the keys turned up.
    new: Vec<usize>,
    /// Whether a key is there more than once.
    repeated: bool,
}

#[derive(Debug)]
pub(crate) struct RecordParser {
    /// Columns of the spec; they come first.
    expected: usize,
    /// The members of the record at hand, in order, repeated keys included.
    members: Vec<Member>,
    /// Per column the index of its last member in the record at hand, plus one; 0 is none.
    last: Vec<usize>,
}

impl RecordParser {
    /// A parser for records of which so many columns are expected.
    pub(crate) fn new(expected: usize) -> Self {
        Self { expected, members: Vec::new(), last: vec![0; expected] }
    }

    /// Reads the record on `line` into the present row of `columns`; returns how many of its timestamps had digits
    /// below a microsecond. After an error the row must be rolled back. `ending` is what its layout ends with behind the
    /// record: without its line end a layout would also fit the beginning of a longer line. `None` when there is none to
    /// learn.
    pub(crate) fn parse(
        &mut self,
        line: &[u8],
        ending: Option<&[u8]>,
        columns: &mut Columns,
        layouts: &mut Layouts,
    ) -> Result<u32, Reason> {
        if let Err(error) = std::str::from_utf8(line) {
            return Err(Reason::NotUtf8 { at: error.valid_up_to() });
        }
        self.scan(line)?;
        let found = self.find_columns(line, columns);
        self.check_required(columns)?;
        if !columns.has_room(None, found.new.len()) {
            return Err(Reason::TooManyColumns { limit: MAX_COLUMNS });
        }
        self.check_chosen(line, &found.new, columns)?;
        let cut = self.read_declared(line, columns)?;
        let cut = cut + self.read_others(line, columns) + self.read_new(line, found.new, columns);
        if columns.has_widened() {
            layouts.forget();
        }
        if let Some(ending) = ending.filter(|_| !found.repeated) {
            self.learn(line, ending, columns, layouts);
        }
        Ok(cut)
    }

    /// Finds the members of the object that is all of `line`.
    fn scan(&mut self, line: &[u8]) -> Result<(), Reason> {
        for member in self.members.drain(..) {
            if member.column != NEW {
                self.last[member.column] = 0;
            }
        }
        let expected = |what, at| {
            let kind =
                if at < line.len() { JsonErrorKind::Expected(what) } else { JsonErrorKind::UnexpectedEnd };
            Reason::NotJson(JsonError { kind, at })
        };
        let start = json::skip_space(line, 0);
        if line.get(start) != Some(&b'{') {
            return Err(not_an_object(line, start));
        }
        let mut at = json::skip_space(line, start + 1);
        if line.get(at) == Some(&b'}') {
            at += 1;
        } else {
            loop {
                let (key, value_start) = json::key(line, at).map_err(Reason::NotJson)?;
                let value = json::value(line, value_start).map_err(Reason::NotJson)?;
                self.members.push(Member { key, value, column: NEW });
                at = json::skip_space(line, value.end);
                match line.get(at) {
                    Some(b',') => at = json::skip_space(line, at + 1),
                    Some(b'}') => {
                        at += 1;
                        break;
                    }
                    _ => return Err(expected("a comma or }", at)),
                }
            }
        }
        at = json::skip_space(line, at);
        if at < line.len() {
            return Err(expected("the end of the line", at));
        }
        Ok(())
    }

    /// Gives every member its column, if there is one, and finds the last member of every key.
    fn find_columns(&mut self, line: &[u8], columns: &Columns) -> FoundKeys {
        let mut found = FoundKeys { new: Vec::new(), repeated: false };
        let mut new_keys: HashMap<Cow<'_, [u8]>, usize> = HashMap::new();
        if self.last.len() < columns.count() {
            self.last.resize(columns.count(), 0);
        }
        for (index, member) in self.members.iter_mut().enumerate() {
            let key = member.key.string(line).unwrap_or_default();
            if let Some(column) = columns.find(None, &key) {
                member.column = column;
                found.repeated |= std::mem::replace(&mut self.last[column], index + 1) > 0;
            } else if let Some(&earlier) = new_keys.get(&key) {
                found.repeated = true;
                found.new[earlier] = index;
            } else {
                new_keys.insert(key, found.new.len());
                found.new.push(index);
            }
        }
        found
    }

    /// The index of a known column's last member in the record at hand.
    fn last_member(&self, column: usize) -> Option<usize> {
        self.last[column].checked_sub(1)
    }

    fn check_required(&self, columns: &Columns) -> Result<(), Reason> {
        for column in (0..self.expected).filter(|&column| columns.required(column)) {
            let kind = self.last_member(column).map(|index| self.members[index].value.kind);
            if matches!(kind, None | Some(JsonKind::Null)) {
                let column = columns.name(column).to_owned();
                return Err(Reason::Missing { column, null: kind.is_some() });
            }
        }
        Ok(())
    }

    /// The members that count and whose columns are there: the column, and the value.
    fn known(&self) -> impl Iterator<Item = (usize, Value)> {
        let counts = |&(index, member): &(usize, &Member)| {
            member.column != NEW && self.last_member(member.column) == Some(index)
        };
        self.members.iter().enumerate().filter(counts).map(|(_, member)| (member.column, member.value))
    }

    /// Sees whether the values are of their chosen types that are read when nothing can go wrong any more: those of new
    /// columns, and those within objects.
    fn check_chosen(&self, line: &[u8], new: &[usize], columns: &Columns) -> Result<(), Reason> {
        if columns.chosen().is_empty() {
            return Ok(());
        }
        for &index in new {
            let Member { key, value, .. } = self.members[index];
            let name = key_name(line, key);
            match columns.chosen_kind(None, &name) {
                Some(kind) => check_declared(line, &name, &value, kind.into())?,
                None if columns.others() == FieldKind::Inferred => {
                    check_members(line, &name, value, columns)?
                }
                None => {}
            }
        }
        for (column, value) in self.known() {
            let objects = matches!(columns.kind(column), Kind::Null | Kind::Struct);
            if objects && columns.declared(column) == FieldKind::Inferred {
                check_members(line, columns.name(column), value, columns)?;
            }
        }
        Ok(())
    }

    /// Reads the values of the columns that are there already and have a declared type.
    fn read_declared(&self, line: &[u8], columns: &mut Columns) -> Result<u32, Reason> {
        let mut cut = 0;
        for (column, value) in self.known() {
            if columns.declared(column) != FieldKind::Inferred {
                cut += put_declared(line, column, &value, columns)?;
            }
        }
        Ok(cut)
    }

    /// Reads the values of the other columns that are there already. Nothing can go wrong any more.
    fn read_others(&self, line: &[u8], columns: &mut Columns) -> u32 {
        let mut cut = 0;
        for (column, value) in self.known() {
            if columns.declared(column) == FieldKind::Inferred {
                cut += put_inferred(line, column, value, 0, columns);
            }
        }
        cut
    }

    /// Makes columns for the new keys and reads their values. Nothing can go wrong here either.
    fn read_new(&mut self, line: &[u8], new: Vec<usize>, columns: &mut Columns) -> u32 {
        let mut cut = 0;
        for index in new {
            let member = &mut self.members[index];
            let key = member.key.string(line).unwrap_or_default();
            member.column = columns.add(None, &key);
            let (column, value) = (member.column, member.value);
            self.last.resize(columns.count(), 0);
            self.last[column] = index + 1;
            cut += put(line, column, value, 0, columns);
        }
        cut
    }

    /// Teaches `layouts` how this record is laid out.
    fn learn(&self, line: &[u8], ending: &[u8], columns: &mut Columns, layouts: &mut Layouts) {
        let mut lesson = Lesson { text: line, from: 0, steps: Vec::with_capacity(self.members.len() + 1) };
        for member in &self.members {
            if member.key.kind != JsonKind::PlainString
                || !lesson.value(member.column, member.value, columns, layouts)
            {
                return;
            }
        }
        let end = [&line[lesson.from..], ending].concat();
        let mut steps = lesson.steps;
        steps.push((&end, Step::End));
        layouts.add(ROOT, &steps);
    }
}

/// A layout as it is taken down from a record.
struct Lesson<'a> {
    text: &'a [u8],
    /// Where the next literal starts.
    from: usize,
    steps: Vec<(&'a [u8], Step)>,
}

impl<'a> Lesson<'a> {
    /// Takes down a value that is in a column now. Whether records can be read in this way.
    fn value(&mut self, column: usize, value: Value, columns: &mut Columns, layouts: &mut Layouts) -> bool {
        let Value { kind, start, end } = value;
        let quoted = kind == JsonKind::PlainString;
        let root = columns.group(column) == ROOT;
        let scalar = !matches!(kind, JsonKind::Object | JsonKind::Array);
        let step = match (columns.declared(column), columns.kind(column), kind) {
            (_, _, JsonKind::Null) => Step::Nothing,
            (FieldKind::Integer, _, JsonKind::PlainString | JsonKind::Number) => {
                Step::Integer { column, quoted }
            }
            (FieldKind::Timestamp | FieldKind::ZonedTimestamp, _, JsonKind::PlainString) => {
                Step::Timestamp { column }
            }
            (FieldKind::Float, _, JsonKind::Number) => Step::Float { column },
            (
                FieldKind::Boolean | FieldKind::Float | FieldKind::Decimal | FieldKind::Date,
                _,
                JsonKind::PlainString | JsonKind::Number | JsonKind::True | JsonKind::False,
            ) => Step::Chosen { column },
            (
                FieldKind::Integer
                | FieldKind::Timestamp
                | FieldKind::ZonedTimestamp
                | FieldKind::Boolean
                | FieldKind::Float
                | FieldKind::Decimal
                | FieldKind::Date,
                ..,
            ) => return false,
            (_, Kind::Text, JsonKind::PlainString) => Step::Text { column },
            // A column of nothing but texts, unlike one that has become text because of what is in it.
            (FieldKind::Text, _, JsonKind::Number | JsonKind::True | JsonKind::False) => {
                Step::Chosen { column }
            }
            (_, Kind::Text, JsonKind::Number | JsonKind::True | JsonKind::False) => Step::Scalar { column },
            (FieldKind::Text, ..) => return false,
            (_, Kind::Int64 { .. }, JsonKind::Number) if root => Step::Integer { column, quoted: false },
            (_, Kind::Int64 { .. }, JsonKind::Number) => Step::Whole { column },
            (_, Kind::Float64, JsonKind::Number) => Step::Float { column },
            (_, Kind::Struct, JsonKind::Object) => return self.object(column, value, columns, layouts),
            (_, Kind::List, JsonKind::Array) => {
                if !learn_elements(self.text, column, value, columns, layouts) {
                    return false;
                }
                Step::List { column }
            }
            (_, Kind::Struct | Kind::List, _) | (_, _, JsonKind::EscapedString) => return false,
            _ if scalar => Step::Inferred { column },
            _ => return false,
        };
        let (value_start, value_end) = match step {
            Step::Nothing => (end, end),
            Step::Integer { .. } | Step::Timestamp { .. } | Step::Text { .. } if quoted => {
                (start + 1, end - 1)
            }
            _ => (start, end),
        };
        self.push(value_start, step);
        self.from = value_end;
        true
    }

    /// Takes down an object: its members stand in the same text, and so their steps stand among the others.
    fn object(&mut self, column: usize, value: Value, columns: &mut Columns, layouts: &mut Layouts) -> bool {
        self.push(value.start, Step::Enter { column });
        self.from = value.start;
        let mut seen = Vec::new();
        for (key, value) in json::members(self.text, value) {
            let plain = key.kind == JsonKind::PlainString;
            let Some(member) = key.string(self.text).and_then(|key| columns.find(Some(column), &key)) else {
                return false;
            };
            // Of a key that is repeated the last value counts, which a layout does not know.
            if !plain || seen.contains(&member) || !self.value(member, value, columns, layouts) {
                return false;
            }
            seen.push(member);
        }
        true
    }

    fn push(&mut self, end: usize, step: Step) {
        self.steps.push((&self.text[self.from..end], step));
    }
}

/// Teaches how the elements of an array are laid out, each for itself. Whether all can be read in this way.
fn learn_elements(
    text: &[u8],
    column: usize,
    array: Value,
    columns: &mut Columns,
    layouts: &mut Layouts,
) -> bool {
    let Some((group, element)) = columns.elements(column) else { return false };
    let mut elements = json::elements(text, array);
    elements.all(|value| {
        let mut lesson = Lesson { text, from: value.start, steps: Vec::new() };
        if !lesson.value(element, value, columns, layouts) {
            return false;
        }
        let mut steps = lesson.steps;
        steps.push((&text[lesson.from..value.end], Step::End));
        layouts.add(group, &steps);
        true
    })
}

/// Why a line is no record: no JSON, or JSON of another kind.
fn not_an_object(line: &[u8], start: usize) -> Reason {
    match json::value(line, start) {
        Err(error) => Reason::NotJson(error),
        Ok(value) => {
            let end = json::skip_space(line, value.end);
            if end < line.len() {
                let kind = JsonErrorKind::Expected("the end of the line");
                return Reason::NotJson(JsonError { kind, at: end });
            }
            let found = match value.kind {
                JsonKind::PlainString | JsonKind::EscapedString => "a string",
                JsonKind::Number => "a number",
                JsonKind::True | JsonKind::False => "a boolean",
                JsonKind::Null => "null",
                JsonKind::Array => "an array",
                JsonKind::Object => "an object",
            };
            Reason::NotAnObject { found }
        }
    }
}
