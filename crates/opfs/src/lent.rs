//! Files that the page lends to its workers, where the browser keeps none.
//!
//! The page holds them as `Blob`s, by their names (`www/lend-files.js`): it outlives its workers, and forgets all of it with
//! itself. Blobs go from one to the other by reference and lie outside of wasm's memory; the browser may put them on disk.

use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, MessagePort};

use crate::line::Line;
use crate::opfs::{check, split};
use crate::{Entry, OpfsError};

/// A folder of files that the page lends.
#[derive(Debug, Clone)]
pub struct Lent {
    line: Rc<Line>,
    /// How the names of its files begin.
    folder: String,
    /// Why they are lent.
    reason: Rc<str>,
}

impl Lent {
    pub(crate) fn new(line: Rc<Line>, folder: &str, reason: Rc<str>) -> Self {
        Self { line, folder: format!("{folder}/"), reason }
    }

    /// Why the browser keeps no files for this page, as far as that is known here.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// A line to the page for another worker, which is to see the same files.
    ///
    /// # Errors
    /// When the page cannot be asked.
    pub async fn port(&self) -> Result<MessagePort, OpfsError> {
        let port = self.line.ask("port", &[]).await?;
        port.dyn_into().map_err(|_| OpfsError::Refused("the page lends no files".to_owned()))
    }

    /// The files in this folder and in all folders within, by their names from this folder on.
    pub(crate) async fn all(&self) -> Result<Vec<Entry>, OpfsError> {
        let listed = self.line.ask("list", &[self.folder.as_str().into()]).await?;
        let entry = |file: JsValue| {
            let file = Array::from(&file);
            let name = file.get(0).as_string()?.strip_prefix(&self.folder)?.to_owned();
            Some(Entry { name, bytes: file.get(1).as_f64()? as u64 })
        };
        let mut found: Vec<Entry> = Array::from(&listed).iter().filter_map(entry).collect();
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// The files in a folder, by name.
    pub(crate) async fn list(&self, folder: &str) -> Result<Vec<Entry>, OpfsError> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let within = |entry: Entry| {
            let name = entry.name.strip_prefix(&prefix).filter(|name| !name.contains('/'))?.to_owned();
            Some(Entry { name, ..entry })
        };
        Ok(self.all().await?.into_iter().filter_map(within).collect())
    }

    /// A file.
    pub(crate) async fn file(&self, path: &str) -> Result<Blob, OpfsError> {
        let file = self.line.ask("open", &[self.name(path)?]).await?;
        file.dyn_into().map_err(|_| OpfsError::NotFound(path.to_owned()))
    }

    /// Hands the page a file that is not there yet.
    pub(crate) async fn write_new(&self, path: &str, bytes: &[u8]) -> Result<(), OpfsError> {
        let of = |error| OpfsError::of(path, &error);
        let parts = Array::of1(&Uint8Array::from(bytes));
        let blob = Blob::new_with_u8_array_sequence(&parts).map_err(of)?;
        // The browser takes bytes while others run, and says only when they are read that it had no room for them.
        let size = bytes.len() as f64;
        let end = blob.slice_with_f64_and_f64((size - 1.0).max(0.0), size).map_err(of)?;
        if JsFuture::from(end.array_buffer()).await.is_err() {
            return Err(OpfsError::NoSpace(path.to_owned()));
        }
        let is_new = self.line.ask("write", &[self.name(path)?, blob.into()]).await?;
        if is_new.is_truthy() { Ok(()) } else { Err(OpfsError::Exists(path.to_owned())) }
    }

    /// Has the page forget a file.
    pub(crate) async fn remove(&self, path: &str) -> Result<(), OpfsError> {
        let was_there = self.line.ask("remove", &[self.name(path)?]).await?;
        if was_there.is_truthy() { Ok(()) } else { Err(OpfsError::NotFound(path.to_owned())) }
    }

    /// Has it forget everything that is in this folder.
    pub(crate) async fn clear(&self) -> Result<(), OpfsError> {
        self.line.ask("clear", &[self.folder.as_str().into()]).await.map(|_| ())
    }

    /// The name by which the page knows a file.
    fn name(&self, path: &str) -> Result<JsValue, OpfsError> {
        let (folder, _) = split(path)?;
        folder.split('/').filter(|_| !folder.is_empty()).try_for_each(|name| check(name, path))?;
        Ok(format!("{}{path}", self.folder).into())
    }
}
