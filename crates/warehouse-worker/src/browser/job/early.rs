//! Rows of a job that are written before it ends, so that a file of any size needs a bounded part of the memory.
//!
//! Below that nothing is written before the answer, because it would come later by that.

use std::rc::Rc;

use futures_util::FutureExt as _;
use sandglass_pipelines::Load;
use sandglass_protocol::Event;
use sandglass_warehouse::storage::StorageError;
use sandglass_warehouse::{FileRef, Segments};
use sandglass_warehouse_worker::{Early, EarlyPart};

use super::Job;
use crate::browser::Worker;
use crate::browser::beside::{Inbox, from_page};

/// Bytes of rows that are held: some thirty million votes. More are written while the job reads on.
const HELD: usize = 512 << 20;

/// Where the page says that fewer are to be held.
const HELD_SAYS: &str = "sandglassHeld";

/// The job waits for the segment that is being written when it holds so many times as much.
const MOST: usize = 2;

/// How often it is looked how much is held, in slices.
const LOOK: u32 = 4;

/// What a job has written, and writes.
pub(super) struct Writing {
    held: usize,
    early: Early,
    part: Option<(EarlyPart, Said)>,
    /// Slices until it is looked again.
    until: u32,
    /// Whether no more is written, because something could not be.
    ended: bool,
}

type Said = Rc<Inbox<Result<FileRef, StorageError>>>;

impl Default for Writing {
    fn default() -> Self {
        let says = from_page(HELD_SAYS).and_then(|bytes| bytes.as_f64());
        let held = says.map_or(HELD, |bytes| bytes as usize);
        Self { held, early: Early::default(), part: None, until: LOOK, ended: false }
    }
}

impl Writing {
    /// Whether there is something to do after a slice. Asked for every one, so that the rest is only compiled where it is.
    pub(super) fn is_due(&mut self, load: &mut Load) -> bool {
        self.until -= 1;
        if self.until > 0 || self.ended {
            self.until = self.until.max(1);
            return false;
        }
        self.until = LOOK;
        self.part.is_some() || load.ingestion_mut().memory() > self.held
    }

    /// Takes what was written, and begins to write what comes next.
    pub(super) async fn go_on(&mut self, load: &mut Load, worker: &Worker) {
        let memory = load.ingestion_mut().memory();
        if let Some((part, said)) = self.part.take() {
            let must_wait = memory > self.held.saturating_mul(MOST);
            let written = if must_wait { Some(said.next().await) } else { said.take() };
            match written {
                Some(written) => self.take(part, written, load),
                None => self.part = Some((part, said)),
            }
        }
        if self.part.is_none() && !self.ended && load.ingestion_mut().memory() > self.held {
            self.begin(load, worker).await;
        }
    }

    async fn begin(&mut self, load: &mut Load, worker: &Worker) {
        let mut turn = worker.home.turn().await;
        let Some(keeper) = &mut *turn else {
            self.ended = true;
            return;
        };
        let part = match keeper.early_part(&mut self.early, &worker.engine.borrow(), load.ingestion_mut()) {
            Ok(Some(part)) => part,
            Ok(None) => return,
            Err(_) => {
                self.ended = true;
                return;
            }
        };
        let said = Said::default();
        let (segments, says) = (worker.home.segments.clone(), Rc::clone(&said));
        let (name, rows) = (part.name().to_owned(), part.rows().clone());
        wasm_bindgen_futures::spawn_local(async move { says.push(segments.write(&name, &rows).await) });
        self.part = Some((part, said));
    }

    /// What could not be written is in memory still. It is tried once more when the job is saved, and why it fails is said then.
    fn take(&mut self, part: EarlyPart, written: Result<FileRef, StorageError>, load: &mut Load) {
        let stored = written.map(|file| self.early.written(part, file, load.ingestion_mut()));
        self.ended |= !matches!(stored, Ok(Ok(())));
    }

    /// Waits for what is being written. Nothing is afterwards.
    pub(super) async fn end(&mut self, load: &mut Load) -> Early {
        if let Some((part, said)) = self.part.take() {
            let written = said.next().await;
            self.take(part, written, load);
        }
        self.ended = true;
        std::mem::take(&mut self.early)
    }
}

impl Job {
    /// Writes rows while more are read, if there are too many of them.
    pub(super) async fn write_early(&mut self, worker: &Worker) {
        if self.writing.is_due(&mut self.load) {
            self.writing.go_on(&mut self.load, worker).boxed_local().await;
        }
    }
}

/// Nothing has come of a job: removes what it has written, and ends it with this.
pub(super) async fn give_up(worker: &Worker, early: Early, event: &Event) {
    // Most have written nothing, and wait for nobody.
    if early.is_begun()
        && let Some(keeper) = &mut *worker.home.turn().await
    {
        keeper.discard(early).await;
    }
    worker.end_job(event);
}
