//! Gzip, decompressed as it comes: several members one behind the other, checksums verified, and an input that ends
//! too early is an error.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

/// Compressed bytes that are decompressed at a time. Deflate makes at most about 1,030 times as many of them, so this
/// bounds the memory that any input can claim.
const PIECE: usize = 16 << 10;

/// A decompressor that is pushed compressed bytes.
#[derive(Debug)]
pub struct Gunzip {
    inner: MultiGzDecoder<Vec<u8>>,
    fed: bool,
}

impl Default for Gunzip {
    fn default() -> Self {
        Self::new()
    }
}

impl Gunzip {
    /// A decompressor at the start of its input.
    pub fn new() -> Self {
        Self { inner: MultiGzDecoder::new(Vec::new()), fed: false }
    }

    /// Decompresses from the beginning of `bytes` and returns how many of them it has used: some, if there are any.
    /// The result is in [`output`](Self::output), which must be emptied first.
    ///
    /// # Errors
    /// When the bytes are not gzip or their checksum is wrong.
    pub fn decompress(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = &bytes[..bytes.len().min(PIECE)];
        self.fed |= !piece.is_empty();
        self.inner.write_all(piece)?;
        // What is decompressed may still wait inside; a flush moves it to the output.
        self.inner.flush()?;
        Ok(piece.len())
    }

    /// The input has ended.
    ///
    /// # Errors
    /// When it ended in the middle.
    pub fn finish(&mut self) -> io::Result<()> {
        if self.fed { self.inner.try_finish() } else { Ok(()) }
    }

    /// The decompressed bytes that nobody has taken yet.
    pub fn output(&mut self) -> &mut Vec<u8> {
        self.inner.get_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn gunzip(bytes: &[u8], slice: usize) -> io::Result<Vec<u8>> {
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
            assert!(gunzip(&packed[..end], 5).is_err(), "cut at {end} of {}", packed.len());
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
                    Ok(text) => assert!(place < 10 && text == whole, "byte {place}, bit {bit}"),
                    Err(_) => assert!(place != 9, "the system that made it does not matter"),
                }
            }
        }
    }
}
