//! The columns that are known at a place in a source, so that reading can go on there as if it had begun before.

use super::kind::Kind;

/// The columns behind those of the spec, as they are known at a place in a source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seed {
    /// In an order in which every column is behind the one that it is a part of, and behind those of its siblings that turned
    /// up before it.
    pub(crate) columns: Vec<SeedColumn>,
    /// Columns that were parts of others and are no more. They count, because there can be only so many.
    pub(crate) gone: usize,
}

/// A column that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeedColumn {
    pub(crate) name: String,
    /// The object or array that it is a part of, counted from the first column of the spec.
    pub(crate) within: Option<usize>,
    pub(crate) kind: Kind,
}
