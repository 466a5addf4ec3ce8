//! Checksums of what Parquet has none for.
//!
//! A page has one in the file's own format, which every reader can check. What stands before the pages, the index and the
//! footer have none, and a bit that flips there can make other rows of the same pages. So the footer holds two entries of
//! ours, which other readers pass over: the checksums of all that stands before pages, and the seal, which is over everything
//! behind the pages to the end of the file, itself left out.

use parquet::file::metadata::{KeyValue, ParquetMetaData};
use sandglass_access::{Bytes, HELD_MAX, read_exact_at};
use xxhash_rust::xxh3::xxh3_64;

use crate::SegmentError;

/// The names of the entries.
const SEAL: &str = "sandglass.seal";
const HEADERS: &str = "sandglass.page_headers";

/// Digits of a number of 64 bits.
const DIGITS: usize = 16;

/// What stands behind the name of the seal: its value is a text of so many bytes.
const VALUE: [u8; 2] = [0x18, 2 * DIGITS as u8];

/// The end of a file: the length of its footer, and a mark.
const TAIL: u64 = 8;

/// The seal before it is known.
pub(crate) fn unknown() -> KeyValue {
    KeyValue::new(SEAL.to_owned(), "0".repeat(2 * DIGITS))
}

/// The checksums of what stands before the pages, in the order of the pages.
pub(crate) fn headers(checksums: &[u32]) -> KeyValue {
    let digits: String = checksums.iter().map(|checksum| format!("{checksum:08x}")).collect();
    KeyValue::new(HEADERS.to_owned(), digits)
}

/// Reads those checksums.
pub(crate) fn read_headers(metadata: &ParquetMetaData) -> Option<Vec<u32>> {
    let entries = metadata.file_metadata().key_value_metadata()?;
    let digits = entries.iter().find(|entry| entry.key == HEADERS)?.value.as_deref()?.as_bytes();
    let number = |digits| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    digits.chunks(8).map(number).collect()
}

/// Seals a file whose pages end there. `None` when its seal is not where it should be.
pub(crate) fn put(file: &mut [u8], pages_end: usize) -> Option<()> {
    let behind = file.get_mut(pages_end..)?;
    let at = find(behind)?;
    let [place, checksum] = [at..at + DIGITS, at + DIGITS..at + 2 * DIGITS];
    behind[place].copy_from_slice(format!("{pages_end:016x}").as_bytes());
    let sum = xxh3_64(behind);
    behind[checksum].copy_from_slice(format!("{sum:016x}").as_bytes());
    Some(())
}

/// Looks whether everything behind the pages is as it was written.
pub(crate) fn check(bytes: &dyn Bytes) -> Result<(), SegmentError> {
    let broken = || SegmentError::damaged("what stands behind its pages is not what was written");
    let footer_end = bytes.len().checked_sub(TAIL).ok_or_else(broken)?;
    let mut tail = [0; 4];
    read_exact_at(bytes, footer_end, &mut tail)?;
    let footer_start = footer_end.checked_sub(u64::from(u32::from_le_bytes(tail))).ok_or_else(broken)?;
    let footer = read_from(bytes, footer_start).ok_or_else(broken)??;
    let at = find(&footer).ok_or_else(broken)?;
    let number = |from: usize| {
        let digits = std::str::from_utf8(footer.get(from..from + DIGITS)?).ok()?;
        u64::from_str_radix(digits, 16).ok()
    };
    let (pages_end, sum) = number(at).zip(number(at + DIGITS)).ok_or_else(broken)?;
    if pages_end > footer_start {
        return Err(broken());
    }
    let mut behind = read_from(bytes, pages_end).ok_or_else(broken)??;
    let checksum = at + DIGITS + (footer_start - pages_end) as usize;
    behind[checksum..checksum + DIGITS].fill(b'0');
    if xxh3_64(&behind) == sum { Ok(()) } else { Err(broken()) }
}

/// The bytes from there to the end; `None` when they are too many.
fn read_from(bytes: &dyn Bytes, start: u64) -> Option<Result<Vec<u8>, SegmentError>> {
    let length = bytes.len().checked_sub(start).filter(|&length| length <= HELD_MAX)?;
    let mut buffer = vec![0; length as usize];
    Some(read_exact_at(bytes, start, &mut buffer).map(|()| buffer).map_err(SegmentError::from))
}

/// Where the value of the seal begins. A column may have the same name, but stands before it.
fn find(behind: &[u8]) -> Option<usize> {
    let name = [SEAL.as_bytes(), &VALUE].concat();
    let at = behind.windows(name.len()).rposition(|window| window == name)? + name.len();
    (at + 2 * DIGITS <= behind.len()).then_some(at)
}
