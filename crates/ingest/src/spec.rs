//! What is known of the records before they are read: which columns must be there, and of which type.

use crate::{ChosenKind, Kind};

/// The columns that a pipeline expects of a record. Keys that are not among them become further columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordSpec {
    fields: Vec<FieldSpec>,
    others: FieldKind,
    chosen: Vec<(String, ChosenKind)>,
}

impl RecordSpec {
    /// A spec of these fields, with text columns for other keys. Of two with the same name the first counts.
    pub fn new(fields: impl IntoIterator<Item = FieldSpec>) -> Self {
        Self::with_others(fields, FieldKind::Text)
    }

    /// The same with columns of this kind for other keys.
    pub(crate) fn with_others(fields: impl IntoIterator<Item = FieldSpec>, others: FieldKind) -> Self {
        let mut unique: Vec<FieldSpec> = Vec::new();
        for field in fields {
            if unique.iter().all(|other| other.name != field.name) {
                unique.push(field);
            }
        }
        Self { fields: unique, others, chosen: Vec::new() }
    }

    /// A spec that expects nothing: every column gets the narrowest type that holds its values.
    pub fn inferred() -> Self {
        Self { fields: Vec::new(), others: FieldKind::Inferred, chosen: Vec::new() }
    }

    /// The same spec, but columns with these names have these types. They need not be there, and stand where they stand
    /// in the source; the fields of the spec keep the types that they have.
    #[must_use]
    pub fn choosing(mut self, types: &[(String, ChosenKind)]) -> Self {
        self.chosen.extend_from_slice(types);
        self
    }

    /// The types that were chosen for columns that are not among the fields.
    pub fn chosen(&self) -> &[(String, ChosenKind)] {
        &self.chosen
    }

    /// The kind of the columns for keys that are not among the fields.
    pub fn others(&self) -> FieldKind {
        self.others
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
    /// `true` or `false` in any case, `1` or `0`.
    Boolean,
    /// A number with or without a point and an exponent, as the nearest float of 64 bits. None that is too large for one.
    Float,
    /// A whole number of up to 38 digits.
    Decimal,
    /// A day, such as `2021-09-04`; also one with a time of day if that is midnight and has no zone.
    Date,
    /// An instant as that of [`FieldKind::Timestamp`], in a column whose type says that it is in UTC. One that was
    /// written without a zone is taken to be so.
    ZonedTimestamp,
    /// The narrowest [`Kind`] that holds all values of the source.
    Inferred,
}

impl FieldKind {
    /// The kind that a column of this type begins with, and keeps unless it is inferred.
    pub fn kind(self) -> Kind {
        match self {
            Self::Integer => Kind::Int64 { wide: true },
            Self::Timestamp => Kind::Timestamp { zone: false },
            Self::Text => Kind::Text,
            Self::Boolean => Kind::Bool,
            Self::Float => Kind::Float64,
            Self::Decimal => Kind::LONG,
            Self::Date => Kind::Date,
            Self::ZonedTimestamp => Kind::Timestamp { zone: true },
            Self::Inferred => Kind::Null,
        }
    }
}
