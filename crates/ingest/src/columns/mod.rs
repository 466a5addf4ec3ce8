//! The columns of the batch under construction.
//!
//! Values are written straight into the vectors that become Arrow buffers, without a copy. A row is written column by
//! column and counts only once it is committed: until then a column may be one value longer than the batch has rows,
//! and rolling back shortens it again. A column that a record does not have is not touched: the nulls are added when
//! its next value comes, or at the end of the batch, so that columns that are rarely there cost nothing.
//!
//! A column has the kind that was declared for it, or else the narrowest that holds its values, and widens when a value
//! asks for it ([`kind`], [`found`]). The members of an object are columns beside the others. The elements of an array
//! are a column with rows of its own: they form a *group*.

mod column;
mod found;
pub(crate) mod kind;
mod names;
mod nested;
pub(crate) mod origin;
pub(crate) mod seed;
pub(crate) mod spelling;
pub(crate) mod texts;
mod values;
pub(crate) mod written;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, ListArray, RecordBatch, RecordBatchOptions, StructArray};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, Field, Fields, Schema, SchemaRef};

use self::column::Column;
pub(crate) use self::found::Found;
use self::kind::Kind;
use self::origin::Origin;
use self::seed::Seed;
pub(crate) use self::spelling::{FloatStyle, Spelling, TimeStyle};
use self::values::Values;
pub(crate) use self::values::write_date;
use crate::{ChosenKind, FieldKind, RecordSpec};

/// Text of one batch and column may be this long; a batch is handed out before it gets longer.
pub(crate) const MAX_TEXT: usize = 64 << 20;

/// Elements of the arrays of one batch and column; a batch is handed out before there are more.
pub(crate) const MAX_ELEMENTS: usize = 1 << 20;

/// Objects and arrays within others are columns down to here, and text below.
pub(crate) const MAX_COLUMN_DEPTH: usize = 32;

/// Columns that a source can have, those within objects and arrays included.
pub const MAX_COLUMNS: usize = 1 << 18;

/// Cells that the columns of the records may have in a batch; one with more columns than usual has fewer rows.
const MAX_CELLS: usize = 16 << 20;

/// Keys of an object that can be columns. One with more is a dictionary, and becomes text.
pub(crate) const MAX_MEMBERS: usize = 1024;

/// The name of the column of the elements of arrays.
pub(crate) const ELEMENT: &str = "item";

/// The group of the columns of the records.
pub(crate) const ROOT: usize = 0;

/// A column that is there now, or is of another kind now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) column: usize,
    /// The row that brought it.
    pub(crate) row: usize,
    /// `None` for a column that was not there.
    pub(crate) from: Option<Kind>,
    pub(crate) to: Kind,
}

/// Where a column stands: the columns that it is within, from the outermost to itself.
pub(crate) fn place(column: usize, within: impl Fn(usize) -> Option<usize>) -> Vec<usize> {
    let mut place: Vec<usize> = std::iter::successors(Some(column), |&column| within(column)).collect();
    place.reverse();
    place
}

/// Columns with a value for each of the same rows.
#[derive(Debug, Default)]
struct Group {
    columns: Vec<usize>,
    /// The elements so far. Not used for the records, whose number is at hand in `Columns`.
    rows: usize,
}

/// The columns of a batch under construction, those of the spec first.
#[derive(Debug)]
pub(crate) struct Columns {
    columns: Vec<Column>,
    /// The first is that of the records. A group comes behind the one that its arrays are in.
    groups: Vec<Group>,
    /// The columns of the records, without those within objects.
    roots: Vec<usize>,
    /// These by their keys.
    keys: HashMap<Box<[u8]>, usize>,
    rows: usize,
    /// Rows that a batch gets at most; the vectors are made for that many.
    capacity: usize,
    /// Whether a column has so much text, or arrays so many elements, that the batch should be handed out.
    full: bool,
    /// The kind of a column that the spec does not have.
    others: FieldKind,
    /// The kinds of columns that the spec does not have, but somebody has chosen, by their paths.
    chosen: HashMap<String, ChosenKind>,
    /// Columns that are parts of others no more, and are not here.
    gone: usize,
    schema: SchemaRef,
    changes: Vec<Change>,
}

impl Columns {
    pub(crate) fn new(spec: &RecordSpec, capacity: usize) -> Self {
        let mut columns = Self {
            columns: Vec::new(),
            groups: vec![Group::default()],
            roots: Vec::new(),
            keys: HashMap::new(),
            rows: 0,
            capacity,
            full: false,
            others: spec.others(),
            chosen: spec.chosen().iter().cloned().collect(),
            gone: 0,
            schema: Arc::new(Schema::empty()),
            changes: Vec::new(),
        };
        for field in spec.fields() {
            let column = columns.push(Column::new(&field.name, ROOT, field.kind, field.required));
            columns.roots.push(column);
            columns.keys.insert(field.name.as_bytes().into(), column);
        }
        columns
    }

    /// The columns at a place in a source where these are known already.
    pub(crate) fn resume(spec: &RecordSpec, capacity: usize, seed: &Seed) -> Self {
        let mut columns = Self::new(spec, capacity);
        for known in &seed.columns {
            let column = match known.within {
                Some(list) if columns.columns[list].kind == Kind::List => columns.add_element(list),
                within => columns.add(within, known.name.as_bytes()),
            };
            match known.kind {
                _ if columns.declared(column) != FieldKind::Inferred => {}
                Kind::List => columns.begin_list(column),
                kind => columns.columns[column].begin(kind),
            }
        }
        columns.gone = seed.gone;
        columns.changes.clear();
        columns
    }

    fn push(&mut self, column: Column) -> usize {
        let index = self.columns.len();
        self.groups[column.group].columns.push(index);
        self.columns.push(column);
        self.capacity = self.capacity.min(MAX_CELLS / self.columns.len()).max(1);
        index
    }

    /// A column is there now, or is of another kind now.
    fn changed(&mut self, column: usize, from: Option<Kind>) {
        self.changes.push(Change { column, row: self.rows, from, to: self.columns[column].kind });
    }

    /// The object or array that a column is a part of.
    pub(crate) fn within(&self, column: usize) -> Option<usize> {
        self.columns[column].within
    }

    /// Puts changes of one record in the order of their columns, parts behind what they are parts of, so that it does not
    /// depend on which of the columns had been there before.
    pub(crate) fn sort(&self, changes: &mut [Change]) {
        if changes.len() > 1 {
            changes.sort_by_cached_key(|change| place(change.column, |column| self.columns[column].within));
        }
    }

    pub(crate) fn declared(&self, column: usize) -> FieldKind {
        self.columns[column].declared
    }

    pub(crate) fn kind(&self, column: usize) -> Kind {
        self.columns[column].kind
    }

    pub(crate) fn required(&self, column: usize) -> bool {
        self.columns[column].required
    }

    /// What has changed since this was asked for the last time.
    pub(crate) fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Whether a column is new or of another kind since [`take_changes`](Self::take_changes) was asked for the last time.
    pub(crate) fn has_changed(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Whether a column that had values is of another kind now.
    pub(crate) fn has_widened(&self) -> bool {
        let widened = |change: &Change| match (change.from, change.to) {
            (None | Some(Kind::Null), _) | (Some(Kind::Int64 { .. }), Kind::Int64 { .. }) => false,
            (Some(_), _) => true,
        };
        self.changes.iter().any(widened)
    }

    /// Rows that a batch gets at most.
    #[inline]
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// Rows committed.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns there are, those within objects and arrays included.
    pub(crate) fn count(&self) -> usize {
        self.columns.len()
    }

    /// The group that a column is in.
    pub(crate) fn group(&self, column: usize) -> usize {
        self.columns[column].group
    }

    #[inline]
    fn rows_of(&self, group: usize) -> usize {
        if group == ROOT { self.rows } else { self.groups[group].rows }
    }

    /// Whether a column has so much text, or arrays so many elements, that the batch should be handed out.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// Writes the present row's value of an integer or timestamp column of the records.
    #[inline(always)]
    pub(crate) fn put_int64(&mut self, column: usize, value: i64) {
        let rows = self.rows;
        let column = &mut self.columns[column];
        match &mut column.values {
            Values::Int64(values)
                if values.len() == rows && rows < values.capacity() && column.valid.is_none() =>
            {
                values.push(value);
            }
            _ => column.put_int64(value, rows, self.capacity),
        }
    }

    /// The same for the present row and those behind it.
    pub(crate) fn put_int64_rows(&mut self, column: usize, values: &[i64]) {
        self.columns[column].put_int64_rows(values, self.rows, self.capacity);
    }

    /// The same where some of them are nulls: those without a bit in `there`, which are zeros.
    pub(crate) fn put_int64_some(&mut self, column: usize, values: &[i64], there: &[u8]) {
        self.columns[column].put_int64_some(values, there, self.rows, self.capacity);
    }

    /// The same in any group.
    #[inline]
    pub(crate) fn put_int64_in_group(&mut self, column: usize, value: i64) {
        let rows = self.rows_of(self.columns[column].group);
        let column = &mut self.columns[column];
        match &mut column.values {
            Values::Int64(values) if values.len() == rows && column.valid.is_none() => values.push(value),
            _ => column.put_int64(value, rows, 0),
        }
    }

    /// Writes the present value of a text column. `value` is UTF-8.
    #[inline]
    pub(crate) fn put_text(&mut self, column: usize, value: &[u8]) {
        let rows = self.rows_of(self.columns[column].group);
        self.full |= self.columns[column].put_text(value, true, rows) >= MAX_TEXT;
    }

    /// The same for a column that has nothing but strings. The value is what `text` begins with.
    #[inline]
    pub(crate) fn put_text_start(&mut self, column: usize, text: &[u8], length: usize) {
        let rows = self.rows_of(self.columns[column].group);
        let there = &mut self.columns[column];
        match &mut there.values {
            Values::Text(texts) if texts.len() == rows && there.json.is_none() => {
                texts.push_start(text, length);
                self.full |= texts.size() >= MAX_TEXT;
                if let Some(valid) = &mut there.valid {
                    valid.append(true);
                }
            }
            _ => self.put_text(column, &text[..length]),
        }
    }

    /// Writes the present value of a float column that nobody has declared, which is written in this style, and as this text if that
    /// is at hand. Whether it could: not if the texts of the values have to be kept and are not yet, or this is not there.
    #[inline]
    pub(crate) fn put_float(
        &mut self,
        column: usize,
        value: f64,
        style: FloatStyle,
        text: Option<&[u8]>,
    ) -> bool {
        let rows = self.rows_of(self.columns[column].group);
        self.columns[column].put_float(value, style, text, rows)
    }

    /// The same for a column of booleans.
    #[inline]
    pub(crate) fn put_bool(&mut self, column: usize, value: bool) -> bool {
        let rows = self.rows_of(self.columns[column].group);
        self.columns[column].put_bool(value, rows)
    }

    /// The same for a column of instants, in microseconds.
    #[inline]
    pub(crate) fn put_time(&mut self, column: usize, micros: i64, style: TimeStyle) -> bool {
        let rows = self.rows_of(self.columns[column].group);
        self.columns[column].put_time(micros, style, rows)
    }

    /// Writes the present value of a column that nobody has declared, which widens if it has to. `text` is how it was
    /// written, and the content of a string.
    pub(crate) fn put_found(&mut self, column: usize, found: Found, text: &[u8]) {
        let kind = self.columns[column].kind;
        if kind.join(found.kind()) != kind {
            self.widen(column, found.kind());
        }
        let rows = self.rows_of(self.columns[column].group);
        let column = &mut self.columns[column];
        if column.kind == Kind::Text {
            self.full |= column.put_text(text, found.is_string(), rows) >= MAX_TEXT;
        } else {
            column.put(found, text, rows);
        }
    }

    /// Writes the present value of a column whose kind was chosen, as one of this kind. `text` is how it was written, and the
    /// content of a string.
    pub(crate) fn put_chosen(&mut self, column: usize, found: Found, text: &[u8]) {
        let rows = self.rows_of(self.columns[column].group);
        self.columns[column].put(found, text, rows);
    }

    /// Writes an empty text, which a text column holds and any other takes for a null.
    pub(crate) fn put_empty(&mut self, column: usize) {
        if self.columns[column].kind == Kind::Text {
            return self.put_text(column, b"");
        }
        let rows = self.rows_of(self.columns[column].group);
        self.columns[column].put_empty(rows);
    }

    /// Makes a column wide enough for values of this kind as well.
    fn widen(&mut self, column: usize, with: Kind) {
        self.see_width(column);
        let from = self.columns[column].kind;
        let to = from.join(with);
        if to == from {
            return;
        }
        if matches!(from, Kind::Struct | Kind::List) {
            self.write_out(column);
        } else {
            self.columns[column].widen(to);
        }
        self.changed(column, Some(from));
    }

    /// Looks whether whole numbers are too large to be floats as well. Who writes them does not.
    fn see_width(&mut self, column: usize) {
        const WIDE: Kind = Kind::Int64 { wide: true };
        let there = &mut self.columns[column];
        let from = there.kind;
        if let (Kind::Int64 { wide: false }, Values::Int64(values)) = (from, &there.values)
            && let Some(first) = values.iter().position(|&value| Kind::of_int(value) == WIDE)
        {
            there.kind = WIDE;
            let row = self.row_of(self.columns[column].group, first);
            self.changes.push(Change { column, row, from: Some(from), to: WIDE });
        }
    }

    /// The same for all columns, as long as it can be told which rows their values are in.
    fn see_widths(&mut self) {
        (0..self.columns.len()).for_each(|column| self.see_width(column));
    }

    /// The row of the records that a row of a group is in.
    fn row_of(&self, mut group: usize, mut row: usize) -> usize {
        while group != ROOT {
            let list = self.groups[group].columns.first().and_then(|&element| self.columns[element].within);
            let Some(list) = list else { break };
            if let Values::List { ends, .. } = &self.columns[list].values {
                row = ends.partition_point(|&end| end as usize <= row);
            }
            group = self.columns[list].group;
        }
        row
    }

    /// Makes objects or arrays a text column. Their parts are columns no more.
    fn write_out(&mut self, column: usize) {
        self.see_widths();
        let rows = self.columns[column].values.len();
        // What was written keeps Arrow's rules, so there is always an array.
        let (mut written, nulls) = match self.build(column, rows) {
            Ok((array, origin)) => (written::texts(&array, &origin), array.nulls().cloned()),
            Err(_) => (texts::Texts::default(), None),
        };
        written.pad(rows);
        let column = &mut self.columns[column];
        column.kind = Kind::Text;
        column.json = Some(column::all_set(rows));
        column.values = Values::Text(written);
        column.valid = nulls.map(|nulls| column::bits_of(nulls.inner()));
        column.parts.clear();
        column.keys.clear();
    }

    /// So many rows are whole, from the present one on.
    #[inline]
    pub(crate) fn commit_rows(&mut self, rows: usize) {
        self.rows += rows;
    }

    /// The present row is taken back.
    pub(crate) fn roll_back_row(&mut self) {
        for group in 0..self.groups.len() {
            let rows = self.rows_of(group);
            for at in 0..self.groups[group].columns.len() {
                let column = &mut self.columns[self.groups[group].columns[at]];
                column.truncate(rows);
                if let Values::List { ends, elements } = &column.values {
                    self.groups[*elements].rows = ends.last().map_or(0, |&end| end as usize);
                }
            }
        }
    }

    /// Hands out the rows with what is known of their columns, and starts anew with the same columns.
    pub(crate) fn take(&mut self) -> Result<(RecordBatch, Vec<Origin>), ArrowError> {
        self.see_widths();
        let rows = self.rows;
        let mut arrays = Vec::with_capacity(self.roots.len());
        let mut origins = Vec::with_capacity(self.roots.len());
        for at in 0..self.roots.len() {
            let (array, origin) = self.build(self.roots[at], rows)?;
            arrays.push(array);
            origins.push(origin);
        }
        (self.rows, self.full) = (0, false);
        self.see_schema(&arrays);
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok((RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options)?, origins))
    }

    /// Makes a new schema if the columns are no longer those of the last one.
    fn see_schema(&mut self, arrays: &[ArrayRef]) {
        let fields = self.schema.fields();
        let same = fields.len() == arrays.len()
            && fields.iter().zip(arrays).all(|(field, array)| field.data_type() == array.data_type());
        if !same {
            let fields: Fields = self
                .roots
                .iter()
                .zip(arrays)
                .map(|(&column, array)| {
                    let column = &self.columns[column];
                    Field::new(&column.name, array.data_type().clone(), !column.required)
                })
                .collect();
            self.schema = Arc::new(Schema::new(fields));
        }
    }

    /// Hands out `rows` values of a column with its parts, and starts anew. No deeper than [`MAX_COLUMN_DEPTH`].
    fn build(&mut self, column: usize, rows: usize) -> Result<(ArrayRef, Origin), ArrowError> {
        let nested = matches!(self.columns[column].values, Values::Struct(_) | Values::List { .. });
        if !nested {
            let column = &mut self.columns[column];
            let array = column.take(rows)?;
            return Ok((array, column.take_origin()));
        }
        let nulls = self.columns[column].take_nulls(rows);
        let mut origin = self.columns[column].take_origin();
        let parts = self.columns[column].parts.clone();
        let array: ArrayRef = match &mut self.columns[column].values {
            Values::List { ends, elements } => {
                let mut offsets = Vec::with_capacity(rows + 1);
                offsets.push(0);
                offsets.append(ends);
                let group = *elements;
                let count = std::mem::take(&mut self.groups[group].rows);
                let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
                let element = parts.first().copied().unwrap_or_default();
                let (values, of_values) = self.build(element, count)?;
                origin.parts.push(of_values);
                let field = Arc::new(Field::new_list_field(values.data_type().clone(), true));
                Arc::new(ListArray::try_new(field, offsets, values, nulls)?)
            }
            values => {
                *values = Values::Struct(0);
                let mut fields = Vec::with_capacity(parts.len());
                let mut members = Vec::with_capacity(parts.len());
                for part in parts {
                    let (member, of_member) = self.build(part, rows)?;
                    fields.push(Field::new(&self.columns[part].name, member.data_type().clone(), true));
                    members.push(member);
                    origin.parts.push(of_member);
                }
                Arc::new(StructArray::try_new_with_length(fields.into(), members, nulls, rows)?)
            }
        };
        Ok((array, origin))
    }
}
