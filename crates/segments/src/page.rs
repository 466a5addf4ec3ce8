//! What stands before a page, in Thrift's compact protocol.

use sandglass_access::parquet::PageClaims;

use crate::delta::{push_varint, zigzag};

/// A field with a number of 32 bits, behind the field with the number before.
const NEXT_I32: u8 = 0x15;

const DELTA_BINARY_PACKED: i64 = 5;
const RLE: i64 = 3;

/// What stands before a page of integers.
pub(crate) fn header(values: usize, unpacked: usize, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(32);
    let mut number = |kind: u8, value: i64| {
        out.push(kind);
        push_varint(zigzag(value), &mut out);
    };
    // A page of data of the first version, which every reader knows.
    number(NEXT_I32, 0);
    number(NEXT_I32, unpacked as i64);
    number(NEXT_I32, body.len() as i64);
    number(NEXT_I32, checksum(body));
    // The struct of such a page is the next field.
    out.push(0x1c);
    let mut number = |value: i64| {
        out.push(NEXT_I32);
        push_varint(zigzag(value), &mut out);
    };
    number(values as i64);
    number(DELTA_BINARY_PACKED);
    number(RLE);
    number(RLE);
    out.extend_from_slice(&[0, 0]);
    out
}

/// The header of a page of the `parquet` crate, which writes none with a checksum, with that of the page.
///
/// The checksum is the field behind those of kind and lengths; of the field that follows only the distance changes.
/// `None` when the header is none that the crate writes.
pub(crate) fn with_checksum(header: &[u8], body: &[u8]) -> Option<Vec<u8>> {
    let mut at = 0;
    for _ in 0..3 {
        if *header.get(at)? != NEXT_I32 {
            return None;
        }
        at += 2 + header.get(at + 1..)?.iter().position(|byte| byte & 0x80 == 0)?;
    }
    let (&next, rest) = header.get(at..)?.split_first()?;
    // The field of the checksum itself, or one whose number is not told by its distance.
    if next >> 4 < 2 {
        return None;
    }
    let mut out = header[..at].to_vec();
    out.push(NEXT_I32);
    push_varint(zigzag(checksum(body)), &mut out);
    out.push(next - 0x10);
    out.extend_from_slice(rest);
    Some(out)
}

/// The checksum of a page, as the number with a sign that the format has.
fn checksum(body: &[u8]) -> i64 {
    i64::from(crc32fast::hash(body) as i32)
}

/// Where the body of a page is in the bytes that begin with its header.
pub(crate) fn body(claims: &PageClaims, bytes: &[u8]) -> Option<std::ops::Range<usize>> {
    let start = usize::try_from(claims.header).ok()?;
    let end = start.checked_add(usize::try_from(claims.packed).ok()?)?;
    (end <= bytes.len()).then_some(start..end)
}
