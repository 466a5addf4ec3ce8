//! The warehouse of this origin, and turns at changing it.
//!
//! Files are read without the warehouse worker between: those of a warehouse are written once and never change. Who
//! writes is settled by the page, which asks the warehouse worker for the turn.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use sandglass_access::Bytes;
use sandglass_opfs::{FileBytes, Folder, Watched, storage_error};
use sandglass_protocol::VERSION;
use sandglass_protocol::sql::SqlEvent;
use sandglass_query::stored::{Files, Place};
use sandglass_query::{ErrorKind, GivenFile, QueryError};
use sandglass_warehouse::storage::{Entry, Storage, StorageError, StorageErrorKind};
use sandglass_warehouse::store::Moment;
use tokio::sync::oneshot;

use super::files::GivenFiles;

/// Bytes of a segment that are read at a time at least.
const AHEAD: u64 = 1 << 20;

/// Whose turn it is to change tables.
pub struct Turns {
    tell: Box<dyn Fn(SqlEvent)>,
    waiting: RefCell<Option<oneshot::Sender<Result<(), QueryError>>>>,
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turns").finish_non_exhaustive()
    }
}

impl Turns {
    /// Turns that are asked for and given back in this way.
    pub fn new(tell: impl Fn(SqlEvent) + 'static) -> Self {
        Self { tell: Box::new(tell), waiting: RefCell::default() }
    }

    /// What came of asking. A turn that nobody waits for any more goes back.
    pub fn answer(&self, refused: Option<String>) {
        let is_given = refused.is_none();
        let answer = match refused {
            None => Ok(()),
            Some(reason) => Err(QueryError::new(ErrorKind::Storage, reason)),
        };
        let waiting = self.waiting.take();
        if waiting.is_none_or(|waiting| waiting.send(answer).is_err()) && is_given {
            (self.tell)(SqlEvent::TurnDone);
        }
    }

    /// Whoever waits for a turn wants it no more.
    pub fn give_up(&self) {
        if let Some(waiting) = self.waiting.take() {
            let _ = waiting.send(Err(QueryError::cancelled()));
        }
    }

    async fn wait(self: &Rc<Self>) -> Result<Turn, QueryError> {
        let (answer, answered) = oneshot::channel();
        *self.waiting.borrow_mut() = Some(answer);
        (self.tell)(SqlEvent::TurnWanted);
        match answered.await {
            Ok(given) => given.map(|()| Turn(Rc::clone(self))),
            Err(_) => Err(QueryError::cancelled()),
        }
    }
}

/// A turn, which goes back when it is dropped.
pub struct Turn(Rc<Turns>);

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Turn")
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        (self.0.tell)(SqlEvent::TurnDone);
    }
}

/// The folder of the warehouse, or why there is none.
#[derive(Debug, Clone)]
pub struct FolderOrNone {
    folder: Result<Folder, Arc<str>>,
    /// The manifest that was the newest.
    watched: Rc<RefCell<Option<Watched>>>,
}

impl FolderOrNone {
    fn folder(&self, name: &str) -> Result<&Folder, StorageError> {
        let refused = |reason: &Arc<str>| StorageError::new(StorageErrorKind::Other, name, reason);
        self.folder.as_ref().map_err(refused)
    }
}

impl Storage for FolderOrNone {
    /// Without storage there is nothing.
    async fn list(&self, folder: &str) -> Result<Vec<Entry>, StorageError> {
        match &self.folder {
            Ok(all) => Storage::list(all, folder).await,
            Err(_) => Ok(Vec::new()),
        }
    }

    async fn read(&self, name: &str, range: Option<std::ops::Range<u64>>) -> Result<Vec<u8>, StorageError> {
        Storage::read(self.folder(name)?, name, range).await
    }

    async fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        Storage::write(self.folder(name)?, name, bytes).await
    }

    async fn remove(&self, name: &str) -> Result<(), StorageError> {
        Storage::remove(self.folder(name)?, name).await
    }
}

impl Files for FolderOrNone {
    type Storage = Self;

    fn storage(&self) -> &Self {
        self
    }

    async fn bytes(&self, name: &str) -> Result<Arc<dyn Bytes>, StorageError> {
        let file = self.folder(name)?.file(name).await.map_err(|error| storage_error(name, &error))?;
        Ok(Arc::new(FileBytes::reading_ahead(file, AHEAD)))
    }

    async fn is_last(&self, file: &Entry, next: &str) -> bool {
        let watched = self.watched.borrow().clone();
        if let Some(watched) = watched.filter(|watched| watched.path() == file.name) {
            let next = next.rsplit('/').next().unwrap_or(next);
            return watched.is_last(next).await;
        }
        // It is looked at in the long way this time, and in the short one the next time. What is lent is listed in one step.
        if let Ok(Folder::Kept(opfs)) = &self.folder {
            let watched = Watched::new(opfs, &file.name).await.ok();
            *self.watched.borrow_mut() = watched;
        }
        false
    }
}

/// The warehouse of this origin, and the files that the user has given.
#[derive(Debug)]
pub struct Home {
    folder: FolderOrNone,
    turns: Rc<Turns>,
    given: GivenFiles,
}

impl Home {
    /// Over a folder, or why there is none.
    pub fn new(folder: Result<Folder, String>, turns: Rc<Turns>, given: GivenFiles) -> Self {
        let folder = FolderOrNone { folder: folder.map_err(Arc::from), watched: Rc::default() };
        Self { folder, turns, given }
    }
}

impl Place for Home {
    type Files = FolderOrNone;
    type Turn = Turn;

    fn files(&self) -> &FolderOrNone {
        &self.folder
    }

    async fn turn(&self) -> Result<Turn, QueryError> {
        self.turns.wait().await
    }

    async fn given(&self, name: &str, format: Option<&str>) -> Result<GivenFile, QueryError> {
        self.given.read(name, format).await
    }

    fn now(&self) -> Moment<'static> {
        Moment { micros: (js_sys::Date::now() * 1000.0) as i64, engine: VERSION }
    }
}
