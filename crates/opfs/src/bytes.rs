//! The bytes of a `File` or any other `Blob`, read when they are asked for: workers can wait for them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, PoisonError};

use js_sys::Uint8Array;
use sandglass_access::Bytes;
use web_sys::{Blob, FileReaderSync};

/// Bytes that are read at a time: every read costs some tenths of a millisecond, however short.
const WINDOW: u64 = 1 << 20;

/// Files by number, and the number of the next.
type Files = (HashMap<u64, Blob>, u64);

thread_local! {
    /// The files of this worker. They are kept here because values of JavaScript belong to a thread, and [`Bytes`] do not.
    static FILES: RefCell<Files> = RefCell::default();
}

/// The bytes of a file, which must not change.
#[derive(Debug)]
pub struct FileBytes {
    file: u64,
    length: u64,
    /// Bytes that are read at a time at least.
    ahead: u64,
    /// What was read last, and from which byte on.
    window: Mutex<(u64, Vec<u8>)>,
}

impl FileBytes {
    /// The bytes of a file that is read from one end to the other.
    pub fn of(file: impl Into<Blob>) -> Self {
        Self::reading_ahead(file, WINDOW)
    }

    /// The bytes of a file, of which at least so many are read at a time.
    pub fn reading_ahead(file: impl Into<Blob>, ahead: u64) -> Self {
        let file = file.into();
        let length = file.size() as u64;
        let file = FILES.with_borrow_mut(|(files, next)| {
            *next += 1;
            files.insert(*next, file);
            *next
        });
        Self { file, length, ahead, window: Mutex::default() }
    }
}

impl Drop for FileBytes {
    fn drop(&mut self) {
        // In another thread than the one that made it there is nothing to forget.
        let _ = FILES.try_with(|files| files.borrow_mut().0.remove(&self.file));
    }
}

impl Bytes for FileBytes {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if offset >= self.length || buffer.is_empty() {
            return Ok(0);
        }
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let (start, bytes) = &mut *window;
        if offset < *start || offset >= *start + bytes.len() as u64 {
            let end = offset.saturating_add(self.ahead.max(buffer.len() as u64)).min(self.length);
            *bytes = read(self.file, offset, end)?;
            *start = offset;
        }
        let from = &bytes[(offset - *start) as usize..];
        let length = from.len().min(buffer.len());
        buffer[..length].copy_from_slice(&from[..length]);
        Ok(length)
    }
}

/// Reads some bytes of the file. They are all there, or it is an error.
fn read(file: u64, start: u64, end: u64) -> io::Result<Vec<u8>> {
    let read = FILES.with_borrow(|(files, _)| {
        let file = files.get(&file).ok_or_else(|| wasm_bindgen::JsValue::from("there is no file"))?;
        let part = file.slice_with_f64_and_f64(start as f64, end as f64)?;
        FileReaderSync::new()?.read_as_array_buffer(&part)
    });
    let bytes = read.map(|buffer| Uint8Array::new(&buffer).to_vec()).map_err(|_| {
        io::Error::other(
            "the browser could not read it: it was moved or changed since it was chosen; choose it again",
        )
    })?;
    if bytes.len() as u64 != end - start {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "it is shorter than it was; choose it again",
        ));
    }
    Ok(bytes)
}
