//! Where the bytes of a job come from: files that the user gave, or a sample that is made on the spot.

use std::collections::VecDeque;

use js_sys::{ArrayBuffer, Promise, Uint8Array};
use sandglass_pipelines::Sample;
use sandglass_protocol::SourceInfo;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::scope;

/// Bytes that are asked for at a time. Large enough that asking costs nothing, small enough that progress is smooth
/// and parsing begins early.
const SLICE: u64 = 4 << 20;
/// Slices that are on their way while one is parsed.
const AHEAD: usize = 3;

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
                let mut slices = FileSlices {
                    file: file.clone(),
                    size: file.size() as u64,
                    asked: 0,
                    coming: VecDeque::new(),
                };
                slices.ask();
                Slices::File(slices)
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
                sample.fill(buffer, SLICE as usize);
                scope::give_way().await;
                Ok(buffer.len())
            }
        }
    }
}

/// A file whose next slices are read by the browser while this worker parses the last one.
pub(super) struct FileSlices {
    file: File,
    size: u64,
    asked: u64,
    coming: VecDeque<Result<Promise, String>>,
}

impl FileSlices {
    fn ask(&mut self) {
        while self.coming.len() < AHEAD && self.asked < self.size {
            let end = (self.asked + SLICE).min(self.size);
            let slice = self.file.slice_with_f64_and_f64(self.asked as f64, end as f64);
            self.coming
                .push_back(slice.map(|slice| slice.array_buffer()).map_err(|error| read_error(&error)));
            self.asked = end;
        }
    }

    async fn next(&mut self, buffer: &mut Vec<u8>) -> Result<usize, String> {
        let Some(coming) = self.coming.pop_front() else {
            return Ok(0);
        };
        let read = JsFuture::from(coming?).await.map_err(|error| read_error(&error))?;
        self.ask();
        let bytes = Uint8Array::new(read.unchecked_ref::<ArrayBuffer>());
        let length = bytes.length() as usize;
        // Only ever longer: what was read before is written over, not cleared.
        if buffer.len() < length {
            buffer.resize(length, 0);
        }
        bytes.copy_to(&mut buffer[..length]);
        Ok(length)
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
