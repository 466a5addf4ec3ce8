//! A source, from opening it to its end.

use std::fmt;
use std::sync::Arc;

use sandglass_access::Counted;
use sandglass_ingest::{ReadOptions, RecordSpec, SourceError, SourceEvent};

use crate::layers::{self, Layer};
use crate::limits::Budget;
use crate::part::{Context, Parts};
use crate::{Bytes, FormatError};

/// How a source is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What is known of its records.
    pub spec: RecordSpec,
    /// What was chosen: the types of columns and what becomes of rejects for all that is in it, the rest for what is text.
    pub read: ReadOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self { spec: RecordSpec::inferred(), read: ReadOptions::default() }
    }
}

/// An opened source. It is pulled: [`next`](Self::next) does one step at a time.
pub struct Source {
    /// `None` once it has ended or failed.
    parts: Option<Box<dyn Parts>>,
    bytes: Arc<Counted>,
    /// Whether a reader has come to the end.
    ended: bool,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("bytes", &self.bytes)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl Source {
    /// Opens a source: finds out by content what it is, and what it needs to know before the first record.
    ///
    /// # Errors
    /// When it is of no format that is known, is damaged, or needs a password.
    pub fn open(bytes: Arc<dyn Bytes>, name: &str, options: &Options) -> Result<Self, FormatError> {
        if bytes.is_empty() {
            return Err(SourceError::Empty.into());
        }
        let length = bytes.len();
        let bytes = Arc::new(Counted::new(bytes));
        let context = Context {
            name: name.to_owned(),
            options: Arc::new(options.clone()),
            budget: Arc::new(Budget::new(length)),
            packed: String::new(),
            layers: 0,
            bytes: length,
        };
        let parts = layers::open(Layer::Random(Arc::clone(&bytes) as Arc<dyn Bytes>), context)?;
        Ok(Self { parts: Some(parts), bytes, ended: false })
    }

    /// Does the next step and hands out what came of it; `None` at the end.
    ///
    /// # Errors
    /// When the source cannot be read any further. What came of its present part should be forgotten, and there is nothing
    /// more.
    #[expect(clippy::should_implement_trait, reason = "an error ends it, which no iterator says")]
    pub fn next(&mut self) -> Result<Option<SourceEvent>, FormatError> {
        let Some(parts) = &mut self.parts else { return Ok(None) };
        match parts.next() {
            Ok(Some(event)) => Ok(Some(event)),
            end => {
                self.parts = None;
                self.ended = end.is_ok();
                end
            }
        }
    }

    /// How many bytes of the source are done with, to show how far it is.
    pub fn position(&self) -> u64 {
        if self.ended { self.bytes.len() } else { self.bytes.read().min(self.bytes.len()) }
    }

    /// Whether the present part is a table of a database: one of its own, even when another has the same columns.
    pub fn is_table(&self) -> bool {
        self.parts.as_ref().is_some_and(|parts| parts.is_table())
    }
}
