//! The full parser of one record: whatever JSON allows, and an exact reason when it does not.
//!
//! It works in two passes over one line. The first finds keys and values and decides nothing; the last value of a key
//! that is repeated wins, as in `JSON.parse`. The second reads the values into the columns. Only when all of that went
//! well are new columns made and the layout of the record learned.

use std::borrow::Cow;
use std::collections::HashMap;

use sandglass_weekly::Timestamp;

use super::layout::{Layouts, Step};
use crate::columns::Columns;
use crate::integer::{self, Integer};
use crate::json::{self, JsonError, JsonErrorKind, Kind, Value};
use crate::reject::shorten;
use crate::{FieldKind, Reason, RecordSpec};

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
struct Found {
    /// The last member of every key that has no column yet, in the order in which the keys turned up.
    new: Vec<usize>,
    /// Whether a key is there more than once.
    repeated: bool,
}

#[derive(Debug)]
pub(super) struct RecordParser {
    /// Column by key.
    by_key: HashMap<Box<[u8]>, usize>,
    /// Columns of the spec; they come first.
    expected: usize,
    /// The members of the record at hand, in order, repeated keys included.
    members: Vec<Member>,
    /// Per column the index of its last member in the record at hand, plus one; 0 is none.
    last: Vec<usize>,
}

impl RecordParser {
    pub(super) fn new(spec: &RecordSpec) -> Self {
        let by_key = spec
            .fields()
            .iter()
            .enumerate()
            .map(|(column, field)| (field.name.as_bytes().into(), column))
            .collect();
        let expected = spec.fields().len();
        Self { by_key, expected, members: Vec::new(), last: vec![0; expected] }
    }

    /// How many columns the spec has.
    pub(super) fn expected(&self) -> usize {
        self.expected
    }

    /// Reads the record on `line` into the present row of `columns`; returns how many of its timestamps had digits
    /// below a microsecond. After an error the row must be rolled back.
    pub(super) fn parse(
        &mut self,
        line: &[u8],
        line_end: &[u8],
        columns: &mut Columns,
        layouts: &mut Layouts,
    ) -> Result<u32, Reason> {
        if let Err(error) = std::str::from_utf8(line) {
            return Err(Reason::NotUtf8 { at: error.valid_up_to() });
        }
        self.scan(line)?;
        let found = self.find_columns(line);
        self.check_required(columns)?;
        let cut = self.read_known(line, columns)?;
        self.read_new(line, found.new, columns);
        if !found.repeated {
            self.learn(line, line_end, columns, layouts);
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
    fn find_columns(&mut self, line: &[u8]) -> Found {
        let mut found = Found { new: Vec::new(), repeated: false };
        let mut new_keys: HashMap<Cow<'_, [u8]>, usize> = HashMap::new();
        for (index, member) in self.members.iter_mut().enumerate() {
            let key = member.key.string(line).unwrap_or_default();
            if let Some(&column) = self.by_key.get(key.as_ref()) {
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
            if matches!(kind, None | Some(Kind::Null)) {
                let column = columns.name(column).to_owned();
                return Err(Reason::Missing { column, null: kind.is_some() });
            }
        }
        Ok(())
    }

    /// Reads the values of the columns that are there already.
    fn read_known(&self, line: &[u8], columns: &mut Columns) -> Result<u32, Reason> {
        let mut cut = 0;
        for (index, member) in self.members.iter().enumerate() {
            if member.column != NEW && self.last_member(member.column) == Some(index) {
                cut += put(line, member.column, &member.value, columns)?;
            }
        }
        Ok(cut)
    }

    /// Makes columns for the new keys and reads their values. Nothing can go wrong any more, so a rejected record
    /// never leaves a column behind.
    fn read_new(&mut self, line: &[u8], new: Vec<usize>, columns: &mut Columns) {
        for index in new {
            let member = &mut self.members[index];
            let key = member.key.string(line).unwrap_or_default();
            member.column = columns.add(&String::from_utf8_lossy(&key));
            self.by_key.insert(key.as_ref().into(), member.column);
            self.last.push(index + 1);
            put_text(line, member.column, &member.value, columns);
        }
    }

    /// Teaches `layouts` how this record is laid out.
    fn learn(&self, line: &[u8], line_end: &[u8], columns: &Columns, layouts: &mut Layouts) {
        let mut layout: Vec<(&[u8], Step)> = Vec::with_capacity(self.members.len() + 1);
        let mut from = 0;
        for member in &self.members {
            let Value { kind, start, end } = member.value;
            if member.key.kind != Kind::PlainString {
                return;
            }
            let column = member.column;
            let quoted = kind == Kind::PlainString;
            let step = match (columns.kind(column), kind) {
                (_, Kind::Null) => Step::Nothing,
                (FieldKind::Integer, Kind::PlainString | Kind::Number) => Step::Integer { column, quoted },
                (FieldKind::Timestamp, Kind::PlainString) => Step::Timestamp { column },
                (FieldKind::Text, Kind::PlainString) => Step::Text { column },
                (FieldKind::Text, Kind::Number | Kind::True | Kind::False) => Step::Scalar { column },
                _ => return,
            };
            let (value_start, value_end) = match step {
                Step::Nothing => (end, end),
                _ if quoted => (start + 1, end - 1),
                _ => (start, end),
            };
            layout.push((&line[from..value_start], step));
            from = value_end;
        }
        // Without its line end a layout would also fit the beginning of a longer line.
        if line_end.is_empty() {
            return;
        }
        let end = [&line[from..], line_end].concat();
        layout.push((&end, Step::End));
        layouts.add(&layout);
    }
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
                Kind::PlainString | Kind::EscapedString => "a string",
                Kind::Number => "a number",
                Kind::True | Kind::False => "a boolean",
                Kind::Null => "null",
                Kind::Array => "an array",
                Kind::Object => "an object",
            };
            Reason::NotAnObject { found }
        }
    }
}

/// Writes one value into its column; returns 1 when it was a timestamp with digits below a microsecond.
fn put(line: &[u8], column: usize, value: &Value, columns: &mut Columns) -> Result<u32, Reason> {
    if value.kind == Kind::Null {
        return Ok(0);
    }
    let name = |columns: &Columns| columns.name(column).to_owned();
    match columns.kind(column) {
        FieldKind::Text => {
            put_text(line, column, value, columns);
            Ok(0)
        }
        FieldKind::Integer => {
            let parsed = match (value.string(line), value.kind) {
                (Some(content), _) => integer::parse(&content),
                (None, Kind::Number) => integer::parse(value.raw(line)),
                (None, _) => Integer::No,
            };
            match parsed {
                Integer::Value(number) => {
                    columns.put_int64(column, number);
                    Ok(0)
                }
                Integer::TooLarge => {
                    Err(Reason::IntegerTooLarge { column: name(columns), value: shorten(value.raw(line)) })
                }
                Integer::No => {
                    Err(Reason::NotAnInteger { column: name(columns), value: shorten(value.raw(line)) })
                }
            }
        }
        FieldKind::Timestamp => {
            let parsed = match value.string(line) {
                Some(content) => Timestamp::parse(&content).map_err(Some),
                None => Err(None),
            };
            match parsed {
                Ok(instant) => {
                    columns.put_int64(column, instant.micros());
                    Ok(u32::from(instant.sub_micro_nanos() != 0))
                }
                Err(error) => Err(Reason::NotATimestamp {
                    column: name(columns),
                    value: shorten(value.raw(line)),
                    error,
                }),
            }
        }
    }
}

/// Writes one value into its text column.
fn put_text(line: &[u8], column: usize, value: &Value, columns: &mut Columns) {
    match value.string(line) {
        _ if value.kind == Kind::Null => {}
        Some(content) => columns.put_text(column, &content),
        None => columns.put_text(column, value.raw(line)),
    }
}
