//! Values that stand in the path of a file, as in `year=2025/month=04/data.csv`: what Hive calls partitions.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch, RecordBatchOptions, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use thiserror::Error;

use crate::columns::Columns;
use crate::declared::{check_declared_text, put_declared_text};
use crate::{ChosenKind, FieldKind, FieldSpec, Kind, Origin, Reason, RecordSpec, write_json};

/// A column that is in the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its name.
    pub name: String,
    /// Its value for every row of the file; `None` for what Hive writes where there is none.
    pub value: Option<String>,
    /// The type that was chosen for it; that which its value looks like if none was.
    pub chosen: Option<ChosenKind>,
}

/// A value in a path that is not of the type which was chosen for its column.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("in its path {0}; choose another type for the column, or move the file")]
pub struct PartitionError(Reason);

impl Partition {
    /// The same with the type that was chosen for it, if one was.
    ///
    /// # Errors
    /// When its value is not of that type.
    pub fn choosing(self, types: &[(String, ChosenKind)]) -> Result<Self, PartitionError> {
        let Some(&(_, kind)) = types.iter().find(|(name, _)| *name == self.name) else { return Ok(self) };
        if let Some(value) = &self.value {
            check_declared_text(kind.into(), value.as_bytes(), value.as_bytes(), &self.name)
                .map_err(PartitionError)?;
        }
        Ok(Self { chosen: Some(kind), ..self })
    }
}

/// What Hive writes for null.
const HIVE_NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The partitions in a path, from the outermost on. Its last part, the file's own name, is none.
pub fn partitions(path: &str) -> Vec<Partition> {
    let mut folders: Vec<&str> = path.split(['/', '\\']).collect();
    folders.pop();
    let mut found: Vec<Partition> = Vec::new();
    for folder in folders {
        if let Some((name, value)) = folder.split_once('=')
            && !name.is_empty()
            && found.iter().all(|other| other.name != name)
        {
            let value = (value != HIVE_NULL).then(|| decoded(value));
            found.push(Partition { name: decoded(name), value, chosen: None });
        }
    }
    found
}

/// The path above the first partition: that of the data set.
pub fn root(path: &str) -> &str {
    let mut at = 0;
    for folder in path.split_inclusive(['/', '\\']) {
        let is_folder = folder.ends_with(['/', '\\']);
        if is_folder && folder.split_once('=').is_some_and(|(name, _)| !name.is_empty()) {
            return path[..at].trim_end_matches(['/', '\\']);
        }
        at += folder.len();
    }
    let file = path.rfind(['/', '\\']).unwrap_or(0);
    &path[..file]
}

/// A name or value with what Hive writes as `%3A` and the like. What is no such escape stays.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        match hex.filter(|_| byte == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

/// A row in which the file says something else than its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The row of the batch.
    pub row: usize,
    /// The column.
    pub column: String,
    /// What the file says.
    pub in_file: String,
    /// What the path says.
    pub in_path: String,
}

/// Adds the partitions to a batch as columns. Where the file has a column of that name it stays as it is, and the rows
/// in which it says something else come back.
///
/// # Errors
/// When the batch breaks Arrow's rules.
pub fn add(
    rows: &RecordBatch,
    origins: &[Origin],
    partitions: &[Partition],
) -> Result<(RecordBatch, Vec<Origin>, Vec<Difference>), ArrowError> {
    let mut fields: Vec<Arc<Field>> = rows.schema_ref().fields().iter().cloned().collect();
    let mut columns = rows.columns().to_vec();
    let mut origins = origins.to_vec();
    let mut differences = Vec::new();
    for partition in partitions {
        if let Ok(at) = rows.schema_ref().index_of(&partition.name) {
            let kind = origins.get(at).map(Origin::kind);
            compare(rows.column(at), kind.unwrap_or_default(), partition, &mut differences)?;
            continue;
        }
        let value = partition.value.as_deref();
        let (column, origin) = match partition.chosen {
            None => {
                let (column, kind) = constant(value, rows.num_rows());
                (column, Origin::plain(kind))
            }
            Some(kind) => constant_of(kind.into(), value, rows.num_rows())?,
        };
        fields.push(Arc::new(Field::new(&partition.name, column.data_type().clone(), true)));
        columns.push(column);
        origins.push(origin);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows.num_rows()));
    let rows = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?;
    Ok((rows, origins, differences))
}

/// A column that has one value everywhere. Numbers are padded with zeros in paths so that these are in order, and are
/// numbers all the same.
fn constant(value: Option<&str>, rows: usize) -> (ArrayRef, Kind) {
    let Some(value) = value else {
        return (arrow_array::new_null_array(&DataType::Null, rows), Kind::Null);
    };
    match value.parse::<i64>() {
        Ok(number) if !value.starts_with('+') => {
            (Arc::new(Int64Array::from(vec![number; rows])), Kind::of_int(number))
        }
        _ => (Arc::new(StringArray::from_iter_values(std::iter::repeat_n(value, rows))), Kind::Text),
    }
}

/// A column of this kind that has one value everywhere, which is null if it is not of the kind.
fn constant_of(kind: FieldKind, value: Option<&str>, rows: usize) -> Result<(ArrayRef, Origin), ArrowError> {
    let mut columns = Columns::new(&RecordSpec::new([FieldSpec::optional("", kind)]), rows);
    for _ in 0..rows {
        if let Some(value) = value.map(str::as_bytes)
            && put_declared_text(0, value, value, &mut columns).is_err()
        {
            columns.roll_back_row();
        }
        columns.commit_rows(1);
    }
    let (rows, origins) = columns.take()?;
    Ok((Arc::clone(rows.column(0)), origins.into_iter().next().unwrap_or_default()))
}

/// The kind of field of which a value in a column of this kind may be written in another way.
fn field_kind(kind: Kind) -> Option<FieldKind> {
    match kind {
        Kind::Bool => Some(FieldKind::Boolean),
        Kind::Decimal { .. } => Some(FieldKind::Decimal),
        Kind::Date => Some(FieldKind::Date),
        Kind::Timestamp { zone: false } => Some(FieldKind::Timestamp),
        Kind::Timestamp { zone: true } => Some(FieldKind::ZonedTimestamp),
        Kind::Null | Kind::Int64 { .. } | Kind::Float64 | Kind::Text | Kind::Struct | Kind::List => None,
    }
}

fn compare(
    column: &ArrayRef,
    kind: Kind,
    partition: &Partition,
    differences: &mut Vec<Difference>,
) -> Result<(), ArrowError> {
    let expected = partition.value.as_deref();
    // As the column writes it.
    let own = match (field_kind(kind), expected) {
        (Some(kind), Some(_)) => Some(written(&constant_of(kind, expected, 1)?.0, 0)),
        _ => None,
    };
    let number: Option<f64> = expected.and_then(|value| value.parse().ok());
    for row in 0..column.len() {
        let same = match (column.data_type(), expected) {
            _ if column.is_null(row) => expected.is_none(),
            (_, None) => false,
            (DataType::Int64, _) => number == Some(column.as_primitive::<Int64Type>().value(row) as f64),
            (DataType::Float64, _) => number == Some(column.as_primitive::<Float64Type>().value(row)),
            (DataType::Utf8, Some(value)) => column.as_string::<i32>().value(row) == value,
            (_, Some(value)) => written(column, row) == *own.as_deref().unwrap_or(value),
        };
        if !same {
            differences.push(Difference {
                row,
                column: partition.name.clone(),
                in_file: written(column, row),
                in_path: expected.unwrap_or("null").to_owned(),
            });
        }
    }
    Ok(())
}

/// A value as it is shown.
fn written(column: &ArrayRef, row: usize) -> String {
    let mut text = String::new();
    write_json(column, row, &mut text);
    text.trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_partitions_in_paths() {
        let found = |path: &str| -> Vec<(String, Option<String>)> {
            partitions(path).into_iter().map(|partition| (partition.name, partition.value)).collect()
        };
        let pair = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        assert_eq!(found("d/year=2025/month=04/x=1.csv"), [pair("year", "2025"), pair("month", "04")]);
        assert_eq!(found("d\\at=10%3A30%zz\\a.csv"), [pair("at", "10:30%zz")]);
        assert_eq!(found("k=__HIVE_DEFAULT_PARTITION__/a.csv"), [("k".to_owned(), None)]);
        assert_eq!(found("=1/a=/a.csv"), [pair("a", "")]);
        assert_eq!(found("a.csv"), []);
        for (path, expected) in
            [("d/e/year=2025/a.csv", "d/e"), ("year=1/a.csv", ""), ("d/e/a.csv", "d/e"), ("a.csv", "")]
        {
            assert_eq!(root(path), expected, "{path}");
        }
    }

    #[test]
    fn what_the_file_says_stays_and_is_compared() {
        let months = Int64Array::from(vec![Some(4), Some(5), None]);
        let rows = RecordBatch::try_from_iter([("month", Arc::new(months) as ArrayRef)]).unwrap();
        let origins = [Origin::plain(Kind::of_int(1))];
        let (rows, origins, differences) =
            add(&rows, &origins, &partitions("year=2025/region=eu/month=04/a.csv")).unwrap();
        let names: Vec<&String> = rows.schema_ref().fields().iter().map(|field| field.name()).collect();
        assert_eq!(names, ["month", "year", "region"]);
        assert_eq!(rows.column(1).as_primitive::<Int64Type>().values(), &[2025; 3]);
        assert_eq!(rows.column(2).as_string::<i32>().value(2), "eu");
        assert_eq!(origins.len(), 3);
        let said: Vec<_> = differences
            .iter()
            .map(|other| (other.row, other.in_file.as_str(), other.in_path.as_str()))
            .collect();
        assert_eq!(said, [(1, "5", "04"), (2, "null", "04")]);
    }
}
