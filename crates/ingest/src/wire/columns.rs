//! Columns with what they were before they were arrays.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, ListArray, NullArray, PrimitiveArray, StringArray, StructArray,
};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Fields};

use super::WireError;
use super::words::{PushWord, Wire, Words};
use crate::columns::MAX_COLUMN_DEPTH;
use crate::columns::spelling::{FloatStyle, Spelling, TimeStyle};
use crate::columns::texts::Texts;
use crate::{Kind, Origin};

/// How deep columns may be nested: arrays and what is in them both count.
const MAX_DEPTH: usize = 2 * MAX_COLUMN_DEPTH + 2;

/// The most rows of a batch, or elements of its arrays. A column of nulls has no bytes that would say that there cannot be
/// as many, and must not ask for memory by a number alone. A batch has far fewer rows, and the longest record fewer elements.
pub(super) const MOST_ROWS: usize = 1 << 24;

impl From<ArrowError> for WireError {
    fn from(_: ArrowError) -> Self {
        Self::Damaged("column that keeps Arrow's rules")
    }
}

/// Writes a column.
pub(super) fn put(
    field: &Field,
    array: &ArrayRef,
    origin: &Origin,
    out: &mut Vec<u8>,
) -> Result<(), WireError> {
    let Origin { kind, spelling, kept, json, empties, parts } = origin;
    let unsupported = || WireError::Unsupported(array.data_type().clone());
    let whole = kept.as_ref().is_none_or(|kept| kept.len() == array.len())
        && json.as_ref().is_none_or(|json| json.len() == array.len());
    if !whole {
        return Err(WireError::Damaged("origin of that length"));
    }
    field.name().put(out);
    field.is_nullable().put(out);
    kind.put(out);
    array.len().put(out);
    put_bits(array.nulls().map(NullBuffer::inner), out);
    match kind {
        Kind::Null if *array.data_type() == DataType::Null => {}
        Kind::Bool => put_bits(Some(array.as_boolean_opt().ok_or_else(unsupported)?.values()), out),
        Kind::Int64 { .. } => put_values::<Int64Type>(array, out)?,
        Kind::Decimal { .. } if *array.data_type() == kind.data_type() => {
            put_values::<Decimal128Type>(array, out)?;
        }
        Kind::Float64 => put_values::<Float64Type>(array, out)?,
        Kind::Date => put_values::<Date32Type>(array, out)?,
        Kind::Timestamp { .. } if *array.data_type() == kind.data_type() => {
            put_values::<TimestampMicrosecondType>(array, out)?;
        }
        Kind::Text => {
            let texts = array.as_string_opt::<i32>().ok_or_else(unsupported)?;
            let (first, last) = put_offsets(texts.offsets(), out);
            out.push_bytes(&texts.values()[first..last]);
        }
        Kind::Struct => {
            let members = array.as_struct_opt().ok_or_else(unsupported)?;
            if members.num_columns() != parts.len() {
                return Err(WireError::Damaged("origin for every column"));
            }
            members.num_columns().put(out);
            for ((field, member), origin) in members.fields().iter().zip(members.columns()).zip(parts) {
                put(field, member, origin, out)?;
            }
        }
        Kind::List => {
            let list = array.as_list_opt::<i32>().ok_or_else(unsupported)?;
            let (DataType::List(field), Some(of_values)) = (array.data_type(), parts.first()) else {
                return Err(unsupported());
            };
            let (first, last) = put_offsets(list.offsets(), out);
            put(field, &list.values().slice(first, last - first), of_values, out)?;
        }
        _ => return Err(unsupported()),
    }
    spelling.put(out);
    let (ends, bytes) = kept.as_ref().map(Texts::parts).unwrap_or_default();
    kept.is_some().put(out);
    out.push_bytes(Buffer::from_slice_ref(ends).as_slice());
    out.push_bytes(bytes);
    put_bits(json.as_ref(), out);
    empties.put(out);
    Ok(())
}

/// Reads a column of so many rows.
pub(super) fn get(
    words: &mut Words<'_>,
    rows: usize,
    depth: usize,
) -> Result<(Field, ArrayRef, Origin), WireError> {
    if depth > MAX_DEPTH {
        return Err(WireError::Damaged("column of that depth"));
    }
    let name = String::get(words)?;
    let nullable = bool::get(words)?;
    let kind = Kind::get(words)?;
    let length = usize::get(words)?;
    if length > MOST_ROWS || length != rows {
        return Err(WireError::Damaged("column of that length"));
    }
    let nulls = get_bits(words, length)?.map(NullBuffer::new);
    let mut parts = Vec::new();
    let array: ArrayRef = match kind {
        Kind::Null => Arc::new(NullArray::new(length)),
        Kind::Bool => {
            let values = get_bits(words, length)?.ok_or(WireError::Damaged("value"))?;
            Arc::new(BooleanArray::new(values, nulls))
        }
        Kind::Int64 { .. } => Arc::new(get_values::<Int64Type>(words, length, nulls)?),
        Kind::Decimal { .. } => {
            Arc::new(get_values::<Decimal128Type>(words, length, nulls)?.with_data_type(kind.data_type()))
        }
        Kind::Float64 => Arc::new(get_values::<Float64Type>(words, length, nulls)?),
        Kind::Date => Arc::new(get_values::<Date32Type>(words, length, nulls)?),
        Kind::Timestamp { .. } => Arc::new(
            get_values::<TimestampMicrosecondType>(words, length, nulls)?.with_data_type(kind.data_type()),
        ),
        Kind::Text => {
            let offsets = get_offsets(words, length)?;
            Arc::new(StringArray::try_new(offsets, Buffer::from(words.bytes()?), nulls)?)
        }
        Kind::Struct => {
            let (mut fields, mut members) = (Vec::new(), Vec::new());
            for _ in 0..words.count()? {
                let (field, member, origin) = get(words, length, depth + 1)?;
                fields.push(field);
                members.push(member);
                parts.push(origin);
            }
            Arc::new(StructArray::try_new_with_length(Fields::from(fields), members, nulls, length)?)
        }
        Kind::List => {
            let offsets = get_offsets(words, length)?;
            // Just the elements of these arrays were written.
            let elements = offsets.last().map_or(0, |&end| end as usize);
            let (field, values, origin) = get(words, elements, depth + 1)?;
            parts.push(origin);
            Arc::new(ListArray::try_new(Arc::new(field), offsets, values, nulls)?)
        }
    };
    let spelling = Spelling::get(words)?;
    let is_kept = bool::get(words)?;
    let ends: Vec<i32> = numbers(words.bytes()?).collect();
    let kept = Texts::of_parts(ends, words.bytes()?.to_vec()).ok_or(WireError::Damaged("text"))?;
    let kept = is_kept.then_some(kept);
    let json = get_bits(words, length)?;
    let empties = Vec::<usize>::get(words)?;
    if kept.as_ref().is_some_and(|kept| kept.len() != length) || empties.iter().any(|&row| row >= length) {
        return Err(WireError::Damaged("origin of that length"));
    }
    let field = Field::new(name, array.data_type().clone(), nullable);
    Ok((field, array, Origin { kind, spelling, kept, json, empties, parts }))
}

fn put_values<T: ArrowPrimitiveType>(array: &ArrayRef, out: &mut Vec<u8>) -> Result<(), WireError> {
    let unsupported = || WireError::Unsupported(array.data_type().clone());
    let values = array.as_primitive_opt::<T>().ok_or_else(unsupported)?.values();
    out.push_bytes(values.inner().as_slice());
    Ok(())
}

fn get_values<T: ArrowPrimitiveType>(
    words: &mut Words<'_>,
    length: usize,
    nulls: Option<NullBuffer>,
) -> Result<PrimitiveArray<T>, WireError> {
    let bytes = words.bytes()?;
    if length.checked_mul(size_of::<T::Native>()) != Some(bytes.len()) {
        return Err(WireError::Damaged("column of that length"));
    }
    Ok(PrimitiveArray::try_new(ScalarBuffer::new(Buffer::from(bytes), 0, length), nulls)?)
}

/// Writes where texts or arrays end, counted from the first; returns where the first begins and the last ends.
fn put_offsets(offsets: &OffsetBuffer<i32>, out: &mut Vec<u8>) -> (usize, usize) {
    let first = offsets.first().copied().unwrap_or(0);
    if first == 0 {
        out.push_bytes(offsets.inner().inner().as_slice());
    } else {
        let moved: Vec<i32> = offsets.iter().map(|&offset| offset - first).collect();
        out.push_bytes(Buffer::from_slice_ref(&moved).as_slice());
    }
    (first as usize, offsets.last().copied().unwrap_or(0) as usize)
}

fn get_offsets(words: &mut Words<'_>, length: usize) -> Result<OffsetBuffer<i32>, WireError> {
    const DAMAGED: WireError = WireError::Damaged("end of a text or an array");
    let bytes = words.bytes()?;
    let count = length.checked_add(1).ok_or(DAMAGED)?;
    if count.checked_mul(size_of::<i32>()) != Some(bytes.len()) {
        return Err(DAMAGED);
    }
    let offsets: ScalarBuffer<i32> = ScalarBuffer::new(Buffer::from(bytes), 0, count);
    if offsets.first() != Some(&0) || !offsets.is_sorted() {
        return Err(DAMAGED);
    }
    Ok(OffsetBuffer::new(offsets))
}

/// Writes bits, if there are any.
fn put_bits(bits: Option<&BooleanBuffer>, out: &mut Vec<u8>) {
    bits.is_some().put(out);
    if let Some(bits) = bits {
        let from_zero = bits.sliced();
        out.push_bytes(&from_zero.as_slice()[..bits.len().div_ceil(8)]);
    }
}

fn get_bits(words: &mut Words<'_>, length: usize) -> Result<Option<BooleanBuffer>, WireError> {
    if !bool::get(words)? {
        return Ok(None);
    }
    let bytes = words.bytes()?;
    if bytes.len() != length.div_ceil(8) {
        return Err(WireError::Damaged("bit"));
    }
    Ok(Some(BooleanBuffer::new(Buffer::from(bytes), 0, length)))
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = i32> {
    bytes.as_chunks::<4>().0.iter().map(|&number| i32::from_le_bytes(number))
}

impl Wire for Kind {
    fn put(&self, out: &mut Vec<u8>) {
        if let Self::Decimal { whole, scale } = *self {
            (Kind::PLAIN.len() + DECIMAL * usize::from(whole) + usize::from(scale)).put(out);
            return;
        }
        let number = Kind::PLAIN.iter().position(|kind| kind == self).unwrap_or_default();
        number.put(out);
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        const DAMAGED: WireError = WireError::Damaged("kind of column");
        let number = usize::get(words)?;
        if let Some(kind) = Kind::PLAIN.get(number) {
            return Ok(*kind);
        }
        let digits = number - Kind::PLAIN.len();
        let whole = u8::try_from(digits / DECIMAL).map_err(|_| DAMAGED)?;
        match Self::decimal(whole, (digits % DECIMAL) as u8) {
            Self::Text => Err(DAMAGED),
            decimal => Ok(decimal),
        }
    }
}

/// Behind the other kinds, by their places in [`Kind::PLAIN`], come the decimal ones: so many with each number of digits
/// before the point.
const DECIMAL: usize = 256;

impl Wire for Spelling {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Any => out.push_word(0),
            Self::Plain => out.push_word(1),
            Self::Kept => out.push_word(2),
            Self::Float(FloatStyle { fixed, shortest, pointed }) => {
                out.push_word(3);
                fixed.put(out);
                shortest.put(out);
                pointed.put(out);
            }
            Self::Time(TimeStyle { separator, time, zone, offset }) => {
                out.push_word(4);
                out.push_bytes(&[&[*separator, *time], &zone[..], &offset.to_le_bytes()].concat());
            }
        }
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        const DAMAGED: WireError = WireError::Damaged("spelling");
        Ok(match words.number()? {
            0 => Self::Any,
            1 => Self::Plain,
            2 => Self::Kept,
            3 => {
                let (fixed, shortest) = (Wire::get(words)?, Wire::get(words)?);
                Self::Float(FloatStyle { fixed, shortest, pointed: Wire::get(words)? })
            }
            4 => {
                let &[separator, time, z0, z1, z2, z3, z4, z5, low, high] = words.bytes()? else {
                    return Err(DAMAGED);
                };
                let (zone, offset) = ([z0, z1, z2, z3, z4, z5], i16::from_le_bytes([low, high]));
                Self::Time(TimeStyle { separator, time, zone, offset })
            }
            _ => return Err(DAMAGED),
        })
    }
}
