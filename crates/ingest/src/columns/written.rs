//! Objects and arrays as JSON text: for those who look at them, and for what becomes of them in a column that has other
//! values as well.

use std::fmt::Write as _;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::DataType;
use sandglass_weekly::format_micros;

use super::column::Column;
use super::kind::Kind;
use super::origin::{Origin, column_of};
use super::texts::Texts;
use super::values::{write_date, write_decimal};

/// The values of an array as they were written, but for white space and members that are null. Nulls are empty.
pub(super) fn texts(array: &ArrayRef, origin: &Origin) -> Texts {
    let writer = Writer::of(array, origin);
    let mut texts = Texts::default();
    let mut text = String::new();
    for row in 0..array.len() {
        text.clear();
        if array.is_valid(row) {
            writer.write(row, &mut text);
        }
        texts.push(text.as_bytes());
    }
    texts
}

/// Writes the values of an array as JSON.
struct Writer {
    nulls: Option<NullBuffer>,
    what: What,
}

enum What {
    Leaf(Box<Column>),
    Object(Vec<(String, Writer)>),
    Array(OffsetBuffer<i32>, Box<Writer>),
}

impl Writer {
    fn of(array: &ArrayRef, origin: &Origin) -> Self {
        let nothing = Origin::default();
        let part = |at: usize| origin.parts.get(at).unwrap_or(&nothing);
        let what = match array.data_type() {
            DataType::Struct(fields) => {
                let members = fields.iter().zip(array.as_struct().columns()).enumerate();
                What::Object(
                    members
                        .map(|(at, (field, member))| (field.name().clone(), Self::of(member, part(at))))
                        .collect(),
                )
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                What::Array(list.offsets().clone(), Box::new(Self::of(list.values(), part(0))))
            }
            _ => What::Leaf(Box::new(column_of(array, origin))),
        };
        Self { nulls: array.logical_nulls(), what }
    }

    fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    fn write(&self, row: usize, out: &mut String) {
        if self.is_null(row) {
            out.push_str("null");
            return;
        }
        match &self.what {
            What::Leaf(column) => {
                let mut text = String::new();
                column.write(row, &mut text);
                match column.kind {
                    Kind::Text if column.json.as_ref().is_some_and(|json| json.get_bit(row)) => {
                        out.push_str(&text)
                    }
                    Kind::Date | Kind::Timestamp { .. } | Kind::Text => write_string(&text, out),
                    _ => out.push_str(&text),
                }
            }
            What::Object(members) => {
                let mut before = '{';
                for (name, member) in members.iter().filter(|(_, member)| !member.is_null(row)) {
                    out.push(before);
                    write_string(name, out);
                    out.push(':');
                    member.write(row, out);
                    before = ',';
                }
                out.push_str(if before == '{' { "{}" } else { "}" });
            }
            What::Array(offsets, elements) => {
                out.push('[');
                for at in offsets[row]..offsets[row + 1] {
                    if at > offsets[row] {
                        out.push(',');
                    }
                    elements.write(at as usize, out);
                }
                out.push(']');
            }
        }
    }
}

/// Appends a value as JSON in the form of its type. Members of objects that are null are left out, because they may as
/// well have been absent.
pub fn write_json(array: &dyn Array, row: usize, out: &mut String) {
    if array.is_null(row) {
        out.push_str("null");
        return;
    }
    let plain = |out: &mut String, value: &dyn std::fmt::Display| {
        // Writing to a string does not fail.
        let _ = write!(out, "{value}");
    };
    match array.data_type() {
        DataType::Boolean => plain(out, &array.as_boolean().value(row)),
        DataType::Int64 => plain(out, &array.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => {
            let value = array.as_primitive::<Float64Type>().value(row);
            // JSON has no numbers for these, and to leave them out would lose them.
            let quote = if value.is_finite() { "" } else { "\"" };
            out.push_str(quote);
            plain(out, &value);
            out.push_str(quote);
        }
        DataType::Decimal128(_, scale) => {
            let scale = u8::try_from(*scale).unwrap_or(0);
            write_decimal(array.as_primitive::<Decimal128Type>().value(row), scale, out);
        }
        DataType::Date32 => {
            out.push('"');
            write_date(array.as_primitive::<Date32Type>().value(row), out);
            out.push('"');
        }
        DataType::Timestamp(_, zone) => {
            out.push('"');
            format_micros(array.as_primitive::<TimestampMicrosecondType>().value(row), out);
            out.push_str(if zone.is_some() { "Z\"" } else { "\"" });
        }
        DataType::Utf8 => write_string(array.as_string::<i32>().value(row), out),
        DataType::Struct(fields) => {
            let mut before = '{';
            for (field, member) in fields.iter().zip(array.as_struct().columns()) {
                if member.is_valid(row) && *member.data_type() != DataType::Null {
                    out.push(before);
                    write_string(field.name(), out);
                    out.push(':');
                    write_json(member, row, out);
                    before = ',';
                }
            }
            out.push_str(if before == '{' { "{}" } else { "}" });
        }
        DataType::List(_) => {
            let elements = array.as_list::<i32>().value(row);
            out.push('[');
            for at in 0..elements.len() {
                if at > 0 {
                    out.push(',');
                }
                write_json(&elements, at, out);
            }
            out.push(']');
        }
        // Nulls, and what no column is.
        _ => out.push_str("null"),
    }
}

/// Appends a text in quotes, with what must be escaped in JSON.
pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}
