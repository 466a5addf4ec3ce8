//! Segments of a job that are written while it reads, because it reads more than should be in memory at a time.
//!
//! Nothing names them before the job is saved. So they are rows of it like those in memory, and go with it when it is cancelled.

use std::rc::Rc;

use sandglass_warehouse::storage::Storage;
use sandglass_warehouse::store::{Run, StoreError};
use sandglass_warehouse::{AppendError, FileRef, Group, Ingestion, Segments};

use crate::{Engine, Keeper};

/// What a job has written.
#[derive(Debug, Default)]
pub struct Early {
    /// Its number, and the warehouse that has given it.
    run: Option<(Run, Rc<()>)>,
    /// The names of the files.
    files: Vec<String>,
}

/// Rows of a job that are written, while it reads on.
#[derive(Debug)]
pub struct EarlyPart {
    name: String,
    group: Group,
    /// How often the ingestion had forgotten a source when it gave these rows.
    forgotten: u64,
}

impl EarlyPart {
    /// The name of their segment.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rows.
    pub fn rows(&self) -> &Group {
        &self.group
    }
}

impl Early {
    /// The rows are in this file now, and no longer in memory; unless their source was forgotten meanwhile.
    ///
    /// # Errors
    /// When they have columns of types that no reader makes.
    pub fn written(
        &self,
        part: EarlyPart,
        file: FileRef,
        ingestion: &mut Ingestion,
    ) -> Result<(), AppendError> {
        match &self.run {
            Some((run, _)) if part.forgotten == ingestion.forgotten() => {
                ingestion.stored(part.group, file, run.number())
            }
            _ => Ok(()),
        }
    }

    /// Whether anything was written, or begun to be.
    pub fn is_begun(&self) -> bool {
        self.run.is_some()
    }

    /// The number of the job, if it has one, and the names of the files.
    pub(crate) fn into_parts(self) -> (Option<Run>, Vec<String>) {
        (self.run.map(|(run, _)| run), self.files)
    }
}

impl<S: Storage, G: Segments> Keeper<S, G> {
    /// Rows of a job that can be written now, if there are enough for a segment. They are handed to [`Early::written`] before the
    /// next are asked for.
    ///
    /// # Errors
    /// When the warehouse can only be looked at.
    pub fn early_part(
        &mut self,
        early: &mut Early,
        engine: &Engine,
        ingestion: &Ingestion,
    ) -> Result<Option<EarlyPart>, StoreError> {
        let Some(group) = ingestion.full_group()? else { return Ok(None) };
        let (run, _) = match &mut early.run {
            Some(run) => run,
            none => none.insert((self.store.begin_run()?, Rc::clone(&self.identity))),
        };
        let (table, _) = engine.of_pipeline();
        let name = self.store.segment_name(run, &table);
        early.files.push(name.clone());
        Ok(Some(EarlyPart { name, group, forgotten: ingestion.forgotten() }))
    }

    /// Nothing has come of a job: removes what it has written. What cannot be removed belongs to nothing.
    pub async fn discard(&mut self, early: Early) {
        let Some((run, identity)) = early.run else { return };
        // Files of the same names may be others by now.
        if Rc::ptr_eq(&identity, &self.identity) {
            for name in &early.files {
                let _ = self.store.storage().remove(name).await;
            }
            self.store.abandon(run);
        }
    }
}
