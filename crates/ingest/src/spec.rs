//! What is known of the records before they are read: which columns must be there, and of which type.

use arrow_schema::{DataType, Field, TimeUnit};

/// The columns that a pipeline expects of a record. Keys that are not among them become further text columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordSpec {
    fields: Vec<FieldSpec>,
}

impl RecordSpec {
    /// A spec of these fields. Of two with the same name the first counts.
    pub fn new(fields: impl IntoIterator<Item = FieldSpec>) -> Self {
        let mut unique: Vec<FieldSpec> = Vec::new();
        for field in fields {
            if unique.iter().all(|other| other.name != field.name) {
                unique.push(field);
            }
        }
        Self { fields: unique }
    }

    /// The fields, in the order of the table's columns.
    pub fn fields(&self) -> &[FieldSpec] {
        &self.fields
    }
}

/// One expected column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldSpec {
    /// The key in the record and the name of the column. Case matters.
    pub name: String,
    /// The type of the column.
    pub kind: FieldKind,
    /// Whether a record without a value here is a reject.
    pub required: bool,
}

impl FieldSpec {
    /// A column that every record must have a value for.
    pub fn required(name: &str, kind: FieldKind) -> Self {
        Self { name: name.to_owned(), kind, required: true }
    }

    /// A column that may be absent or null in a record.
    pub fn optional(name: &str, kind: FieldKind) -> Self {
        Self { name: name.to_owned(), kind, required: false }
    }
}

/// The types of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FieldKind {
    /// A whole number of 64 bits: a JSON number or a string of decimal digits, with a minus sign or without. `"1"`
    /// and `1` are the same value; `1.5`, `""`, `"E10"` and `true` are none.
    Integer,
    /// An instant in the forms of [`sandglass_weekly::Timestamp`], kept in microseconds since 1970 (UTC).
    Timestamp,
    /// Text. A string's own content; a number, boolean, object or array as it was written.
    Text,
}

impl FieldKind {
    /// The Arrow type of the column.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Integer => DataType::Int64,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Text => DataType::Utf8,
        }
    }

    pub(crate) fn field(self, name: &str, nullable: bool) -> Field {
        Field::new(name, self.data_type(), nullable)
    }
}
