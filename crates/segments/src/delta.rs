//! Integers as Parquet's DELTA_BINARY_PACKED: the differences between neighbours, in as few bits as they need.
//!
//! The encoder of the `parquet` crate takes a value at a time through a bit writer. That was most of the time of writing a
//! segment; this one takes blocks, and a third of the time for them.

/// Values of a block, which have their least difference in common.
const BLOCK: usize = 128;

/// Values that have their number of bits in common; there are four such in a block, as other writers have it.
const MINI: usize = 32;

/// Writes the values.
pub(crate) fn encode(values: &[i64], out: &mut Vec<u8>) {
    push_varint(BLOCK as u64, out);
    push_varint((BLOCK / MINI) as u64, out);
    push_varint(values.len() as u64, out);
    push_varint(zigzag(values.first().copied().unwrap_or(0)), out);
    let mut at = 1;
    let mut differences = [0_i64; BLOCK];
    while at < values.len() {
        let count = (values.len() - at).min(BLOCK);
        let (before, these) = (&values[at - 1..at - 1 + count], &values[at..at + count]);
        for ((difference, value), before) in differences.iter_mut().zip(these).zip(before) {
            *difference = value.wrapping_sub(*before);
        }
        put_block(&mut differences, count, out);
        at += count;
    }
}

fn put_block(differences: &mut [i64; BLOCK], count: usize, out: &mut Vec<u8>) {
    let least = differences[..count].iter().copied().min().unwrap_or(0);
    // What is behind the last value becomes zeros.
    differences[count..].fill(least);
    push_varint(zigzag(least), out);
    let mut packed = [0_u64; BLOCK];
    for (packed, difference) in packed.iter_mut().zip(differences.iter()) {
        *packed = difference.wrapping_sub(least) as u64;
    }
    let minis = packed.chunks_exact(MINI);
    let widths = minis.clone().map(|mini| 64 - mini.iter().fold(0, |all, value| all | value).leading_zeros());
    out.extend(widths.clone().map(|width| width as u8));
    // A part that has only zeros takes no bytes, whether there are values in it or not.
    minis.zip(widths).for_each(|(mini, width)| pack(mini, width, out));
}

/// Writes values of so many bits, the first in the lowest.
fn pack(values: &[u64], width: u32, out: &mut Vec<u8>) {
    if width == 0 {
        return;
    }
    let mut bytes = [0_u8; MINI * 8];
    let (mut word, mut filled, mut at) = (0_u64, 0, 0);
    for &value in values {
        word |= value << filled;
        filled += width;
        if filled >= 64 {
            bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
            at += 8;
            filled -= 64;
            // The bits of the value that had no place any more; a shift by all of them is none.
            word = value.checked_shr(width - filled).unwrap_or(0);
        }
    }
    if filled > 0 {
        bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
    }
    out.extend_from_slice(&bytes[..width as usize * MINI / 8]);
}

/// Writes a number in groups of seven bits, the lowest first.
pub(crate) fn push_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Small numbers of either sign as small numbers without one.
pub(crate) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}
