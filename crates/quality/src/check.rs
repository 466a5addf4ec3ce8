//! What can be expected of a column.

/// How bad it is when a check does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// To be looked at before one relies on the rows.
    Warning,
    /// The rows are wrong.
    #[default]
    Error,
}

impl Severity {
    /// Its name, as it stands before a check.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A value that others are compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number.
    Integer(i64),
    /// A number with a point.
    Float(f64),
    /// Microseconds since 1970-01-01, of a date or of a timestamp.
    Instant(i64),
    /// A text.
    Text(String),
    /// The day on which the check is made, in UTC. As an upper bound, all of that day.
    Today,
}

/// What is expected of the values of a column. Nulls are as expected everywhere but in `NotNull`.
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// Each row has one.
    NotNull,
    /// They are not below the one and not above the other.
    Between(Option<Value>, Option<Value>),
    /// They are some of these.
    OneOf(Vec<Value>),
    /// Each is in that column of another table.
    References {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// The newest of these timestamps is no older than so many days.
    Fresh(u32),
    /// Each value has about the same share of the rows of the newest ingestion as of those before.
    StableShares,
    /// The weeks of the newest ingestion have about as many rows as those before.
    StableWeeks,
}

/// Something that is expected of a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The column.
    pub column: String,
    /// What is expected of it.
    pub expect: Expect,
    /// How bad it is if that does not hold.
    pub severity: Severity,
    /// Why it is expected, for people.
    pub why: Option<String>,
}
