//! Arrow arrays of any type as columns of the types that there are here.
//!
//! Where nobody has declared a column, arrays are converted as a whole and mostly are what they were. Where columns are
//! declared, values are converted one by one, because any of them can be a reason not to take its row. Where the types of some
//! columns were chosen, so are the values of these, and of the others the rows that are taken.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Float64Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, ListArray, RecordBatch,
    RecordBatchOptions, StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_cast::{CastOptions, cast, cast_with_options};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, TimeUnit};
use arrow_select::filter::filter_record_batch;
use sandglass_ingest::values::{Decoder, Value};
use sandglass_ingest::{
    Batch, FieldKind, Kind, LineMap, MAX_COLUMNS, Origin, RecordSpec, SourceError, SourceSummary, write_json,
    write_string,
};

use crate::FormatError;
use crate::part::Context;

/// Structs and lists within others are columns down to here, and text below.
const DEPTH: usize = 32;

/// Milliseconds of a day.
const DAY_MILLIS: i64 = 86_400_000;

/// Days before and after 1970 of which the microseconds fit into 64 bits.
const DAYS_MAX: i32 = 106_751_990;

/// Makes batches of those that come from a file.
pub(crate) struct Converter {
    format: &'static str,
    names: Vec<String>,
    way: Way,
    ready: VecDeque<Batch>,
    rows: u64,
    seen: Seen,
}

/// How columns become those of a table.
enum Way {
    /// As they are.
    Whole,
    /// Value by value, because they are declared.
    Declared(Decoder),
    /// These value by value, because their types were chosen, and the others as they are.
    Chosen(Decoder, Vec<usize>),
}

/// What is worth knowing of what was converted.
#[derive(Default)]
struct Seen {
    /// Timestamps that had digits below a microsecond.
    cut: u64,
    notes: BTreeSet<String>,
}

impl fmt::Debug for Converter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Converter")
            .field("names", &self.names)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl Converter {
    pub(crate) fn new(schema: &Schema, format: &'static str, context: &Context) -> Result<Self, FormatError> {
        if schema.fields().len() > MAX_COLUMNS {
            return Err(SourceError::TooManyColumns { limit: MAX_COLUMNS }.into());
        }
        let names = names(schema.fields());
        let types = &context.options.read.types;
        let is_declared = !is_inferred(&context.options.spec);
        let is_decoded = |name: &String| is_declared || types.iter().any(|(chosen, _)| chosen == name);
        let decoded: Vec<usize> = (0..names.len()).filter(|&at| is_decoded(&names[at])).collect();
        let way = if decoded.is_empty() && !is_declared {
            Way::Whole
        } else {
            let mut decoder = context.decoder();
            let named: Vec<&str> = decoded.iter().map(|&at| names[at].as_str()).collect();
            decoder.name_columns(&named, format)?;
            if is_declared { Way::Declared(decoder) } else { Way::Chosen(decoder, decoded) }
        };
        let (ready, seen) = (VecDeque::new(), Seen::default());
        Ok(Self { format, names, way, ready, rows: 0, seen })
    }

    /// Rows so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes in the rows of a batch.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<(), FormatError> {
        match &self.way {
            Way::Whole => {
                let (columns, origins) = self.adopt_all(batch)?;
                let rows = self.table(columns, batch.num_rows())?;
                if rows.num_rows() > 0 {
                    self.ready.push_back(Batch {
                        records: rows.num_rows() as u64,
                        rows,
                        origins,
                        lines: LineMap::consecutive(self.rows + 1),
                        rejects: Vec::new(),
                        rejected: 0,
                    });
                }
            }
            Way::Declared(_) => self.add_declared(batch)?,
            Way::Chosen(..) => self.add_chosen(batch)?,
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// All columns of a batch as ours.
    fn adopt_all(&mut self, batch: &RecordBatch) -> Result<(Vec<ArrayRef>, Vec<Origin>), ArrowError> {
        let columns = self.names.iter().zip(batch.columns());
        columns.map(|(name, column)| adopt(column, name, 0, &mut self.seen)).collect()
    }

    /// Columns with their names.
    fn table(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch, ArrowError> {
        let named = self.names.iter().zip(&columns);
        let fields: Fields =
            named.map(|(name, column)| Field::new(name, column.data_type().clone(), true)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
    }

    fn add_declared(&mut self, batch: &RecordBatch) -> Result<(), FormatError> {
        let (columns, _) = self.adopt_all(batch)?;
        let Way::Declared(decoder) = &mut self.way else { return Ok(()) };
        let columns: Vec<Cells> = columns.iter().map(Cells::of).collect();
        let mut values = Vec::with_capacity(columns.len());
        for row in 0..batch.num_rows() {
            values.clear();
            values.extend(columns.iter().map(|column| column.value(row)));
            decoder.row(self.rows + row as u64 + 1, &values);
            if decoder.is_full() {
                self.ready.extend(decoder.flush()?);
            }
        }
        Ok(())
    }

    /// Reads the columns whose types were chosen, and puts them together with the others.
    fn add_chosen(&mut self, batch: &RecordBatch) -> Result<(), FormatError> {
        let Way::Chosen(decoder, places) = &mut self.way else { return Ok(()) };
        let (names, seen) = (&self.names, &mut self.seen);
        let cells = |&at: &usize| Ok(Cells::of(&adopt(batch.column(at), &names[at], 0, seen)?.0));
        let columns = places.iter().map(cells).collect::<Result<Vec<_>, ArrowError>>()?;
        let mut values = Vec::with_capacity(columns.len());
        let mut taken = Vec::with_capacity(batch.num_rows());
        let mut decoded = Vec::new();
        for row in 0..batch.num_rows() {
            values.clear();
            values.extend(columns.iter().map(|column| column.value(row)));
            let number = self.rows + row as u64 + 1;
            taken.push(decoder.row_of(number, &values, || json_row(batch, row)));
            // It is full of rejects before it is full of rows.
            if decoder.is_full() || row + 1 == batch.num_rows() {
                decoded.extend(decoder.flush()?.zip(Some(std::mem::take(&mut taken))));
            }
        }
        let mut start = 0;
        for (decoded, taken) in decoded {
            let part = batch.slice(start, taken.len());
            start += taken.len();
            self.join(&part, taken, decoded)?;
        }
        Ok(())
    }

    /// Puts the columns that were read together with the others of these rows, of which not all were taken.
    fn join(&mut self, part: &RecordBatch, taken: Vec<bool>, decoded: Batch) -> Result<(), FormatError> {
        // Rows that are not taken must not have a say in what a column is.
        let part = filter_record_batch(part, &BooleanArray::from(taken))?;
        let Way::Chosen(_, places) = &self.way else { return Ok(()) };
        let mut of_decoder = decoded.rows.columns().iter().zip(&decoded.origins);
        let (mut columns, mut origins) = (Vec::new(), Vec::new());
        for (at, (name, column)) in self.names.iter().zip(part.columns()).enumerate() {
            let chosen = if places.contains(&at) { of_decoder.next() } else { None };
            let (column, origin) = match chosen {
                Some((column, origin)) => (Arc::clone(column), origin.clone()),
                None => adopt(column, name, 0, &mut self.seen)?,
            };
            columns.push(column);
            origins.push(origin);
        }
        let rows = self.table(columns, part.num_rows())?;
        self.ready.push_back(Batch { rows, origins, ..decoded });
        Ok(())
    }

    /// A batch that is ready.
    pub(crate) fn take(&mut self) -> Option<Batch> {
        self.ready.pop_front()
    }

    /// There will be no more rows: the last batch, if there is one.
    pub(crate) fn finish(&mut self) -> Result<Option<Batch>, FormatError> {
        Ok(match &mut self.way {
            Way::Declared(decoder) => decoder.flush()?,
            Way::Whole | Way::Chosen(..) => None,
        })
    }

    pub(crate) fn summary(self, context: &Context) -> SourceSummary {
        let format = context.format(self.format);
        let notes = self.seen.notes.into_iter().collect();
        let mut summary = match &self.way {
            Way::Declared(decoder) => decoder.summary(format, context.bytes, notes),
            Way::Chosen(decoder, _) => {
                let summary = decoder.summary(format, context.bytes, notes);
                SourceSummary { new_columns: self.names, ..summary }
            }
            Way::Whole => SourceSummary {
                bytes: context.bytes,
                records: self.rows,
                format,
                text: None,
                new_columns: self.names,
                cut_timestamps: 0,
                drift: Vec::new(),
                notes,
                chosen_in_vain: context.options.read.types.iter().map(|(name, _)| name.clone()).collect(),
                end: None,
            },
        };
        summary.cut_timestamps += self.seen.cut;
        summary
    }
}

/// A row as it stands in a file, for a reject: a JSON array.
fn json_row(batch: &RecordBatch, row: usize) -> String {
    let mut text = String::from("[");
    for (at, column) in batch.columns().iter().enumerate() {
        text.push_str(if at > 0 { "," } else { "" });
        // What cannot be converted here ends the source when its row is.
        match adopt(&column.slice(row, 1), "", 0, &mut Seen::default()) {
            Ok((value, _)) => write_json(&value, 0, &mut text),
            Err(_) => text.push_str("null"),
        }
    }
    text.push(']');
    text
}

/// Whether no column is declared.
fn is_inferred(spec: &RecordSpec) -> bool {
    spec.fields().is_empty() && spec.others() == FieldKind::Inferred
}

/// The names of some fields, each another.
fn names(fields: &Fields) -> Vec<String> {
    let mut taken = HashSet::with_capacity(fields.len());
    let named = fields.iter().enumerate().map(|(at, field)| {
        let name = match field.name().as_str() {
            "" => format!("column_{}", at + 1),
            name => name.to_owned(),
        };
        let mut free = name.clone();
        let mut number = 2;
        while !taken.insert(free.clone()) {
            free = format!("{name}_{number}");
            number += 1;
        }
        free
    });
    named.collect()
}

/// An array as a column of one of our types. `path` is for what is worth knowing.
fn adopt(
    array: &ArrayRef,
    path: &str,
    depth: usize,
    seen: &mut Seen,
) -> Result<(ArrayRef, Origin), ArrowError> {
    let plain = |array: ArrayRef, kind| Ok((array, Origin::plain(kind)));
    if depth > DEPTH {
        return as_text(array, path, "is nested too deeply", seen);
    }
    match array.data_type() {
        DataType::Null => plain(Arc::clone(array), Kind::Null),
        DataType::Boolean => plain(Arc::clone(array), Kind::Bool),
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => integers(cast(array, &DataType::Int64)?),
        DataType::UInt64 => {
            let fits =
                array.as_primitive::<UInt64Type>().iter().flatten().all(|one| i64::try_from(one).is_ok());
            if fits {
                return integers(cast(array, &DataType::Int64)?);
            }
            decimals(array, 20, 0, path, seen)
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            plain(cast(array, &DataType::Float64)?, Kind::Float64)
        }
        DataType::Decimal32(digits, scale)
        | DataType::Decimal64(digits, scale)
        | DataType::Decimal128(digits, scale)
        | DataType::Decimal256(digits, scale) => decimals(array, *digits, *scale, path, seen),
        DataType::Date32 => {
            let fits = |day: i32| (-DAYS_MAX..=DAYS_MAX).contains(&day);
            if array.as_primitive::<Date32Type>().iter().flatten().all(fits) {
                return plain(Arc::clone(array), Kind::Date);
            }
            as_text(array, path, "has dates that are too far away", seen)
        }
        DataType::Date64 => {
            let millis = array.as_primitive::<Date64Type>();
            let days = |millis: i64| i32::try_from(millis.div_euclid(DAY_MILLIS)).unwrap_or(i32::MAX);
            let whole =
                |millis: i64| millis % DAY_MILLIS == 0 && days(millis).unsigned_abs() <= DAYS_MAX as u32;
            if millis.iter().flatten().all(whole) {
                let days: Date32Array = millis.unary(days);
                return plain(Arc::new(days), Kind::Date);
            }
            let micros =
                millis.values().iter().map(|&millis| millis.checked_mul(1000)).collect::<Option<Vec<_>>>();
            instants(array, micros, false, path, seen)
        }
        DataType::Timestamp(unit, zone) => {
            let micros = micros(array, *unit, seen);
            instants(array, micros, zone.is_some(), path, seen)
        }
        DataType::Utf8 => plain(Arc::clone(array), Kind::Text),
        DataType::LargeUtf8 | DataType::Utf8View => plain(cast(array, &DataType::Utf8)?, Kind::Text),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            seen.notes.insert(format!("{path} has bytes, which are shown as hexadecimal text"));
            hexadecimal(array)
        }
        DataType::Dictionary(_, values) => adopt(&cast(array, values)?, path, depth, seen),
        DataType::RunEndEncoded(_, values) => adopt(&cast(array, values.data_type())?, path, depth, seen),
        DataType::Struct(fields) => objects(array.as_struct(), fields, path, depth, seen),
        DataType::List(_) => list(array.as_list::<i32>(), path, depth, seen),
        DataType::LargeList(element)
        | DataType::FixedSizeList(element, _)
        | DataType::ListView(element)
        | DataType::LargeListView(element) => {
            let lists = cast(array, &DataType::List(Arc::clone(element)))?;
            list(lists.as_list::<i32>(), path, depth, seen)
        }
        DataType::Map(..) => maps(array, path, depth, seen),
        other => {
            let what = format!("is of the type {other}");
            as_text(array, path, &what, seen)
        }
    }
}

fn integers(array: ArrayRef) -> Result<(ArrayRef, Origin), ArrowError> {
    let kind = |value| Kind::of_int(value);
    let values = array.as_primitive::<Int64Type>().iter().flatten();
    let kind = values.map(kind).fold(Kind::Int64 { wide: false }, Kind::join);
    Ok((array, Origin::plain(kind)))
}

fn decimals(
    array: &ArrayRef,
    digits: u8,
    scale: i8,
    path: &str,
    seen: &mut Seen,
) -> Result<(ArrayRef, Origin), ArrowError> {
    const MOST: u8 = 38;
    let behind = u8::try_from(scale).unwrap_or(0);
    let whole = (i16::from(digits) - i16::from(scale)).clamp(0, i16::from(MOST)) as u8;
    let kind = Kind::decimal(whole.min(MOST.saturating_sub(behind)), behind);
    // A value that does not fit must not become a null.
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    match (kind, cast_with_options(array, &kind.data_type(), &strict)) {
        (Kind::Decimal { .. }, Ok(array)) => Ok((array, Origin::plain(kind))),
        _ => as_text(array, path, "has decimal numbers of too many digits", seen),
    }
}

/// Microseconds since 1970; `None` when some do not fit.
fn micros(array: &ArrayRef, unit: TimeUnit, seen: &mut Seen) -> Option<Vec<i64>> {
    let times = |values: &[i64], factor: i64| -> Option<Vec<i64>> {
        let valid = |at: usize| array.is_valid(at);
        let product = |(at, &value): (usize, &i64)| value.checked_mul(factor).or((!valid(at)).then_some(0));
        values.iter().enumerate().map(product).collect()
    };
    match unit {
        TimeUnit::Second => times(array.as_primitive::<TimestampSecondType>().values(), 1_000_000),
        TimeUnit::Millisecond => times(array.as_primitive::<TimestampMillisecondType>().values(), 1000),
        TimeUnit::Microsecond => Some(array.as_primitive::<TimestampMicrosecondType>().values().to_vec()),
        TimeUnit::Nanosecond => {
            let nanos = array.as_primitive::<TimestampNanosecondType>();
            seen.cut += nanos.iter().flatten().filter(|nanos| nanos % 1000 != 0).count() as u64;
            Some(nanos.values().iter().map(|nanos| nanos.div_euclid(1000)).collect())
        }
    }
}

fn instants(
    array: &ArrayRef,
    micros: Option<Vec<i64>>,
    zone: bool,
    path: &str,
    seen: &mut Seen,
) -> Result<(ArrayRef, Origin), ArrowError> {
    let Some(micros) = micros else {
        return as_text(array, path, "has instants that are too far away", seen);
    };
    let instants = TimestampMicrosecondArray::try_new(ScalarBuffer::from(micros), array.nulls().cloned())?;
    let instants = if zone { instants.with_timezone("UTC") } else { instants };
    Ok((Arc::new(instants), Origin::plain(Kind::Timestamp { zone })))
}

fn hexadecimal(array: &ArrayRef) -> Result<(ArrayRef, Origin), ArrowError> {
    let bytes = cast(array, &DataType::LargeBinary)?;
    let texts = bytes.as_binary::<i64>().iter().map(|bytes| bytes.map(hex));
    Ok((Arc::new(texts.collect::<StringArray>()), Origin::plain(Kind::Text)))
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

fn objects(
    array: &StructArray,
    fields: &Fields,
    path: &str,
    depth: usize,
    seen: &mut Seen,
) -> Result<(ArrayRef, Origin), ArrowError> {
    let mut members = Vec::with_capacity(fields.len());
    let mut origins = Vec::with_capacity(fields.len());
    let mut ours = Vec::with_capacity(fields.len());
    for (name, member) in names(fields).into_iter().zip(array.columns()) {
        let (member, origin) = adopt(member, &format!("{path}.{name}"), depth + 1, seen)?;
        ours.push(Field::new(name, member.data_type().clone(), true));
        members.push(member);
        origins.push(origin);
    }
    let nulls = array.nulls().cloned();
    let array = StructArray::try_new_with_length(ours.into(), members, nulls, array.len())?;
    Ok((Arc::new(array), Origin::nested(Kind::Struct, origins)))
}

fn list(
    array: &ListArray,
    path: &str,
    depth: usize,
    seen: &mut Seen,
) -> Result<(ArrayRef, Origin), ArrowError> {
    // Of a part of a batch there are the elements of all of it.
    let offsets = array.offsets();
    let (first, last) = (offsets.first().copied().unwrap_or(0), offsets.last().copied().unwrap_or(0));
    let elements = array.values().slice(first as usize, (last - first) as usize);
    let offsets: Vec<i32> = offsets.iter().map(|&offset| offset - first).collect();
    let (elements, origin) = adopt(&elements, &format!("{path}[]"), depth + 1, seen)?;
    let field = Arc::new(Field::new_list_field(elements.data_type().clone(), true));
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    let array = ListArray::try_new(field, offsets, elements, array.nulls().cloned())?;
    Ok((Arc::new(array), Origin::nested(Kind::List, vec![origin])))
}

/// Maps as JSON objects in a text column: their keys are values, and not names of columns.
fn maps(
    array: &ArrayRef,
    path: &str,
    depth: usize,
    seen: &mut Seen,
) -> Result<(ArrayRef, Origin), ArrowError> {
    seen.notes.insert(format!("{path} has maps, which are shown as JSON text"));
    let map = array.as_map();
    let (keys, _) = adopt(map.keys(), path, depth + 1, seen)?;
    let (values, _) = adopt(map.values(), path, depth + 1, seen)?;
    let offsets = map.value_offsets();
    let text = |row: usize| {
        let mut text = String::from("{");
        for at in offsets[row]..offsets[row + 1] {
            text.push_str(if at > offsets[row] { "," } else { "" });
            let mut key = String::new();
            write_json(&keys, at as usize, &mut key);
            if key.starts_with('"') {
                text.push_str(&key);
            } else {
                write_string(&key, &mut text);
            }
            text.push(':');
            write_json(&values, at as usize, &mut text);
        }
        text.push('}');
        text
    };
    let texts = (0..map.len()).map(|row| map.is_valid(row).then(|| text(row)));
    Ok((Arc::new(texts.collect::<StringArray>()), Origin::json_text(map.len())))
}

/// Values of a type that there is not here, as text.
fn as_text(
    array: &ArrayRef,
    path: &str,
    what: &str,
    seen: &mut Seen,
) -> Result<(ArrayRef, Origin), ArrowError> {
    seen.notes.insert(format!("{path} {what}, and is shown as text"));
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(array, &options)?;
    let text = |row: usize| match array.is_valid(row) {
        // What is too far away for a calendar is the number that it is.
        true => match formatter.value(row).try_to_string() {
            Ok(text) => Ok(Some(text)),
            Err(error) => number(array, row).map(Some).ok_or(error),
        },
        false => Ok(None),
    };
    let texts = (0..array.len()).map(text).collect::<Result<StringArray, _>>()?;
    Ok((Arc::new(texts), Origin::plain(Kind::Text)))
}

/// The number that stands for a date or an instant.
fn number(array: &ArrayRef, row: usize) -> Option<String> {
    let array = array.slice(row, 1);
    let array = match array.data_type() {
        DataType::Date32 => cast(&array, &DataType::Int32).ok()?,
        _ => array,
    };
    let number = cast(&array, &DataType::Int64).ok()?;
    number.is_valid(0).then(|| number.as_primitive::<Int64Type>().value(0).to_string())
}

/// The values of a column, one by one.
enum Cells {
    Null,
    Bool(BooleanArray),
    Int64(Int64Array),
    Float64(Float64Array),
    Date(Date32Array),
    Timestamp(TimestampMicrosecondArray, bool),
    Text(StringArray),
}

impl Cells {
    fn of(array: &ArrayRef) -> Self {
        match array.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Bool(array.as_boolean().clone()),
            DataType::Int64 => Self::Int64(array.as_primitive::<Int64Type>().clone()),
            DataType::Float64 => Self::Float64(array.as_primitive::<Float64Type>().clone()),
            DataType::Date32 => Self::Date(array.as_primitive::<Date32Type>().clone()),
            DataType::Timestamp(_, zone) => {
                Self::Timestamp(array.as_primitive::<TimestampMicrosecondType>().clone(), zone.is_some())
            }
            DataType::Utf8 => Self::Text(array.as_string::<i32>().clone()),
            _ => {
                let json = |row: usize| {
                    let mut text = String::new();
                    write_json(array, row, &mut text);
                    text
                };
                Self::Text((0..array.len()).map(|row| array.is_valid(row).then(|| json(row))).collect())
            }
        }
    }

    fn value(&self, row: usize) -> Value<'_> {
        let array: &dyn Array = match self {
            Self::Null => return Value::Null,
            Self::Bool(array) => array,
            Self::Int64(array) => array,
            Self::Float64(array) => array,
            Self::Date(array) => array,
            Self::Timestamp(array, _) => array,
            Self::Text(array) => array,
        };
        if array.is_null(row) {
            return Value::Null;
        }
        match self {
            Self::Null => Value::Null,
            Self::Bool(array) => Value::Bool(array.value(row)),
            Self::Int64(array) => Value::Int64(array.value(row)),
            Self::Float64(array) => Value::Float64(array.value(row)),
            Self::Date(array) => Value::Date(array.value(row)),
            Self::Timestamp(array, zone) => Value::Timestamp { micros: array.value(row), zone: *zone },
            Self::Text(array) => Value::Text(array.value(row)),
        }
    }
}
