//! Arrow IPC: files, which say at their end where the batches are, and streams.
//!
//! Where messages lie and how long they are is read here, and held against the length of the file before there is room made
//! for them. What is in them is decoded by `arrow-ipc`.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_schema_from_flatbuffer_bytes;
use arrow_ipc::reader::FileDecoder;
use arrow_ipc::{Block, Message, MessageHeader, root_as_footer, root_as_message};
use arrow_schema::{ArrowError, Schema};
use sandglass_access::{HELD_MAX, read_exact_at};
use sandglass_ingest::{BATCH_ROWS, SourceEvent};

use crate::convert::Converter;
use crate::guard::guarded;
use crate::part::{Context, Parts};
use crate::{Bytes, FormatError};

const ARROW: &str = "Arrow";

/// What a message begins with, since version 0.15 of the format.
const MARK: [u8; 4] = [0xff; 4];
const MAGIC: &[u8] = b"ARROW1";

/// What is said about a message may have so many bytes.
const HEADER_MAX: u64 = 64 << 20;

fn damaged(what: impl ToString) -> FormatError {
    FormatError::damaged(ARROW, what)
}

fn explain(error: ArrowError) -> FormatError {
    match error {
        ArrowError::NotYetImplemented(what) => FormatError::Unsupported(format!("an Arrow file with {what}")),
        other => damaged(other),
    }
}

/// Opens a file with a footer.
pub(crate) fn open_file(bytes: Arc<dyn Bytes>, context: Context) -> Result<Box<dyn Parts>, FormatError> {
    guarded(ARROW, || {
        let tail = MAGIC.len() as u64 + 4;
        let end = bytes.len().checked_sub(tail).ok_or_else(|| damaged("it ends too early"))?;
        let mut length = [0; 4];
        let mut magic = [0; MAGIC.len()];
        read_exact_at(&*bytes, end, &mut length)?;
        read_exact_at(&*bytes, end + 4, &mut magic)?;
        if magic != MAGIC {
            return Err(damaged("its last bytes are not those of an Arrow file: perhaps the end is missing"));
        }
        let length = u64::from(u32::from_le_bytes(length));
        if length > HEADER_MAX || length > end {
            return Err(damaged("the footer is longer than the file"));
        }
        let footer = read(&*bytes, end - length, length)?;
        let footer = root_as_footer(&footer).map_err(damaged)?;
        let schema = footer.schema().ok_or_else(|| damaged("the footer has no schema"))?;
        let schema = Arc::new(arrow_ipc::convert::fb_to_schema(schema));
        let blocks = |blocks: Option<_>| -> Vec<Block> {
            blocks
                .map(|blocks: flatbuffers::Vector<'_, Block>| blocks.iter().copied().collect())
                .unwrap_or_default()
        };
        let mut todo: VecDeque<Block> = blocks(footer.dictionaries()).into();
        todo.extend(blocks(footer.recordBatches()));
        let decoder = FileDecoder::new(Arc::clone(&schema), footer.version());
        Reading::begin(bytes, decoder, &schema, Next::Blocks(todo), "Arrow file", context)
    })
}

/// Opens a stream.
pub(crate) fn open_stream(bytes: Arc<dyn Bytes>, context: Context) -> Result<Box<dyn Parts>, FormatError> {
    guarded(ARROW, || {
        let (block, after) = message_at(&*bytes, 0)?.ok_or_else(|| damaged("it has no schema"))?;
        let header = read(&*bytes, 0, block.metaDataLength() as u64)?;
        let message = root_as_message(&header[8..]).map_err(damaged)?;
        if message.header_type() != MessageHeader::Schema {
            return Err(damaged("it does not begin with a schema"));
        }
        let schema = Arc::new(try_schema_from_flatbuffer_bytes(&header[8..]).map_err(explain)?);
        let decoder = FileDecoder::new(Arc::clone(&schema), message.version());
        Reading::begin(bytes, decoder, &schema, Next::At(after), "Arrow stream", context)
    })
}

fn read(bytes: &dyn Bytes, start: u64, length: u64) -> Result<Vec<u8>, FormatError> {
    if start.checked_add(length).is_none_or(|end| end > bytes.len()) {
        return Err(damaged(format_args!("{length} bytes from {start} on go beyond its end")));
    }
    if length > HELD_MAX {
        return Err(FormatError::TooLarge { what: "one of its batches has".to_owned() });
    }
    let mut buffer = vec![0; length as usize];
    read_exact_at(bytes, start, &mut buffer)?;
    Ok(buffer)
}

/// The message of a stream that begins there, and where the next one begins; `None` at the end.
fn message_at(bytes: &dyn Bytes, at: u64) -> Result<Option<(Block, u64)>, FormatError> {
    let mut start = [0; 8];
    if at == bytes.len() {
        return Ok(None);
    }
    let short = |_| damaged(format_args!("it ends too early, after {} bytes", bytes.len()));
    read_exact_at(bytes, at, &mut start).map_err(short)?;
    let [a, b, c, d, e, f, g, h] = start;
    let length = u32::from_le_bytes([e, f, g, h]);
    if [a, b, c, d] != MARK {
        return Err(damaged(format_args!("there is no message at byte {}", at + 1)));
    }
    if length == 0 {
        return Ok(None);
    }
    let header = u64::from(length) + 8;
    if header > HEADER_MAX {
        return Err(damaged(format_args!("the message at byte {} is too long", at + 1)));
    }
    let text = read(bytes, at, header)?;
    let message = root_as_message(&text[8..]).map_err(damaged)?;
    let body = u64::try_from(message.bodyLength()).ok().filter(|&body| body <= bytes.len());
    let body = body.ok_or_else(|| damaged("a message is longer than the file"))?;
    let block = Block::new(at as i64, header as i32, body as i64);
    Ok(Some((block, at + header + body)))
}

/// What is next.
enum Next {
    /// What the footer says, dictionaries first.
    Blocks(VecDeque<Block>),
    /// The message that begins there.
    At(u64),
}

/// A file or stream that is being read.
struct Reading {
    bytes: Arc<dyn Bytes>,
    decoder: FileDecoder,
    next: Next,
    /// What is left of a batch that has more rows than one may have.
    rest: Option<RecordBatch>,
    /// `None` once it has ended.
    converter: Option<Converter>,
    begun: bool,
    context: Context,
}

impl Reading {
    fn begin(
        bytes: Arc<dyn Bytes>,
        decoder: FileDecoder,
        schema: &Schema,
        next: Next,
        format: &'static str,
        context: Context,
    ) -> Result<Box<dyn Parts>, FormatError> {
        let converter = Some(Converter::new(schema, format, &context)?);
        Ok(Box::new(Self { bytes, decoder, next, rest: None, converter, begun: false, context }))
    }

    /// The next batch of the file, of any length; `None` at the end.
    fn batch(&mut self) -> Result<Option<RecordBatch>, FormatError> {
        loop {
            let block = match &mut self.next {
                Next::Blocks(blocks) => match blocks.pop_front() {
                    Some(block) => block,
                    None => return Ok(None),
                },
                Next::At(at) => match message_at(&*self.bytes, *at)? {
                    Some((block, after)) => {
                        *at = after;
                        block
                    }
                    None => return Ok(None),
                },
            };
            let whole = |value: i64| u64::try_from(value).ok();
            let (start, header, body) =
                (whole(block.offset()), whole(block.metaDataLength().into()), whole(block.bodyLength()));
            let (Some(start), Some(header), Some(body)) = (start, header, body) else {
                return Err(damaged("a block has a length below zero"));
            };
            let length = header.checked_add(body).ok_or_else(|| damaged("a block is too long"))?;
            let block_bytes = read(&*self.bytes, start, length)?;
            let message = message_of(&block_bytes, header as usize)?;
            check(&message, &block_bytes[header as usize..])?;
            let kind = message.header_type();
            let buffer = Buffer::from_vec(block_bytes);
            match kind {
                MessageHeader::DictionaryBatch => {
                    self.decoder.read_dictionary(&block, &buffer).map_err(explain)?;
                }
                _ => {
                    if let Some(batch) = self.decoder.read_record_batch(&block, &buffer).map_err(explain)? {
                        return Ok(Some(batch));
                    }
                }
            }
        }
    }
}

/// What is said about the message in a block.
fn message_of(block: &[u8], header: usize) -> Result<Message<'_>, FormatError> {
    let start = if block.starts_with(&MARK) { 8 } else { 4 };
    let text = block.get(start..header).ok_or_else(|| damaged("a block is too short"))?;
    root_as_message(text).map_err(damaged)
}

/// Looks whether the buffers of a message are in its body, and whether those that are packed say that they have more than can
/// be held.
fn check(message: &Message<'_>, body: &[u8]) -> Result<(), FormatError> {
    let dictionary = message.header_as_dictionary_batch();
    let batch = message.header_as_record_batch().or_else(|| dictionary.and_then(|one| one.data()));
    let Some(batch) = batch else { return Ok(()) };
    let mut unpacked = 0_u64;
    for buffer in batch.buffers().into_iter().flatten() {
        let place = usize::try_from(buffer.offset()).ok().zip(usize::try_from(buffer.length()).ok());
        let range = place.and_then(|(start, length)| body.get(start..start.checked_add(length)?));
        let Some(range) = range else { return Err(damaged("a column goes beyond its batch")) };
        if let (Some(_), Some(&length)) = (batch.compression(), range.first_chunk()) {
            unpacked = unpacked.saturating_add(u64::try_from(i64::from_le_bytes(length)).unwrap_or(0));
        }
    }
    if unpacked > HELD_MAX {
        return Err(FormatError::TooLarge { what: "unpacked one of its batches has".to_owned() });
    }
    Ok(())
}

impl Parts for Reading {
    fn next(&mut self) -> Result<Option<SourceEvent>, FormatError> {
        if !self.begun {
            self.begun = true;
            return Ok(Some(SourceEvent::Part(self.context.name.clone())));
        }
        let Some(mut converter) = self.converter.take() else { return Ok(None) };
        loop {
            if let Some(batch) = converter.take() {
                self.converter = Some(converter);
                return Ok(Some(SourceEvent::Batch(batch)));
            }
            let rest = match self.rest.take() {
                Some(rest) => Some(rest),
                None => guarded(ARROW, || self.batch())?,
            };
            let Some(rest) = rest else {
                return Ok(Some(match converter.finish()? {
                    Some(batch) => {
                        self.converter = Some(converter);
                        SourceEvent::Batch(batch)
                    }
                    None => SourceEvent::End(converter.summary(&self.context)),
                }));
            };
            let rows = rest.num_rows().min(BATCH_ROWS);
            if rest.num_rows() > rows {
                self.rest = Some(rest.slice(rows, rest.num_rows() - rows));
            }
            guarded(ARROW, || converter.add(&rest.slice(0, rows)))?;
        }
    }
}
