//! What a segment says of the rows in its row groups, so that some need not be read.

use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;

use crate::Reader;

/// A value between which and another all of a column are, in the way in which it is stored.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    /// A boolean.
    Boolean(bool),
    /// An integer; a date in days and a timestamp in microseconds since 1970-01-01.
    Integer(i64),
    /// A float. There may be values that are not numbers beside it.
    Float(f64),
    /// A text.
    Text(String),
}

/// What is known of a column in a row group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ColumnFacts {
    /// Rows without a value.
    pub nulls: Option<u64>,
    /// No value is less than the first of these, and none greater than the second.
    pub bounds: Option<(Bound, Bound)>,
    /// Whether there are rows with just these values.
    pub exact: bool,
}

/// What is known of a row group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupFacts {
    /// Its rows.
    pub rows: u64,
    /// For each of the columns that were asked for what is known of it; nothing of columns that are nested or not there.
    pub columns: Vec<ColumnFacts>,
}

impl Reader {
    /// What is known of each row group, from the first row to the last, by some columns.
    pub fn facts(&self, columns: &[&str]) -> Vec<GroupFacts> {
        let roots: Vec<Option<usize>> =
            columns.iter().map(|name| self.schema().index_of(name).ok()).collect();
        let of_group = |group: &RowGroupMetaData| {
            let of_column =
                |root: &Option<usize>| root.and_then(|root| facts(group, root)).unwrap_or_default();
            GroupFacts {
                rows: u64::try_from(group.num_rows()).unwrap_or(0),
                columns: roots.iter().map(of_column).collect(),
            }
        };
        self.metadata().row_groups().iter().map(of_group).collect()
    }
}

fn facts(group: &RowGroupMetaData, root: usize) -> Option<ColumnFacts> {
    let schema = group.schema_descr();
    // A column that is not nested is one leaf, which has the name of its root alone.
    let mut leaves = (0..group.num_columns()).filter(|&leaf| schema.get_column_root_idx(leaf) == root);
    let leaf = leaves.next()?;
    if leaves.next().is_some() || group.column(leaf).column_path().parts().len() != 1 {
        return None;
    }
    let statistics = group.column(leaf).statistics()?;
    let bounds = match statistics {
        Statistics::Boolean(of) => both(of.min_opt(), of.max_opt(), |value| Some(Bound::Boolean(*value))),
        Statistics::Int32(of) => {
            both(of.min_opt(), of.max_opt(), |value| Some(Bound::Integer(i64::from(*value))))
        }
        Statistics::Int64(of) => both(of.min_opt(), of.max_opt(), |value| Some(Bound::Integer(*value))),
        Statistics::Double(of) => both(of.min_opt(), of.max_opt(), |value| Some(Bound::Float(*value))),
        Statistics::ByteArray(of) => {
            let text = |value: &parquet::data_type::ByteArray| {
                value.as_utf8().ok().map(|text| Bound::Text(text.to_owned()))
            };
            both(of.min_opt(), of.max_opt(), text)
        }
        Statistics::Int96(_) | Statistics::Float(_) | Statistics::FixedLenByteArray(_) => None,
    };
    let exact = statistics.min_is_exact() && statistics.max_is_exact();
    Some(ColumnFacts { nulls: statistics.null_count_opt(), bounds, exact })
}

fn both<T>(
    least: Option<&T>,
    greatest: Option<&T>,
    of: impl Fn(&T) -> Option<Bound>,
) -> Option<(Bound, Bound)> {
    Some((of(least?)?, of(greatest?)?))
}
