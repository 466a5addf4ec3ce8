//! What is known of a source's columns at a place in it: what one reader that came from its beginning would know there.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, ListArray, NullArray, RecordBatch, RecordBatchOptions, StructArray, new_null_array,
};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields, Schema};

use super::task::Step;
use crate::columns::seed::{Seed, SeedColumn};
use crate::columns::{ELEMENT, MAX_COLUMNS, MAX_MEMBERS, place};
use crate::{Batch, Drift, DriftChange, FieldKind, Kind, Origin, RecordSpec};

/// The columns of a source up to a place in it, those of the spec first.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// In the order in which they turned up, also those that are no more.
    columns: Vec<Column>,
    roots: Vec<usize>,
    keys: HashMap<String, usize>,
    expected: usize,
    others: FieldKind,
}

#[derive(Debug, Clone)]
struct Column {
    name: String,
    within: Option<usize>,
    kind: Kind,
    parts: Vec<usize>,
    keys: HashMap<String, usize>,
}

/// Why what a range says of its columns cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conflict {
    /// With the columns that are known here its rows would have been others.
    Rows,
    /// No range says so: a defect.
    Steps,
}

/// The columns of a range by their numbers there.
#[derive(Debug, Clone)]
pub(super) struct Numbers {
    columns: Vec<usize>,
    /// Whether there were timestamps that one reader would have taken for text.
    pub(super) times_in_text: bool,
}

impl Numbers {
    pub(super) fn get(&self, number: usize) -> Option<&usize> {
        self.columns.get(number)
    }
}

impl Known {
    /// What is known at the beginning.
    pub(super) fn new(spec: &RecordSpec) -> Self {
        let mut known = Self {
            columns: Vec::new(),
            roots: Vec::new(),
            keys: HashMap::new(),
            expected: spec.fields().len(),
            others: spec.others(),
        };
        for field in spec.fields() {
            known.add(None, &field.name, field.kind.kind());
        }
        known
    }

    fn add(&mut self, within: Option<usize>, name: &str, kind: Kind) -> usize {
        let index = self.columns.len();
        let name = name.to_owned();
        let (parts, keys) = match within.map(|parent| &mut self.columns[parent]) {
            Some(Column { parts, keys, .. }) => (parts, keys),
            None => (&mut self.roots, &mut self.keys),
        };
        parts.push(index);
        keys.insert(name.clone(), index);
        self.columns.push(Column { name, within, kind, parts: Vec::new(), keys: HashMap::new() });
        index
    }

    fn find(&self, within: Option<usize>, name: &str) -> Option<usize> {
        within.map_or(&self.keys, |parent| &self.columns[parent].keys).get(name).copied()
    }

    /// The names of the columns of the records that are not in the spec.
    pub(super) fn new_columns(&self) -> impl Iterator<Item = &str> {
        self.roots.iter().skip(self.expected).map(|&column| self.columns[column].name.as_str())
    }

    /// The numbers of a range that begins where the source does.
    pub(super) fn map_spec(&self) -> Numbers {
        Numbers { columns: (0..self.expected).collect(), times_in_text: false }
    }

    /// The columns for a range that begins here, and the number that each has there.
    pub(super) fn seed(&self) -> (Seed, HashMap<usize, usize>) {
        let mut numbers: HashMap<usize, usize> = (0..self.expected).map(|column| (column, column)).collect();
        let mut columns = Vec::new();
        let mut next: Vec<usize> = self.roots.iter().skip(self.expected).rev().copied().collect();
        while let Some(index) = next.pop() {
            let Column { name, within, kind, parts, .. } = &self.columns[index];
            numbers.insert(index, self.expected + columns.len());
            let within = within.and_then(|parent| numbers.get(&parent).copied());
            columns.push(SeedColumn { name: name.clone(), within, kind: *kind });
            next.extend(parts.iter().rev());
        }
        let gone = self.columns.len() - numbers.len();
        (Seed { columns, gone }, numbers)
    }

    /// The numbers of a range that begins here and knew these columns, which are at most those that are known here.
    pub(super) fn map(&self, seed: &Seed) -> Result<Numbers, Conflict> {
        let mut numbers = self.map_spec();
        for SeedColumn { name, within, kind } in &seed.columns {
            let within = match within {
                Some(number) => Some(*numbers.get(*number).ok_or(Conflict::Steps)?),
                None => None,
            };
            // A part that is no more was one of something that is text now.
            let column = self.find(within, name).ok_or(Conflict::Rows)?;
            let now = self.columns[column].kind;
            if has_parts(*kind) && now != *kind {
                return Err(Conflict::Rows);
            }
            numbers.times_in_text |= matches!(kind, Kind::Timestamp { .. }) && !is_time(now);
            numbers.columns.push(column);
        }
        Ok(numbers)
    }

    /// Takes in how the columns of a range have changed. `exact` says that the range knew all columns that are known here.
    pub(super) fn take_in(
        &mut self,
        steps: &[Step],
        numbers: &mut Numbers,
        exact: bool,
        mut changed: impl FnMut(Drift),
    ) -> Result<(), Conflict> {
        let mut changes = Vec::new();
        for record in steps.chunk_by(|one, other| one.line == other.line) {
            for step in record {
                self.step(step, numbers, exact, &mut changes)?;
            }
            changes.sort_by_cached_key(|&(column, _)| place(column, |column| self.columns[column].within));
            for (column, change) in changes.drain(..) {
                changed(Drift { line: record[0].line, column: self.path(column), change });
            }
        }
        Ok(())
    }

    fn step(
        &mut self,
        step: &Step,
        numbers: &mut Numbers,
        exact: bool,
        changes: &mut Vec<(usize, DriftChange)>,
    ) -> Result<(), Conflict> {
        if let Some((within, name)) = &step.new {
            if step.column != numbers.columns.len() {
                return Err(Conflict::Steps);
            }
            let within = match within {
                Some(number) => Some(*numbers.get(*number).ok_or(Conflict::Steps)?),
                None => None,
            };
            if within.is_some_and(|parent| self.columns[parent].kind != Kind::Struct) {
                return Err(Conflict::Steps);
            }
            let column = self.find(within, name).unwrap_or_else(|| {
                let column = self.add(within, name, step.to);
                changes.push((column, DriftChange::New));
                column
            });
            numbers.columns.push(column);
            let siblings = within.map_or(0, |parent| self.columns[parent].parts.len());
            // One reader would have had too many columns here.
            let too_many = self.columns.len() > MAX_COLUMNS || siblings > MAX_MEMBERS;
            return if too_many && !exact { Err(Conflict::Rows) } else { Ok(()) };
        }
        let column = *numbers.get(step.column).ok_or(Conflict::Steps)?;
        let before = self.columns[column].kind;
        // The members of an object that becomes text are written in the order of the columns, those of one that comes when
        // the column is text already as they stand there.
        let other_text =
            has_parts(step.from) || (has_parts(step.to) && before != Kind::Null && before != step.to);
        if other_text && !exact {
            return Err(Conflict::Rows);
        }
        let now = before.join(step.to);
        numbers.times_in_text |= matches!(step.to, Kind::Timestamp { .. }) && !is_time(before);
        self.columns[column].kind = now;
        if now != before {
            if has_parts(before) {
                self.columns[column].parts.clear();
                self.columns[column].keys.clear();
            }
            // As with one reader: what had no values has not changed, and large numbers are numbers.
            if before != Kind::Null && !matches!((before, now), (Kind::Int64 { .. }, Kind::Int64 { .. })) {
                changes.push((column, DriftChange::Widened { from: before, to: now }));
            }
        }
        if step.to == Kind::List && now == Kind::List {
            let element = self.find(Some(column), ELEMENT);
            let element = element.unwrap_or_else(|| self.add(Some(column), ELEMENT, Kind::Null));
            numbers.columns.push(element);
        }
        Ok(())
    }

    fn path(&self, column: usize) -> String {
        let Column { name, within, .. } = &self.columns[column];
        match within.map(|within| (self.path(within), self.columns[within].kind)) {
            None => name.clone(),
            Some((within, Kind::List)) => format!("{within}[]"),
            Some((within, _)) => format!("{within}.{name}"),
        }
    }

    /// Puts the columns of a batch in the order in which they have turned up in the source, and adds those that it does not
    /// have.
    pub(super) fn arrange(&self, batch: &mut Batch) -> Result<(), ArrowError> {
        let schema = batch.rows.schema();
        let there = schema.fields().len();
        let mut columns: Vec<Option<(FieldRef, ArrayRef, Origin)>> = Vec::new();
        columns.resize_with(self.roots.len(), || None);
        let mut same = there == self.roots.len();
        let origins = std::mem::take(&mut batch.origins);
        let ranks: HashMap<usize, usize> = match same {
            true => HashMap::new(),
            false => self.roots.iter().enumerate().map(|(rank, &column)| (column, rank)).collect(),
        };
        for (at, ((field, array), origin)) in
            schema.fields().iter().zip(batch.rows.columns()).zip(origins).enumerate()
        {
            let known = match self.roots.get(at) {
                Some(&column) if self.columns[column].name == *field.name() => Some((column, at)),
                _ => self.find(None, field.name()).and_then(|column| {
                    let rank = ranks.get(&column).copied();
                    Some((column, rank.or_else(|| self.roots.iter().position(|&other| other == column))?))
                }),
            };
            let Some((column, rank)) = known else {
                return Err(ArrowError::SchemaError(format!(
                    "nothing is known of the column {}",
                    field.name()
                )));
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
        let declared = column < self.expected || self.others != FieldKind::Inferred;
        let (array, kind): (ArrayRef, _) = match declared {
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

fn has_parts(kind: Kind) -> bool {
    matches!(kind, Kind::Struct | Kind::List)
}

/// Whether a column of this kind takes a timestamp for one.
fn is_time(kind: Kind) -> bool {
    matches!(kind, Kind::Null | Kind::Date | Kind::Timestamp { .. })
}
