//! How much may come of how little.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::FormatError;

/// So much may be unpacked whatever it comes from; from there on the ratio counts.
pub const BOMB_SIZE: u64 = 1 << 30;

/// So many times as much as there is may be unpacked. Deflate makes at most 1,032 of one.
pub const BOMB_RATIO: u64 = 1000;

/// How often something may be packed within something else: archives and compressions together.
pub const LAYERS_MAX: usize = 4;

/// Counts what was unpacked of a source, in all of its layers and members.
#[derive(Debug)]
pub(crate) struct Budget {
    source_length: u64,
    out: AtomicU64,
}

impl Budget {
    pub(crate) fn new(source_length: u64) -> Self {
        Self { source_length, out: AtomicU64::new(0) }
    }

    /// So many more bytes were unpacked.
    pub(crate) fn spend(&self, bytes: usize) -> Result<(), FormatError> {
        let out = self.out.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
        if out > BOMB_SIZE && out / BOMB_RATIO > self.source_length {
            return Err(FormatError::Bomb { out, source_length: self.source_length });
        }
        Ok(())
    }
}
