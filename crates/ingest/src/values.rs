//! Rows of typed values: what a sheet or a table of a database has, where no text has to be read.
//!
//! Values go the same way as those that are read from text: a column has the narrowest kind that holds all of its values,
//! and a value of a declared column is converted as if it had been written. A text that looks like a date is one, as in
//! JSON; a number in a text stays text. A column of which the type was chosen is one that is declared.

use std::fmt::Write as _;

use sandglass_weekly::format_micros;

use crate::columns::written::write_string;
use crate::columns::{Columns, FloatStyle, Found, MAX_COLUMNS, Spelling, TimeStyle, write_date};
use crate::declared::put_declared_text;
use crate::intake::{BATCH_ROWS, Intake};
use crate::text::list;
use crate::{Batch, FieldKind, Kind, ReadOptions, Reason, RecordSpec, SourceError, SourceSummary};

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int64(i64),
    /// A floating-point number.
    Float64(f64),
    /// A day, counted from 1970-01-01.
    Date(i32),
    /// An instant in microseconds since 1970.
    Timestamp {
        /// The microseconds.
        micros: i64,
        /// Whether it is known to be in UTC.
        zone: bool,
    },
    /// A text, which may be empty.
    Text(&'a str),
}

/// Whether a text may be the name of a column: there is something in it, and that is no date.
pub fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && Found::string(text.as_bytes()) == Found::Text
}

impl Value<'_> {
    /// Appends it as text, without quotes.
    fn write(&self, out: &mut String) {
        match *self {
            Self::Null => {}
            Self::Bool(value) => out.push_str(if value { "true" } else { "false" }),
            // Writing to a string does not fail.
            Self::Int64(value) => _ = write!(out, "{value}"),
            Self::Float64(value) => _ = write!(out, "{value}"),
            Self::Date(days) => write_date(days, out),
            Self::Timestamp { micros, zone } => {
                format_micros(micros, out);
                out.push_str(if zone { "Z" } else { "" });
            }
            Self::Text(text) => out.push_str(text),
        }
    }
}

/// Decodes rows of values into columns.
#[derive(Debug)]
pub struct Decoder {
    intake: Intake,
    /// The column of each place in a row.
    columns: Vec<usize>,
    records: u64,
    text: String,
    stop_at_first_reject: bool,
}

impl Decoder {
    /// A decoder for rows of this kind, before the first one.
    pub fn new(spec: &RecordSpec) -> Self {
        Self::with_options(spec, &ReadOptions::default())
    }

    /// The same for rows of which the types and what becomes of rejects were chosen. Of a column that the spec declares and
    /// the options choose the spec counts.
    pub fn with_options(spec: &RecordSpec, options: &ReadOptions) -> Self {
        let mut decoder = Self::with_batch_rows(&spec.clone().choosing(&options.types), BATCH_ROWS);
        decoder.stop_at_first_reject = options.stop_at_first_reject;
        decoder.intake.limit_rejects(options.rejects_kept, options.stop_at_first_reject);
        decoder
    }

    /// The first, with another number of rows per batch.
    pub fn with_batch_rows(spec: &RecordSpec, batch_rows: usize) -> Self {
        let (columns, text) = (Vec::new(), String::new());
        let intake = Intake::new(spec, batch_rows);
        Self { intake, columns, records: 0, text, stop_at_first_reject: false }
    }

    /// Names the places of a row. Those without a name are numbered, and two of one name are told apart.
    ///
    /// # Errors
    /// When there are too many, or when columns are missing that every record must have.
    pub fn name_columns(&mut self, names: &[&str], format: &str) -> Result<(), SourceError> {
        if names.len() > MAX_COLUMNS {
            return Err(SourceError::TooManyColumns { limit: MAX_COLUMNS });
        }
        self.columns = self.intake.columns.of_names(names, &[]);
        let (columns, expected) = (&self.intake.columns, self.intake.expected);
        let required = (0..expected).filter(|&column| columns.required(column));
        let missing: Vec<String> = required
            .filter(|column| !self.columns.contains(column))
            .map(|column| columns.name(column).to_owned())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let there: Vec<String> = self.columns.iter().map(|&column| columns.name(column).to_owned()).collect();
        Err(SourceError::MissingColumns {
            format: format.to_owned(),
            missing: list(&missing),
            there: list(&there),
        })
    }

    /// Names one more place of a row, behind the others.
    pub fn add_column(&mut self, name: &str) {
        let more = self.intake.columns.of_names(&[name], &self.columns);
        self.columns.extend(more);
    }

    /// Takes the row with this number. Its values are those of the named places, in their order; places that it lacks are
    /// null, and for further ones there are further columns.
    pub fn row(&mut self, number: u64, values: &[Value<'_>]) {
        self.row_of(number, values, || json_row(values));
    }

    /// The same for values that are a part of the row, all of which stands in `raw`. Whether the row was taken.
    pub fn row_of(&mut self, number: u64, values: &[Value<'_>], raw: impl FnOnce() -> String) -> bool {
        self.begin(number);
        match self.put(values) {
            Ok(cut) => self.intake.accept_changing(cut),
            Err(reason) => {
                self.end_rejected(reason, raw);
                return false;
            }
        }
        true
    }

    /// Takes the row with this number as one that is not to be taken.
    pub fn reject(&mut self, number: u64, values: &[Value<'_>], reason: Reason) {
        self.begin(number);
        self.end_rejected(reason, || json_row(values));
    }

    fn begin(&mut self, number: u64) {
        self.intake.line = number;
        self.records += 1;
        self.intake.begin();
    }

    fn end_rejected(&mut self, reason: Reason, raw: impl FnOnce() -> String) {
        // Of those that are only counted nothing is written.
        let raw = if self.intake.keeps_rejects() { raw() } else { String::new() };
        self.intake.reject(reason, raw.as_bytes(), raw.len() as u64);
    }

    /// Whether the batch is full and must be flushed before there is another row.
    pub fn is_full(&self) -> bool {
        self.intake.is_full()
    }

    /// Hands out the records since the last flush; `None` when there are none.
    ///
    /// # Errors
    /// When there was a reject, and the first was to be the end. Besides only if the columns break Arrow's rules, which would
    /// be a defect of this crate.
    pub fn flush(&mut self) -> Result<Option<Batch>, SourceError> {
        if self.stop_at_first_reject
            && let Some(reject) = self.intake.first_reject()
        {
            return Err(SourceError::RejectedRow(Box::new(reject.clone())));
        }
        Ok(self.intake.flush()?)
    }

    /// What is known once all rows have come.
    pub fn summary(&self, format: String, bytes: u64, notes: Vec<String>) -> SourceSummary {
        SourceSummary {
            bytes,
            records: self.records,
            format,
            text: None,
            new_columns: self.intake.new_columns().map(str::to_owned).collect(),
            cut_timestamps: self.intake.cut_timestamps,
            drift: self.intake.drift.clone(),
            notes,
            chosen_in_vain: self.intake.columns.chosen_in_vain(),
            end: None,
        }
    }

    /// Declared columns come first: only they can be a reason not to take the record, and one that is not taken must not
    /// have widened a column.
    fn put(&mut self, values: &[Value<'_>]) -> Result<u32, Reason> {
        self.check_required(values)?;
        let used = values.iter().rposition(|&value| value != Value::Null).map_or(0, |last| last + 1);
        if used > MAX_COLUMNS {
            return Err(Reason::TooManyColumns { limit: MAX_COLUMNS });
        }
        if used > self.columns.len() {
            self.intake.columns.add_numbered(&mut self.columns, used);
        }
        let mut cut = 0;
        for declared in [true, false] {
            for (at, &value) in values.iter().enumerate().take(used) {
                let column = self.columns[at];
                let is_declared = self.intake.columns.declared(column) != FieldKind::Inferred;
                if value != Value::Null && is_declared == declared {
                    cut += self.put_value(column, value)?;
                }
            }
        }
        Ok(cut)
    }

    fn put_value(&mut self, column: usize, value: Value<'_>) -> Result<u32, Reason> {
        let Self { intake: Intake { columns, .. }, text, .. } = self;
        if columns.declared(column) == FieldKind::Inferred {
            // The commonest values need no text.
            match (value, columns.kind(column)) {
                (Value::Int64(number), Kind::Int64 { .. }) => {
                    columns.put_int64(column, number);
                    return Ok(0);
                }
                (Value::Float64(number), Kind::Float64)
                    if columns.put_float(column, number, FloatStyle::SHORTEST, None) =>
                {
                    return Ok(0);
                }
                (Value::Text(text), _) => {
                    return Ok(put_text(columns, column, text));
                }
                _ => {}
            }
        }
        text.clear();
        value.write(text);
        let written = text.as_bytes();
        if columns.declared(column) != FieldKind::Inferred {
            return put_declared(columns, column, value, written);
        }
        let found = match value {
            Value::Bool(value) => Found::Bool(value),
            Value::Int64(number) => Found::Int64(number),
            Value::Float64(number) => Found::Float64(number, Spelling::Float(FloatStyle::SHORTEST)),
            Value::Date(days) => Found::Date(days),
            Value::Timestamp { micros, .. } => {
                Found::Timestamp { micros, style: TimeStyle::of(written), cut: false }
            }
            Value::Null | Value::Text(_) => Found::Text,
        };
        columns.put_found(column, found, written);
        Ok(0)
    }

    fn check_required(&self, values: &[Value<'_>]) -> Result<(), Reason> {
        for column in (0..self.intake.expected).filter(|&column| self.intake.columns.required(column)) {
            let at = self.columns.iter().position(|&other| other == column);
            let value = at.and_then(|at| values.get(at));
            if value.is_none_or(|&value| value == Value::Null) {
                let name = self.intake.columns.name(column).to_owned();
                return Err(Reason::Missing { column: name, null: true });
            }
        }
        Ok(())
    }
}

/// Writes a value into a column that is declared. One that is of its type is taken as it is, because there are some that no
/// text stands for, such as a float that is no number; others as they are written.
fn put_declared(
    columns: &mut Columns,
    column: usize,
    value: Value<'_>,
    written: &[u8],
) -> Result<u32, Reason> {
    let found = match (value, columns.declared(column)) {
        (Value::Int64(whole), FieldKind::Integer)
        | (Value::Timestamp { micros: whole, .. }, FieldKind::Timestamp | FieldKind::ZonedTimestamp) => {
            columns.put_int64(column, whole);
            return Ok(0);
        }
        (Value::Bool(value), FieldKind::Boolean) => Found::Bool(value),
        (Value::Float64(number), FieldKind::Float) => {
            Found::Float64(number, Spelling::Float(FloatStyle::SHORTEST))
        }
        (Value::Date(days), FieldKind::Date) => Found::Date(days),
        _ => return put_declared_text(column, written, written, columns),
    };
    columns.put_chosen(column, found, written);
    Ok(0)
}

/// Writes a text into a column that nobody has declared.
fn put_text(columns: &mut Columns, column: usize, text: &str) -> u32 {
    let found = Found::string(text.as_bytes());
    columns.put_found(column, found, text.as_bytes());
    u32::from(matches!(found, Found::Timestamp { cut: true, .. }))
}

/// A row as a JSON array, as far as it is kept.
fn json_row(values: &[Value<'_>]) -> String {
    let mut row = String::from("[");
    for (at, value) in values.iter().enumerate() {
        row.push_str(if at > 0 { "," } else { "" });
        match value {
            Value::Null => row.push_str("null"),
            Value::Bool(_) | Value::Int64(_) => value.write(&mut row),
            Value::Float64(number) if number.is_finite() => value.write(&mut row),
            _ => {
                let mut text = String::new();
                value.write(&mut text);
                write_string(&text, &mut row);
            }
        }
    }
    row.push(']');
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FieldSpec, Origin, Shape};
    use arrow_array::RecordBatch;
    use arrow_array::cast::AsArray;

    fn flush(decoder: &mut Decoder) -> (RecordBatch, Vec<Origin>, Vec<String>) {
        let batch = decoder.flush().unwrap().unwrap();
        assert_eq!(batch.records as usize, batch.rows.num_rows() + batch.rejects.len());
        let rejects = batch.rejects.iter().map(|reject| {
            let (line, reason, raw) = (reject.line, &reject.reason, reject.raw_text());
            format!("{line}: {reason}: {raw}")
        });
        (batch.rows, batch.origins, rejects.collect())
    }

    fn kinds(rows: &RecordBatch, origins: &[Origin]) -> Vec<String> {
        let mut shape = Shape::default();
        shape.widen(rows, origins);
        shape.columns().map(|(name, kind)| format!("{name} {kind}")).collect()
    }

    #[test]
    fn columns_widen_to_what_holds_all_values() {
        use Value::{Bool, Date, Float64, Int64, Null, Text};
        let mut decoder = Decoder::new(&RecordSpec::inferred());
        decoder.name_columns(&["n", "", "n", "when", "mixed"], "a table").unwrap();
        decoder.row(2, &[Int64(1), Bool(true), Text("x"), Date(0), Int64(7)]);
        decoder.row(3, &[Float64(2.5), Null, Null, Text("1970-01-02 03:04:05"), Float64(0.1)]);
        decoder.row(7, &[Null, Bool(false), Text(""), Null, Text("x"), Null, Int64(3)]);
        let (rows, origins, rejects) = flush(&mut decoder);
        assert_eq!(rejects, [""; 0]);
        let expected = [
            "n float",
            "column_2 boolean",
            "n_2 text",
            "when timestamp",
            "mixed text",
            "column_6 null",
            "column_7 integer",
        ];
        assert_eq!(kinds(&rows, &origins), expected);
        let mixed: Vec<&str> = rows.column(4).as_string::<i32>().iter().flatten().collect();
        assert_eq!(mixed, ["7", "0.1", "x"]);
        let summary = decoder.summary("a table".to_owned(), 0, Vec::new());
        let drift: Vec<String> = summary.drift.iter().map(ToString::to_string).collect();
        assert_eq!(
            drift,
            [
                "line 3: n was integer and is float now",
                "line 3: when was date and is timestamp now",
                "line 3: mixed was integer and is float now",
                "line 7: mixed was float and is text now",
                "line 7: column_6 is new",
                "line 7: column_7 is new",
            ]
        );
    }

    #[test]
    fn declared_columns_take_what_can_be_converted() {
        use Value::{Date, Float64, Int64, Null, Text};
        let spec = RecordSpec::new([
            FieldSpec::required("Id", FieldKind::Integer),
            FieldSpec::optional("Day", FieldKind::Timestamp),
        ]);
        let mut decoder = Decoder::new(&spec);
        decoder.name_columns(&["Day", "Id"], "a table").unwrap();
        decoder.row(1, &[Date(1), Int64(5)]);
        decoder.row(2, &[Text("2021-01-01T00:00:00.1234567"), Text("6")]);
        decoder.row(3, &[Null, Float64(1.5)]);
        decoder.row(4, &[Text("x"), Int64(1)]);
        decoder.row(5, &[Date(2)]);
        let error = Reason::CellError { cell: "S!A6".to_owned(), error: "#REF!".to_owned() };
        decoder.reject(6, &[Null, Int64(9)], error);
        let (rows, _, rejects) = flush(&mut decoder);
        assert_eq!(rows.num_rows(), 2);
        assert_eq!(decoder.summary(String::new(), 0, Vec::new()).cut_timestamps, 1);
        let expected = [
            "3: Id is not a whole number: 1.5: [null,1.5]",
            "4: Day is not a timestamp: x: ",
            "5: Id is null: [\"1970-01-03\"]",
            "6: S!A6 has the error #REF!: [null,9]",
        ];
        assert_eq!(rejects.len(), expected.len());
        for (reject, expected) in rejects.iter().zip(expected) {
            assert!(reject.starts_with(expected), "{reject}");
        }
        let missing = Decoder::new(&spec).name_columns(&["Day", "x"], "a table").unwrap_err();
        let expected = "it has no column Id; it was read as a table, and its columns are Day, x";
        assert_eq!(missing.to_string(), expected);
    }
}
