//! One source, from its first byte to its last: sniff, decompress, decode.

use arrow_schema::ArrowError;
use thiserror::Error;

use crate::gzip::{Gunzip, GzipError};
use crate::ndjson::Decoder;
use crate::sniff::{self, Sniffed};
use crate::{Batch, RecordSpec};

/// Why a source could not be read to its end. Its records so far should be forgotten with it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is of a format that is not read.
    #[error("it is {0}, not a text file with a JSON object on every line")]
    Unsupported(&'static str),
    /// It is compressed, and cannot be decompressed to its end.
    #[error(transparent)]
    Gzip(#[from] GzipError),
    /// Columns that break Arrow's rules: a defect of this program.
    #[error("its records could not be put into columns (a defect of this program): {0}")]
    Columns(#[from] ArrowError),
}

/// What is known of a source once it has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSummary {
    /// Bytes of the source, as it lies there.
    pub bytes: u64,
    /// Records read: rows and rejects of all batches.
    pub records: u64,
    /// What it was taken for, such as `NDJSON` or `NDJSON, gzip`.
    pub format: &'static str,
    /// Columns that the spec does not have, in the order in which they turned up.
    pub new_columns: Vec<String>,
    /// Timestamps that had digits below a microsecond, which were cut off.
    pub cut_timestamps: u64,
}

/// Reads one source.
#[derive(Debug)]
pub struct Reader {
    decoder: Decoder,
    input: Input,
    bytes: u64,
    records: u64,
}

#[derive(Debug)]
enum Input {
    /// The first bytes are being collected.
    Unknown {
        head: Vec<u8>,
    },
    Plain,
    Gzip(Box<Gunzip>),
}

impl Reader {
    /// A reader at the start of a source.
    pub fn new(spec: &RecordSpec) -> Self {
        Self::with_decoder(Decoder::new(spec))
    }

    /// The same, with a decoder of other limits.
    pub fn with_decoder(decoder: Decoder) -> Self {
        Self { decoder, input: Input::Unknown { head: Vec::new() }, bytes: 0, records: 0 }
    }

    /// Takes the next bytes of the source and hands every batch that gets full to `sink`.
    ///
    /// # Errors
    /// When the bytes cannot be read at all, and whatever error `sink` returns. The reader is of no use then.
    pub fn push<E: From<SourceError>>(
        &mut self,
        bytes: &[u8],
        mut sink: impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        self.bytes += bytes.len() as u64;
        if let Input::Unknown { head } = &mut self.input {
            if head.is_empty() && bytes.len() >= sniff::HEAD {
                self.input = recognise(bytes)?;
            } else {
                head.extend_from_slice(bytes);
                if head.len() < sniff::HEAD {
                    return Ok(());
                }
                let head = std::mem::take(head);
                self.input = recognise(&head)?;
                return self.consume(&head, &mut sink);
            }
        }
        self.consume(bytes, &mut sink)
    }

    /// The source has ended: hands the last batch to `sink`.
    ///
    /// # Errors
    /// As [`push`](Self::push); besides when the source is empty or not complete.
    pub fn finish<E: From<SourceError>>(
        mut self,
        mut sink: impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<SourceSummary, E> {
        if let Input::Unknown { head } = &mut self.input {
            if head.is_empty() {
                return Err(SourceError::Empty.into());
            }
            let head = std::mem::take(head);
            self.input = recognise(&head)?;
            self.consume(&head, &mut sink)?;
        }
        let mut format = "NDJSON";
        if let Input::Gzip(gunzip) = &mut self.input {
            format = "NDJSON, gzip";
            gunzip.finish().map_err(SourceError::from)?;
        }
        self.decoder.finish();
        self.flush(&mut sink)?;
        Ok(SourceSummary {
            bytes: self.bytes,
            records: self.records,
            format,
            new_columns: self.decoder.new_columns().map(str::to_owned).collect(),
            cut_timestamps: self.decoder.cut_timestamps(),
        })
    }

    /// Decompresses, if that is called for, and decodes.
    fn consume<E: From<SourceError>>(
        &mut self,
        mut bytes: &[u8],
        sink: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Input::Gzip(gunzip) = &mut self.input {
            if bytes.is_empty() {
                return Ok(());
            }
            let used = gunzip.decompress(bytes).map_err(SourceError::from)?;
            bytes = &bytes[used..];
            let mut output = std::mem::take(gunzip.output());
            self.decode(&output, sink)?;
            if let Input::Gzip(gunzip) = &mut self.input {
                output.clear();
                *gunzip.output() = output;
            }
        }
        self.decode(bytes, sink)
    }

    fn decode<E: From<SourceError>>(
        &mut self,
        mut text: &[u8],
        sink: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            text = &text[self.decoder.decode(text)..];
            if self.decoder.is_full() {
                self.flush(sink)?;
            } else if text.is_empty() {
                return Ok(());
            }
        }
    }

    fn flush<E: From<SourceError>>(
        &mut self,
        sink: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Some(batch) = self.decoder.flush().map_err(SourceError::from)? {
            self.records += batch.records;
            sink(batch)?;
        }
        Ok(())
    }
}

fn recognise(head: &[u8]) -> Result<Input, SourceError> {
    match sniff::sniff(&head[..head.len().min(sniff::HEAD)]) {
        Sniffed::Ndjson => Ok(Input::Plain),
        Sniffed::Gzip => Ok(Input::Gzip(Box::default())),
        Sniffed::Other(name) => Err(SourceError::Unsupported(name)),
    }
}
