//! The bytes of a `File`, read when they are asked for: workers can wait for them.

use std::cell::RefCell;
use std::io;
use std::sync::{Mutex, PoisonError};

use js_sys::Uint8Array;
use sandglass_formats::Bytes;
use web_sys::{File, FileReaderSync};

/// Bytes that are read at a time: every read costs some tenths of a millisecond, however short.
const WINDOW: u64 = 1 << 20;

thread_local! {
    /// The file of this worker. It is kept here because values of JavaScript belong to a thread, and [`Bytes`] do not.
    static FILE: RefCell<Option<File>> = const { RefCell::new(None) };
}

/// The bytes of this worker's file.
#[derive(Debug)]
pub(crate) struct FileBytes {
    length: u64,
    /// What was read last, and from which byte on.
    window: Mutex<(u64, Vec<u8>)>,
}

impl FileBytes {
    /// Makes this the worker's file.
    pub(crate) fn of(file: File) -> Self {
        let length = file.size() as u64;
        FILE.with(|slot| slot.replace(Some(file)));
        Self { length, window: Mutex::default() }
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
            let end = offset.saturating_add(WINDOW.max(buffer.len() as u64)).min(self.length);
            *bytes = read(offset, end)?;
            *start = offset;
        }
        let from = &bytes[(offset - *start) as usize..];
        let length = from.len().min(buffer.len());
        buffer[..length].copy_from_slice(&from[..length]);
        Ok(length)
    }
}

/// Reads some bytes of the file. They are all there, or it is an error.
fn read(start: u64, end: u64) -> io::Result<Vec<u8>> {
    let read = FILE.with(|file| {
        let file = file.borrow();
        let file = file.as_ref().ok_or_else(|| wasm_bindgen::JsValue::from("there is no file"))?;
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
