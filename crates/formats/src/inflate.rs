//! Members of archives: unpacked, and held against their checksums.

use std::sync::Arc;

use flate2::{Crc, Decompress, FlushDecompress, Status};

use crate::FormatError;
use crate::limits::Budget;
use crate::stream::{ROOM, Raw, Stream};

/// Unpacks a deflate stream of a known length.
pub(crate) struct Inflate {
    packed: Raw,
    inflate: Decompress,
    input: Vec<u8>,
    used: usize,
    done: bool,
    budget: Arc<Budget>,
}

impl Inflate {
    pub(crate) fn new(packed: Raw, budget: Arc<Budget>) -> Self {
        let inflate = Decompress::new(false);
        Self { packed, inflate, input: Vec::new(), used: 0, done: false, budget }
    }
}

impl Stream for Inflate {
    fn read(&mut self, out: &mut Vec<u8>) -> Result<bool, FormatError> {
        let damaged = |what: &str| Err(FormatError::damaged("deflate", what));
        let start = out.len();
        while out.len() == start && !self.done {
            if self.used == self.input.len() {
                self.input.clear();
                self.used = 0;
                if !self.packed.read(&mut self.input)? {
                    return damaged("it ends too early");
                }
            }
            out.reserve(ROOM);
            let before = self.inflate.total_in();
            let status = self.inflate.decompress_vec(&self.input[self.used..], out, FlushDecompress::None);
            let used = (self.inflate.total_in() - before) as usize;
            self.used += used;
            match status {
                Ok(Status::StreamEnd) => self.done = true,
                Ok(_) if used == 0 && out.len() == start => return damaged("the packed bytes make no sense"),
                Ok(_) => {}
                Err(_) => return damaged("the packed bytes make no sense"),
            }
        }
        self.budget.spend(out.len() - start)?;
        Ok(out.len() > start)
    }
}

/// Looks whether the checksum and the length of what comes are right.
pub(crate) struct Checked<S> {
    stream: S,
    crc: Crc,
    length: u64,
    expected: (u32, u64),
}

impl<S: Stream> Checked<S> {
    pub(crate) fn new(stream: S, crc: u32, length: u64) -> Self {
        Self { stream, crc: Crc::new(), length: 0, expected: (crc, length) }
    }
}

impl<S: Stream> Stream for Checked<S> {
    fn read(&mut self, out: &mut Vec<u8>) -> Result<bool, FormatError> {
        let start = out.len();
        let more = self.stream.read(out)?;
        self.crc.update(&out[start..]);
        self.length += (out.len() - start) as u64;
        if !more && (self.crc.sum(), self.length) != self.expected {
            let what = "the checksum or length is not that of the contents";
            return Err(FormatError::damaged("ZIP", what));
        }
        Ok(more)
    }
}
