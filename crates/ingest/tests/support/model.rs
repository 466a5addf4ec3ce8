//! The reader again, simple and slow: line by line, with serde_json, one value at a time.

use std::collections::HashMap;
use std::fmt;

use sandglass_ingest::{FieldKind, RAW_KEPT, Reason, RecordSpec};
use sandglass_weekly::Timestamp;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// How deep a value may be nested.
const MAX_DEPTH: usize = 1024;

/// Everything that a reader says about a source.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Outcome {
    /// Those of the spec first.
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Row>,
    pub(crate) rejects: Vec<Rejected>,
    pub(crate) records: u64,
    pub(crate) cut_timestamps: u64,
}

/// A record that was taken, with a cell for each column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) cells: Vec<Cell>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    /// An integer, or an instant in microseconds.
    Whole(i64),
    Text(String),
}

/// A record that was not taken.
#[derive(Clone, PartialEq)]
pub(crate) struct Rejected {
    pub(crate) line: u64,
    pub(crate) byte_offset: u64,
    pub(crate) why: Why,
    pub(crate) raw: Vec<u8>,
    pub(crate) raw_bytes: u64,
}

impl fmt::Debug for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, byte_offset, why, raw, raw_bytes } = self;
        write!(f, "line {line} from byte {byte_offset}: {why:?}, {} of {raw_bytes} bytes: ", raw.len())?;
        write!(f, "{}", raw.escape_ascii())
    }
}

/// A reason without its details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Why {
    NotUtf8(usize),
    NotJson,
    NotAnObject,
    TooLong,
    Missing(String, bool),
    NotAnInteger(String),
    IntegerTooLarge(String),
    NotATimestamp(String),
}

impl From<&Reason> for Why {
    fn from(reason: &Reason) -> Self {
        match reason {
            Reason::NotUtf8 { at } => Self::NotUtf8(*at),
            Reason::NotJson(_) => Self::NotJson,
            Reason::NotAnObject { .. } => Self::NotAnObject,
            Reason::TooLong { .. } => Self::TooLong,
            Reason::Missing { column, null } => Self::Missing(column.clone(), *null),
            Reason::NotAnInteger { column, .. } => Self::NotAnInteger(column.clone()),
            Reason::IntegerTooLarge { column, .. } => Self::IntegerTooLarge(column.clone()),
            Reason::NotATimestamp { column, .. } => Self::NotATimestamp(column.clone()),
            other => panic!("the model does not know of {other:?}"),
        }
    }
}

/// Reads a whole source.
pub(crate) fn read(spec: &RecordSpec, source: &[u8], max_line: usize) -> Outcome {
    let mut model = Model {
        spec,
        outcome: Outcome {
            columns: spec.fields().iter().map(|field| field.name.clone()).collect(),
            ..Outcome::default()
        },
    };
    let mut offset = 0;
    for (index, whole) in source.split(|&byte| byte == b'\n').enumerate() {
        let raw = whole.strip_suffix(b"\r").unwrap_or(whole);
        let text = if index == 0 { raw.strip_prefix("\u{feff}".as_bytes()).unwrap_or(raw) } else { raw };
        let blank = text.iter().all(|byte| b" \t\r\x0c".contains(byte));
        if !blank || text.len() > max_line {
            let line = index as u64 + 1;
            model.outcome.records += 1;
            let result = if text.len() > max_line { Err(Why::TooLong) } else { model.record(text) };
            match result {
                Ok(cells) => model.outcome.rows.push(Row { line, cells }),
                Err(why) => model.outcome.rejects.push(Rejected {
                    line,
                    byte_offset: offset,
                    why,
                    raw: raw[..raw.len().min(RAW_KEPT)].to_vec(),
                    raw_bytes: raw.len() as u64,
                }),
            }
        }
        offset += whole.len() as u64 + 1;
    }
    let width = model.outcome.columns.len();
    model.outcome.rows.iter_mut().for_each(|row| row.cells.resize(width, Cell::Null));
    model.outcome
}

struct Model<'a> {
    spec: &'a RecordSpec,
    outcome: Outcome,
}

impl Model<'_> {
    fn record(&mut self, line: &[u8]) -> Result<Vec<Cell>, Why> {
        let text = std::str::from_utf8(line).map_err(|error| Why::NotUtf8(error.valid_up_to()))?;
        let members = members(text)?;
        // The last of several wins, and stands where it stood.
        let mut last: HashMap<&str, usize> = HashMap::new();
        for (index, (key, _)) in members.iter().enumerate() {
            last.insert(key, index);
        }
        for field in self.spec.fields().iter().filter(|field| field.required) {
            let value = last.get(field.name.as_str()).map(|&index| members[index].1.get());
            if value.is_none_or(|value| value == "null") {
                return Err(Why::Missing(field.name.clone(), value.is_some()));
            }
        }
        let mut known = vec![Cell::Null; self.spec.fields().len()];
        let mut cut = 0;
        for (index, (key, value)) in members.iter().enumerate() {
            if last[key.as_str()] == index
                && let Some(column) = self.spec.fields().iter().position(|field| field.name == *key)
            {
                known[column] = cell(self.spec.fields()[column].kind, value.get(), key, &mut cut)?;
            }
        }
        // Nothing can go wrong any more: now there may be new columns.
        let mut cells = known;
        cells.resize(self.outcome.columns.len(), Cell::Null);
        for (key, _) in &members {
            let column = self.outcome.columns.iter().position(|name| name == key).unwrap_or_else(|| {
                self.outcome.columns.push(key.clone());
                cells.push(Cell::Null);
                cells.len() - 1
            });
            if column >= self.spec.fields().len() {
                cells[column] = cell(FieldKind::Text, members[last[key.as_str()]].1.get(), key, &mut cut)?;
            }
        }
        self.outcome.cut_timestamps += cut;
        Ok(cells)
    }
}

fn cell(kind: FieldKind, value: &str, column: &str, cut: &mut u64) -> Result<Cell, Why> {
    if value == "null" {
        return Ok(Cell::Null);
    }
    let string =
        value.starts_with('"').then(|| serde_json::from_str::<String>(value).expect("checked before"));
    match kind {
        FieldKind::Text | FieldKind::Inferred => Ok(Cell::Text(string.unwrap_or_else(|| value.to_owned()))),
        FieldKind::Integer => {
            let text = string.as_deref().unwrap_or(value);
            let digits = text.strip_prefix('-').unwrap_or(text);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Why::NotAnInteger(column.to_owned()));
            }
            text.parse().map(Cell::Whole).map_err(|_| Why::IntegerTooLarge(column.to_owned()))
        }
        FieldKind::Timestamp => {
            let instant: Option<Timestamp> = string.and_then(|text| text.parse().ok());
            let instant = instant.ok_or_else(|| Why::NotATimestamp(column.to_owned()))?;
            *cut += u64::from(instant.sub_micro_nanos() != 0);
            Ok(Cell::Whole(instant.micros()))
        }
        other => panic!("the model does not know of {other:?}"),
    }
}

/// The members of an object in their order, repeated keys included.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

fn members(line: &str) -> Result<Vec<(String, Box<RawValue>)>, Why> {
    // serde_json checks the grammar without recursion here, but takes half surrogate pairs and any depth.
    let whole: &RawValue = serde_json::from_str(line).map_err(|_| Why::NotJson)?;
    let object = whole.get().starts_with('{');
    let (strings, rest) = apart(whole.get());
    let stand_for_text = |string: &&str| serde_json::from_str::<String>(string).is_ok();
    if !strings.iter().all(stand_for_text) || depth(&rest) > MAX_DEPTH + usize::from(object) {
        return Err(Why::NotJson);
    }
    if !object {
        return Err(Why::NotAnObject);
    }
    let Members(members) = serde_json::from_str(line).map_err(|_| Why::NotJson)?;
    Ok(members)
}

/// Every string of a JSON text, keys included, with its quotes, and everything else.
fn apart(json: &str) -> (Vec<&str>, String) {
    let (mut strings, mut rest) = (Vec::new(), String::new());
    let (mut start, mut escaped) = (None, false);
    for (at, character) in json.char_indices() {
        match (start, character) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(from), '"') => {
                strings.push(&json[from..=at]);
                start = None;
            }
            (Some(_), _) => {}
            (None, '"') => start = Some(at),
            (None, other) => rest.push(other),
        }
    }
    (strings, rest)
}

/// How many arrays and objects are open at once, at most.
fn depth(brackets: &str) -> usize {
    let (mut open, mut most) = (0, 0);
    for character in brackets.chars() {
        match character {
            '[' | '{' => open += 1,
            ']' | '}' => open -= 1,
            _ => {}
        }
        most = most.max(open);
    }
    most
}
