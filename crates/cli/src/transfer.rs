//! `sandglass export` and `import`: a warehouse as one file.

use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use sandglass_warehouse::storage::block_on;
use sandglass_warehouse::store::StoreError;

use crate::Done;
use crate::print::{note, thousands};
use crate::warehouse::{Place, now, table_named};

/// Write a warehouse, or a table of it, as one file
///
/// The file is a tar archive of the warehouse's own files, which `sandglass import` and the page take in again.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The file to write
    file: PathBuf,
    /// Only this table
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    #[command(flatten)]
    place: Place,
}

impl Export {
    pub(crate) fn run(self) -> Result<Done> {
        let store = self.place.open()?;
        let table = self.table.as_deref().map(|name| table_named(&store, name)).transpose()?;
        if self.file.exists() {
            bail!("{} is there already; name another file", self.file.display());
        }
        // Under another name until it is whole.
        let partial = self.file.with_added_extension("part");
        let failed = || format!("{} cannot be written", self.file.display());
        let mut out = BufWriter::new(File::create(&partial).with_context(failed)?);
        let mut bytes = 0;
        let written = block_on(store.export(table.as_ref(), |piece| {
            bytes += piece.len() as u64;
            out.write_all(piece).map_err(|error| error.to_string())
        }));
        let ended = written.map_err(anyhow::Error::from).and_then(|()| {
            out.flush()?;
            out.get_ref().sync_all()?;
            drop(out);
            Ok(fs::rename(&partial, &self.file)?)
        });
        if let Err(error) = ended {
            let _ = fs::remove_file(&partial);
            return Err(error).with_context(failed);
        }
        note(format_args!("{}: {} bytes", self.file.display(), thousands(bytes)));
        Ok(Done::Well)
    }
}

/// Take the tables of an exported warehouse in
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// A file that was written by `sandglass export` or by the page
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

impl Import {
    pub(crate) fn run(self) -> Result<Done> {
        let mut file =
            File::open(&self.file).with_context(|| format!("{} cannot be read", self.file.display()))?;
        let (mut store, _lock) = self.place.open_to_write()?;
        let mut import = store.begin_import()?;
        let mut buffer = vec![0; 1 << 20];
        loop {
            let length =
                file.read(&mut buffer).with_context(|| format!("{} cannot be read", self.file.display()))?;
            if length == 0 {
                break;
            }
            if let Err(error) = block_on(store.import(&mut import, &buffer[..length])) {
                store.abandon_import(import);
                return Err(self.of(error));
            }
        }
        let snapshot = block_on(store.end_import(import, now())).map_err(|error| self.of(error))?;
        for table in store.tables() {
            note(format_args!("{}: {} rows", table.id(), thousands(table.rows())));
        }
        note(format_args!("saved in {} as snapshot {snapshot}", self.place.name()));
        Ok(Done::Well)
    }

    fn of(&self, error: StoreError) -> anyhow::Error {
        anyhow::Error::from(error).context(self.file.display().to_string())
    }
}
