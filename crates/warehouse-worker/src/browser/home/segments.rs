//! Segments, which another worker makes and reads: its module has all of Parquet, and is fetched when it is needed.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use arrow_array::RecordBatch;
use js_sys::{Array, ArrayBuffer, Uint8Array};
use sandglass_ingest::wire::{Parcel, rows_parcel};
use sandglass_opfs::Folder;
use sandglass_warehouse::storage::{StorageError, StorageErrorKind};
use sandglass_warehouse::{FileRef, Group, Segments};
use wasm_bindgen::prelude::*;
use web_sys::File;

use crate::browser::beside::{Beside, Inbox, from_page};

/// What was asked, by its number, with what is said to that.
type AllAsked = Rc<RefCell<HashMap<u64, Rc<Inbox<Array>>>>>;

/// Parcels of rows that are on their way at a time. Their buffers come back and are used again: what a new one costs most is memory
/// that nobody has touched yet.
const ON_THE_WAY: usize = 8;

/// A message with the buffers that are handed over with it.
type Message = (Array, Array);

/// The worker, which is started when it is asked for something. Copies are the same worker.
#[derive(Clone)]
pub(crate) struct SegmentsWorker(Rc<State>);

struct State {
    /// The folder of the files.
    folder: &'static str,
    worker: RefCell<Option<Beside>>,
    next: Cell<u64>,
    asked: AllAsked,
    /// Why there is none.
    refused: Rc<RefCell<Option<String>>>,
    /// Messages that wait until it listens, with their buffers; none when it does. Each worker has its own.
    waiting: RefCell<Rc<RefCell<Option<Vec<Message>>>>>,
    /// Buffers that have come back.
    spare: RefCell<Vec<ArrayBuffer>>,
}

impl std::fmt::Debug for SegmentsWorker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SegmentsWorker").field("folder", &self.0.folder).finish_non_exhaustive()
    }
}

/// Something that was asked, for as long as answers are waited for.
struct Asked {
    id: u64,
    answers: Rc<Inbox<Array>>,
    all: AllAsked,
}

impl Drop for Asked {
    fn drop(&mut self) {
        self.all.borrow_mut().remove(&self.id);
    }
}

impl SegmentsWorker {
    /// A worker for segments in a folder.
    pub(super) fn new(folder: &'static str) -> Self {
        Self(Rc::new(State {
            folder,
            worker: RefCell::default(),
            next: Cell::default(),
            asked: Rc::default(),
            refused: Rc::default(),
            waiting: RefCell::default(),
            spare: RefCell::default(),
        }))
    }

    /// Starts it, so that it is there when it is needed.
    pub(crate) fn prepare(&self) {
        // Whoever needs it hears why it cannot be started.
        let _ = self.start();
    }

    /// Ends it: what it has read is no longer there. The next one is started when it is needed.
    pub(crate) fn end(&self) {
        fail(&self.0.asked, &self.0.refused, Some("the tables were removed".to_owned()));
        *self.0.worker.borrow_mut() = None;
    }

    fn start(&self) -> Result<(), String> {
        let State { folder, worker, asked, refused, waiting, .. } = &*self.0;
        // One that has stopped is gone.
        if refused.take().is_some() {
            *worker.borrow_mut() = None;
        }
        if worker.borrow().is_some() {
            return Ok(());
        }
        let address = |name| from_page(name).ok_or("this page was built without the part that stores tables");
        let (bindings, module) = (address("sandglassSegments")?, address("sandglassSegmentsModule")?);
        let begun = Rc::new(RefCell::new(Some(Vec::new())));
        let said = {
            let (asked, refused, folder) = (Rc::clone(asked), Rc::clone(refused), *folder);
            let waiting = Rc::clone(&begun);
            move |worker: &web_sys::Worker, said: JsValue| {
                let words = Array::from(&said);
                match words.get(0).as_string().as_deref() {
                    Some("ready") => {
                        let (worker, waiting) = (worker.clone(), Rc::clone(&waiting));
                        wasm_bindgen_futures::spawn_local(open(worker, folder, waiting));
                    }
                    Some("opened") => {}
                    _ => match words.get(1).as_f64() {
                        Some(id) => {
                            if let Some(of) = asked.borrow().get(&(id as u64)) {
                                of.push(words);
                            }
                        }
                        None => fail(&asked, &refused, words.get(3).as_string()),
                    },
                }
            }
        };
        let failed = {
            let (asked, refused) = (Rc::clone(asked), Rc::clone(refused));
            move |message| fail(&asked, &refused, message)
        };
        let started = Beside::start("sandglass-segments", &bindings, &module, said, failed)
            .map_err(|error| format!("the browser refuses to start a worker: {error:?}"))?;
        *worker.borrow_mut() = Some(started);
        *waiting.borrow_mut() = begun;
        Ok(())
    }

    /// Asks for something: words behind its name and number.
    fn ask(&self, what: &str, rest: &[JsValue]) -> Result<Asked, StorageError> {
        self.start().map_err(|reason| StorageError::new(StorageErrorKind::Other, "segments", reason))?;
        let id = self.0.next.replace(self.0.next.get() + 1);
        let answers = Rc::new(Inbox::default());
        self.0.asked.borrow_mut().insert(id, Rc::clone(&answers));
        let asked = Asked { id, answers, all: Rc::clone(&self.0.asked) };
        self.say(&message(what, id, rest), &Array::new())?;
        Ok(asked)
    }

    fn say(&self, words: &Array, buffers: &Array) -> Result<(), StorageError> {
        if let Some(waiting) = &mut *self.0.waiting.borrow().borrow_mut() {
            waiting.push((words.clone(), buffers.clone()));
            return Ok(());
        }
        let worker = self.0.worker.borrow();
        let posted = worker.as_ref().map(|worker| worker.post_with(words, buffers));
        match posted {
            Some(Ok(())) => Ok(()),
            _ => Err(StorageError::new(StorageErrorKind::Other, "segments", "the worker for them is gone")),
        }
    }

    /// Sends rows of a segment.
    fn send_rows(&self, asked: &Asked, name: &str, rows: &RecordBatch) -> Result<(), StorageError> {
        let bytes = rows_parcel(rows.clone(), 1).map_err(|error| StorageError::damaged(name, error))?;
        let length = bytes.len() as u32;
        let spare = self.0.spare.borrow_mut().pop().filter(|spare| spare.byte_length() >= length);
        let buffer = match spare {
            Some(spare) => {
                Uint8Array::new_with_byte_offset_and_length(&spare, 0, length).copy_from(&bytes);
                spare
            }
            None => Uint8Array::from(&bytes[..]).buffer(),
        };
        let words = [buffer.clone().into(), f64::from(length).into()];
        self.say(&message("rows", asked.id, &words), &Array::of1(&buffer))
    }

    /// Keeps a buffer that has come back, if that is what was said.
    fn take_spare(&self, said: &Array) -> bool {
        let is_spare = said.get(0) == "spare";
        if is_spare && let Ok(buffer) = said.get(2).dyn_into() {
            self.0.spare.borrow_mut().push(buffer);
        }
        is_spare
    }

    /// Has something done to the warehouse as a whole: what the page is to be told of it, and a `Blob` beside that.
    pub(crate) async fn upkeep(
        &self,
        task: &JsValue,
        file: Option<File>,
    ) -> Result<(JsValue, JsValue), StorageError> {
        let file = file.map_or(JsValue::UNDEFINED, JsValue::from);
        let asked = self.ask("upkeep", &[task.clone(), file])?;
        let done = asked.next("the warehouse").await?;
        Ok((done.get(2), done.get(3)))
    }
}

impl Asked {
    /// The next answer.
    async fn next(&self, name: &str) -> Result<Array, StorageError> {
        let words = self.answers.next().await;
        if words.get(0).as_string().as_deref() != Some("failed") {
            return Ok(words);
        }
        let kind = match words.get(2).as_string().as_deref() {
            Some("no space") => StorageErrorKind::NoSpace,
            Some("not found") => StorageErrorKind::NotFound,
            Some("exists") => StorageErrorKind::Exists,
            Some("busy") => StorageErrorKind::Locked,
            Some("damaged") => StorageErrorKind::Damaged,
            _ => StorageErrorKind::Other,
        };
        Err(StorageError::new(kind, name, words.get(3).as_string().unwrap_or_default()))
    }
}

impl Segments for SegmentsWorker {
    async fn write(&self, name: &str, rows: &Group) -> Result<FileRef, StorageError> {
        let asked = self.ask("write", &[name.into()])?;
        let mut on_the_way = 0;
        for rows in rows.batches() {
            let rows = rows.map_err(|error| StorageError::damaged(name, error))?;
            if on_the_way == ON_THE_WAY {
                // Nothing else is said of a segment before its end, but why there will be none.
                self.take_spare(&asked.next(name).await?);
                on_the_way -= 1;
            }
            self.send_rows(&asked, name, &rows)?;
            on_the_way += 1;
        }
        self.say(&message("end", asked.id, &[]), &Array::new())?;
        let mut written = asked.next(name).await?;
        while self.take_spare(&written) {
            written = asked.next(name).await?;
        }
        let bytes = written.get(2).as_f64().unwrap_or_default() as u64;
        let checksum = written.get(3).as_string().unwrap_or_default();
        Ok(FileRef { name: name.to_owned(), bytes, checksum })
    }

    async fn read(
        &self,
        file: &FileRef,
        columns: Option<&[String]>,
        rows: Range<u64>,
    ) -> Result<Vec<RecordBatch>, StorageError> {
        let name = file.name.as_str();
        let columns = match columns {
            Some(columns) => {
                columns.iter().map(|column| JsValue::from(column.as_str())).collect::<Array>().into()
            }
            None => JsValue::NULL,
        };
        let words = [name.into(), columns, (rows.start as f64).into(), (rows.end as f64).into()];
        let asked = self.ask("read", &words)?;
        let mut batches = Vec::new();
        loop {
            let said = asked.next(name).await?;
            let Ok(buffer) = said.get(2).dyn_into::<ArrayBuffer>() else { return Ok(batches) };
            match Parcel::decode(&Uint8Array::new(&buffer).to_vec()) {
                Ok(Parcel::Batch(batch)) => batches.push(batch.rows),
                Ok(_) => return Err(StorageError::damaged(name, "its reader has sent something else")),
                Err(error) => return Err(StorageError::damaged(name, error)),
            }
        }
    }
}

/// Tells a worker that listens where its files are, and what was asked of it before, which would have been lost. Nothing in it can
/// fail to be sent.
async fn open(worker: web_sys::Worker, folder: &str, waiting: Rc<RefCell<Option<Vec<Message>>>>) {
    let port = match Folder::open(folder).await {
        Ok(opened) => opened.to_give().await,
        Err(error) => Err(error),
    };
    // Where there is no storage it finds that as well, and says so.
    let port = port.ok().flatten();
    let handed = port.iter().collect::<Array>();
    let words = Array::of3(&"open".into(), &folder.into(), &port.into());
    let _ = worker.post_message_with_transfer(&words, &handed);
    for (words, buffers) in waiting.take().unwrap_or_default() {
        let _ = worker.post_message_with_transfer(&words, &buffers);
    }
}

/// Tells all who wait that the worker has stopped.
fn fail(asked: &AllAsked, refused: &RefCell<Option<String>>, reason: Option<String>) {
    let reason = reason.unwrap_or_else(|| "the worker that stores tables could not be loaded".to_owned());
    let words: Array = ["failed", "", "broken", &reason].iter().map(|word| JsValue::from(*word)).collect();
    asked.borrow().values().for_each(|of| of.push(words.clone()));
    *refused.borrow_mut() = Some(reason);
}

fn message(what: &str, id: u64, rest: &[JsValue]) -> Array {
    let words = Array::of2(&what.into(), &(id as f64).into());
    for word in rest {
        words.push(word);
    }
    words
}
