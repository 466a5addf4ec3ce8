//! The cells of a sheet as rows of values.
//!
//! Only cells that have something are looked at, so that empty rows are no records and empty columns no columns. Whether the
//! first row has the names of the columns is decided when the first rows have been seen.

use std::collections::{BTreeSet, HashMap};

use calamine::{Data, DataRef};
use sandglass_ingest::values::{Decoder, Value, is_name};
use sandglass_ingest::{Batch, Reason, SourceSummary};

use crate::FormatError;
use crate::part::Context;
use crate::serial::Serial;

/// Rows that are seen before the columns are named.
const HEAD: usize = 100;

/// Columns of a sheet.
const COLUMNS: u32 = 16_384;

/// What a cell has.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Bool(bool),
    Int64(i64),
    Float64(f64),
    Text(String),
    Date(i32),
    Timestamp(i64),
    Error(String),
}

impl Cell {
    /// What stands in a cell; `None` when it is empty.
    pub(crate) fn of(data: &DataRef<'_>) -> Option<Self> {
        Some(match data {
            DataRef::Empty => return None,
            DataRef::Int(number) => Self::Int64(*number),
            DataRef::Float(number) => Self::number(*number),
            DataRef::Bool(value) => Self::Bool(*value),
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
                return Self::text(text);
            }
            DataRef::SharedString(text) => return Self::text(text),
            DataRef::DateTime(serial) => match Serial::of(serial) {
                Serial::Date(days) => Self::Date(days),
                Serial::Timestamp(micros) => Self::Timestamp(micros),
                Serial::Time(text) => Self::Text(text),
                Serial::Number(number) => Self::number(number),
            },
            DataRef::Error(error) => Self::Error(error.to_string()),
        })
    }

    /// The same for a cell of a sheet that is in memory.
    pub(crate) fn of_owned(data: &Data) -> Option<Self> {
        Self::of(&match data {
            Data::Int(number) => DataRef::Int(*number),
            Data::Float(number) => DataRef::Float(*number),
            Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
                DataRef::SharedString(text)
            }
            Data::Bool(value) => DataRef::Bool(*value),
            Data::DateTime(serial) => DataRef::DateTime(*serial),
            Data::Error(error) => DataRef::Error(error.clone()),
            Data::Empty => DataRef::Empty,
        })
    }

    /// Workbooks know no whole numbers: those that are whole are taken for them, as long as that loses nothing.
    fn number(number: f64) -> Self {
        const EXACT: f64 = (1_u64 << 53) as f64;
        if number.fract() == 0.0 && number.abs() <= EXACT && !(number == 0.0 && number.is_sign_negative()) {
            Self::Int64(number as i64)
        } else {
            Self::Float64(number)
        }
    }

    /// An empty text is what a formula leaves that has nothing to say.
    fn text(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self::Text(text.to_owned()))
    }

    fn value(&self) -> Value<'_> {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Int64(number) => Value::Int64(*number),
            Self::Float64(number) => Value::Float64(*number),
            Self::Text(text) | Self::Error(text) => Value::Text(text),
            Self::Date(days) => Value::Date(*days),
            Self::Timestamp(micros) => Value::Timestamp { micros: *micros, zone: false },
        }
    }
}

/// A row's cells, with their columns counted from 0.
pub(crate) type Row = Vec<(u32, Cell)>;

/// Takes the rows of a sheet.
#[derive(Debug)]
pub(crate) struct Sheet {
    name: String,
    format: &'static str,
    decoder: Decoder,
    /// The first rows with their numbers, until the columns are named.
    head: Vec<(u32, Row)>,
    /// The place in a row of each column that has something.
    places: HashMap<u32, usize>,
    begun: bool,
    header: bool,
    /// The last row's number.
    last: Option<u32>,
    ready: Vec<Batch>,
}

impl Sheet {
    pub(crate) fn new(name: &str, format: &'static str, context: &Context) -> Self {
        Self {
            name: name.to_owned(),
            format,
            decoder: context.decoder(),
            head: Vec::new(),
            places: HashMap::new(),
            begun: false,
            header: false,
            last: None,
            ready: Vec::new(),
        }
    }

    /// Takes a row, counted from 0. Rows must come in their order.
    pub(crate) fn row(&mut self, number: u32, mut cells: Row) -> Result<(), FormatError> {
        if cells.is_empty() {
            return Ok(());
        }
        let damaged = |what: String| Err(FormatError::damaged(self.format, what));
        if self.last.is_some_and(|last| last >= number) {
            return damaged(format!("{}: row {} comes too late", self.name, u64::from(number) + 1));
        }
        cells.sort_by_key(|(column, _)| *column);
        if let Some((column, _)) = cells.last().filter(|(column, _)| *column >= COLUMNS) {
            return damaged(format!("{}: there is no column {}", self.name, u64::from(*column) + 1));
        }
        self.last = Some(number);
        if self.begun {
            return self.put(number, &cells);
        }
        self.head.push((number, cells));
        if self.head.len() >= HEAD { self.begin() } else { Ok(()) }
    }

    /// Names the columns, and takes the rows so far.
    fn begin(&mut self) -> Result<(), FormatError> {
        self.begun = true;
        let head = std::mem::take(&mut self.head);
        let columns: BTreeSet<u32> =
            head.iter().flat_map(|(_, cells)| cells).map(|(column, _)| *column).collect();
        self.places = columns.iter().copied().zip(0..).collect();
        let first = head.first().map(|(_, cells)| cells.as_slice()).unwrap_or_default();
        let names = header(first, columns.len());
        self.header = names.is_some();
        let names = names.unwrap_or_default();
        let names: Vec<String> = columns
            .iter()
            .map(|column| names.get(column).map_or_else(|| unnamed(*column), |name| (*name).to_owned()))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.decoder.name_columns(&names, self.format)?;
        for (number, cells) in head.iter().skip(usize::from(self.header)) {
            self.put(*number, cells)?;
        }
        Ok(())
    }

    fn put(&mut self, number: u32, cells: &Row) -> Result<(), FormatError> {
        let mut values = vec![Value::Null; self.places.len()];
        let mut error = None;
        for (column, cell) in cells {
            let place = match self.places.get(column) {
                Some(&place) => place,
                None => {
                    let place = self.places.len();
                    self.places.insert(*column, place);
                    self.decoder.add_column(&unnamed(*column));
                    values.push(Value::Null);
                    place
                }
            };
            values[place] = cell.value();
            if let (None, Cell::Error(what)) = (&error, cell) {
                let cell = format!("{}!{}{}", self.name, letters(*column), u64::from(number) + 1);
                error = Some(Reason::CellError { cell, error: what.clone() });
            }
        }
        let line = u64::from(number) + 1;
        match error {
            None => self.decoder.row(line, &values),
            Some(reason) => self.decoder.reject(line, &values, reason),
        }
        if self.decoder.is_full() {
            self.ready.extend(self.decoder.flush()?);
        }
        Ok(())
    }

    /// Whether some batches are full.
    pub(crate) fn has_batches(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The batches that are full.
    pub(crate) fn take_batches(&mut self) -> impl Iterator<Item = Batch> {
        std::mem::take(&mut self.ready).into_iter()
    }

    /// There are no more rows: all other batches, and what is known of the sheet.
    pub(crate) fn finish(mut self, context: &Context) -> Result<(Vec<Batch>, SourceSummary), FormatError> {
        if !self.begun {
            self.begin()?;
        }
        self.ready.extend(self.decoder.flush()?);
        let header = if self.header { "with a header" } else { "without a header" };
        let format = context.format(&format!("{}, {header}", self.format));
        Ok((self.ready, self.decoder.summary(format, context.bytes, Vec::new())))
    }
}

/// The names in a first row, if that is what it has: texts, each another, over all columns but perhaps one, which is how
/// some programs write the numbers of rows.
fn header(first: &[(u32, Cell)], columns: usize) -> Option<HashMap<u32, &str>> {
    let mut names = HashMap::new();
    let mut seen = BTreeSet::new();
    for (column, cell) in first {
        match cell {
            Cell::Text(text) if is_name(text) && seen.insert(text.trim()) => {
                _ = names.insert(*column, text.trim())
            }
            _ => return None,
        }
    }
    (!names.is_empty() && names.len() + 1 >= columns).then_some(names)
}

/// The name of a column that has none.
fn unnamed(column: u32) -> String {
    format!("column_{}", letters(column))
}

/// The letters of a column, counted from 0: `A`, `B`, … `Z`, `AA`.
fn letters(column: u32) -> String {
    let mut rest = column + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        rest -= 1;
        letters.push(b'A' + (rest % 26) as u8);
        rest /= 26;
    }
    letters.iter().rev().map(|&letter| char::from(letter)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        for (column, expected) in
            [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
        {
            assert_eq!(letters(column), expected);
        }
    }

    #[test]
    fn a_first_row_of_names_is_a_header() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let row = |cells: &[Cell]| -> Row { (0..).zip(cells.iter().cloned()).collect() };
        assert!(header(&row(&[text("a"), text("b")]), 2).is_some());
        assert!(header(&row(&[text("a"), text("b")]), 3).is_some());
        assert!(header(&row(&[text("a title")]), 3).is_none());
        assert!(header(&row(&[text("a"), text("a ")]), 2).is_none());
        assert!(header(&row(&[text("a"), Cell::Int64(1)]), 2).is_none());
        assert!(header(&row(&[text("2020-01-01"), text("b")]), 2).is_none());
        assert!(header(&row(&[text("a"), Cell::Error("#REF!".to_owned())]), 2).is_none());
        assert!(header(&[], 0).is_none());
    }
}
