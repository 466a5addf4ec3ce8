//! Single values of a record into their columns: as what was declared or chosen, or as the narrowest kind that holds them.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::columns::kind::Kind;
use crate::columns::{Columns, Found, MAX_COLUMN_DEPTH};
use crate::declared::{check_declared_text, put_declared_text};
use crate::json::{self, Kind as JsonKind, Value};
use crate::reject::shorten;
use crate::{FieldKind, Reason};

/// What a value is to a declared column.
enum Written<'a> {
    /// Nothing: a null.
    Null,
    /// This text.
    Text(Cow<'a, [u8]>),
    /// No string where only a string can be right.
    NotAString,
}

fn written<'a>(line: &'a [u8], value: &Value, declared: FieldKind) -> Written<'a> {
    match (value.string(line), value.kind, declared) {
        (_, JsonKind::Null, _) => Written::Null,
        (Some(content), ..) => Written::Text(content),
        (None, _, FieldKind::Timestamp | FieldKind::ZonedTimestamp) => Written::NotAString,
        (None, ..) => Written::Text(Cow::Borrowed(value.raw(line))),
    }
}

/// Writes one value into its declared column; returns 1 when it was a timestamp with digits below a microsecond.
pub(super) fn put_declared(
    line: &[u8],
    column: usize,
    value: &Value,
    columns: &mut Columns,
) -> Result<u32, Reason> {
    let raw = value.raw(line);
    match written(line, value, columns.declared(column)) {
        Written::Null => Ok(0),
        Written::Text(text) => put_declared_text(column, &text, raw, columns),
        Written::NotAString => {
            Err(Reason::NotATimestamp { column: columns.path(column), value: shorten(raw), error: None })
        }
    }
}

/// Sees whether a value is one of this kind.
pub(super) fn check_declared(line: &[u8], path: &str, value: &Value, kind: FieldKind) -> Result<(), Reason> {
    let raw = value.raw(line);
    match written(line, value, kind) {
        Written::Null => Ok(()),
        Written::Text(text) => check_declared_text(kind, &text, raw, path),
        Written::NotAString => {
            Err(Reason::NotATimestamp { column: path.to_owned(), value: shorten(raw), error: None })
        }
    }
}

/// Sees whether the members of an object, which is the column at this path, are of the types that were chosen for them.
pub(super) fn check_members(text: &[u8], path: &str, object: Value, columns: &Columns) -> Result<(), Reason> {
    let within = format!("{path}.");
    let any = || columns.chosen().keys().any(|chosen| chosen.starts_with(&within));
    // It goes no deeper than the paths that were chosen.
    if object.kind != JsonKind::Object || !any() {
        return Ok(());
    }
    for (key, value) in last_members(text, object) {
        let path = within.clone() + &key_name(text, key);
        match columns.chosen().get(&path) {
            Some(&kind) => check_declared(text, &path, &value, kind.into())?,
            None => check_members(text, &path, value, columns)?,
        }
    }
    Ok(())
}

pub(super) fn key_name(text: &[u8], key: Value) -> String {
    String::from_utf8_lossy(&key.string(text).unwrap_or_default()).into_owned()
}

/// Writes a value into its column, whose type it is known to be of if one was declared or chosen; returns how many
/// timestamps in it had digits below a microsecond. `depth` is that of the column within others.
pub(super) fn put(text: &[u8], column: usize, value: Value, depth: usize, columns: &mut Columns) -> u32 {
    match columns.declared(column) {
        FieldKind::Inferred => put_inferred(text, column, value, depth, columns),
        _ => put_declared(text, column, &value, columns).unwrap_or_default(),
    }
}

/// Writes a value into its column, which widens if it has to; returns how many timestamps in it had digits below a
/// microsecond. `depth` is that of the column within others.
pub(super) fn put_inferred(
    text: &[u8],
    column: usize,
    value: Value,
    depth: usize,
    columns: &mut Columns,
) -> u32 {
    let raw = value.raw(text);
    match value.kind {
        JsonKind::Null => 0,
        JsonKind::True | JsonKind::False => {
            columns.put_found(column, Found::Bool(value.kind == JsonKind::True), raw);
            0
        }
        JsonKind::Number => {
            columns.put_found(column, Found::number(raw), raw);
            0
        }
        JsonKind::PlainString | JsonKind::EscapedString => {
            let content = value.string(text).unwrap_or_default();
            let found = match columns.kind(column) {
                Kind::Null | Kind::Date | Kind::Timestamp { .. } => Found::string(&content),
                _ => Found::Text,
            };
            columns.put_found(column, found, &content);
            u32::from(matches!(found, Found::Timestamp { cut: true, .. }))
        }
        JsonKind::Object => put_object(text, column, value, depth, columns),
        JsonKind::Array => put_array(text, column, value, depth, columns),
    }
}

fn put_object(text: &[u8], column: usize, object: Value, depth: usize, columns: &mut Columns) -> u32 {
    if depth == MAX_COLUMN_DEPTH || !matches!(columns.kind(column), Kind::Null | Kind::Struct) {
        columns.put_found(column, Found::Json, object.raw(text));
        return 0;
    }
    let members = last_members(text, object);
    let new = members
        .iter()
        .filter(|(key, _)| key.string(text).is_some_and(|key| columns.find(Some(column), &key).is_none()));
    let new = new.count();
    if !columns.has_room(Some(column), new) {
        columns.flatten(column);
        columns.put_found(column, Found::Json, object.raw(text));
        return 0;
    }
    columns.enter(column);
    let mut cut = 0;
    for (key, value) in members {
        let key = key.string(text).unwrap_or_default();
        let member = columns.find_or_add(Some(column), &key);
        cut += put(text, member, value, depth + 1, columns);
    }
    cut
}

/// The members of an object. The last value of every key counts; the order is that of the first.
fn last_members(text: &[u8], object: Value) -> Vec<(Value, Value)> {
    let mut places: HashMap<Cow<'_, [u8]>, usize> = HashMap::new();
    let mut members: Vec<(Value, Value)> = Vec::new();
    for (key, value) in json::members(text, object) {
        let name = key.string(text).unwrap_or_default();
        let place = *places.entry(name).or_insert(members.len());
        if place == members.len() {
            members.push((key, value));
        } else {
            members[place].1 = value;
        }
    }
    members
}

fn put_array(text: &[u8], column: usize, array: Value, depth: usize, columns: &mut Columns) -> u32 {
    let elements = match depth {
        MAX_COLUMN_DEPTH => None,
        _ => columns.elements(column),
    };
    let Some((group, element)) = elements else {
        columns.put_found(column, Found::Json, array.raw(text));
        return 0;
    };
    let mut cut = 0;
    for value in json::elements(text, array) {
        cut += put_inferred(text, element, value, depth + 1, columns);
        columns.commit_element(group);
    }
    columns.close_list(column);
    cut
}
