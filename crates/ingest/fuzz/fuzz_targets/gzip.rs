//! Any bytes as gzip, and real gzip with a few bytes changed: the same in slices of any length, and what `flate2`'s own
//! reader says of the whole.
//!
//! `cargo +nightly fuzz run gzip` in `crates/ingest`.
#![no_main]

use std::io::{Read as _, Write as _};

use flate2::bufread::MultiGzDecoder;
use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;
use sandglass_ingest::gzip::{Gunzip, GzipError};

fn gunzip(bytes: &[u8], slice: usize) -> Result<Vec<u8>, GzipError> {
    let mut gunzip = Gunzip::new();
    let mut out = Vec::new();
    for mut slice in bytes.chunks(slice) {
        while !slice.is_empty() {
            let used = gunzip.decompress(slice)?;
            assert!(used > 0 && used <= slice.len());
            slice = &slice[used..];
            out.append(gunzip.output());
        }
    }
    gunzip.finish()?;
    assert!(gunzip.output().is_empty());
    Ok(out)
}

fn flate2(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    MultiGzDecoder::new(bytes).read_to_end(&mut out).ok().map(|_| out)
}

fn gzip(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fuzz_target!(|data: &[u8]| {
    let Some((&[options, slice, place, change, cut], rest)) = data.split_first_chunk() else { return };
    let source = if options & 1 == 0 {
        rest.to_vec()
    } else {
        let (first, second) = rest.split_at(rest.len() / 2);
        let mut packed = gzip(first, u32::from(options >> 1) % 10);
        if options & 0x20 != 0 {
            packed.extend(gzip(second, 1));
        }
        if options & 0x40 != 0 {
            let place = usize::from(place) % packed.len();
            packed[place] ^= change;
        }
        if options & 0x80 != 0 {
            packed.truncate(packed.len() - usize::from(cut) % packed.len());
        }
        packed
    };
    let whole = gunzip(&source, source.len().max(1));
    let sliced = gunzip(&source, usize::from(slice) + 1);
    match (&whole, &sliced) {
        // Where damage inside of a body is noticed depends on how much of it is there.
        (Err(GzipError::Damaged { what: one, .. }), Err(GzipError::Damaged { what: other, .. })) => {
            assert_eq!(one, other);
        }
        _ => assert_eq!(whole, sliced),
    }
    if source.is_empty() {
        return;
    }
    // Zeros behind the last member are padding here and an error there.
    let padding = source.iter().rev().take_while(|&&byte| byte == 0).count();
    let theirs = (0..=padding).find_map(|zeros| flate2(&source[..source.len() - zeros]));
    assert_eq!(whole.ok(), theirs);
});
