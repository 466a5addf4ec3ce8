//! What is in a source, whatever it is packed in.

use std::sync::Arc;

use sandglass_ingest::sniff::{HEAD, RareFormat, Sniffed, sniff_chosen};
use sandglass_ingest::{Encoding, SourceError};

use crate::part::{Context, Parts};
#[cfg(feature = "databases")]
use crate::sqlite;
use crate::stream::{Ahead, Gunzip, Raw, Stream, Unzstd};
use crate::{Bytes, FormatError, arrow, parquet, text};
#[cfg(feature = "workbooks")]
use crate::{archive, workbook};

/// The bytes of a source or of what is packed in it.
pub(crate) enum Layer {
    /// They can be read from anywhere.
    Random(Arc<dyn Bytes>),
    /// They come one after the other.
    Stream(Ahead),
}

impl Layer {
    pub(crate) fn stream(stream: impl Stream + 'static) -> Self {
        Self::Stream(Ahead::new(Box::new(stream)))
    }

    fn head(&mut self) -> Result<Vec<u8>, FormatError> {
        match self {
            Self::Random(bytes) => Ok(sandglass_access::head(&**bytes, HEAD)?),
            Self::Stream(ahead) => Ok(ahead.head(HEAD)?.to_vec()),
        }
    }

    fn into_stream(self) -> Ahead {
        match self {
            Self::Random(bytes) => Ahead::new(Box::new(Raw::new(bytes))),
            Self::Stream(ahead) => ahead,
        }
    }

    /// Makes them such that they can be read from anywhere, in memory if need be.
    fn into_bytes(self) -> Result<Arc<dyn Bytes>, FormatError> {
        match self {
            Self::Random(bytes) => Ok(bytes),
            Self::Stream(ahead) => Ok(Arc::new(ahead.collect()?)),
        }
    }
}

/// Opens what these bytes are, told by the first of them.
pub(crate) fn open(mut layer: Layer, context: Context) -> Result<Box<dyn Parts>, FormatError> {
    let head = layer.head()?;
    if head.is_empty() {
        return Err(SourceError::Empty.into());
    }
    let rare = match sniff_chosen(&head, &context.options.read) {
        Sniffed::Text => return text::open(layer.into_stream(), Encoding::Utf8, context),
        Sniffed::Gzip => RareFormat::Gzip,
        Sniffed::Rare(rare) => rare,
        Sniffed::Other(name) => return Err(SourceError::Unsupported(name).into()),
    };
    match rare {
        RareFormat::Gzip => {
            let context = context.within(", gzip")?;
            let unpacked = Gunzip::new(layer.into_stream(), Arc::clone(&context.budget));
            open(Layer::stream(unpacked), context)
        }
        RareFormat::Zstd => {
            let context = context.within(", zstd")?;
            let unpacked = Unzstd::new(layer.into_stream(), Arc::clone(&context.budget))?;
            open(Layer::stream(unpacked), context)
        }
        RareFormat::Utf16Le => text::open(layer.into_stream(), Encoding::Utf16Le, context),
        RareFormat::Utf16Be => text::open(layer.into_stream(), Encoding::Utf16Be, context),
        RareFormat::Windows1252 => text::open(layer.into_stream(), Encoding::Windows1252, context),
        RareFormat::Parquet => parquet::open(layer.into_bytes()?, context),
        RareFormat::ArrowFile => arrow::open_file(layer.into_bytes()?, context),
        RareFormat::ArrowStream => arrow::open_stream(layer.into_bytes()?, context),
        #[cfg(feature = "databases")]
        RareFormat::Sqlite => sqlite::open(layer.into_bytes()?, context),
        #[cfg(not(feature = "databases"))]
        RareFormat::Sqlite => Err(FormatError::LeftOut("an SQLite database")),
        #[cfg(feature = "workbooks")]
        RareFormat::Workbook | RareFormat::Zip => archive::open(layer.into_bytes()?, context),
        #[cfg(feature = "workbooks")]
        RareFormat::OldOffice => workbook::open_old(layer.into_bytes()?, context),
        #[cfg(not(feature = "workbooks"))]
        RareFormat::Workbook | RareFormat::OldOffice => Err(FormatError::LeftOut("a workbook")),
        #[cfg(not(feature = "workbooks"))]
        RareFormat::Zip => Err(FormatError::LeftOut("a ZIP archive")),
        other => Err(FormatError::Unsupported(other.to_string())),
    }
}
