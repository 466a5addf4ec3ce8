//! The manifest: the file that says which other files are the warehouse, and so what its state is.
//!
//! It is JSON, for people and other programs, and its last line is the checksum of what is before. It is written when
//! everything that it names is durable, and never changed; the newest valid one is the present state, the others are the
//! history. Numbers are given once and never again, to manifests and ingestions alike.

use serde::{Deserialize, Serialize};

use crate::content_hash::checksum;
use crate::ingestion_log::IngestionLog;
use crate::segment::{FileRef, Segment};
use crate::storage::StorageError;
use crate::{Key, TableSpec};

/// The version of the layout that this program writes. It reads no other.
pub const FORMAT: u32 = 1;

/// What the checksum's line begins with.
const CHECKSUM: &str = "xxh3-128 ";

/// The state of a warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the layout.
    pub format: u32,
    /// Its number.
    pub snapshot: u64,
    /// The state that it has followed.
    pub parent: Option<u64>,
    /// When it was made, in UTC.
    pub time: String,
    /// The version of the program that has made it.
    pub engine: String,
    /// What has made it.
    pub made_by: MadeBy,
    /// Its tables, in the order of their making.
    pub tables: Vec<TableState>,
    /// Ingestions that were taken back.
    pub undone: Vec<u64>,
    /// What was ever read.
    pub log: IngestionLog,
    /// Queries that have names.
    #[serde(default)]
    pub views: Vec<ViewState>,
    /// What people expect of tables, beside what pipelines do.
    #[serde(default)]
    pub checks: Vec<CheckState>,
}

/// A query that has a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ViewState {
    /// The schema that it is in.
    pub schema: String,
    /// Its name there.
    pub name: String,
    /// The query, in SQL.
    pub sql: String,
}

/// What somebody expects of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckState {
    /// The schema of the table.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The check, as it was written.
    pub check: String,
}

/// What has made a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MadeBy {
    /// The kind of change.
    pub what: Change,
    /// What happened, in words.
    pub words: String,
}

/// Kinds of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// The warehouse was made.
    New,
    /// Sources were read.
    Ingest,
    /// An ingestion was taken back.
    Undo,
    /// An earlier snapshot was made the present one.
    Restore,
    /// A table was removed.
    Drop,
    /// Tables of another warehouse were taken in.
    Import,
    /// Views were made or changed.
    View,
    /// What is expected of a table was changed.
    Check,
    /// A statement of SQL has made a table, or added rows to one.
    Sql,
}

/// A table by its names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId {
    /// The schema that it is in.
    pub schema: String,
    /// Its name there.
    pub name: String,
}

impl TableId {
    /// The schema of tables for which nobody has said another.
    pub const MAIN: &'static str = "main";

    /// A table of a schema.
    pub fn new(schema: &str, name: &str) -> Self {
        Self { schema: schema.to_owned(), name: name.to_owned() }
    }
}

impl std::fmt::Display for TableId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// A table as the manifest has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableState {
    /// The schema that it is in.
    pub schema: String,
    /// Its name there.
    pub name: String,
    /// What identifies a row.
    pub key: KeyState,
    /// The column by which rows are counted per week.
    pub time: Option<String>,
    /// The pipeline that its sources go through.
    pub pipeline: Option<String>,
    /// Its rows, in the order of storing.
    pub segments: Vec<Segment>,
    /// All integer keys that are there. It can be made of the segments again.
    pub keys: Option<FileRef>,
    /// What has come into it, in the order of storing.
    pub ingestions: Vec<TableIngestion>,
}

/// What identifies a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// Nothing does.
    None,
    /// A column of integers.
    Integer(String),
    /// These columns; all if none is named.
    Columns(Vec<String>),
}

/// What an ingestion has brought into a table beside its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableIngestion {
    /// Its number.
    pub ingestion: u64,
    /// Earlier ingestions whose rows it had again: without them these rows would be its own.
    pub repeats: Vec<u64>,
    /// Records that could not be taken.
    pub rejects: Listed,
    /// Duplicates that differ from the stored row.
    pub conflicts: Listed,
}

/// A list that is kept in a file up to a limit, and counted without one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// How many there were.
    pub total: u64,
    /// How many the file has.
    pub kept: u64,
    /// The file; none if there is nothing in it.
    pub file: Option<FileRef>,
}

impl From<&Key> for KeyState {
    fn from(key: &Key) -> Self {
        match key {
            Key::None => Self::None,
            Key::Integer(column) => Self::Integer(column.clone()),
            Key::Columns(columns) => Self::Columns(columns.clone()),
        }
    }
}

impl From<&KeyState> for Key {
    fn from(key: &KeyState) -> Self {
        match key {
            KeyState::None => Self::None,
            KeyState::Integer(column) => Self::Integer(column.clone()),
            KeyState::Columns(columns) => Self::Columns(columns.clone()),
        }
    }
}

impl TableState {
    /// Which table it is.
    pub fn id(&self) -> TableId {
        TableId::new(&self.schema, &self.name)
    }

    /// How many rows it has.
    pub fn rows(&self) -> u64 {
        self.segments.iter().map(|segment| segment.rows).sum()
    }

    /// What it needs of its rows.
    pub fn spec(&self) -> TableSpec {
        TableSpec { name: self.name.clone(), key: (&self.key).into(), time: self.time.clone() }
    }

    /// All files that it names.
    pub fn files(&self) -> impl Iterator<Item = &FileRef> {
        let listed = self.ingestions.iter().flat_map(|of| [&of.rejects, &of.conflicts]);
        let segments = self.segments.iter().map(|segment| &segment.file);
        segments.chain(&self.keys).chain(listed.filter_map(|listed| listed.file.as_ref()))
    }
}

impl Manifest {
    /// That of a warehouse in which there is nothing.
    pub fn empty() -> Self {
        Self {
            format: FORMAT,
            snapshot: 0,
            parent: None,
            time: String::new(),
            engine: String::new(),
            made_by: MadeBy { what: Change::New, words: "nothing was read yet".to_owned() },
            tables: Vec::new(),
            undone: Vec::new(),
            log: IngestionLog::default(),
            views: Vec::new(),
            checks: Vec::new(),
        }
    }

    /// The table of this name.
    pub fn table(&self, id: &TableId) -> Option<&TableState> {
        self.tables.iter().find(|table| table.id() == *id)
    }

    /// All files that it names.
    pub fn files(&self) -> impl Iterator<Item = &FileRef> {
        self.tables.iter().flat_map(TableState::files).chain(self.log.files())
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which is a defect.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StorageError> {
        let mut bytes = serde_json::to_vec_pretty(self)
            .map_err(|error| StorageError::damaged(&file_name(self.snapshot), error))?;
        bytes.push(b'\n');
        let last = format!("{CHECKSUM}{}\n", checksum(&bytes));
        bytes.extend_from_slice(last.as_bytes());
        Ok(bytes)
    }

    /// Reads the file of this name.
    ///
    /// # Errors
    /// When it is not what was written, or of another version of the layout.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, StorageError> {
        let damaged = |what: &str| StorageError::damaged(name, what);
        let last = CHECKSUM.len() + 33;
        let (body, found) = bytes
            .split_at_checked(bytes.len().saturating_sub(last))
            .ok_or_else(|| damaged("it is too short"))?;
        if found != format!("{CHECKSUM}{}\n", checksum(body)).as_bytes() {
            return Err(damaged("its checksum does not hold, so it was cut off or changed"));
        }
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let not_json = |error| StorageError::damaged(name, format!("it is no manifest: {error}"));
        let Version { format } = serde_json::from_slice(body).map_err(not_json)?;
        if format != FORMAT {
            let what = format!(
                "it is of version {format} of the layout, and this program reads version {FORMAT}; use a newer Sandglass"
            );
            return Err(StorageError::new(crate::storage::StorageErrorKind::Other, name, what));
        }
        let manifest: Self = serde_json::from_slice(body).map_err(not_json)?;
        if number_of(name).is_some_and(|number| number != manifest.snapshot) {
            return Err(damaged("it has the number of another"));
        }
        Ok(manifest)
    }
}

/// The folder of the manifests.
pub(crate) const FOLDER: &str = "manifests";

/// The file of a manifest.
pub fn file_name(snapshot: u64) -> String {
    format!("{FOLDER}/{snapshot:08}.json")
}

/// The number that a file's name begins with, in its folder: of the snapshot, or of the ingestion that has made it.
pub(crate) fn number_of(name: &str) -> Option<u64> {
    let own = name.rsplit('/').next()?;
    let digits = own.find(|c: char| !c.is_ascii_digit()).unwrap_or(own.len());
    own[..digits].parse().ok()
}

/// A name as a part of a file's: what file systems may not take, or take for something else, stands there as in a URL.
pub fn encode_name(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => encoded.push(byte as char),
            b'.' if !encoded.is_empty() => encoded.push('.'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    // No name is an empty one, and none ends in a point, which some systems drop.
    if encoded.ends_with('.') {
        encoded.pop();
        encoded.push_str("%2E");
    }
    if encoded.is_empty() { "%".to_owned() } else { encoded }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ColumnType, SegmentColumn};
    use sandglass_weekly::DayCounts;

    #[test]
    fn names_of_tables_are_names_of_files() {
        for (name, expected) in [
            ("votes", "votes"),
            ("", "%"),
            (".", "%2E"),
            ("..", "%2E%2E"),
            ("a/b\\c", "a%2Fb%5Cc"),
            ("é x.csv", "%C3%A9%20x.csv"),
            ("a.", "a%2E"),
            ("%", "%25"),
        ] {
            assert_eq!(encode_name(name), expected);
        }
    }

    #[test]
    fn numbers_are_read_from_names() {
        assert_eq!(number_of("tables/main/7/00000042-3.parquet"), Some(42));
        assert_eq!(number_of(&file_name(123_456_789)), Some(123_456_789));
        assert_eq!(number_of("tables/main/votes/readme.txt"), None);
    }

    #[test]
    fn columns_as_deep_as_readers_make_them_can_be_read_again() {
        let deepest = (0..33).fold(ColumnType::Null, |of, at| ColumnType::Struct(vec![(at.to_string(), of)]));
        let columns = vec![SegmentColumn { name: "a".to_owned(), column_type: deepest, nulls: 0 }];
        let file = FileRef { name: "x".to_owned(), bytes: 1, checksum: String::new() };
        let segment = Segment {
            file,
            rows: 1,
            ingestion: 1,
            keys: Some((i64::MIN, i64::MAX)),
            columns,
            days: DayCounts::default(),
            untimed: 1,
        };
        let table = TableState {
            schema: "main".to_owned(),
            name: "t".to_owned(),
            key: KeyState::Columns(vec!["a".to_owned()]),
            time: None,
            pipeline: None,
            segments: vec![segment],
            keys: None,
            ingestions: Vec::new(),
        };
        let manifest = Manifest { snapshot: 1, tables: vec![table], ..Manifest::empty() };
        let bytes = manifest.to_bytes().unwrap();
        assert_eq!(Manifest::from_bytes(&file_name(1), &bytes).unwrap(), manifest);
    }

    #[test]
    fn any_flipped_bit_is_found() {
        let manifest = Manifest { snapshot: 3, ..Manifest::empty() };
        let bytes = manifest.to_bytes().unwrap();
        let name = file_name(3);
        assert_eq!(Manifest::from_bytes(&name, &bytes).unwrap(), manifest);
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                let error = Manifest::from_bytes(&name, &changed).unwrap_err();
                assert!(error.to_string().starts_with("manifests/00000003.json is damaged"), "{error}");
            }
            assert!(Manifest::from_bytes(&name, &bytes[..at]).is_err());
        }
        assert!(Manifest::from_bytes(&file_name(4), &bytes).is_err());
    }
}
