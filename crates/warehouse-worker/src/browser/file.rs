//! A file as a stream of slices.
//!
//! A stream lets the browser read on while this worker parses, which slices of the file that are asked for one by one do
//! not, because their bytes are put together on this thread. Most of what reading costs this thread is new memory for
//! every piece of the stream; so where the browser can fill a buffer that it is given (a "bring your own buffer" reader),
//! there is one buffer that goes back and forth.

use js_sys::{Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, ReadableStreamByobReader, ReadableStreamDefaultReader};

/// The most bytes of a slice, where that is for us to say: every slice costs a promise and a few calls.
const SLICE: u32 = 2 << 20;

/// The least, but for the last one. A browser that is not told passes on what it has at hand, which is a fraction of this.
const LEAST: u32 = SLICE / 2;

/// An open file, or a part of one.
///
/// It has to hold the reader for as long as a read is on its way: Chromium 156 collects a reader that nothing holds
/// even while somebody waits for it, who then waits for ever.
pub(super) struct FileSlices {
    file: Blob,
    reader: Reader,
    /// The slice after the last one, which is asked for before that is parsed.
    coming: Promise,
}

/// Hands over a file slice by slice, as long as `take` wants more. Nothing if it cannot be read to where that ended.
pub(super) async fn each_slice(file: &Blob, mut take: impl FnMut(&[u8]) -> bool) -> Option<()> {
    let mut slices = FileSlices::open(file);
    let mut buffer = Vec::new();
    loop {
        let length = slices.next(&mut buffer).await.ok()?;
        if length == 0 || !take(&buffer[..length]) {
            return Some(());
        }
    }
}

/// What a read has brought.
enum Taken {
    /// That many bytes.
    Slice(usize),
    /// The end of the file.
    End,
}

enum Reader {
    /// Fills the buffer that it is given.
    Byob(ReadableStreamByobReader),
    /// Hands out a new buffer each time.
    Default(ReadableStreamDefaultReader),
}

impl FileSlices {
    #[inline(never)]
    pub(super) fn open(file: &Blob) -> Self {
        let stream = file.stream();
        // Browsers whose files are no byte streams refuse.
        let reader = match ReadableStreamByobReader::new(&stream) {
            Ok(reader) => Reader::Byob(reader),
            Err(_) => Reader::Default(stream.get_reader().unchecked_into()),
        };
        let length = file.size().clamp(1.0, SLICE.into()) as u32;
        let coming = reader.read(|| Uint8Array::new_with_length(length));
        Self { file: file.clone(), reader, coming }
    }

    /// Puts the next slice at the start of `buffer`, which may be longer. Returns the slice's length; 0 is the end.
    pub(super) async fn next(&mut self, buffer: &mut Vec<u8>) -> Result<usize, String> {
        loop {
            let read = match JsFuture::from(self.coming.clone()).await {
                Ok(read) => read,
                Err(error) => return Err(self.why(error).await),
            };
            match self.take(&read, buffer)? {
                Taken::Slice(0) => {}
                Taken::Slice(length) => return Ok(length),
                Taken::End => return Ok(0),
            }
        }
    }

    /// Copies what has been read into `buffer`, and asks for the next slice. Not async and not inlined, so that what is
    /// compiled for a job stays small.
    #[inline(never)]
    fn take(&mut self, read: &JsValue, buffer: &mut Vec<u8>) -> Result<Taken, String> {
        let get = |name: &str| Reflect::get(read, &name.into()).map_err(|error| read_error(&error));
        let (is_end, value) = (get("done")?.is_truthy(), get("value")?);
        if is_end && value.is_undefined() {
            return Ok(Taken::End);
        }
        let slice: Uint8Array = value.unchecked_into();
        let length = slice.length() as usize;
        // With the end comes what was last, if that was less than was asked for.
        if is_end && length == 0 {
            return Ok(Taken::End);
        }
        // Only ever longer, and mostly once: what was read before is written over, not cleared.
        if buffer.len() < length {
            buffer.resize(length, 0);
        }
        slice.copy_to(&mut buffer[..length]);
        self.coming = self.reader.read(|| Uint8Array::new(&slice.buffer()));
        Ok(Taken::Slice(length))
    }

    /// Why the stream broke off. It says no more than that it did, but reading a first byte once more tells the reason.
    async fn why(&self, error: JsValue) -> String {
        let again = match self.file.slice_with_i32_and_i32(0, 1) {
            Ok(byte) => JsFuture::from(byte.array_buffer()).await,
            Err(error) => Err(error),
        };
        read_error(&again.err().unwrap_or(error))
    }
}

impl Reader {
    /// Asks for the next slice; `buffer` gives the one to fill.
    fn read(&self, buffer: impl FnOnce() -> Uint8Array) -> Promise {
        match self {
            Self::Byob(reader) => read_at_least(reader, &buffer(), LEAST),
            Self::Default(reader) => reader.read(),
        }
    }

    fn cancel(&self) -> Promise {
        match self {
            Self::Byob(reader) => reader.cancel(),
            Self::Default(reader) => reader.cancel(),
        }
    }
}

#[wasm_bindgen]
extern "C" {
    /// A reader with an option that web-sys does not have.
    #[wasm_bindgen(extends = ReadableStreamByobReader)]
    type PatientReader;

    #[wasm_bindgen(method, js_name = read)]
    fn read(this: &PatientReader, view: &Uint8Array, options: &Object) -> Promise;
}

/// Fills so much of a buffer, or all of it if it is smaller, or what there is until the end. Browsers that do not know the option fill
/// any part of it.
fn read_at_least(reader: &ReadableStreamByobReader, buffer: &Uint8Array, least: u32) -> Promise {
    let options = Object::new();
    // Setting a property of a plain object does not fail.
    let _ = Reflect::set(&options, &"min".into(), &least.min(buffer.length()).into());
    reader.unchecked_ref::<PatientReader>().read(buffer, &options)
}

impl Drop for FileSlices {
    fn drop(&mut self) {
        // The job was cancelled or the source failed: nobody waits for the rest, nor for an answer to this. A read that
        // is on its way must not end as a rejection that nobody handles.
        let ignore = Closure::<dyn FnMut(JsValue)>::new(|_| ());
        let _ = self.coming.catch(&ignore);
        let _ = self.reader.cancel().catch(&ignore);
        ignore.forget();
    }
}

/// How far behind the end of a range its last record may end without another part of the file being opened for it.
const MARGIN: u64 = 64 << 10;

/// How much is opened when that was not enough.
const MORE: u64 = 4 << 20;

/// A file from some byte on, of which mostly not more than a range is read.
pub(super) struct RangeSlices {
    file: File,
    size: u64,
    /// Where the part that is open ends.
    end: u64,
    part: FileSlices,
}

impl RangeSlices {
    /// The file from `start` on; what is behind `end` is probably not asked for.
    #[inline(never)]
    pub(super) fn open(file: &File, start: u64, end: u64) -> Self {
        let size = file.size() as u64;
        let end = end.saturating_add(MARGIN).min(size);
        Self { file: file.clone(), size, end, part: open_part(file, start, end) }
    }

    /// As [`FileSlices::next`].
    pub(super) async fn next(&mut self, buffer: &mut Vec<u8>) -> Result<usize, String> {
        loop {
            let length = self.part.next(buffer).await?;
            if length > 0 || self.end >= self.size {
                return Ok(length);
            }
            let start = self.end;
            self.end = start.saturating_add(MORE).min(self.size);
            self.part = open_part(&self.file, start, self.end);
        }
    }
}

fn open_part(file: &File, start: u64, end: u64) -> FileSlices {
    match file.slice_with_f64_and_f64(start as f64, end as f64) {
        Ok(part) => FileSlices::open(&part),
        // Browsers do not refuse that; if one does, the whole file takes the place of the part, and is found out.
        Err(_) => FileSlices::open(file),
    }
}

/// The first bytes of a file.
pub(super) async fn head(file: &File, length: usize) -> Result<Vec<u8>, String> {
    let bytes = match file.slice_with_f64_and_f64(0.0, length as f64) {
        Ok(part) => JsFuture::from(part.array_buffer()).await,
        Err(error) => Err(error),
    };
    bytes.map(|bytes| Uint8Array::new(&bytes).to_vec()).map_err(|error| read_error(&error))
}

/// What the browser says when a file cannot be read, in words that help.
fn read_error(error: &JsValue) -> String {
    let name = js_sys::Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string());
    match name.as_deref() {
        Some("NotFoundError") => "it is no longer there; it was moved or deleted since it was chosen".to_owned(),
        Some("NotReadableError") => {
            "the browser could not read it: it was changed since it was chosen, it is a folder, or access was \
             denied; choose it again"
                .to_owned()
        }
        _ => {
            let message = js_sys::Reflect::get(error, &"message".into()).ok().and_then(|text| text.as_string());
            format!("the browser could not read it: {}", message.unwrap_or_else(|| format!("{error:?}")))
        }
    }
}
