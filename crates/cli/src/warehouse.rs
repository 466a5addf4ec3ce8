//! The warehouse in a directory, with its segments as Parquet files.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::Args;
use sandglass_query::stored::ParquetFiles;
use sandglass_warehouse::manifest::TableId;
use sandglass_warehouse::storage::{Directory, Lock, block_on};
use sandglass_warehouse::store::{Mode, Moment, Store};

use crate::print::note;

pub(crate) use sandglass_query::stored::Warehouse;

/// Which warehouse.
#[derive(Debug, Clone, Args)]
pub(crate) struct Place {
    /// The directory of the warehouse
    #[arg(long, value_name = "DIR", default_value = "warehouse", env = "SANDGLASS_WAREHOUSE")]
    warehouse: PathBuf,
}

impl Place {
    /// Opens it for looking at it.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub(crate) fn open(&self) -> Result<Warehouse> {
        let directory = Directory::new(&self.warehouse);
        let store = self.opened(directory, Mode::Read)?;
        if store.manifest().snapshot == 0 {
            bail!(
                "there is no warehouse in {}; make one with `sandglass ingest FILE`, or name another directory with --warehouse",
                self.warehouse.display()
            );
        }
        Ok(store)
    }

    /// Opens it for changing it, as the only one, and makes it if it is not there.
    ///
    /// # Errors
    /// When another process changes it, or it cannot be read or written.
    pub(crate) fn open_to_write(&self) -> Result<(Warehouse, Lock)> {
        let directory = Directory::new(&self.warehouse);
        let lock = directory.lock()?;
        Ok((self.opened(directory, Mode::Write)?, lock))
    }

    /// The same for a warehouse that has to be there.
    pub(crate) fn open_to_change(&self) -> Result<(Warehouse, Lock)> {
        self.open()?;
        self.open_to_write()
    }

    fn opened(&self, directory: Directory, mode: Mode) -> Result<Warehouse> {
        let segments = ParquetFiles::new(directory.clone());
        let store = block_on(Store::open(directory, segments, mode, now()))
            .with_context(|| format!("the warehouse {} cannot be opened", self.warehouse.display()))?;
        for warning in store.warnings() {
            note(format_args!("sandglass: {warning}"));
        }
        Ok(store)
    }

    /// The directory.
    pub(crate) fn path(&self) -> &std::path::Path {
        &self.warehouse
    }

    /// The directory, for messages.
    pub(crate) fn name(&self) -> String {
        self.warehouse.display().to_string()
    }
}

/// The present time, and this program.
pub(crate) fn now() -> Moment<'static> {
    Moment { micros: micros(SystemTime::now()), engine: env!("CARGO_PKG_VERSION") }
}

/// Microseconds since 1970-01-01.
pub(crate) fn micros(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// The name of a table as it is written on the command line: `votes`, or with its schema `blog_analysis.votes`.
///
/// # Errors
/// When there is no such table, or one in several schemas.
pub(crate) fn table_named(store: &Warehouse, name: &str) -> Result<TableId> {
    let tables = || store.tables().iter().map(sandglass_warehouse::manifest::TableState::id);
    if let Some(id) = tables().find(|id| id.to_string() == name) {
        return Ok(id);
    }
    let found: Vec<TableId> = tables().filter(|id| id.name == name).collect();
    match found.as_slice() {
        [id] => Ok(id.clone()),
        [] => {
            let all: Vec<String> = tables().map(|id| id.to_string()).collect();
            bail!("there is no table {name}; there are: {}", all.join(", "))
        }
        several => {
            let all: Vec<String> = several.iter().map(ToString::to_string).collect();
            bail!("{name} is more than one table: {}; name it with its schema", all.join(", "))
        }
    }
}
