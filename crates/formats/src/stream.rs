//! Bytes that come one after the other, unpacked on the way.

use std::sync::Arc;

use sandglass_access::HELD_MAX;
use sandglass_ingest::gzip;
use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use crate::limits::Budget;
use crate::{Bytes, FormatError, Memory};

/// Bytes that are read or unpacked at a time.
pub(crate) const ROOM: usize = 64 << 10;

/// Bytes that come one after the other.
pub(crate) trait Stream {
    /// Appends more bytes to `out`; whether there were any: `false` is the end.
    fn read(&mut self, out: &mut Vec<u8>) -> Result<bool, FormatError>;
}

/// The bytes of a source as they are, or a part of them.
#[derive(Debug)]
pub(crate) struct Raw {
    bytes: Arc<dyn Bytes>,
    at: u64,
    end: u64,
}

impl Raw {
    pub(crate) fn new(bytes: Arc<dyn Bytes>) -> Self {
        let end = bytes.len();
        Self { bytes, at: 0, end }
    }

    /// So many bytes from there on.
    #[cfg(feature = "workbooks")]
    pub(crate) fn part(bytes: Arc<dyn Bytes>, start: u64, length: u64) -> Self {
        Self { bytes, at: start, end: start.saturating_add(length) }
    }
}

impl Stream for Raw {
    fn read(&mut self, out: &mut Vec<u8>) -> Result<bool, FormatError> {
        let wanted = usize::try_from(self.end - self.at).unwrap_or(ROOM).min(ROOM);
        let start = out.len();
        out.resize(start + wanted, 0);
        let length = match wanted {
            0 => 0,
            _ => self.bytes.read_at(self.at, &mut out[start..])?,
        };
        out.truncate(start + length);
        self.at += length as u64;
        Ok(length > 0)
    }
}

/// A stream of which the first bytes can be looked at before they are read.
pub(crate) struct Ahead {
    stream: Box<dyn Stream>,
    ahead: Vec<u8>,
}

impl Ahead {
    pub(crate) fn new(stream: Box<dyn Stream>) -> Self {
        Self { stream, ahead: Vec::new() }
    }

    /// The next bytes, at least so many unless the stream ends before.
    pub(crate) fn head(&mut self, length: usize) -> Result<&[u8], FormatError> {
        while self.ahead.len() < length && self.stream.read(&mut self.ahead)? {}
        Ok(&self.ahead)
    }

    /// All that is left, in memory.
    pub(crate) fn collect(mut self) -> Result<Memory, FormatError> {
        let mut all = Vec::new();
        while self.read(&mut all)? {
            if all.len() as u64 > HELD_MAX {
                return Err(FormatError::TooLarge { what: "unpacked it has".to_owned() });
            }
        }
        all.shrink_to_fit();
        Ok(Memory::from(all))
    }
}

impl Stream for Ahead {
    fn read(&mut self, out: &mut Vec<u8>) -> Result<bool, FormatError> {
        if self.ahead.is_empty() {
            return self.stream.read(out);
        }
        out.append(&mut self.ahead);
        Ok(true)
    }
}

/// Unpacks gzip.
pub(crate) struct Gunzip {
    packed: Ahead,
    gunzip: gzip::Gunzip,
    input: Vec<u8>,
    used: usize,
    budget: Arc<Budget>,
}

impl Gunzip {
    pub(crate) fn new(packed: Ahead, budget: Arc<Budget>) -> Self {
        Self { packed, gunzip: gzip::Gunzip::new(), input: Vec::new(), used: 0, budget }
    }
}

impl Stream for Gunzip {
    fn read(&mut self, out: &mut Vec<u8>) -> Result<bool, FormatError> {
        loop {
            if self.used == self.input.len() {
                self.input.clear();
                self.used = 0;
                if !self.packed.read(&mut self.input)? {
                    self.gunzip.finish()?;
                    return Ok(false);
                }
            }
            self.used += self.gunzip.decompress(&self.input[self.used..])?;
            let unpacked = self.gunzip.output();
            if !unpacked.is_empty() {
                self.budget.spend(unpacked.len())?;
                out.append(unpacked);
                return Ok(true);
            }
        }
    }
}

/// Unpacks zstd, in one frame or several.
pub(crate) struct Unzstd {
    packed: Ahead,
    decoder: Decoder<'static>,
    input: Vec<u8>,
    used: usize,
    /// Bytes before those in `input`.
    before: u64,
    /// Whether a frame is open.
    open: bool,
    ended: bool,
    budget: Arc<Budget>,
}

impl Unzstd {
    /// The largest window is 128 MiB: what `zstd` itself takes without being told otherwise.
    const WINDOW_LOG: u32 = 27;

    pub(crate) fn new(packed: Ahead, budget: Arc<Budget>) -> Result<Self, FormatError> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(Self::WINDOW_LOG))?;
        Ok(Self { packed, decoder, input: Vec::new(), used: 0, before: 0, open: false, ended: false, budget })
    }
}

impl Stream for Unzstd {
    fn read(&mut self, out: &mut Vec<u8>) -> Result<bool, FormatError> {
        let start = out.len();
        while out.len() == start {
            if self.used == self.input.len() && !self.ended {
                self.before += self.input.len() as u64;
                self.input.clear();
                self.used = 0;
                self.ended = !self.packed.read(&mut self.input)?;
            }
            if self.ended && !self.open {
                return Ok(false);
            }
            out.resize(start + ROOM, 0);
            let mut room = OutBuffer::around(&mut out[start..]);
            let mut input = InBuffer::around(&self.input[self.used..]);
            let state = self.decoder.run(&mut input, &mut room);
            let (used, unpacked) = (input.pos(), room.pos());
            out.truncate(start + unpacked);
            let at = self.before + (self.used + used) as u64;
            let state = state
                .map_err(|error| FormatError::damaged("zstd", format_args!("{error}, at byte {}", at + 1)))?;
            self.used += used;
            self.budget.spend(unpacked)?;
            self.open = state > 0;
            if state == 0 {
                self.decoder.reinit()?;
            } else if self.ended && unpacked == 0 {
                let what = format_args!("it ends too early, after {at} bytes");
                return Err(FormatError::damaged("zstd", what));
            }
        }
        Ok(true)
    }
}

impl Stream for Box<dyn Stream> {
    fn read(&mut self, out: &mut Vec<u8>) -> Result<bool, FormatError> {
        (**self).read(out)
    }
}
