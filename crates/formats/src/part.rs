//! What a source of one or more tables is to whoever opens it.

use std::sync::Arc;

use sandglass_ingest::SourceEvent;
use sandglass_ingest::values::Decoder;

use crate::limits::{Budget, LAYERS_MAX};
use crate::{FormatError, Options};

/// Hands out the parts of a source one after the other.
pub(crate) trait Parts {
    /// The next event; `None` at the end. After an error there is nothing more.
    fn next(&mut self) -> Result<Option<SourceEvent>, FormatError>;

    /// Whether the present part is a table of its own, whatever columns others have.
    fn is_table(&self) -> bool {
        false
    }
}

/// What those who open a layer of a source know of it.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// The name of the source or part.
    pub(crate) name: String,
    pub(crate) options: Arc<Options>,
    pub(crate) budget: Arc<Budget>,
    /// What it is packed in, as in `, gzip`: it stands behind the format.
    pub(crate) packed: String,
    /// How many layers there are around it.
    pub(crate) layers: usize,
    /// Bytes of the source, as it lies there.
    pub(crate) bytes: u64,
}

impl Context {
    /// The context of what is packed in it.
    pub(crate) fn within(mut self, packed: &str) -> Result<Self, FormatError> {
        self.layers += 1;
        if self.layers > LAYERS_MAX {
            return Err(FormatError::TooDeep);
        }
        self.packed.insert_str(0, packed);
        Ok(self)
    }

    /// A decoder for rows of values, with all that is known of them and was chosen for them.
    pub(crate) fn decoder(&self) -> Decoder {
        Decoder::with_options(&self.options.spec, &self.options.read)
    }

    /// The name of a part of it.
    #[cfg(any(feature = "workbooks", feature = "databases"))]
    pub(crate) fn part(&self, name: &str) -> String {
        format!("{}/{name}", self.name)
    }

    /// What it is, with what it is packed in.
    pub(crate) fn format(&self, format: &str) -> String {
        format!("{format}{}", self.packed)
    }
}
