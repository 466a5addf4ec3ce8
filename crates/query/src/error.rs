//! What can go wrong with a statement, and where in its text.

use std::fmt;

use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, SchemaError};
use datafusion::sql::sqlparser::tokenizer::Span;
use thiserror::Error;

/// A part of the text of a script. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line of its first character.
    pub line: u64,
    /// The column of its first character.
    pub column: u64,
    /// The line of its end.
    pub end_line: u64,
    /// The column behind its last character.
    pub end_column: u64,
}

impl Place {
    /// A single character.
    pub fn at(line: u64, column: u64) -> Self {
        Self { line, column, end_line: line, end_column: column + 1 }
    }

    /// What a parser says; none for what was not in the text.
    pub(crate) fn of(span: Span) -> Option<Self> {
        (span.start.line > 0).then_some(Self {
            line: span.start.line,
            column: span.start.column,
            end_line: span.end.line,
            end_column: span.end.column,
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Kinds of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is no SQL.
    Syntax,
    /// A name of something that there is not, or of several things.
    Name,
    /// Values of types that do not fit.
    Type,
    /// SQL that is not carried out here.
    Unsupported,
    /// Values that cannot be worked with, such as a text that is no number.
    Data,
    /// More memory than there may be.
    Memory,
    /// Somebody wanted no more.
    Cancelled,
    /// What is stored cannot be read or changed.
    Storage,
    /// A defect of this program.
    Defect,
}

/// Why a statement could not be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct QueryError {
    /// The kind of the error.
    pub kind: ErrorKind,
    /// What happened and what to do, in a sentence.
    pub message: String,
    /// Where in the text of the script.
    pub place: Option<Place>,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl QueryError {
    /// An error of a kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), place: None }
    }

    /// What is stored cannot be read or changed.
    pub fn storage(message: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Storage, message.to_string())
    }

    /// Somebody wanted no more.
    pub fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "the query was cancelled")
    }

    pub(crate) fn name(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Name, message)
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    #[must_use]
    pub(crate) fn at(mut self, span: Span) -> Self {
        self.place = self.place.or(Place::of(span));
        self
    }

    #[must_use]
    pub(crate) fn within(mut self, what: impl fmt::Display) -> Self {
        self.place = None;
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// The same as an error of the engine, from which [`From`] makes it again.
    pub(crate) fn into_engine(self) -> DataFusionError {
        DataFusionError::External(Box::new(self))
    }
}

impl From<DataFusionError> for QueryError {
    fn from(error: DataFusionError) -> Self {
        let place = error.diagnostic().and_then(|diagnostic| diagnostic.span).map(|span| Place {
            line: span.start.line,
            column: span.start.column,
            end_line: span.end.line,
            end_column: span.end.column,
        });
        Self { place, ..of_root(error.find_root()) }
    }
}

fn of_root(error: &DataFusionError) -> QueryError {
    use DataFusionError as E;
    match error {
        E::External(inner) => match inner.downcast_ref::<QueryError>() {
            Some(own) => own.clone(),
            None => QueryError::new(ErrorKind::Data, inner.to_string()),
        },
        E::ResourcesExhausted(what) => QueryError::new(
            ErrorKind::Memory,
            format!(
                "the query needs more memory than it may have: {}; filter or aggregate earlier, ask for fewer columns, or raise the \
                 limit",
                first_sentence(what)
            ),
        ),
        // Nothing else is written while a query runs.
        E::IoError(error) => put_aside(error),
        E::SQL(error, _) => QueryError::new(ErrorKind::Syntax, error.to_string()),
        E::NotImplemented(what) => QueryError::unsupported(subquery(what).unwrap_or_else(|| what.clone())),
        E::SchemaError(error, _) => schema_error(error),
        E::Plan(what) => QueryError::new(plan_kind(what), cleaned(what)),
        E::ArrowError(error, _) => match error.as_ref() {
            ArrowError::IoError(_, error) => put_aside(error),
            other => QueryError::new(ErrorKind::Data, plain_arrow(other)),
        },
        E::Execution(what) => QueryError::new(plan_kind(what), cleaned(what)),
        E::Internal(what) => QueryError::new(
            ErrorKind::Defect,
            format!("the engine did not expect that (a defect of this program): {}", first_sentence(what)),
        ),
        other => QueryError::new(ErrorKind::Data, other.strip_backtrace()),
    }
}

/// What does not fit into memory cannot be elsewhere either.
fn put_aside(error: &std::io::Error) -> QueryError {
    let advice = "filter or aggregate earlier, or ask for fewer columns";
    QueryError::new(
        ErrorKind::Memory,
        format!(
            "the query needs more memory than it may have, and what does not fit could not be put aside: {error}; {advice}"
        ),
    )
}

fn plan_kind(what: &str) -> ErrorKind {
    let of_types = ["oerc", "type", "signature"];
    if of_types.iter().any(|word| what.contains(word)) { ErrorKind::Type } else { ErrorKind::Data }
}

/// What to write in place of a subquery that the engine cannot carry out.
fn subquery(what: &str) -> Option<String> {
    let (_, rest) = what.split_once("does not support logical expression ")?;
    let advice = if rest.starts_with("Exists") || rest.starts_with("InSubquery") {
        "EXISTS and IN with a query stand in WHERE; among the results write (SELECT count(*) FROM …) > 0, or join"
    } else if rest.starts_with("ScalarSubquery") || rest.starts_with("OuterReferenceColumn") {
        "a query among the results can name columns of what is around it in comparisons by = only; write a JOIN with GROUP BY, or a window \
         function"
    } else {
        return None;
    };
    Some(advice.to_owned())
}

/// What our own functions say of their arguments, out of what the engine says around it; of its own the first line.
fn cleaned(what: &str) -> String {
    let own = what.split_once("user-defined coercion failed with: Error during planning: ");
    let what = own.map_or(what, |(_, own)| own);
    if let Some((_, rest)) = what.split_once("Function '")
        && let Some((name, rest)) = rest.split_once("' failed to match any signature")
    {
        let given = rest
            .split_once("(DataType: ")
            .and_then(|(_, rest)| rest.split_once(')'))
            .map_or("", |(given, _)| given);
        let given = if given == "Utf8" { "VARCHAR" } else { given };
        return format!(
            "{name} does not take values of type {given}; cast them, as in {name}(CAST(x AS DOUBLE))"
        );
    }
    let what = what.split(" No function matches").next().filter(|what| !what.is_empty()).unwrap_or(what);
    first_sentence(what).to_owned()
}

fn schema_error(error: &SchemaError) -> QueryError {
    match error {
        SchemaError::AmbiguousReference { .. }
        | SchemaError::FieldNotFound { .. }
        | SchemaError::DuplicateQualifiedField { .. }
        | SchemaError::DuplicateUnqualifiedField { .. } => QueryError::name(error.to_string()),
    }
}

fn plain_arrow(error: &ArrowError) -> String {
    use ArrowError as A;
    match error {
        A::DivideByZero => "a number was divided by zero".to_owned(),
        A::ArithmeticOverflow(what) => format!("a number became too large: {what}"),
        A::CastError(what) | A::ComputeError(what) | A::ParseError(what) | A::InvalidArgumentError(what) => {
            what.clone()
        }
        other => other.to_string(),
    }
}

/// The first line of a message; the engine's go on with a list of what else there is.
fn first_sentence(message: &str) -> &str {
    message.lines().next().unwrap_or(message)
}
