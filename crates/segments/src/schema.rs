//! The columns of a table as columns of a file.
//!
//! They are the same but for one thing: Parquet has no struct without members, and files without columns have no rows. What
//! has no members is stored with one that is always null, and that one is known by a number that no other column has.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ListArray, RecordBatch, RecordBatchOptions, StructArray, new_null_array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use parquet::arrow::PARQUET_FIELD_ID_META_KEY;

use crate::SegmentError;

/// The number of a member that stands for none.
const NONE_ID: &str = "1396855881";

/// Levels of nesting; readers make fewer, and deeper ones are not read.
const MAX_DEPTH: usize = 80;

/// Looks whether all columns can be stored.
pub(crate) fn check(fields: &Fields) -> Result<(), SegmentError> {
    check_names(fields)?;
    fields.iter().try_for_each(|field| check_type(field.name(), field.data_type(), 0))
}

fn check_names(fields: &Fields) -> Result<(), SegmentError> {
    let mut names = HashSet::new();
    match fields.iter().find(|field| !names.insert(field.name())) {
        Some(field) => Err(SegmentError::SameName(field.name().clone())),
        None => Ok(()),
    }
}

fn check_type(column: &str, data_type: &DataType, depth: usize) -> Result<(), SegmentError> {
    let unsupported =
        || SegmentError::Unsupported { column: column.to_owned(), data_type: data_type.clone() };
    match data_type {
        _ if depth > MAX_DEPTH => Err(unsupported()),
        DataType::Null
        | DataType::Boolean
        | DataType::Int64
        | DataType::Float64
        | DataType::Date32
        | DataType::Timestamp(TimeUnit::Microsecond, None)
        | DataType::Utf8 => Ok(()),
        DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if &**zone == "UTC" => Ok(()),
        DataType::Decimal128(digits @ 1..=38, scale @ 0..) if scale.unsigned_abs() <= *digits => Ok(()),
        DataType::Struct(members) => {
            check_names(members)?;
            members.iter().try_for_each(|member| check_type(column, member.data_type(), depth + 1))
        }
        DataType::List(element) => check_type(column, element.data_type(), depth + 1),
        _ => Err(unsupported()),
    }
}

/// The columns as they are stored.
pub(crate) fn stored(fields: &Fields) -> Fields {
    if fields.is_empty() {
        let known = [(PARQUET_FIELD_ID_META_KEY.to_owned(), NONE_ID.to_owned())];
        return [Field::new("(none)", DataType::Boolean, true).with_metadata(known.into())]
            .into_iter()
            .collect();
    }
    fields.iter().map(|field| stored_field(field)).collect()
}

fn stored_field(field: &Field) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Struct(members) => DataType::Struct(stored(members)),
        DataType::List(element) => DataType::List(stored_field(element)),
        other => other.clone(),
    };
    Arc::new(Field::new(field.name(), data_type, field.is_nullable()))
}

/// The columns of a file as they are to be seen, or any columns without what else is noted about them.
pub(crate) fn seen(fields: &Fields) -> Fields {
    fields.iter().filter(|field| !is_none(field)).map(|field| seen_field(field)).collect()
}

fn seen_field(field: &Field) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Struct(members) => DataType::Struct(seen(members)),
        DataType::List(element) => DataType::List(seen_field(element)),
        other => other.clone(),
    };
    Arc::new(Field::new(field.name(), data_type, field.is_nullable()))
}

fn is_none(field: &Field) -> bool {
    field.metadata().get(PARQUET_FIELD_ID_META_KEY).is_some_and(|id| id == NONE_ID)
}

/// A batch as it is stored.
pub(crate) fn to_stored(batch: &RecordBatch, stored: &SchemaRef) -> Result<RecordBatch, SegmentError> {
    let columns = if batch.num_columns() == 0 {
        vec![new_null_array(&DataType::Boolean, batch.num_rows())]
    } else {
        let pairs = batch.columns().iter().zip(stored.fields());
        pairs.map(|(array, field)| array_to(array, field)).collect::<Result<_, _>>()?
    };
    Ok(RecordBatch::try_new(Arc::clone(stored), columns)?)
}

/// A batch of a file as it is to be seen.
pub(crate) fn to_seen(batch: &RecordBatch, seen: &SchemaRef) -> Result<RecordBatch, SegmentError> {
    let kept = batch.schema_ref().fields().iter().zip(batch.columns()).filter(|(field, _)| !is_none(field));
    let columns = kept
        .zip(seen.fields())
        .map(|((_, array), field)| array_to(&hidden(array, None)?, field))
        .collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(seen), columns, &options)?)
}

/// The same values, where structs that cannot be null have the nulls of what they are in. What reads Parquet gives them
/// none, although their members have them, and such an array is refused by what works with it.
fn hidden(array: &ArrayRef, by: Option<&NullBuffer>) -> Result<ArrayRef, SegmentError> {
    match array.data_type() {
        DataType::Struct(members) => {
            let whole = array.as_struct();
            let nulls = NullBuffer::union(whole.nulls(), by);
            let pairs = whole.columns().iter().zip(members);
            let columns = pairs
                .map(|(member, field)| hidden(member, nulls.as_ref().filter(|_| !field.is_nullable())))
                .collect::<Result<_, _>>()?;
            Ok(Arc::new(StructArray::try_new_with_length(members.clone(), columns, nulls, whole.len())?))
        }
        DataType::List(element) if element.data_type().is_nested() => {
            let list = array.as_list::<i32>();
            let values = hidden(list.values(), None)?;
            let (offsets, nulls) = (list.offsets().clone(), list.nulls().cloned());
            Ok(Arc::new(ListArray::try_new(Arc::clone(element), offsets, values, nulls)?))
        }
        _ => Ok(Arc::clone(array)),
    }
}

/// The same values with or without members that stand for none, whichever this field has.
fn array_to(array: &ArrayRef, field: &Field) -> Result<ArrayRef, SegmentError> {
    if array.data_type() == field.data_type() {
        return Ok(Arc::clone(array));
    }
    match field.data_type() {
        DataType::Struct(members) => {
            let whole = array.as_struct();
            let columns = if whole.num_columns() == 0 {
                members.iter().map(|_| new_null_array(&DataType::Boolean, whole.len())).collect()
            } else {
                let pairs = whole.columns().iter().zip(members);
                pairs.map(|(array, field)| array_to(array, field)).collect::<Result<_, _>>()?
            };
            let nulls = whole.nulls().cloned();
            Ok(Arc::new(StructArray::try_new_with_length(members.clone(), columns, nulls, whole.len())?))
        }
        DataType::List(element) => {
            let list = array.as_list::<i32>();
            let values = array_to(list.values(), element)?;
            Ok(Arc::new(ListArray::try_new(
                Arc::clone(element),
                list.offsets().clone(),
                values,
                list.nulls().cloned(),
            )?))
        }
        _ => Ok(Arc::clone(array)),
    }
}

/// Whether two schemas have the same columns; what else is noted about them does not count.
pub(crate) fn same(one: &Schema, other: &Schema) -> bool {
    one.fields() == other.fields() || seen(one.fields()) == seen(other.fields())
}
