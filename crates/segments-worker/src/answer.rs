//! What is asked of the worker, and what it does about that.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use js_sys::{Array, ArrayBuffer, Uint8Array};
use sandglass_ingest::wire::{Parcel, rows_parcel};
use sandglass_opfs::{FileBytes, Folder, OpfsError};
use sandglass_protocol::{Event, Task, Upkept};
use sandglass_segments::{Encoder, Reader, SegmentError};
use sandglass_warehouse::store::{Mode, Moment, Store};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File};

use crate::files::Files;
use crate::{cells, checksum, import, upkeep, words};

/// Bytes of a segment that are read at a time at least: a page of a column, mostly.
const AHEAD: u64 = 64 << 10;

/// Why something cannot be had: the kind, and words.
#[derive(Debug)]
pub struct Failure(pub &'static str, pub String);

impl From<OpfsError> for Failure {
    fn from(error: OpfsError) -> Self {
        let kind = match &error {
            OpfsError::NotFound(_) => "not found",
            OpfsError::Exists(_) => "exists",
            OpfsError::NoSpace(_) => "no space",
            OpfsError::Busy(_) => "busy",
            OpfsError::Refused(_) => "refused",
            _ => "other",
        };
        Self(kind, error.to_string())
    }
}

impl From<SegmentError> for Failure {
    fn from(error: SegmentError) -> Self {
        let kind = if matches!(error, SegmentError::Damaged(_)) { "damaged" } else { "other" };
        Self(kind, error.to_string())
    }
}

fn other(error: impl ToString) -> Failure {
    Failure("other", error.to_string())
}

/// A segment in the making.
struct Write {
    path: String,
    /// There is none before the first rows, since they bring the columns.
    encoder: Option<Encoder>,
}

/// Says a message, and hands over what stands in the second list.
type Say = Box<dyn Fn(&Array, &Array)>;

/// The worker between two messages.
pub struct State {
    say: Say,
    folder: Option<Folder>,
    writes: HashMap<u64, Write>,
    /// The segment that was read last: pages of one are asked for one after the other.
    last: Option<(String, Reader)>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("State").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl State {
    /// A worker that has no storage yet. `say` is called with what it says: a message, and the buffers in it that are handed
    /// over and not copied.
    pub fn new(say: impl Fn(&Array, &Array) + 'static) -> Self {
        Self { say: Box::new(say), folder: None, writes: HashMap::new(), last: None }
    }

    fn say(&self, words: &[JsValue]) {
        (self.say)(&words.iter().collect(), &Array::new());
    }

    /// Does what a message asks for.
    ///
    /// # Errors
    /// When that cannot be done, with what is to be said about it.
    pub async fn answer(&mut self, message: &Array) -> Result<(), Failure> {
        let text = |at| message.get(at).as_string().unwrap_or_default();
        let id = message.get(1).as_f64().unwrap_or_default() as u64;
        match text(0).as_str() {
            "open" => {
                self.folder = Some(Folder::given(&text(1), message.get(2).dyn_into().ok()).await?);
                self.say(&["opened".into()]);
                Ok(())
            }
            "write" => {
                self.writes.insert(id, Write { path: text(2), encoder: None });
                Ok(())
            }
            "rows" => {
                let length = message.get(3).as_f64().map(|length| length as u32);
                self.rows(id, &message.get(2), length).inspect_err(|_| self.forget(id))
            }
            "end" => self.end(id).await,
            "drop" => {
                self.forget(id);
                Ok(())
            }
            "upkeep" => self.upkeep(id, &message.get(2), message.get(3)).await,
            kind @ ("read" | "page") => {
                let number = |at| message.get(at).as_f64().unwrap_or_default() as u64;
                let columns = message.get(3).dyn_into::<Array>().ok();
                let columns: Option<Vec<String>> =
                    columns.map(|names| names.iter().filter_map(|name| name.as_string()).collect());
                let rows = number(4)..number(5);
                let batches = self.read(&text(2), columns.as_deref(), rows.clone()).await?;
                if kind == "read" {
                    self.say_rows(id, batches, rows.start)
                } else {
                    self.say_page(id, &batches);
                    Ok(())
                }
            }
            unknown => Err(other(format!("{unknown:?} is nothing to ask for (a defect of this program)"))),
        }
    }

    /// Does something to the warehouse as a whole. Whoever asks sees to it that nobody writes meanwhile.
    async fn upkeep(&mut self, id: u64, task: &JsValue, file: JsValue) -> Result<(), Failure> {
        // What is open may be gone afterwards.
        self.last = None;
        let task: Task = serde_wasm_bindgen::from_value(task.clone()).map_err(other)?;
        let folder = self.folder()?.clone();
        let moment =
            Moment { micros: (js_sys::Date::now() * 1000.0) as i64, engine: sandglass_protocol::VERSION };
        let mode = if task.writes() { Mode::Write } else { Mode::Read };
        let mut store = Store::open(folder.clone(), Files(folder), mode, moment).await.map_err(other)?;
        let parts = Array::new();
        let done = match file.dyn_into::<File>() {
            Ok(file) if task == Task::Import => {
                let mut from = 0.0;
                let next = || {
                    let (file, start) = (file.clone(), from);
                    from += PIECE;
                    async move { piece(&file, start).await }
                };
                import(&mut store, next, moment).await
            }
            _ => {
                let put = |bytes: &[u8]| {
                    parts.push(&Uint8Array::from(bytes));
                    Ok(())
                };
                upkeep(&mut store, &task, moment, put).await
            }
        };
        let done = done.unwrap_or_else(|reason| Upkept::Refused { reason });
        let blob = match &done {
            Upkept::Exported { .. } => {
                Blob::new_with_u8_array_sequence(&parts).map_or(JsValue::UNDEFINED, JsValue::from)
            }
            _ => JsValue::UNDEFINED,
        };
        let event = serde_wasm_bindgen::to_value(&Event::Upkept(done)).map_err(other)?;
        self.say(&["upkept".into(), (id as f64).into(), event, blob]);
        Ok(())
    }

    fn folder(&self) -> Result<&Folder, Failure> {
        self.folder.as_ref().ok_or_else(|| Failure("refused", "the storage is not open".to_owned()))
    }

    fn forget(&mut self, id: u64) {
        self.writes.remove(&id);
    }

    /// Adds rows to a segment. Those of one that has failed are of no use, and it was said why.
    fn rows(&mut self, id: u64, message: &JsValue, length: Option<u32>) -> Result<(), Failure> {
        if !self.writes.contains_key(&id) {
            return Ok(());
        }
        let buffer = message.dyn_ref::<ArrayBuffer>().ok_or_else(|| other("rows are to be a buffer"))?;
        let length = length.map_or(buffer.byte_length(), |length| length.min(buffer.byte_length()));
        let bytes = Uint8Array::new_with_byte_offset_and_length(buffer, 0, length).to_vec();
        // Whoever has sent it can use it again at once.
        let spare = Array::of3(&"spare".into(), &(id as f64).into(), buffer);
        (self.say)(&spare, &Array::of1(buffer));
        let Parcel::Batch(batch) = Parcel::decode(&bytes).map_err(other)? else {
            return Err(other("rows are to be a batch (a defect of this program)"));
        };
        let Some(write) = self.writes.get_mut(&id) else { return Ok(()) };
        let encoder = match &mut write.encoder {
            Some(encoder) => encoder,
            none => none.insert(Encoder::new(batch.rows.schema_ref())?),
        };
        Ok(encoder.push(&batch.rows)?)
    }

    /// Writes a segment that is whole.
    async fn end(&mut self, id: u64) -> Result<(), Failure> {
        let Some(Write { path, encoder }) = self.writes.remove(&id) else { return Ok(()) };
        let segment = encoder.ok_or_else(|| other("a segment without rows (a defect of this program)"))?;
        let segment = segment.finish()?;
        self.folder()?.write_new(&path, &segment.bytes).await?;
        let columns: Array = segment.columns.iter().map(column).collect();
        self.say(&[
            "written".into(),
            (id as f64).into(),
            (segment.bytes.len() as f64).into(),
            checksum(&segment.bytes).into(),
            (segment.rows as f64).into(),
            columns.into(),
        ]);
        Ok(())
    }

    async fn read(
        &mut self,
        path: &str,
        columns: Option<&[String]>,
        rows: Range<u64>,
    ) -> Result<Vec<RecordBatch>, Failure> {
        if self.last.as_ref().is_none_or(|(open, _)| open != path) {
            self.last = None;
            let file = self.folder()?.file(path).await?;
            let reader = Reader::open(Arc::new(FileBytes::reading_ahead(file, AHEAD)))?;
            self.last = Some((path.to_owned(), reader));
        }
        let Some((_, reader)) = &self.last else { return Err(other("no segment is open")) };
        let names: Option<Vec<&str>> = columns.map(|names| names.iter().map(String::as_str).collect());
        let batches = reader.read(names.as_deref(), rows);
        if batches.is_err() {
            // The file may be another one by now.
            self.last = None;
        }
        Ok(batches?)
    }

    fn say_rows(&self, id: u64, batches: Vec<RecordBatch>, from: u64) -> Result<(), Failure> {
        let mut first = from + 1;
        for batch in batches {
            let rows = batch.num_rows() as u64;
            let bytes = rows_parcel(batch, first).map_err(other)?;
            let buffer = Uint8Array::from(&bytes[..]).buffer();
            let message = Array::of3(&"rows".into(), &(id as f64).into(), &buffer);
            (self.say)(&message, &Array::of1(&buffer));
            first += rows;
        }
        self.say(&["done".into(), (id as f64).into()]);
        Ok(())
    }

    fn say_page(&self, id: u64, batches: &[RecordBatch]) {
        let fields = batches.first().map(|batch| batch.schema().fields().clone()).unwrap_or_default();
        let names: Array = fields.iter().map(|field| JsValue::from(field.name().as_str())).collect();
        let cell = |text: Option<String>| text.map_or(JsValue::NULL, JsValue::from);
        let row = |cells: Vec<Option<String>>| cells.into_iter().map(cell).collect::<Array>();
        let rows: Array = cells(batches).into_iter().map(row).collect();
        self.say(&["page".into(), (id as f64).into(), names.into(), rows.into()]);
    }
}

/// Bytes of a file that is imported that are read at a time.
const PIECE: f64 = (8 << 20) as f64;

/// The next bytes of a file; none behind its end.
async fn piece(file: &File, start: f64) -> Result<Vec<u8>, String> {
    let unreadable =
        |_: JsValue| "the file could not be read: it was moved or changed since it was chosen".to_owned();
    let part = file.slice_with_f64_and_f64(start, start + PIECE).map_err(unreadable)?;
    let buffer = JsFuture::from(part.array_buffer()).await.map_err(unreadable)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// The words for a column, as a message has them.
fn column(summary: &sandglass_segments::ColumnSummary) -> JsValue {
    let words = words(summary);
    let bounds = match words.bounds {
        Some(bounds) => bounds.into_iter().map(JsValue::from).collect::<Array>().into(),
        None => JsValue::NULL,
    };
    Array::of3(&words.name.into(), &(words.nulls as f64).into(), &bounds).into()
}
