//! One source, from its first byte to its last: sniff, decompress, sniff once more, decode.

use arrow_schema::ArrowError;
use thiserror::Error;

use crate::gzip::{Gunzip, GzipError};
use crate::rest::{self, SourceEnd};
use crate::sniff::{self, RareFormat, Sniffed};
use crate::text::{self, TextDecoder};
use crate::{Batch, Drift, Expansion, OptionsError, ReadOptions, RecordSpec, Reject, TextForm, ndjson};

/// Why a source could not be read to its end. Its records so far should be forgotten with it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is of a format that is not read.
    #[error("it is {0}, not JSON and not delimited text")]
    Unsupported(&'static str),
    /// It is of a format that other readers are for.
    #[error("it is {0}, which is not read here")]
    Rare(RareFormat),
    /// It is compressed, and cannot be decompressed to its end.
    #[error(transparent)]
    Gzip(#[from] GzipError),
    /// It has columns, but not those that are needed.
    #[error("it has no column {missing}; it was read as {format}, and its columns are {there}")]
    MissingColumns {
        /// How it was read.
        format: String,
        /// Columns that every record must have.
        missing: String,
        /// Columns that there are.
        there: String,
    },
    /// The first record that could not be taken, where that was to be the end.
    #[error(
        "line {} (from byte {}) could not be taken, and was to be the end: {}; it begins with {}",
        .0.line, .0.byte_offset + 1, .0.reason, beginning(.0)
    )]
    Rejected(Box<Reject>),
    /// The same for a row of a sheet or a table.
    #[error(
        "row {} could not be taken, and was to be the end: {}; it begins with {}",
        .0.line, .0.reason, beginning(.0)
    )]
    RejectedRow(Box<Reject>),
    /// It is compressed, and more comes out of it than is allowed.
    #[error(
        "{decompressed} bytes have come out of {compressed} compressed ones, more than {} times as many: it may have been \
         made to fill up the memory; if it has not, decompress it and read what comes of that",
        .limit.ratio
    )]
    Expands {
        /// Compressed bytes so far.
        compressed: u64,
        /// Bytes that have come out of them.
        decompressed: u64,
        /// What is allowed.
        limit: Expansion,
    },
    /// It cannot be read as was asked.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// It had more bytes when its reading was planned.
    #[error(
        "it ends at byte {ended}, but had {size} bytes when reading began: it was changed meanwhile; read it again"
    )]
    Shorter {
        /// The bytes that it had.
        size: u64,
        /// The bytes that it has.
        ended: u64,
    },
    /// Another worker could not read it, and said why.
    #[error("{0}")]
    Told(String),
    /// It has more columns than there can be.
    #[error("it has more than {limit} columns")]
    TooManyColumns {
        /// The most that there can be.
        limit: usize,
    },
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
    /// What it was taken for, such as `NDJSON` or `CSV, comma-separated, with a header, gzip`.
    pub format: String,
    /// How it was read, if it is text.
    pub text: Option<TextForm>,
    /// Columns that the spec does not have, in the order in which they turned up.
    pub new_columns: Vec<String>,
    /// Timestamps that had digits below a microsecond, which were cut off.
    pub cut_timestamps: u64,
    /// How its columns have changed since its first record; not more than [`DRIFT_KEPT`](crate::DRIFT_KEPT) changes.
    pub drift: Vec<Drift>,
    /// Columns whose types were chosen, and which it does not have.
    pub chosen_in_vain: Vec<String>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
    /// Where it has ended, if it can be read on from there when it has grown.
    pub end: Option<SourceEnd>,
}

/// The beginning of a reject, for a message of one line.
fn beginning(reject: &Reject) -> String {
    const SHOWN: usize = 80;
    let text: String = reject.raw_text().chars().take(SHOWN).collect();
    let more = if reject.raw_bytes > text.len() as u64 { " …" } else { "" };
    format!("{text:?}{more}")
}

/// Who takes batches, and may refuse to go on.
pub type Sink<'a> = &'a mut dyn FnMut(Batch) -> Result<(), SourceError>;

/// Reads one source.
#[derive(Debug)]
pub struct Reader {
    spec: RecordSpec,
    options: ReadOptions,
    input: Input,
    text: Text,
    bytes: u64,
    /// Bytes that have come out of compressed ones.
    decompressed: u64,
    records: u64,
    /// Whether the last byte ends a line.
    line_ended: bool,
}

/// How the bytes of the source become text.
#[derive(Debug)]
enum Input {
    /// The first bytes are being collected.
    Unknown {
        head: Vec<u8>,
    },
    Plain,
    Gzip(Box<Gunzip>),
}

/// How the text becomes records.
#[derive(Debug)]
enum Text {
    /// Its beginning is being collected.
    Unknown {
        head: Vec<u8>,
    },
    Known(TextDecoder),
}

impl Reader {
    /// A reader at the start of a source, of which everything is told by its content.
    pub fn new(spec: &RecordSpec) -> Self {
        Self::with_options(spec, &ReadOptions::default())
    }

    /// The same for a source that is to be read as these options say. Of a column that the spec declares and the options
    /// choose the spec counts.
    pub fn with_options(spec: &RecordSpec, options: &ReadOptions) -> Self {
        Self {
            spec: spec.clone().choosing(&options.types),
            options: options.clone(),
            input: Input::Unknown { head: Vec::new() },
            text: Text::Unknown { head: Vec::new() },
            bytes: 0,
            decompressed: 0,
            records: 0,
            line_ended: false,
        }
    }

    /// A reader of what has come to a source since it ended there. `head` is its beginning as it is now: [`Plan::HEAD`] bytes, or
    /// all when there are fewer. `None` if the rest cannot be read as the beginning was; then all of it has to be read.
    ///
    /// [`Plan::HEAD`]: crate::ranges::Plan::HEAD
    pub fn rest(spec: &RecordSpec, options: &ReadOptions, head: &[u8], end: &SourceEnd) -> Option<Self> {
        let decoder = rest::decoder(head, spec, options, end)?;
        let reader = Self::with_options(spec, options);
        Some(Self { input: Input::Plain, text: Text::Known(decoder), ..reader })
    }

    /// The same for text that is known to be NDJSON, with a decoder of other limits.
    pub fn with_decoder(spec: &RecordSpec, decoder: ndjson::Decoder) -> Self {
        Self { text: Text::Known(TextDecoder::Ndjson(Box::new(decoder))), ..Self::new(spec) }
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
        self.line_ended = bytes.last().map_or(self.line_ended, |&last| last == b'\n');
        if let Input::Unknown { head } = &mut self.input {
            if head.is_empty() && bytes.len() >= sniff::HEAD {
                self.input = recognise(bytes, &self.options)?;
            } else {
                head.extend_from_slice(bytes);
                if head.len() < sniff::HEAD {
                    return Ok(());
                }
                let head = std::mem::take(head);
                self.input = recognise(&head, &self.options)?;
                return self.consume(&head, &mut sink);
            }
        }
        self.consume(bytes, &mut sink)
    }

    /// The same as one function for all sinks: what is generic is compiled for each, and the page has to fetch that.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    #[inline(never)]
    pub fn push_into(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<(), SourceError> {
        self.push(bytes, sink)
    }

    /// [`finish`](Self::finish) as one function for all sinks.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    #[inline(never)]
    pub fn finish_into(self, sink: Sink<'_>) -> Result<SourceSummary, SourceError> {
        self.finish(sink)
    }

    /// The source has ended: hands the last batches to `sink`.
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
            self.input = recognise(&head, &self.options)?;
            self.consume(&head, &mut sink)?;
        }
        let mut compression = "";
        if let Input::Gzip(gunzip) = &mut self.input {
            compression = ", gzip";
            gunzip.finish().map_err(SourceError::from)?;
        }
        self.begin_text(&[], true, &mut sink)?;
        let Self {
            input, spec, text: Text::Known(mut decoder), mut records, bytes, options, line_ended, ..
        } = self
        else {
            return Err(SourceError::Empty.into());
        };
        let may_grow = matches!(input, Input::Plain) && line_ended && !decoder.is_within_record();
        loop {
            // A batch that gets full leaves no room for what is still in the decoder.
            decoder.finish();
            let more = decoder.intake().is_full();
            if let Some(failure) = decoder.failure(&options) {
                return Err(failure.into());
            }
            flush(&mut decoder, &mut records, &mut sink)?;
            if !more {
                break;
            }
        }
        Ok(SourceSummary {
            bytes,
            records,
            format: format!("{}{compression}", decoder.form()),
            text: Some(decoder.form()),
            new_columns: decoder.intake().new_columns().map(str::to_owned).collect(),
            cut_timestamps: decoder.intake().cut_timestamps,
            drift: decoder.intake().drift.clone(),
            chosen_in_vain: decoder.intake().columns.chosen_in_vain(),
            notes: decoder.notes(),
            end: match may_grow {
                true => SourceEnd::new(decoder.intake().place(), decoder.form(), options.ragged, &spec),
                false => None,
            },
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
            self.decompressed += gunzip.output().len() as u64;
            self.options.max_expansion.check(gunzip.used(), self.decompressed)?;
            let mut output = std::mem::take(gunzip.output());
            self.begin_text(&output, false, sink)?;
            if let Input::Gzip(gunzip) = &mut self.input {
                output.clear();
                *gunzip.output() = output;
            }
        }
        self.begin_text(bytes, false, sink)
    }

    /// Decodes text, once enough of it is there to tell what it is: `last` says that no more will come.
    fn begin_text<E: From<SourceError>>(
        &mut self,
        text: &[u8],
        last: bool,
        sink: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        if let Text::Unknown { head } = &mut self.text {
            let mut collected = std::mem::take(head);
            let beginning = if collected.is_empty() {
                text
            } else {
                collected.extend_from_slice(text);
                &collected
            };
            if beginning.len() < text::HEAD && !last {
                let head = beginning.to_vec();
                self.text = Text::Unknown { head };
                return Ok(());
            }
            self.options.check().map_err(SourceError::from)?;
            if let Input::Gzip(_) = &self.input {
                recognise_unpacked(beginning, &self.options)?;
            }
            let (decoder, before) = TextDecoder::of(beginning, last, &self.spec, &self.options);
            if decoder.never_was_utf8(beginning, &self.options) {
                return Err(SourceError::Rare(RareFormat::Windows1252).into());
            }
            self.text = Text::Known(decoder);
            return self.decode(&beginning[before..], sink);
        }
        self.decode(text, sink)
    }

    fn decode<E: From<SourceError>>(
        &mut self,
        mut text: &[u8],
        sink: &mut impl FnMut(Batch) -> Result<(), E>,
    ) -> Result<(), E> {
        let Text::Known(decoder) = &mut self.text else { return Ok(()) };
        loop {
            text = &text[decoder.decode(text)..];
            if let Some(failure) = decoder.failure(&self.options) {
                return Err(failure.into());
            }
            if decoder.intake().is_full() {
                flush(decoder, &mut self.records, sink)?;
            } else if text.is_empty() {
                return Ok(());
            }
        }
    }
}

fn flush<E: From<SourceError>>(
    decoder: &mut TextDecoder,
    records: &mut u64,
    sink: &mut impl FnMut(Batch) -> Result<(), E>,
) -> Result<(), E> {
    if let Some(batch) = decoder.intake_mut().flush().map_err(SourceError::from)? {
        *records += batch.records;
        sink(batch)?;
    }
    Ok(())
}

fn recognise(head: &[u8], options: &ReadOptions) -> Result<Input, SourceError> {
    match sniff::sniff_chosen(head, options) {
        Sniffed::Text => Ok(Input::Plain),
        Sniffed::Gzip => Ok(Input::Gzip(Box::default())),
        Sniffed::Rare(rare) => Err(SourceError::Rare(rare)),
        Sniffed::Other(name) => Err(SourceError::Unsupported(name)),
    }
}

/// What was compressed must be text: a second layer, and formats that are not text, are for others.
fn recognise_unpacked(head: &[u8], options: &ReadOptions) -> Result<(), SourceError> {
    match recognise(head, options)? {
        Input::Gzip(_) => Err(SourceError::Rare(RareFormat::Gzip)),
        _ => Ok(()),
    }
}
