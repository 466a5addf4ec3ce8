//! What is stored, as the engine sees it: a catalog, parts of tables, and changes.
//!
//! [`Tables`] is all that the engine knows of the warehouse; `stored` has it. Futures have to be `Send`, because the engine wants
//! that: what is not, such as anything of JavaScript, is held to its thread there.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use datafusion::common::ScalarValue;

use crate::QueryError;

/// A table or view by its names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableName {
    /// The schema that it is in.
    pub schema: String,
    /// Its name there.
    pub name: String,
}

impl TableName {
    /// The schema of tables for which nobody has said another.
    pub const MAIN: &'static str = "main";

    /// A table of a schema.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> Self {
        Self { schema: schema.into(), name: name.into() }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", quoted(&self.schema), quoted(&self.name))
    }
}

/// A name as SQL has it: in quotes if it needs them.
pub fn quoted(name: &str) -> String {
    let plain = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
        && name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// All tables and views, at one moment.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    /// The tables, in the order of their making.
    pub tables: Vec<Arc<StoredTable>>,
    /// The views, in the order of their making.
    pub views: Vec<StoredView>,
}

/// A query that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredView {
    /// Its names.
    pub name: TableName,
    /// The query.
    pub sql: String,
}

/// A table.
#[derive(Debug, Clone)]
pub struct StoredTable {
    /// Its names.
    pub name: TableName,
    /// Its columns. A segment without one of them has nulls there.
    pub columns: Vec<StoredColumn>,
    /// Its segments, in the order of their rows.
    pub segments: Vec<StoredSegment>,
    /// The columns that identify a row; none if nothing does.
    pub key: Vec<String>,
    /// The column by which rows are counted per week.
    pub time: Option<String>,
    /// The pipeline that its sources go through.
    pub pipeline: Option<String>,
    /// Why it cannot be read, if it cannot.
    pub damage: Option<String>,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct StoredColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// Rows without a value in it.
    pub nulls: u64,
}

/// Rows of a table that are stored together and never change.
#[derive(Debug, Clone)]
pub struct StoredSegment {
    /// By which it is asked for.
    pub file: String,
    /// What tells it from all other segments, also from those that have its name when everything was removed: its checksum.
    pub content: String,
    /// How many rows it has.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
    /// The ingestion that has brought it.
    pub ingestion: u64,
    /// The columns that it has.
    pub columns: Vec<SegmentColumn>,
}

/// What is known of a column of a segment.
#[derive(Debug, Clone)]
pub struct SegmentColumn {
    /// Its name.
    pub name: String,
    /// Rows without a value.
    pub nulls: u64,
    /// Between which values all others are, if that is known.
    pub bounds: Option<Bounds>,
}

/// Values between which all of a column are that are not null.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    /// No value is less.
    pub least: ScalarValue,
    /// No value is greater.
    pub greatest: ScalarValue,
    /// Whether there are rows with just these values.
    pub exact: bool,
}

/// What is known of a part of a segment.
#[derive(Debug, Clone)]
pub struct PartFacts {
    /// Its rows.
    pub rows: u64,
    /// For each of the columns that were asked for, in this order: rows without a value, and the bounds of the others.
    pub columns: Vec<(Option<u64>, Option<Bounds>)>,
}

impl StoredTable {
    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        self.segments.iter().map(|segment| segment.rows).sum()
    }

    /// Its columns as Arrow's.
    pub fn schema(&self) -> SchemaRef {
        let field = |column: &StoredColumn| Field::new(&column.name, column.data_type.clone(), true);
        Arc::new(Schema::new(self.columns.iter().map(field).collect::<Vec<_>>()))
    }
}

/// The rows of a file that a query names, with their columns.
pub type GivenFile = (SchemaRef, Vec<RecordBatch>);

/// What becomes of a table in a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// It is made, with these columns.
    New {
        /// Its names.
        name: TableName,
        /// Whether one of that name is replaced.
        replace: bool,
    },
    /// Rows are added to it.
    Append(TableName),
}

/// What a change has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows that are new.
    pub stored: u64,
    /// Rows whose keys were there before.
    pub duplicates: u64,
}

/// Rows on their way into a table. Nothing of them shows before [`finish`](Self::finish); dropping it forgets them.
#[async_trait]
pub trait Writer: Send {
    /// Takes rows, with the columns that were named when it began.
    async fn push(&mut self, rows: RecordBatch) -> Result<(), QueryError>;

    /// All rows came: makes them a part of the warehouse, durably.
    async fn finish(self: Box<Self>) -> Result<Written, QueryError>;
}

/// What is stored.
#[async_trait]
pub trait Tables: fmt::Debug + Send + Sync {
    /// All tables and views. Cheap when nothing has changed since.
    async fn catalog(&self) -> Result<Arc<Catalog>, QueryError>;

    /// Reads some rows of a segment, with these of its columns in this order, all of which it has.
    async fn read(
        &self,
        table: &TableName,
        segment: &str,
        columns: &[String],
        rows: Range<u64>,
    ) -> Result<Vec<RecordBatch>, QueryError>;

    /// What is known of the parts of a segment, which are its rows from the first to the last, by these of its columns; empty if
    /// nothing is.
    async fn parts(
        &self,
        table: &TableName,
        segment: &str,
        columns: &[String],
    ) -> Result<Vec<PartFacts>, QueryError>;

    /// The rows of a table of the schema `system` that is not made of the catalog, one of [`SYSTEM_TABLES`].
    async fn system(&self, name: &str) -> Result<RecordBatch, QueryError>;

    /// Reads a file that the user has given, by its name. `format` is one of csv, json and parquet if the query says that it is of one.
    async fn open_file(&self, name: &str, format: Option<&str>) -> Result<GivenFile, QueryError>;

    /// Begins to write rows into a table. `sql` is the statement, for the log.
    async fn write(
        &self,
        target: Target,
        schema: SchemaRef,
        sql: &str,
    ) -> Result<Box<dyn Writer>, QueryError>;

    /// Makes a view, or changes it.
    async fn define_view(&self, view: StoredView) -> Result<(), QueryError>;

    /// Removes views and tables, all of them or none.
    async fn remove(&self, views: &[TableName], tables: &[TableName]) -> Result<(), QueryError>;
}

/// The tables of the schema `system` that are asked for by [`Tables::system`].
pub const SYSTEM_TABLES: [&str; 4] = ["ingestions", "rejects", "quality", "snapshots"];

/// The columns of one of them, which are known before it is made: `?` for a truth, `#` for a number, `@` for a time, and texts.
pub(crate) fn system_schema(name: &str) -> SchemaRef {
    let columns = match name {
        "ingestions" => {
            "#ingestion source path format #bytes hash @modified pipeline schema table #read #stored #duplicates #conflicts #rejects \
             drift @started #milliseconds engine #known failure ?undone"
        }
        "rejects" => "schema table source #line #byte_offset reason raw",
        "quality" => "schema table check severity state #count #of statistic reason sql",
        "snapshots" => "#snapshot #parent @time what words #tables #rows ?is_present",
        _ => "",
    };
    let column = |name: &str| match name.split_at(1) {
        ("?", name) => Field::new(name, DataType::Boolean, true),
        ("#", name) => Field::new(name, DataType::Int64, true),
        ("@", name) => Field::new(name, DataType::Timestamp(TimeUnit::Microsecond, None), true),
        _ => Field::new(name, DataType::Utf8, true),
    };
    Arc::new(Schema::new(columns.split_whitespace().map(column).collect::<Vec<_>>()))
}

/// The type that a column is stored as, if it can be: warehouses have few types, those of our readers.
pub fn stored_type(data_type: &DataType) -> Option<DataType> {
    Some(match data_type {
        DataType::Null => DataType::Null,
        DataType::Boolean => DataType::Boolean,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => DataType::Int64,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => DataType::Float64,
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) | DataType::Decimal128(p, s) => {
            DataType::Decimal128(*p, (*s).max(0))
        }
        DataType::Decimal256(_, s) => DataType::Decimal128(38, (*s).max(0)),
        DataType::Date32 | DataType::Date64 => DataType::Date32,
        DataType::Timestamp(_, zone) => {
            DataType::Timestamp(TimeUnit::Microsecond, zone.as_ref().map(|_| "UTC".into()))
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::Time32(_) | DataType::Time64(_) | DataType::Interval(_) | DataType::Duration(_) => {
            DataType::Utf8
        }
        DataType::Dictionary(_, of) => stored_type(of)?,
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            DataType::List(Arc::new(Field::new_list_field(stored_type(field.data_type())?, true)))
        }
        DataType::Struct(fields) => {
            let member =
                |field: &Arc<Field>| Some(Field::new(field.name(), stored_type(field.data_type())?, true));
            DataType::Struct(fields.iter().map(member).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// The name of a type in SQL.
pub fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Null => "NULL".to_owned(),
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Int8 => "TINYINT".to_owned(),
        DataType::Int16 => "SMALLINT".to_owned(),
        DataType::Int32 => "INTEGER".to_owned(),
        DataType::Int64 => "BIGINT".to_owned(),
        DataType::UInt8 => "UTINYINT".to_owned(),
        DataType::UInt16 => "USMALLINT".to_owned(),
        DataType::UInt32 => "UINTEGER".to_owned(),
        DataType::UInt64 => "UBIGINT".to_owned(),
        DataType::Float16 | DataType::Float32 => "FLOAT".to_owned(),
        DataType::Float64 => "DOUBLE".to_owned(),
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => format!("DECIMAL({p},{s})"),
        DataType::Date32 | DataType::Date64 => "DATE".to_owned(),
        DataType::Timestamp(_, None) => "TIMESTAMP".to_owned(),
        DataType::Timestamp(_, Some(_)) => "TIMESTAMP WITH TIME ZONE".to_owned(),
        DataType::Time32(_) | DataType::Time64(_) => "TIME".to_owned(),
        DataType::Interval(_) | DataType::Duration(_) => "INTERVAL".to_owned(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "VARCHAR".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "BLOB".to_owned()
        }
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            format!("{}[]", type_name(field.data_type()))
        }
        DataType::Struct(fields) => {
            let member =
                |field: &Arc<Field>| format!("{} {}", quoted(field.name()), type_name(field.data_type()));
            format!("STRUCT({})", fields.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        DataType::Dictionary(_, of) => type_name(of),
        other => other.to_string(),
    }
}
