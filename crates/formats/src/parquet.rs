//! Parquet files.

use std::sync::Arc;

use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use sandglass_access::parquet::{Chunks, ClaimError, check_footer, check_pages};
use sandglass_ingest::{BATCH_ROWS, SourceEvent};

use crate::convert::Converter;
use crate::guard::guarded;
use crate::part::{Context, Parts};
use crate::{Bytes, FormatError};

const PARQUET: &str = "Parquet";

/// Opens a Parquet file.
pub(crate) fn open(bytes: Arc<dyn Bytes>, context: Context) -> Result<Box<dyn Parts>, FormatError> {
    check_footer(&*bytes)?;
    let chunks = Chunks(bytes);
    let (reader, converter) = guarded(PARQUET, || {
        let builder = builder(&chunks).map_err(explain)?;
        if cfg!(not(feature = "brotli")) && is_packed_with_brotli(builder.metadata()) {
            return Err(FormatError::LeftOut("a Parquet file packed with brotli"));
        }
        check_pages(&*chunks.0, builder.metadata())?;
        let schema = Arc::clone(builder.schema());
        let reader = builder.with_batch_size(BATCH_ROWS).build().map_err(explain)?;
        let converter = Converter::new(&schema, PARQUET, &context)?;
        Ok((reader, converter))
    })?;
    Ok(Box::new(Parquet { reader, converter: Some(converter), begun: false, context }))
}

fn is_packed_with_brotli(metadata: &ParquetMetaData) -> bool {
    let mut columns = metadata.row_groups().iter().flat_map(|group| group.columns());
    columns.any(|column| matches!(column.compression(), Compression::BROTLI(_)))
}

/// Arrow's own types of the columns stand in the file as well. Where they do not fit, the file can be read without.
fn builder(chunks: &Chunks) -> Result<ParquetRecordBatchReaderBuilder<Chunks>, ParquetError> {
    ParquetRecordBatchReaderBuilder::try_new(chunks.clone()).or_else(|error| {
        let plain = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        ParquetRecordBatchReaderBuilder::try_new_with_options(chunks.clone(), plain).map_err(|_| error)
    })
}

impl From<ClaimError> for FormatError {
    fn from(error: ClaimError) -> Self {
        match error {
            ClaimError::Io(error) => Self::Io(error),
            ClaimError::Encrypted => Self::Encrypted,
            ClaimError::Unsupported(what) => Self::Unsupported(what),
            ClaimError::TooLarge { what } => Self::TooLarge { what: what.to_owned() },
            ClaimError::Damaged(what) => Self::damaged(PARQUET, what),
            other => Self::damaged(PARQUET, other),
        }
    }
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
