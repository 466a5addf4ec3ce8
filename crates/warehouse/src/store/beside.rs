//! What is written of a table beside its segments, while these are made.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use serde::Serialize;

use super::save::{ConflictLine, RejectLine, not_json};
use super::{Store, StoreError, TableAccess};
use crate::manifest::{Listed, TableId};
use crate::segment::{FileRef, Segments};
use crate::storage::Storage;
use crate::{Key, Table};

/// The names of what is written of a table beside its segments, as far as there is something to write.
pub(super) struct Names {
    keys: Option<String>,
    rejects: Option<String>,
    conflicts: Option<String>,
}

impl<S: Storage, G: Segments> Store<S, G> {
    /// The names for a table, which has new rows or not.
    pub(super) fn names_beside(&mut self, id: &TableId, number: u64, table: &Table, has_new: bool) -> Names {
        let mut name = |is_wanted: bool, extension: &str| is_wanted.then(|| self.file(id, number, extension));
        Names {
            keys: name(has_new && matches!(table.spec().key, Key::Integer(_)), "keys"),
            rejects: name(!table.unsaved_rejects().0.is_empty(), "rejects.ndjson"),
            conflicts: name(!table.unsaved_conflicts().0.is_empty(), "conflicts.ndjson"),
        }
    }

    /// Writes the keys and the lists. What is written is only made when this is polled for the first time: then the rows of a
    /// segment are on their way to whoever makes it.
    pub(super) async fn write_beside<T: TableAccess>(
        &self,
        names: Names,
        table: &mut T,
    ) -> Result<(Option<FileRef>, Listed, Listed), StoreError> {
        let keys = match names.keys {
            Some(name) => {
                let bytes = table.with(|table| table.integers().to_bytes());
                Some(self.write_file(name, &bytes).await?)
            }
            None => None,
        };
        let (lines, total) = table.with(|table| {
            let (rejects, total) = table.unsaved_rejects();
            (rejects.iter().map(RejectLine::from).collect::<Vec<_>>(), total)
        });
        let rejects = self.write_list(names.rejects, &lines, total).await?;
        let (lines, total) = table.with(|table| {
            let (conflicts, total) = table.unsaved_conflicts();
            (conflicts.iter().map(ConflictLine::from).collect::<Vec<_>>(), total)
        });
        let conflicts = self.write_list(names.conflicts, &lines, total).await?;
        Ok((keys, rejects, conflicts))
    }

    /// Writes a list of what could not be taken, or differed.
    async fn write_list<T: Serialize>(
        &self,
        name: Option<String>,
        lines: &[T],
        total: u64,
    ) -> Result<Listed, StoreError> {
        let kept = lines.len() as u64;
        let Some(name) = name else { return Ok(Listed { total, kept, file: None }) };
        let mut bytes = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut bytes, line).map_err(|error| not_json(&name, &error))?;
            bytes.push(b'\n');
        }
        Ok(Listed { total, kept, file: Some(self.write_file(name, &bytes).await?) })
    }
}

/// Waits for both. Neither is given up when the other fails: a file that is being written is written, or removed again.
pub(super) async fn both<A: Future, B: Future>(one: A, other: B) -> (A::Output, B::Output) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut of_one, mut of_other) = (None, None);
    poll_fn(move |context| {
        poll_once(&mut of_one, one.as_mut(), context);
        poll_once(&mut of_other, other.as_mut(), context);
        match (of_one.take(), of_other.take()) {
            (Some(of_one), Some(of_other)) => Poll::Ready((of_one, of_other)),
            unfinished => {
                (of_one, of_other) = unfinished;
                Poll::Pending
            }
        }
    })
    .await
}

/// Polls what has no output yet.
fn poll_once<F: Future>(output: &mut Option<F::Output>, future: Pin<&mut F>, context: &mut Context<'_>) {
    if output.is_none()
        && let Poll::Ready(ready) = future.poll(context)
    {
        *output = Some(ready);
    }
}
