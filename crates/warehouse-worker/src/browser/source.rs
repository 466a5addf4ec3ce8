//! Where the bytes of a job come from: files that the user gave, or a sample that is made on the spot.

use std::rc::Rc;

use sandglass_pipelines::Sample;
use sandglass_protocol::SourceInfo;
use web_sys::File;

use super::file::{FileSlices, RangeSlices};
use super::scope;

/// Bytes of a sample that are made at a time: few enough that progress is smooth and a cancellation is heard soon.
const SLICE: usize = 4 << 20;

/// A source that has not been opened.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) info: SourceInfo,
    bytes: Bytes,
    /// The part of it that is wanted; all of them if none is named.
    part: Option<String>,
}

#[derive(Clone)]
enum Bytes {
    File(File),
    Sample { rows: u64, seed: u64 },
}

/// The files of a request with what it says of them.
pub(super) fn selected_files(sources: Vec<SourceInfo>, files: Vec<File>) -> Vec<Rc<Source>> {
    let source = |(info, file): (SourceInfo, File)| {
        let info = SourceInfo { bytes: file.size() as u64, ..info };
        Rc::new(Source { info, bytes: Bytes::File(file), part: None })
    };
    sources.into_iter().zip(files).map(source).collect()
}

/// A sample as a source.
pub(super) fn sample(rows: u64, seed: u64) -> Rc<Source> {
    let bytes = Sample::new(rows, seed).expected_bytes();
    Rc::new(Source {
        info: SourceInfo { name: format!("sample of {rows} votes"), bytes },
        bytes: Bytes::Sample { rows, seed },
        part: None,
    })
}

impl Source {
    /// The same source, of which only this part is wanted.
    pub(super) fn part(&self, part: Option<String>) -> Rc<Self> {
        Rc::new(Self { part, ..self.clone() })
    }

    /// Whether this part of it is wanted.
    pub(super) fn has_part(&self, name: &str) -> bool {
        self.part.as_deref().is_none_or(|part| part == name)
    }

    /// The file that it is, if it is one.
    pub(super) fn file(&self) -> Option<&File> {
        match &self.bytes {
            Bytes::File(file) => Some(file),
            Bytes::Sample { .. } => None,
        }
    }

    /// Opens it.
    pub(super) fn open(&self) -> Slices {
        match &self.bytes {
            Bytes::File(file) => Slices::File(FileSlices::open(file)),
            Bytes::Sample { rows, seed } => Slices::Sample(Box::new(Sample::new(*rows, *seed))),
        }
    }
}

/// The bytes of an open source, slice by slice.
pub(super) enum Slices {
    File(FileSlices),
    /// A file from some byte on.
    Rest(RangeSlices),
    Sample(Box<Sample>),
}

impl Slices {
    /// Puts the next slice at the start of `buffer`, which may be longer. Returns the slice's length; 0 is the end.
    pub(super) async fn next(&mut self, buffer: &mut Vec<u8>) -> Result<usize, String> {
        match self {
            Self::File(slices) => slices.next(buffer).await,
            Self::Rest(slices) => slices.next(buffer).await,
            Self::Sample(sample) => {
                buffer.clear();
                sample.fill(buffer, SLICE);
                scope::give_way().await;
                Ok(buffer.len())
            }
        }
    }
}
