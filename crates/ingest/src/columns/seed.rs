//! The columns that are known at a place in a source, so that reading can go on there as if it had begun before.

use super::ELEMENT;
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

impl Seed {
    /// Whether there can be such columns behind so many of a spec: every part is in an object or an array that is there, and
    /// an array has one column of elements.
    pub(crate) fn is_sound(&self, expected: usize) -> bool {
        let mut elements = vec![0; self.columns.len()];
        for (at, column) in self.columns.iter().enumerate() {
            let Some(within) = column.within else { continue };
            let Some(parent) = within.checked_sub(expected).filter(|&parent| parent < at) else {
                return false;
            };
            elements[parent] += 1;
            let fits = match self.columns[parent].kind {
                Kind::List => column.name == ELEMENT && elements[parent] == 1,
                Kind::Struct => true,
                _ => false,
            };
            if !fits {
                return false;
            }
        }
        self.columns.iter().zip(elements).all(|(column, parts)| column.kind != Kind::List || parts == 1)
    }
}
