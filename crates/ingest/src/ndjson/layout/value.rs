//! Reading what stands behind a literal.

use super::literal::{LastTimestamp, Literal};
use super::quick::NO_LANE;
use super::{Edge, NONE, Step};
use crate::columns::kind::Kind;
use crate::columns::{Columns, Found};
use crate::declared::put_declared_text;
use crate::float::read_any_float;
use crate::plain::plain_end_ascii;
use crate::{integer, json};

impl Edge {
    /// An edge that is not taken: it leads to the root of a tree. It stands at this place.
    pub(super) fn to_root(place: usize) -> Self {
        Self {
            literal: Literal::new(b""),
            step: Step::Nothing,
            lane: NO_LANE,
            last: LastTimestamp::default(),
            next: NONE,
            other: place,
        }
    }

    /// Reads the value at the start of `text` into its column; returns its length. `None` when it is not of the kind
    /// that is expected here; nothing has been written then.
    ///
    /// Numbers are not read where the bytes end: more of them may be to come. The row would be taken back, but not how the number
    /// seemed to be written, and for one that was cut off behind its point all texts of a batch would be kept.
    #[inline]
    pub(super) fn read_value(&mut self, text: &[u8], columns: &mut Columns, cut: &mut u32) -> Option<usize> {
        match self.step {
            Step::Integer { column, quoted } => {
                let (value, length) = read_integer(text, quoted)?;
                columns.put_int64(column, value);
                Some(length)
            }
            Step::Timestamp { column } => {
                let length = self.last.far(text)?;
                *cut += u32::from(self.last.cut);
                columns.put_int64(column, self.last.micros);
                Some(length)
            }
            Step::Text { column } => {
                let (end, ascii) = plain_end_ascii(text);
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
                let value = json::scalar(text, 0).ok().filter(|value| value.end < text.len())?;
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
            Step::Float { column } => match read_any_float(text, 0) {
                Some((.., end)) if end == text.len() => None,
                // What follows is no part of the number: the literal behind it will see to that.
                Some((value, style, end)) if columns.put_float(column, value, style, Some(&text[..end])) => {
                    Some(end)
                }
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
    let value = json::scalar(text, 0).ok().filter(|value| value.end < text.len())?;
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
    let value = json::scalar(text, 0).ok().filter(|value| value.end < text.len())?;
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

/// A whole number and its length.
#[inline]
pub(super) fn read_integer(text: &[u8], quoted: bool) -> Option<(i64, usize)> {
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
