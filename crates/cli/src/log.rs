//! `sandglass log`: what was ever read into a warehouse.

use std::io;

use anyhow::{Context, Result};
use clap::Args;
use sandglass_warehouse::storage::block_on;

use crate::Done;
use crate::print::{self, Cell, Format};
use crate::warehouse::Place;

/// List what was ever read into a warehouse
///
/// A line for every source: what it was, where it went, and what became of its records. Sources that were known again have
/// the ingestion that had read them.
#[derive(Debug, Args)]
pub(crate) struct Log {
    /// The form of the list; json has all there is to know
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    place: Place,
}

impl Log {
    pub(crate) fn run(self) -> Result<Done> {
        let store = self.place.open()?;
        let entries = block_on(store.log())?;
        let mut out = io::stdout().lock();
        let failed = "the log cannot be written";
        if self.format == Format::Json {
            serde_json::to_writer_pretty(&mut out, &entries).context(failed)?;
            return io::Write::write_all(&mut out, b"\n").context(failed).map(|()| Done::Well);
        }
        let undone = &store.manifest().undone;
        let rows: Vec<[Cell; 10]> = entries
            .into_iter()
            .map(|entry| {
                let table = entry.schema.zip(entry.table).map(|(schema, table)| format!("{schema}.{table}"));
                let what = match (entry.known, entry.failure) {
                    _ if undone.contains(&entry.ingestion) => "undone".to_owned(),
                    (Some(known), _) => format!("same bytes as in ingestion {known}"),
                    (None, Some(failure)) => failure,
                    (None, None) => String::new(),
                };
                [
                    entry.ingestion.into(),
                    entry.started.get(..19).unwrap_or(&entry.started).into(),
                    entry.source.into(),
                    table.into(),
                    entry.read.into(),
                    entry.stored.into(),
                    entry.duplicates.into(),
                    entry.conflicts.into(),
                    entry.rejects.into(),
                    what.into(),
                ]
            })
            .collect();
        let columns = [
            "ingestion",
            "started",
            "source",
            "table",
            "read",
            "stored",
            "duplicates",
            "conflicts",
            "rejects",
            "note",
        ];
        print::list(&mut out, columns, &rows, self.format).context(failed)?;
        Ok(Done::Well)
    }
}
