//! Gzip, decompressed as it comes: several members one behind the other, checksums verified, and an input that ends
//! too early told apart from one that is damaged.
//!
//! The deflate stream inside is left to `flate2`; header and trailer are read here, byte by byte, so that slices may
//! end anywhere and every complaint has its place.

use flate2::{Crc, Decompress, FlushDecompress, Status};
use thiserror::Error;

/// Compressed bytes that are decompressed at a time. Deflate makes at most about 1,030 times as many of them, so this
/// bounds the memory that any input can claim.
const PIECE: usize = 16 << 10;
/// Room for decompressed bytes that is made at a time.
const ROOM: usize = 64 << 10;

/// Why compressed bytes cannot be decompressed. Places are counted in the compressed bytes, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum GzipError {
    /// They end too early, after this many.
    #[error(
        "its gzip data ends too early, after {0} bytes: the file is not complete; copy or download it again"
    )]
    Truncated(u64),
    /// They are not what they should be.
    #[error("its gzip data is damaged: {what}, at byte {}; copy or download it again", .at + 1)]
    Damaged {
        /// Where that was noticed.
        at: u64,
        /// What is wrong there.
        what: &'static str,
    },
}

/// A decompressor that is pushed compressed bytes.
#[derive(Debug)]
pub struct Gunzip {
    state: State,
    inflate: Decompress,
    /// Of the present member's decompressed bytes, with their number.
    checksum: Crc,
    /// Compressed bytes used.
    used: u64,
    output: Vec<u8>,
}

/// What the next byte is part of.
#[derive(Debug)]
enum State {
    Header(Header),
    Body,
    /// Checksum and length, of which so many bytes have come.
    Trailer([u8; 8], usize),
    /// Another member, or zeros that fill up a block.
    Behind,
    Zeros,
}

impl Default for Gunzip {
    fn default() -> Self {
        Self::new()
    }
}

impl Gunzip {
    /// A decompressor at the start of its input.
    pub fn new() -> Self {
        Self {
            state: State::Header(Header::new()),
            inflate: Decompress::new(false),
            checksum: Crc::new(),
            used: 0,
            output: Vec::new(),
        }
    }

    /// Decompresses from the beginning of `bytes` and returns how many of them it has used: some, if there are any.
    /// The result is in [`output`](Self::output), which must be emptied first.
    ///
    /// # Errors
    /// When the bytes are not gzip or a checksum is wrong.
    pub fn decompress(&mut self, bytes: &[u8]) -> Result<usize, GzipError> {
        let piece = &bytes[..bytes.len().min(PIECE)];
        let mut rest = piece;
        while let Some((&first, behind)) = rest.split_first() {
            let used = if matches!(self.state, State::Body) {
                self.inflate(rest)?
            } else {
                let at = self.used;
                self.byte(first).map_err(|what| GzipError::Damaged { at, what })?;
                rest.len() - behind.len()
            };
            self.used += used as u64;
            rest = &rest[used..];
        }
        Ok(piece.len())
    }

    /// The input has ended.
    ///
    /// # Errors
    /// When it ended in the middle.
    pub fn finish(&self) -> Result<(), GzipError> {
        match self.state {
            State::Behind | State::Zeros => Ok(()),
            _ => Err(GzipError::Truncated(self.used)),
        }
    }

    /// Compressed bytes used so far.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// The decompressed bytes that nobody has taken yet.
    pub fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    /// Decompresses all of `bytes` that belongs to this member; returns how many bytes that are.
    fn inflate(&mut self, bytes: &[u8]) -> Result<usize, GzipError> {
        let (first_in, first_out) = (self.inflate.total_in(), self.output.len());
        loop {
            self.output.reserve(ROOM);
            let used = (self.inflate.total_in() - first_in) as usize;
            let status = self.inflate.decompress_vec(&bytes[used..], &mut self.output, FlushDecompress::None);
            let used = (self.inflate.total_in() - first_in) as usize;
            let damaged = Err(GzipError::Damaged {
                at: self.used + used as u64,
                what: "the compressed bytes make no sense",
            });
            match status {
                Err(_) => return damaged,
                Ok(Status::StreamEnd) => self.state = State::Trailer([0; 8], 0),
                // As long as there is no room left there may be more to come.
                Ok(_) if self.output.len() == self.output.capacity() => continue,
                Ok(_) if used < bytes.len() => return damaged,
                Ok(_) => {}
            }
            self.checksum.update(&self.output[first_out..]);
            return Ok(used);
        }
    }

    /// Takes a byte that is not of a body.
    fn byte(&mut self, byte: u8) -> Result<(), &'static str> {
        match &mut self.state {
            State::Header(header) => {
                if header.ends_with(byte)? {
                    self.state = State::Body;
                }
            }
            State::Trailer(bytes, count) => {
                bytes[*count] = byte;
                *count += 1;
                if *count == bytes.len() {
                    let expected = u64::from_le_bytes(*bytes);
                    let (sum, length) = (self.checksum.sum(), self.checksum.amount());
                    if expected != u64::from(sum) | u64::from(length) << 32 {
                        return Err("the checksum before is not that of the contents");
                    }
                    self.state = State::Behind;
                }
            }
            State::Behind if byte == 0 => self.state = State::Zeros,
            State::Behind => {
                let mut header = Header::new();
                header.ends_with(byte).map_err(|_| "something else follows that is not gzip")?;
                self.state = State::Header(header);
                self.inflate.reset(false);
                self.checksum.reset();
            }
            State::Zeros if byte == 0 => {}
            State::Zeros => return Err("something else follows that is not gzip"),
            State::Body => {}
        }
        Ok(())
    }
}

/// Fields that a header may have, in their order.
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
const CHECK: u8 = 1 << 1;
/// Bits that mean nothing yet.
const RESERVED: u8 = 0b1110_0000;

/// A member's header, of which a part has come. Only its length matters.
#[derive(Debug)]
struct Header {
    field: Field,
    /// Which fields are still to come.
    flags: u8,
    checksum: Crc,
}

#[derive(Debug, Clone, Copy)]
enum Field {
    /// What every header has, of which so many bytes have come.
    Fixed(usize),
    /// The length of the extra field, of which the low byte may have come.
    ExtraLength(Option<u8>),
    /// So many bytes more.
    Extra(u16),
    /// Text up to a zero.
    Text,
    /// The header's own checksum, of which so many bytes have come.
    Check([u8; 2], usize),
}

impl Header {
    /// Bytes of the part that every header has.
    const FIXED: usize = 10;

    fn new() -> Self {
        Self { field: Field::Fixed(0), flags: 0, checksum: Crc::new() }
    }

    /// Takes the next byte; returns whether it is the header's last.
    fn ends_with(&mut self, byte: u8) -> Result<bool, &'static str> {
        self.checksum.update(&[byte]);
        let whole = match self.field {
            Field::Fixed(at) => {
                match (at, byte) {
                    (0, 0x1f) | (1, 0x8b) | (2, 8) | (4.., _) => {}
                    (3, flags) if flags & RESERVED == 0 => self.flags = flags,
                    (0 | 1, _) => return Err("it does not start as gzip data does"),
                    _ => return Err("it is compressed in a way that is not known"),
                }
                self.field = Field::Fixed(at + 1);
                at + 1 == Self::FIXED
            }
            Field::ExtraLength(None) => {
                self.field = Field::ExtraLength(Some(byte));
                false
            }
            Field::ExtraLength(Some(low)) => {
                let length = u16::from_le_bytes([low, byte]);
                self.field = Field::Extra(length);
                length == 0
            }
            Field::Extra(left) => {
                self.field = Field::Extra(left - 1);
                left == 1
            }
            Field::Text => byte == 0,
            Field::Check(expected, at) => {
                if byte != expected[at] {
                    return Err("the header's checksum is wrong");
                }
                self.field = Field::Check(expected, at + 1);
                at + 1 == expected.len()
            }
        };
        Ok(whole && !self.begin_next_field())
    }

    /// Goes on with the next field that the header has; returns whether there is one.
    fn begin_next_field(&mut self) -> bool {
        let fields = [
            (EXTRA, Field::ExtraLength(None)),
            (NAME, Field::Text),
            (COMMENT, Field::Text),
            (CHECK, Field::Check((self.checksum.sum() as u16).to_le_bytes(), 0)),
        ];
        let next = fields.into_iter().find(|(flag, _)| self.flags & flag != 0);
        if let Some((flag, field)) = next {
            self.flags &= !flag;
            self.field = field;
        }
        next.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, GzBuilder, write::GzEncoder};
    use std::io::Write as _;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn gunzip(bytes: &[u8], slice: usize) -> Result<Vec<u8>, GzipError> {
        let mut gunzip = Gunzip::new();
        let mut out = Vec::new();
        for mut slice in bytes.chunks(slice) {
            while !slice.is_empty() {
                slice = &slice[gunzip.decompress(slice)?..];
                out.append(gunzip.output());
            }
        }
        gunzip.finish()?;
        out.append(gunzip.output());
        Ok(out)
    }

    #[test]
    fn decompresses_several_members_in_slices_of_any_length() {
        let text: Vec<u8> = (0..100_000_u32).flat_map(|n| format!("{n};").into_bytes()).collect();
        let (first, second) = text.split_at(12_345);
        let packed = [gzip(first), gzip(b""), gzip(second)].concat();
        for slice in [1, 7, 1000, PIECE, packed.len()] {
            assert!(gunzip(&packed, slice).unwrap() == text, "slices of {slice}");
        }
    }

    #[test]
    fn an_input_that_ends_anywhere_too_early_is_an_error() {
        let packed = gzip(b"{\"Id\":\"1\"}\n{\"Id\":\"2\"}\n");
        for end in 1..packed.len() {
            assert_eq!(gunzip(&packed[..end], 5), Err(GzipError::Truncated(end as u64)));
        }
    }

    #[test]
    fn a_flipped_bit_is_an_error_or_harmless_in_the_header() {
        let packed = gzip(b"{\"Id\":\"1\"}\n{\"Id\":\"2\"}\n");
        let whole = gunzip(&packed, 100).unwrap();
        for place in 0..packed.len() {
            for bit in 0..8 {
                let mut damaged = packed.clone();
                damaged[place] ^= 1 << bit;
                match gunzip(&damaged, 100) {
                    Ok(text) => assert!((3..10).contains(&place) && text == whole, "byte {place}, bit {bit}"),
                    Err(_) => assert!(!(4..10).contains(&place), "time and system do not matter"),
                }
            }
        }
    }

    #[test]
    fn a_header_may_have_every_field() {
        let text = b"{\"Id\":1}\n";
        let mut encoder = GzBuilder::new()
            .extra(&b"extra"[..])
            .filename("votes.jsonl")
            .comment("a comment")
            .mtime(1_234_567_890)
            .write(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        let mut packed = encoder.finish().unwrap();
        assert_eq!(packed[3], EXTRA | NAME | COMMENT);
        assert_eq!(gunzip(&packed, 1).unwrap(), text);

        // And the header's own checksum, which flate2 does not write.
        let end = 10 + 2 + 5 + "votes.jsonl".len() + 1 + "a comment".len() + 1;
        packed[3] |= CHECK;
        let mut checksum = Crc::new();
        checksum.update(&packed[..end]);
        let [low, high, ..] = checksum.sum().to_le_bytes();
        packed.splice(end..end, [low, high]);
        for slice in [1, 3, 1000] {
            assert_eq!(gunzip(&packed, slice).unwrap(), text);
        }
        packed[end] ^= 1;
        let what = "the header's checksum is wrong";
        assert_eq!(gunzip(&packed, 7), Err(GzipError::Damaged { at: end as u64, what }));

        let empty_extra = [&[0x1f, 0x8b, 8, EXTRA, 0, 0, 0, 0, 0, 0, 0, 0][..], &gzip(text)[10..]].concat();
        assert_eq!(gunzip(&empty_extra, 5).unwrap(), text);
    }

    #[test]
    fn complaints_have_their_places() {
        let packed = gzip(b"{\"Id\":1}\n");
        let end = packed.len();
        let with = |place: usize, byte: u8| {
            let mut damaged = packed.clone();
            damaged[place] = byte;
            damaged
        };
        let header = "it does not start as gzip data does";
        let method = "it is compressed in a way that is not known";
        let checksum = "the checksum before is not that of the contents";
        let behind = "something else follows that is not gzip";
        for (source, at, what) in [
            (b"PK\x03\x04".to_vec(), 0, header),
            (with(1, 0), 1, header),
            (with(2, 7), 2, method),
            (with(3, 0x80), 3, method),
            (with(end - 8, packed[end - 8] ^ 1), end - 1, checksum),
            (with(end - 1, 1), end - 1, checksum),
            ([&packed[..], b"more"].concat(), end, behind),
            ([&packed[..], b"\0\0x"].concat(), end + 2, behind),
            ([&packed[..], b"\x1fx"].concat(), end + 1, header),
        ] {
            for slice in [1, 4, 1000] {
                assert_eq!(gunzip(&source, slice), Err(GzipError::Damaged { at: at as u64, what }));
            }
        }
    }

    #[test]
    fn zeros_may_fill_up_the_end() {
        let padded = [gzip(b"text"), vec![0; 500]].concat();
        assert_eq!(gunzip(&padded, 3).unwrap(), b"text");
    }

    #[test]
    fn much_output_from_little_input_is_all_there() {
        let text = vec![b'a'; 3 * ROOM * 40 + 17];
        let packed = gzip(&text);
        for slice in [1, 100, packed.len()] {
            assert!(gunzip(&packed, slice).unwrap() == text, "slices of {slice}");
        }
    }
}
