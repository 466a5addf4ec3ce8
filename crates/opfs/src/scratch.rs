//! A file of the origin's file system that one worker has for itself, to read and write anywhere in it without waiting.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    FileSystemFileHandle, FileSystemGetFileOptions, FileSystemReadWriteOptions, FileSystemSyncAccessHandle,
};

use crate::error::said;
use crate::{Opfs, OpfsError};

thread_local! {
    /// The files of this worker, and the number of the next. They are kept here because values of JavaScript belong to a thread.
    static FILES: RefCell<(HashMap<u64, FileSystemSyncAccessHandle>, u64)> = RefCell::default();
}

/// A file for what need not last.
#[derive(Debug)]
pub struct ScratchFile(u64);

impl ScratchFile {
    /// Makes such a file in a folder, and removes from it those that others have left.
    ///
    /// # Errors
    /// When the browser gives no storage.
    pub async fn open(folder: &Opfs) -> Result<Self, OpfsError> {
        for left in folder.list("").await? {
            // One that another tab has stays.
            let _ = folder.remove(&left.name).await;
        }
        let name = format!("{:016x}", (js_sys::Math::random() * 2_f64.powi(53)) as u64);
        let of = |error| OpfsError::of(&name, &error);
        let create = FileSystemGetFileOptions::new();
        create.set_create(true);
        let file = JsFuture::from(folder.root().get_file_handle_with_options(&name, &create)).await;
        let file: FileSystemFileHandle = file.map_err(of)?.unchecked_into();
        let access = JsFuture::from(file.create_sync_access_handle()).await.map_err(of)?;
        Ok(FILES.with_borrow_mut(|(files, next)| {
            *next += 1;
            files.insert(*next, access.unchecked_into());
            Self(*next)
        }))
    }

    /// Reads from a byte on. Returns how many bytes there were.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.with(|file| Ok(file.read_with_u8_array_and_options(buffer, &at(offset))? as usize))
    }

    /// Writes from a byte on. Returns how many bytes were written: fewer where there is no more room.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.with(|file| Ok(file.write_with_u8_array_and_options(bytes, &at(offset))? as usize))
    }

    /// Makes it empty, and gives back its room.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn clear(&self) -> io::Result<()> {
        self.with(|file| file.truncate_with_u32(0))
    }

    fn with<T>(&self, work: impl FnOnce(&FileSystemSyncAccessHandle) -> Result<T, JsValue>) -> io::Result<T> {
        FILES.with_borrow(|(files, _)| match files.get(&self.0) {
            Some(file) => work(file).map_err(|error| io::Error::other(said(&error))),
            None => Err(io::Error::other("the file belongs to another thread")),
        })
    }
}

impl Drop for ScratchFile {
    fn drop(&mut self) {
        let file = FILES.try_with(|files| files.borrow_mut().0.remove(&self.0));
        if let Ok(Some(file)) = file {
            // The next worker removes it.
            file.close();
        }
    }
}

fn at(offset: u64) -> FileSystemReadWriteOptions {
    let options = FileSystemReadWriteOptions::new();
    options.set_at(offset as f64);
    options
}
