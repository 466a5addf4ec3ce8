//! The columns of a batch in the order in which they turned up in the source, and not in the range.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, ListArray, NullArray, RecordBatch, RecordBatchOptions, StructArray, new_null_array,
};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields, Schema};

use super::known::{Column, Known};
use crate::columns::ELEMENT;
use crate::{Batch, Kind, Origin};

impl Known {
    /// Puts the columns of a batch in the order in which they have turned up in the source, and adds those that it does not
    /// have.
    pub(super) fn arrange(&self, batch: &mut Batch) -> Result<(), ArrowError> {
        let schema = batch.rows.schema();
        let mut columns: Vec<Option<(FieldRef, ArrayRef, Origin)>> = Vec::new();
        columns.resize_with(self.roots.len(), || None);
        let mut same = schema.fields().len() == self.roots.len();
        let origins = std::mem::take(&mut batch.origins);
        for (at, ((field, array), origin)) in
            schema.fields().iter().zip(batch.rows.columns()).zip(origins).enumerate()
        {
            // The roots turned up in the order of their numbers.
            let column = self.find(None, field.name());
            let Some((column, rank)) =
                column.and_then(|column| Some((column, self.roots.binary_search(&column).ok()?)))
            else {
                let what = format!("nothing is known of the column {}", field.name());
                return Err(ArrowError::SchemaError(what));
            };
            same &= rank == at;
            let (array, origin) = match self.arranged(column, array, &origin)? {
                Some(arranged) => {
                    same = false;
                    arranged
                }
                None => (Arc::clone(array), origin),
            };
            let field = match field.data_type() == array.data_type() {
                true => Arc::clone(field),
                false => Arc::new(field.as_ref().clone().with_data_type(array.data_type().clone())),
            };
            columns[rank] = Some((field, array, origin));
        }
        let rows = batch.rows.num_rows();
        let all = columns
            .into_iter()
            .enumerate()
            .map(|(rank, column)| column.unwrap_or_else(|| self.absent(self.roots[rank], rows)));
        let (mut fields, mut arrays) = (Vec::new(), Vec::new());
        for (field, array, origin) in all {
            fields.push(field);
            arrays.push(array);
            batch.origins.push(origin);
        }
        if !same {
            let options = RecordBatchOptions::new().with_row_count(Some(rows));
            let schema = Arc::new(Schema::new(fields));
            batch.rows = RecordBatch::try_new_with_options(schema, arrays, &options)?;
        }
        Ok(())
    }

    /// The column of a batch that has no values in it.
    fn absent(&self, column: usize, rows: usize) -> (FieldRef, ArrayRef, Origin) {
        let Column { name, kind, .. } = &self.columns[column];
        let (array, kind): (ArrayRef, _) = match self.is_declared(column) {
            true => (new_null_array(&kind.data_type(), rows), *kind),
            false => (Arc::new(NullArray::new(rows)), Kind::Null),
        };
        (Arc::new(Field::new(name, array.data_type().clone(), true)), array, Origin::plain(kind))
    }

    /// A column with its parts in the order in which they have turned up; `None` if they are.
    fn arranged(
        &self,
        column: usize,
        array: &ArrayRef,
        origin: &Origin,
    ) -> Result<Option<(ArrayRef, Origin)>, ArrowError> {
        match array.data_type() {
            DataType::List(_) => {
                let (Some(element), Some(of_values)) =
                    (self.find(Some(column), ELEMENT), origin.parts.first())
                else {
                    return Ok(None);
                };
                let list = array.as_list::<i32>();
                let Some((values, of_values)) = self.arranged(element, list.values(), of_values)? else {
                    return Ok(None);
                };
                let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
                let list = ListArray::try_new(field, list.offsets().clone(), values, list.nulls().cloned())?;
                Ok(Some((Arc::new(list), Origin { parts: vec![of_values], ..origin.clone() })))
            }
            DataType::Struct(fields) => {
                let of_struct = array.as_struct();
                let mut same = true;
                let mut parts: Vec<(usize, String, ArrayRef, Origin)> = Vec::with_capacity(fields.len());
                for ((field, member), of_member) in fields.iter().zip(of_struct.columns()).zip(&origin.parts)
                {
                    let Some(part) = self.find(Some(column), field.name()) else { return Ok(None) };
                    same &= parts.last().is_none_or(|&(before, ..)| before < part);
                    let (member, of_member) = match self.arranged(part, member, of_member)? {
                        Some(arranged) => {
                            same = false;
                            arranged
                        }
                        None => (Arc::clone(member), of_member.clone()),
                    };
                    parts.push((part, field.name().clone(), member, of_member));
                }
                if same {
                    return Ok(None);
                }
                parts.sort_by_key(|&(part, ..)| part);
                let mut origin = Origin { parts: Vec::new(), ..origin.clone() };
                let (mut members, mut fields) = (Vec::new(), Vec::new());
                for (_, name, member, of_member) in parts {
                    fields.push(Field::new(name, member.data_type().clone(), true));
                    members.push(member);
                    origin.parts.push(of_member);
                }
                let nulls = of_struct.nulls().cloned();
                let fields = Fields::from(fields);
                let array = StructArray::try_new_with_length(fields, members, nulls, array.len())?;
                Ok(Some((Arc::new(array), origin)))
            }
            _ => Ok(None),
        }
    }
}
