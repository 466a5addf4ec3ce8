//! `sandglass snapshots`, `restore`, `undo`, `vacuum` and `verify`: the states of a warehouse.

use std::io;

use anyhow::{Context, Result, bail};
use clap::Args;
use sandglass_warehouse::storage::block_on;

use crate::Done;
use crate::print::{self, Cell, Format, note, thousands};
use crate::warehouse::{Place, Warehouse, now};

/// List the states that a warehouse was in, or how two of them differ
#[derive(Debug, Args)]
pub(crate) struct Snapshots {
    /// Show how many rows each table has more or less between these two
    #[arg(long, num_args = 2, value_names = ["BEFORE", "AFTER"])]
    compare: Option<Vec<u64>>,
    /// The form of the list
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    place: Place,
}

impl Snapshots {
    pub(crate) fn run(self) -> Result<Done> {
        let store = self.place.open()?;
        let mut out = io::stdout().lock();
        let failed = "the list cannot be written";
        if let Some([before, after]) = self.compare.as_deref() {
            let differences = block_on(store.compare(*before, *after))?;
            let rows: Vec<[Cell; 5]> = differences
                .into_iter()
                .map(|of| {
                    [
                        of.table.to_string().into(),
                        of.before.into(),
                        of.after.into(),
                        of.added.into(),
                        of.removed.into(),
                    ]
                })
                .collect();
            print::list(&mut out, ["table", "before", "after", "added", "removed"], &rows, self.format)
                .context(failed)?;
            return Ok(Done::Well);
        }
        let present = store.manifest().snapshot;
        let rows: Vec<[Cell; 5]> = block_on(store.history())?
            .into_iter()
            .map(|snapshot| {
                let is_present = if snapshot.number == present { "present" } else { "" };
                match snapshot.state {
                    Ok(state) => {
                        let tables: Vec<String> = state
                            .tables
                            .iter()
                            .map(|(id, rows)| format!("{id} {}", thousands(*rows)))
                            .collect();
                        let time = state.time.get(..19).unwrap_or(&state.time).to_owned();
                        let (words, tables) = (state.made_by.words, tables.join(", "));
                        [snapshot.number.into(), time.into(), words.into(), tables.into(), is_present.into()]
                    }
                    Err(error) => [
                        snapshot.number.into(),
                        Cell::Nothing,
                        format!("cannot be read: {error}").into(),
                        Cell::Nothing,
                        is_present.into(),
                    ],
                }
            })
            .collect();
        let columns = ["snapshot", "time", "what", "rows", "state"];
        print::list(&mut out, columns, &rows, self.format).context(failed)?;
        Ok(Done::Well)
    }
}

/// Make an earlier snapshot the present one again
///
/// Nothing is lost by that: the present state stays a snapshot as well.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// Its number, as `sandglass snapshots` has it
    snapshot: u64,
    #[command(flatten)]
    place: Place,
}

impl Restore {
    pub(crate) fn run(self) -> Result<Done> {
        let (mut store, _lock) = self.place.open_to_change()?;
        let made = block_on(store.restore(self.snapshot, now()))?;
        note(format_args!("snapshot {} is the present one again, as snapshot {made}", self.snapshot));
        tell_rows(&store);
        Ok(Done::Well)
    }
}

/// Take an ingestion back
///
/// Its rows, rejects and conflicts go. It is refused when a later ingestion had some of its rows again, because these are stored only
/// once.
#[derive(Debug, Args)]
pub(crate) struct Undo {
    /// Its number, as `sandglass log` has it
    ingestion: u64,
    #[command(flatten)]
    place: Place,
}

impl Undo {
    pub(crate) fn run(self) -> Result<Done> {
        let (mut store, _lock) = self.place.open_to_change()?;
        let made = block_on(store.undo(self.ingestion, now()))?;
        note(format_args!("ingestion {} was taken back, as snapshot {made}", self.ingestion));
        tell_rows(&store);
        Ok(Done::Well)
    }
}

fn tell_rows(store: &Warehouse) {
    for table in store.tables() {
        note(format_args!("{}: {} rows", table.id(), thousands(table.rows())));
    }
}

/// Free what no kept snapshot needs
#[derive(Debug, Args)]
pub(crate) struct Vacuum {
    /// How many of the newest snapshots to keep; the present one always is
    #[arg(long, value_name = "N", default_value_t = Warehouse::KEPT)]
    keep: usize,
    #[command(flatten)]
    place: Place,
}

impl Vacuum {
    pub(crate) fn run(self) -> Result<Done> {
        let (mut store, _lock) = self.place.open_to_change()?;
        let freed = block_on(store.vacuum(self.keep))?;
        note(format_args!(
            "{} snapshots and {} other files removed, {} bytes freed",
            thousands(freed.snapshots),
            thousands(freed.files),
            thousands(freed.bytes)
        ));
        Ok(Done::Well)
    }
}

/// Look whether every file of a warehouse is what was written
#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    place: Place,
}

impl Verify {
    pub(crate) fn run(self) -> Result<Done> {
        let mut store = self.place.open()?;
        let problems = block_on(store.verify())?;
        for problem in &problems {
            let table = problem.table.as_ref().map_or(String::new(), |table| format!("{table}: "));
            note(format_args!("{table}{}: {}", problem.file, problem.what));
        }
        match problems.len() {
            0 => note(format_args!("{}: every file is what was written", self.place.name())),
            1 => bail!("one file is not what was written"),
            several => bail!("{several} files are not what was written"),
        }
        Ok(Done::Well)
    }
}
