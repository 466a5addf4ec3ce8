//! Where the bytes of a job come from: files that the user gave, or a sample that is made on the spot.

use js_sys::{Promise, Uint8Array};
use sandglass_pipelines::Sample;
use sandglass_protocol::SourceInfo;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, ReadableStreamDefaultReader};

use super::scope;

/// Bytes of a sample that are made at a time: few enough that progress is smooth and a cancellation is heard soon.
const SLICE: usize = 4 << 20;

/// A source that has not been opened.
pub(super) struct Source {
    pub(super) info: SourceInfo,
    bytes: Bytes,
}

enum Bytes {
    File(File),
    Sample { rows: u64, seed: u64 },
}

/// The files of a request with what it says of them.
pub(super) fn selected_files(sources: Vec<SourceInfo>, files: Vec<File>) -> Vec<Source> {
    let source = |(info, file): (SourceInfo, File)| {
        let info = SourceInfo { bytes: file.size() as u64, ..info };
        Source { info, bytes: Bytes::File(file) }
    };
    sources.into_iter().zip(files).map(source).collect()
}

/// A sample as a source.
pub(super) fn sample(rows: u64, seed: u64) -> Source {
    let bytes = Sample::new(rows, seed).expected_bytes();
    Source {
        info: SourceInfo { name: format!("sample of {rows} votes"), bytes },
        bytes: Bytes::Sample { rows, seed },
    }
}

impl Source {
    /// Opens it.
    pub(super) fn open(&self) -> Slices {
        match &self.bytes {
            Bytes::File(file) => {
                let reader = file.stream().get_reader().unchecked_into();
                Slices::File(FileSlices { file: file.clone(), reader, coming: None })
            }
            Bytes::Sample { rows, seed } => Slices::Sample(Box::new(Sample::new(*rows, *seed))),
        }
    }
}

/// The bytes of an open source, slice by slice.
pub(super) enum Slices {
    File(FileSlices),
    Sample(Box<Sample>),
}

impl Slices {
    /// Puts the next slice at the start of `buffer`, which may be longer. Returns the slice's length; 0 is the end.
    pub(super) async fn next(&mut self, buffer: &mut Vec<u8>) -> Result<usize, String> {
        match self {
            Self::File(slices) => slices.next(buffer).await,
            Self::Sample(sample) => {
                buffer.clear();
                sample.fill(buffer, SLICE);
                scope::give_way().await;
                Ok(buffer.len())
            }
        }
    }
}

/// A file as a stream: the browser reads on while this worker parses, which slices that are asked for one by one do not
/// achieve, because their bytes are put together on this thread.
pub(super) struct FileSlices {
    file: File,
    reader: ReadableStreamDefaultReader,
    /// The slice after the last one, which is asked for before that is parsed.
    coming: Option<Promise>,
}

impl FileSlices {
    async fn next(&mut self, buffer: &mut Vec<u8>) -> Result<usize, String> {
        loop {
            let coming = self.coming.take().unwrap_or_else(|| self.reader.read());
            let read = match JsFuture::from(coming).await {
                Ok(read) => read,
                Err(error) => return Err(self.why(error).await),
            };
            let value = js_sys::Reflect::get(&read, &"value".into()).map_err(|error| read_error(&error))?;
            // At the end of the stream there is no value.
            let Ok(bytes) = value.dyn_into::<Uint8Array>() else {
                return Ok(0);
            };
            self.coming = Some(self.reader.read());
            let length = bytes.length() as usize;
            // Only ever longer: what was read before is written over, not cleared.
            if buffer.len() < length {
                buffer.resize(length, 0);
            }
            bytes.copy_to(&mut buffer[..length]);
            if length > 0 {
                return Ok(length);
            }
        }
    }
}

impl FileSlices {
    /// Why the stream broke off. It says no more than that it did, but reading a first byte once more tells the reason.
    async fn why(&self, error: JsValue) -> String {
        let again = match self.file.slice_with_i32_and_i32(0, 1) {
            Ok(byte) => JsFuture::from(byte.array_buffer()).await,
            Err(error) => Err(error),
        };
        read_error(&again.err().unwrap_or(error))
    }
}

impl Drop for FileSlices {
    fn drop(&mut self) {
        // The job was cancelled or the source failed: nobody waits for the rest, nor for an answer to this. A read that
        // is on its way must not end as a rejection that nobody handles.
        let ignore = Closure::<dyn FnMut(JsValue)>::new(|_| ());
        if let Some(coming) = self.coming.take() {
            let _ = coming.catch(&ignore);
        }
        let _ = self.reader.cancel().catch(&ignore);
        ignore.forget();
    }
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
