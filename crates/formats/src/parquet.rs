//! Parquet files.

use std::sync::Arc;

use bytes::Bytes as Shared;
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{ChunkReader, Length};
use sandglass_ingest::{BATCH_ROWS, SourceEvent};

use crate::bytes::{Cursor, read_exact_at};
use crate::convert::Converter;
use crate::guard::guarded;
use crate::limits::HELD_MAX;
use crate::part::{Context, Parts};
use crate::{Bytes, FormatError, thrift};

const PARQUET: &str = "Parquet";

/// Bytes as the reader of Parquet wants them.
#[derive(Debug, Clone)]
struct Chunks(Arc<dyn Bytes>);

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl ChunkReader for Chunks {
    type T = Cursor;

    fn get_read(&self, start: u64) -> Result<Cursor, ParquetError> {
        Ok(Cursor::at(Arc::clone(&self.0), start))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Shared, ParquetError> {
        // Before there is room for them: the length comes from the file.
        if start.checked_add(length as u64).is_none_or(|end| end > self.0.len()) {
            let what = format!("{length} bytes from {start} on would go beyond the end of the file");
            return Err(ParquetError::EOF(what));
        }
        let mut buffer = vec![0; length];
        read_exact_at(&*self.0, start, &mut buffer)?;
        Ok(buffer.into())
    }
}

/// Opens a Parquet file.
pub(crate) fn open(bytes: Arc<dyn Bytes>, context: Context) -> Result<Box<dyn Parts>, FormatError> {
    thrift::check_depth(&metadata(&*bytes)?)?;
    let chunks = Chunks(bytes);
    let (reader, converter) = guarded(PARQUET, || {
        let builder = builder(&chunks).map_err(explain)?;
        check_pages(&*chunks.0, builder.metadata())?;
        let schema = Arc::clone(builder.schema());
        let reader = builder.with_batch_size(BATCH_ROWS).build().map_err(explain)?;
        let converter = Converter::new(&schema, PARQUET, &context)?;
        Ok((reader, converter))
    })?;
    Ok(Box::new(Parquet { reader, converter: Some(converter), begun: false, context }))
}

/// What a file says of itself: its last bytes, before their length and a mark.
fn metadata(bytes: &dyn Bytes) -> Result<Vec<u8>, FormatError> {
    const TAIL: u64 = 8;
    let damaged = |what: &str| Err(FormatError::damaged(PARQUET, what));
    let Some(end) = bytes.len().checked_sub(TAIL + 4) else { return damaged("it ends too early") };
    let end = end + 4;
    let mut tail = [0; TAIL as usize];
    read_exact_at(bytes, end, &mut tail)?;
    let [a, b, c, d, mark @ ..] = tail;
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    match &mark {
        b"PAR1" if length <= end - 4 && length <= HELD_MAX => {
            let mut metadata = vec![0; length as usize];
            read_exact_at(bytes, end - length, &mut metadata)?;
            Ok(metadata)
        }
        b"PAR1" => damaged("what it says of itself at its end is longer than the file"),
        b"PARE" => Err(FormatError::Encrypted),
        _ => damaged("its last bytes are not those of a Parquet file: perhaps the end is missing"),
    }
}

/// Looks at what stands before each page, without reading the pages.
fn check_pages(bytes: &dyn Bytes, metadata: &ParquetMetaData) -> Result<(), FormatError> {
    for column in metadata.row_groups().iter().flat_map(|group| group.columns()) {
        let (mut at, length) = column.byte_range();
        let end = at.saturating_add(length).min(bytes.len());
        let mut left = u64::try_from(column.num_values()).unwrap_or(0);
        while at < end && left > 0 {
            let page = page_at(bytes, at)?;
            if page.unpacked > HELD_MAX {
                return Err(FormatError::TooLarge { what: "unpacked one of its pages has".to_owned() });
            }
            // Every value of a dictionary takes a byte or more.
            if page.dictionary > page.unpacked {
                let what = format!("there are fewer bytes than values in the dictionary at byte {}", at + 1);
                return Err(FormatError::damaged(PARQUET, what));
            }
            left = left.saturating_sub(page.values);
            at = at.saturating_add(page.header).saturating_add(page.packed);
        }
    }
    Ok(())
}

/// What stands before the page there. It is mostly short, but can have the least and the greatest of its values.
fn page_at(bytes: &dyn Bytes, at: u64) -> Result<thrift::Page, FormatError> {
    let left = bytes.len().saturating_sub(at);
    for length in [256, 64 << 10, 16 << 20] {
        let mut beginning = vec![0; left.min(length) as usize];
        read_exact_at(bytes, at, &mut beginning)?;
        if let Some(page) = thrift::page(&beginning) {
            return Ok(page);
        }
        if left < length {
            break;
        }
    }
    Err(FormatError::damaged(
        PARQUET,
        format_args!("what stands before the page at byte {} makes no sense", at + 1),
    ))
}

/// Arrow's own types of the columns stand in the file as well. Where they do not fit, the file can be read without.
fn builder(chunks: &Chunks) -> Result<ParquetRecordBatchReaderBuilder<Chunks>, ParquetError> {
    ParquetRecordBatchReaderBuilder::try_new(chunks.clone()).or_else(|error| {
        let plain = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        ParquetRecordBatchReaderBuilder::try_new_with_options(chunks.clone(), plain).map_err(|_| error)
    })
}

fn explain(error: ParquetError) -> FormatError {
    match error {
        ParquetError::NYI(what) => FormatError::Unsupported(format!("a Parquet file with {what}")),
        ParquetError::General(what) | ParquetError::EOF(what) => FormatError::damaged(PARQUET, what),
        other => FormatError::damaged(PARQUET, other),
    }
}

/// A Parquet file that is being read.
struct Parquet {
    reader: ParquetRecordBatchReader,
    /// `None` once it has ended.
    converter: Option<Converter>,
    begun: bool,
    context: Context,
}

impl Parts for Parquet {
    fn next(&mut self) -> Result<Option<SourceEvent>, FormatError> {
        if !self.begun {
            self.begun = true;
            return Ok(Some(SourceEvent::Part(self.context.name.clone())));
        }
        let Self { reader, converter: kept, context, .. } = self;
        let Some(mut converter) = kept.take() else { return Ok(None) };
        loop {
            if let Some(batch) = converter.take() {
                *kept = Some(converter);
                return Ok(Some(SourceEvent::Batch(batch)));
            }
            let rows = converter.rows();
            let next = guarded(PARQUET, || {
                reader.next().transpose().map_err(|error| {
                    FormatError::damaged(PARQUET, format_args!("behind row {rows}: {error}"))
                })
            })?;
            match next {
                Some(batch) => guarded(PARQUET, || converter.add(&batch))?,
                None => match converter.finish()? {
                    Some(batch) => {
                        *kept = Some(converter);
                        return Ok(Some(SourceEvent::Batch(batch)));
                    }
                    None => return Ok(Some(SourceEvent::End(converter.summary(context)))),
                },
            }
        }
    }
}
