//! What a batch's columns were before they were arrays: their kinds, and how their values were written. With it the
//! arrays can be made columns of wider kinds, long after the batch was handed out.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, ListArray, RecordBatch, RecordBatchOptions, StructArray, new_null_array};
use arrow_buffer::BooleanBuffer;
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema};

use super::column::{self, bits_of};
use super::kind::Kind;
use super::spelling::Spelling;
use super::texts::Texts;
use super::values::Values;
use super::written;
use crate::source_drift::Column;

/// What a column was before it was an array.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    pub(crate) kind: Kind,
    pub(crate) spelling: Spelling,
    pub(crate) kept: Option<Texts>,
    /// Which values of a text column are no strings but JSON, if some are.
    pub(crate) json: Option<BooleanBuffer>,
    /// Rows that are null but would be empty texts in a text column.
    pub(crate) empties: Vec<usize>,
    /// The members of an object in their order; the elements of an array.
    pub(crate) parts: Vec<Origin>,
}

impl Origin {
    /// The origin of a column of values without parts that are written as their kind is.
    pub fn plain(kind: Kind) -> Self {
        Self { kind, spelling: Spelling::Plain, ..Self::default() }
    }

    /// The origin of a column of objects, with those of their members in their order, or of arrays, with that of their
    /// elements.
    pub fn nested(kind: Kind, parts: Vec<Self>) -> Self {
        Self { kind, spelling: Spelling::Plain, parts, ..Self::default() }
    }

    /// The origin of a text column whose values are JSON as it was written, and no strings.
    pub fn json_text(rows: usize) -> Self {
        Self { json: Some(BooleanBuffer::new_set(rows)), ..Self::plain(Kind::Text) }
    }

    /// The origin of values of which no more is known than the type that they have in Arrow, which is one that readers make.
    fn of_type(data_type: &DataType) -> Self {
        match data_type {
            DataType::Null => Self::plain(Kind::Null),
            DataType::Boolean => Self::plain(Kind::Bool),
            DataType::Int64 => Self::plain(Kind::Int64 { wide: false }),
            DataType::Float64 => Self::plain(Kind::Float64),
            DataType::Decimal128(digits, scale) => {
                let scale = u8::try_from(*scale).unwrap_or(0);
                Self::plain(Kind::decimal(digits.saturating_sub(scale), scale))
            }
            DataType::Date32 => Self::plain(Kind::Date),
            DataType::Timestamp(_, zone) => Self::plain(Kind::Timestamp { zone: zone.is_some() }),
            DataType::Struct(fields) => Self::nested(
                Kind::Struct,
                fields.iter().map(|field| Self::of_type(field.data_type())).collect(),
            ),
            DataType::List(element) => Self::nested(Kind::List, vec![Self::of_type(element.data_type())]),
            _ => Self::plain(Kind::Text),
        }
    }

    /// The kind that the column had.
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

/// The kinds of some columns, by name, with those of their parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shape {
    columns: Vec<(String, Type)>,
    /// Where in `columns` each is.
    places: HashMap<String, usize>,
}

/// The kind of a column and of its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Type {
    kind: Kind,
    parts: Shape,
}

impl Shape {
    /// Takes in the columns of a batch. Those that are new come behind the others.
    pub fn widen(&mut self, rows: &RecordBatch, origins: &[Origin]) {
        for (field, origin) in rows.schema_ref().fields().iter().zip(origins) {
            self.take_in(field, origin);
        }
    }

    /// Takes in columns of which there is no more than their names and types.
    pub fn widen_to(&mut self, fields: &Fields) {
        fields.iter().for_each(|field| self.take_in(field, &Origin::of_type(field.data_type())));
    }

    fn take_in(&mut self, field: &Field, origin: &Origin) {
        let known = self.find_or_add(field.name());
        known.kind = known.kind.join(origin.kind);
        let parts: &[Arc<Field>] = match field.data_type() {
            DataType::Struct(fields) => fields,
            DataType::List(element) => std::slice::from_ref(element),
            _ => &[],
        };
        for (field, origin) in parts.iter().zip(&origin.parts) {
            known.parts.take_in(field, origin);
        }
    }

    fn find_or_add(&mut self, name: &str) -> &mut Type {
        let at = match self.places.get(name) {
            Some(&at) => at,
            None => {
                self.places.insert(name.to_owned(), self.columns.len());
                self.columns.push((name.to_owned(), Type { kind: Kind::Null, parts: Shape::default() }));
                self.columns.len() - 1
            }
        };
        &mut self.columns[at].1
    }

    /// Takes in the columns of another shape.
    pub fn join(&mut self, other: &Self) {
        for (name, theirs) in &other.columns {
            let ours = self.find_or_add(name);
            ours.kind = ours.kind.join(theirs.kind);
            ours.parts.join(&theirs.parts);
        }
    }

    /// The columns by name, with their kinds.
    pub fn columns(&self) -> impl Iterator<Item = (&str, Kind)> {
        self.columns.iter().map(|(name, known)| (name.as_str(), known.kind))
    }

    /// All columns with their parts, each behind what it is a part of.
    pub(crate) fn paths(&self) -> Vec<Column> {
        let mut paths = Vec::new();
        self.add_paths(None, Kind::Struct, &mut paths);
        paths
    }

    fn add_paths(&self, within: Option<&str>, of: Kind, paths: &mut Vec<Column>) {
        for (place, (name, known)) in self.columns.iter().enumerate() {
            let path = match (within, of) {
                (None, _) => name.clone(),
                (Some(within), Kind::List) => format!("{within}[]"),
                (Some(within), _) => format!("{within}.{name}"),
            };
            let kind = known.kind;
            let within = within.map(str::to_owned);
            paths.push(Column { path: path.clone(), name: name.clone(), within, place, kind });
            // What has become text has no parts any more.
            if matches!(kind, Kind::Struct | Kind::List) {
                known.parts.add_paths(Some(&path), kind, paths);
            }
        }
    }

    /// The Arrow schema of these columns. Every column may have nulls.
    pub fn schema(&self) -> Schema {
        Schema::new(self.fields())
    }

    fn fields(&self) -> Fields {
        self.columns.iter().map(|(name, known)| Field::new(name, known.data_type(), true)).collect()
    }

    /// A batch's rows as rows of these columns.
    ///
    /// # Errors
    /// When the batch has columns that are not of this shape.
    pub fn cast(&self, rows: &RecordBatch, origins: &[Origin]) -> Result<RecordBatch, ArrowError> {
        let schema = Arc::new(self.schema());
        if rows.schema_ref().fields() == &schema.fields {
            return Ok(rows.clone());
        }
        let there: HashMap<&str, usize> = rows
            .schema_ref()
            .fields()
            .iter()
            .enumerate()
            .map(|(at, field)| (field.name().as_str(), at))
            .collect();
        let columns = self.columns.iter().map(|(name, known)| match there.get(name.as_str()) {
            Some(&at) => {
                let origin = origins.get(at).cloned().unwrap_or_default();
                known.cast(rows.column(at), &origin)
            }
            None => Ok(new_null_array(&known.data_type(), rows.num_rows())),
        });
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
        RecordBatch::try_new_with_options(schema, columns, &options)
    }
}

impl Type {
    fn data_type(&self) -> DataType {
        match (self.kind, self.parts.columns.first()) {
            (Kind::Struct, _) => DataType::Struct(self.parts.fields()),
            (Kind::List, Some((_, element))) => DataType::new_list(element.data_type(), true),
            (kind, _) => kind.data_type(),
        }
    }

    /// A column as one of this type.
    fn cast(&self, array: &ArrayRef, origin: &Origin) -> Result<ArrayRef, ArrowError> {
        let to = self.data_type();
        if *array.data_type() == to {
            return Ok(Arc::clone(array));
        }
        match (self.kind, array.data_type()) {
            (_, DataType::Null) if origin.empties.is_empty() => Ok(new_null_array(&to, array.len())),
            (Kind::Struct, DataType::Struct(fields)) => {
                let array = array.as_struct();
                let rows = RecordBatch::try_new_with_options(
                    Arc::new(Schema::new(fields.clone())),
                    array.columns().to_vec(),
                    &RecordBatchOptions::new().with_row_count(Some(array.len())),
                )?;
                let parts = self.parts.cast(&rows, &origin.parts)?;
                let fields = self.parts.fields();
                let columns = parts.columns().to_vec();
                let nulls = array.nulls().cloned();
                Ok(Arc::new(StructArray::try_new_with_length(fields, columns, nulls, array.len())?))
            }
            (Kind::List, DataType::List(_)) => {
                let array = array.as_list::<i32>();
                let Some((_, element)) = self.parts.columns.first() else {
                    return Ok(Arc::new(array.clone()));
                };
                let values =
                    element.cast(array.values(), origin.parts.first().unwrap_or(&Origin::default()))?;
                let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
                Ok(Arc::new(ListArray::try_new(
                    field,
                    array.offsets().clone(),
                    values,
                    array.nulls().cloned(),
                )?))
            }
            (_, DataType::Struct(_) | DataType::List(_)) => {
                Ok(Arc::new(written::texts(array, origin).take(array.nulls().cloned())?))
            }
            _ => {
                let mut column = column_of(array, origin);
                column.widen(self.kind);
                column.take(array.len())
            }
        }
    }
}

/// An array without parts as a column under construction.
pub(super) fn column_of(array: &ArrayRef, origin: &Origin) -> column::Column {
    let values = match origin.kind {
        Kind::Bool => Values::Bool(bits_of(array.as_boolean().values())),
        Kind::Int64 { .. } => Values::Int64(array.as_primitive::<Int64Type>().values().to_vec()),
        Kind::Timestamp { .. } => {
            Values::Int64(array.as_primitive::<TimestampMicrosecondType>().values().to_vec())
        }
        Kind::Decimal { .. } => Values::Decimal(array.as_primitive::<Decimal128Type>().values().to_vec()),
        Kind::Float64 => Values::Float64(array.as_primitive::<Float64Type>().values().to_vec()),
        Kind::Date => Values::Date(array.as_primitive::<Date32Type>().values().to_vec()),
        Kind::Text => {
            let mut texts = Texts::default();
            array.as_string::<i32>().iter().for_each(|text| texts.push(text.unwrap_or_default().as_bytes()));
            Values::Text(texts)
        }
        Kind::Null | Kind::Struct | Kind::List => Values::Null(array.len()),
    };
    // An array of type null has no bits that say so.
    let valid = array.logical_nulls().map(|nulls| bits_of(nulls.inner()));
    column::Column::of_parts(origin.kind, values, valid, origin)
}
