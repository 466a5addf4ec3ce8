//! SQLite databases as a set of tables.
//!
//! Rows are read in the order of their keys, so many at a time, each time from behind the last key. That needs no statement
//! that stays open, and a table is passed once. The database is never written to: natively it is opened as a file that does
//! not change; what was packed, or comes from a browser, is held in memory.

use std::io::Read;
use std::sync::Arc;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{Connection, OpenFlags, params_from_iter};
use sandglass_access::{Cursor, HELD_MAX, head};
use sandglass_ingest::values::{Decoder, Value};
use sandglass_ingest::{BATCH_ROWS, Batch, Reason, SourceEvent};

use crate::convert::hex;
use crate::part::{Context, Parts};
use crate::{Bytes, FormatError};

const SQLITE: &str = "SQLite";

/// Where the header says whether there is a write-ahead log: 1 for no, 2 for yes.
const VERSIONS: std::ops::Range<usize> = 18..20;

/// The longest text or blob that is read.
const VALUE_MAX: i32 = 256 << 20;

fn damaged(error: rusqlite::Error) -> FormatError {
    match &error {
        rusqlite::Error::SqliteFailure(failure, _) if failure.code == rusqlite::ErrorCode::NotADatabase => {
            FormatError::damaged(SQLITE, "it is no database, or an encrypted one")
        }
        _ => FormatError::damaged(SQLITE, error),
    }
}

/// Opens a database.
pub(crate) fn open(bytes: Arc<dyn Bytes>, context: Context) -> Result<Box<dyn Parts>, FormatError> {
    let beginning = head(&*bytes, 100)?;
    if beginning.len() < 100 {
        return Err(FormatError::damaged(SQLITE, "it ends too early"));
    }
    let has_log = beginning[VERSIONS].contains(&2);
    let connection = connect(&bytes).map_err(|error| match error {
        Opening::Sqlite(error) => damaged(error),
        Opening::Other(error) => error,
    })?;
    let mut notes = Vec::new();
    if has_log {
        notes.push(
            "it has a write-ahead log: what stands only in the file that ends with -wal was not read"
                .to_owned(),
        );
    }
    let tables = tables(&connection, &mut notes).map_err(damaged)?;
    let most_rows = bytes.len();
    Ok(Box::new(Database {
        connection,
        tables: tables.into_iter(),
        notes,
        present: None,
        most_rows,
        context,
    }))
}

enum Opening {
    Sqlite(rusqlite::Error),
    Other(FormatError),
}

impl From<rusqlite::Error> for Opening {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn connect(bytes: &Arc<dyn Bytes>) -> Result<Connection, Opening> {
    let connection = match bytes.path() {
        Some(path) if !cfg!(target_family = "wasm") => {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            Connection::open_with_flags(uri(path), flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?
        }
        _ => {
            let length = bytes.len();
            if length > HELD_MAX {
                return Err(Opening::Other(FormatError::TooLarge { what: "it has".to_owned() }));
            }
            let mut connection = Connection::open_in_memory()?;
            let whole = WithoutLog { at: 0, cursor: Cursor::new(Arc::clone(bytes)) };
            connection.deserialize_read_exact("main", whole, length as usize, true)?;
            connection
        }
    };
    // Who made the file may not be who opens it: nothing in it gets to run more than a query needs.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, VALUE_MAX)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

/// A path for SQLite, with the wish that nothing be looked for beside it.
fn uri(path: &std::path::Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut uri = String::from("file://");
    if cfg!(windows) {
        uri.push('/');
    }
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b':' => {
                uri.push(char::from(byte))
            }
            b'\\' if cfg!(windows) => uri.push('/'),
            other => uri.push_str(&format!("%{other:02x}")),
        }
    }
    uri + "?mode=ro&immutable=1"
}

/// A database in memory cannot have a log: these bytes say that it has none.
struct WithoutLog {
    at: usize,
    cursor: Cursor,
}

impl Read for WithoutLog {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.cursor.read(buffer)?;
        for (at, byte) in (self.at..self.at + length).zip(buffer.iter_mut()) {
            if VERSIONS.contains(&at) && *byte == 2 {
                *byte = 1;
            }
        }
        self.at += length;
        Ok(length)
    }
}

/// A table that is to be read.
#[derive(Debug, Clone)]
struct Table {
    name: String,
    columns: Vec<String>,
    /// What says where a row stands: the names of these columns or of the row's number, quoted.
    key: Vec<String>,
}

/// A name as it stands in a statement.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The tables of a database, without those that are not meant for people.
fn tables(connection: &Connection, notes: &mut Vec<String>) -> Result<Vec<Table>, rusqlite::Error> {
    let mut list = connection.prepare(
        "SELECT s.name, t.type, t.wr FROM sqlite_schema s JOIN pragma_table_list t \
         ON t.name = s.name AND t.schema = 'main' WHERE s.type IN ('table', 'view') ORDER BY s.rowid",
    )?;
    let mut rows = list.query([])?;
    let (mut tables, mut views, mut others) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (name, kind, without_rowid): (String, String, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        match kind.as_str() {
            _ if name.starts_with("sqlite_") => {}
            "table" => tables.push(table(connection, name, without_rowid)?),
            "view" => views.push(name),
            "virtual" => others.push(name),
            // The tables in which a virtual one keeps what it has.
            _ => {}
        }
    }
    let mut left_out = |what: &str, names: &[String]| {
        if !names.is_empty() {
            notes.push(format!("{what} were left out: {}", names.join(", ")));
        }
    };
    left_out("views", &views);
    left_out("virtual tables, whose rows only their own program knows,", &others);
    Ok(tables)
}

fn table(connection: &Connection, name: String, without_rowid: bool) -> Result<Table, rusqlite::Error> {
    let mut info = connection.prepare("SELECT name, pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1")?;
    let columns = info.query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let columns = columns.collect::<Result<Vec<(String, u32)>, _>>()?;
    let key = if without_rowid {
        let mut key: Vec<&(String, u32)> = columns.iter().filter(|(_, place)| *place > 0).collect();
        key.sort_by_key(|(_, place)| *place);
        key.into_iter().map(|(name, _)| quoted(name)).collect()
    } else {
        // A column of that name hides the number of the row.
        let hidden = |alias: &str| columns.iter().any(|(name, _)| name.eq_ignore_ascii_case(alias));
        let alias = ["rowid", "_rowid_", "oid"].into_iter().find(|alias| !hidden(alias));
        alias.map(str::to_owned).into_iter().collect()
    };
    Ok(Table { name, columns: columns.into_iter().map(|(name, _)| name).collect(), key })
}

/// A database that is being read.
struct Database {
    connection: Connection,
    tables: std::vec::IntoIter<Table>,
    notes: Vec<String>,
    present: Option<Reading>,
    /// No database has more rows than bytes.
    most_rows: u64,
    context: Context,
}

/// A table that is being read.
struct Reading {
    table: Table,
    decoder: Decoder,
    /// The key of the last row; nothing before the first.
    behind: Vec<Sql>,
    rows: u64,
    blobs: bool,
    ended: bool,
}

impl Reading {
    fn begin(table: Table, context: &Context) -> Result<Self, FormatError> {
        let mut decoder = context.decoder();
        let names: Vec<&str> = table.columns.iter().map(String::as_str).collect();
        decoder.name_columns(&names, "SQLite table")?;
        Ok(Self { table, decoder, behind: Vec::new(), rows: 0, blobs: false, ended: false })
    }

    /// Reads the next rows.
    fn step(&mut self, connection: &Connection, most_rows: u64) -> Result<Option<Batch>, FormatError> {
        while !self.ended && !self.decoder.is_full() {
            self.page(connection)?;
            if self.rows > most_rows {
                return Err(FormatError::damaged(SQLITE, "its rows go round in a circle"));
            }
        }
        Ok(self.decoder.flush()?)
    }

    fn page(&mut self, connection: &Connection) -> Result<(), FormatError> {
        let Table { name, columns, key } = &self.table;
        let statement = statement(name, columns, key, self.rows);
        let mut statement = connection.prepare(&statement).map_err(damaged)?;
        let mut rows = statement.query(params_from_iter(&self.behind)).map_err(damaged)?;
        let before = self.rows;
        while let Some(row) = rows.next().map_err(damaged)? {
            self.rows += 1;
            let value = |at: usize| row.get_ref(at).map_err(damaged);
            self.behind.clear();
            for at in 0..key.len() {
                self.behind.push(owned(value(at)?));
            }
            let values = (key.len()..key.len() + columns.len()).map(value).collect::<Result<Vec<_>, _>>()?;
            let texts: Vec<Option<String>> = values.iter().map(as_text).collect();
            self.blobs |= values.iter().any(|value| matches!(value, ValueRef::Blob(_)));
            let ours: Vec<Value<'_>> =
                values.iter().zip(&texts).map(|(&value, text)| ours(value, text)).collect();
            match values.iter().position(|value| matches!(value, ValueRef::Text(text) if !is_utf8(text))) {
                None => self.decoder.row(self.rows, &ours),
                Some(column) => {
                    let what = format!("its {} is not UTF-8", columns[column]);
                    self.decoder.reject(self.rows, &ours, Reason::Damaged { what });
                }
            }
        }
        self.ended = self.rows - before < BATCH_ROWS as u64;
        Ok(())
    }

    fn end(self, context: &Context) -> SourceEvent {
        let mut notes = Vec::new();
        if self.blobs {
            notes.push("blobs are shown as hexadecimal text".to_owned());
        }
        SourceEvent::End(self.decoder.summary(context.format("SQLite table"), context.bytes, notes))
    }
}

/// The statement for the next rows of a table, of which so many have been read.
fn statement(name: &str, columns: &[String], key: &[String], read: u64) -> String {
    let columns = columns.iter().map(|name| quoted(name));
    let selected: Vec<String> = key.iter().cloned().chain(columns).collect();
    let (selected, table, keys) = (selected.join(", "), quoted(name), key.join(", "));
    let places: Vec<String> = (1..=key.len()).map(|at| format!("?{at}")).collect();
    let rest = match (key, read) {
        // All three names of a row's number are names of columns.
        ([], read) => format!("LIMIT {BATCH_ROWS} OFFSET {read}"),
        (_, 0) => format!("ORDER BY {keys} LIMIT {BATCH_ROWS}"),
        _ => format!("WHERE ({keys}) > ({}) ORDER BY {keys} LIMIT {BATCH_ROWS}", places.join(", ")),
    };
    format!("SELECT {selected} FROM main.{table} {rest}")
}

fn owned(value: ValueRef<'_>) -> Sql {
    match value {
        ValueRef::Null => Sql::Null,
        ValueRef::Integer(number) => Sql::Integer(number),
        ValueRef::Real(number) => Sql::Real(number),
        ValueRef::Text(text) => Sql::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Sql::Blob(bytes.to_vec()),
    }
}

fn is_utf8(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok()
}

/// What stands for values that have to be written as text first.
fn as_text(value: &ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Blob(bytes) => Some(hex(bytes)),
        ValueRef::Text(text) if !is_utf8(text) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    }
}

fn ours<'a>(value: ValueRef<'a>, text: &'a Option<String>) -> Value<'a> {
    match (value, text) {
        (_, Some(text)) => Value::Text(text),
        (ValueRef::Integer(number), _) => Value::Int64(number),
        (ValueRef::Real(number), _) => Value::Float64(number),
        (ValueRef::Text(text), _) => Value::Text(std::str::from_utf8(text).unwrap_or_default()),
        (ValueRef::Null | ValueRef::Blob(_), _) => Value::Null,
    }
}

impl Parts for Database {
    fn next(&mut self) -> Result<Option<SourceEvent>, FormatError> {
        if let Some(note) = self.notes.pop() {
            return Ok(Some(SourceEvent::Note(note)));
        }
        let Some(mut reading) = self.present.take() else {
            let Some(table) = self.tables.next() else { return Ok(None) };
            let part = self.context.part(&table.name);
            return Ok(Some(match Reading::begin(table, &self.context) {
                Ok(reading) => {
                    self.present = Some(reading);
                    SourceEvent::Part(part)
                }
                Err(error) => SourceEvent::PartFailed { part, reason: error.to_string() },
            }));
        };
        Ok(Some(match reading.step(&self.connection, self.most_rows) {
            Ok(Some(batch)) => {
                self.present = Some(reading);
                SourceEvent::Batch(batch)
            }
            Ok(None) => reading.end(&self.context),
            Err(error) => {
                let part = self.context.part(&reading.table.name);
                SourceEvent::PartFailed { part, reason: error.to_string() }
            }
        }))
    }

    fn is_table(&self) -> bool {
        true
    }
}
