//! What comes of a source that may have several tables, one after the other.

use crate::{Batch, SourceSummary};

/// What a source has next.
#[derive(Debug)]
pub enum SourceEvent {
    /// A table begins: a sheet, a table of a database, a member of an archive. Its name is like a path, as in
    /// `book.xlsx/Sheet1`. A source that is just one table has one part with the source's own name.
    Part(String),
    /// The next records of the part.
    Batch(Batch),
    /// The part has ended, and this is known of it.
    End(SourceSummary),
    /// The part cannot be read to its end, and what came of it should be forgotten. The next part is not concerned.
    PartFailed {
        /// Its name.
        part: String,
        /// What happened, as a sentence without a full stop.
        reason: String,
    },
    /// Something that is worth knowing of the source as a whole.
    Note(String),
}
