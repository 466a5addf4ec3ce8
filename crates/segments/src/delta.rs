//! Integers as Parquet's DELTA_BINARY_PACKED: the differences between neighbours, in as few bits as they need.
//!
//! The encoder of the `parquet` crate takes a value at a time through a bit writer, which is half of the time of its writer;
//! this one packs blocks.

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
    let mut above = [[0_u64; MINI]; BLOCK / MINI];
    for (above, difference) in above.as_flattened_mut().iter_mut().zip(differences.iter()) {
        *above = difference.wrapping_sub(least) as u64;
    }
    let widths = above.map(|mini| 64 - mini.iter().fold(0, |all, value| all | value).leading_zeros());
    out.extend(widths.map(|width| width as u8));
    // A part that has only zeros takes no bytes, whether there are values in it or not.
    let mut bytes = [0; BLOCK * 8];
    let mut length = 0;
    for (mini, width) in above.into_iter().zip(widths) {
        length += pack(mini, width, &mut bytes[length..]);
    }
    out.extend_from_slice(&bytes[..length]);
}

/// Writes values of so many bits, the first in the lowest, and returns how many bytes they take.
fn pack(mut values: [u64; MINI], width: u32, out: &mut [u8]) -> usize {
    let length = width as usize * MINI / 8;
    // Neighbours are joined as long as two fit into a word: a few steps for all of them, instead of some for each.
    let (mut bits, mut count) = (width, MINI);
    while bits <= 32 && count > 1 {
        count /= 2;
        for at in 0..count {
            values[at] = values[2 * at] | (values[2 * at + 1] << bits);
        }
        bits *= 2;
    }
    let (mut word, mut filled) = (0_u64, 0);
    let mut words = out.chunks_exact_mut(8);
    for &value in &values[..count] {
        word |= value << filled;
        filled += bits;
        if filled >= 64 {
            if let Some(place) = words.next() {
                place.copy_from_slice(&word.to_le_bytes());
            }
            filled -= 64;
            // The bits of the value that had no place any more; a shift by all of them is none.
            word = value.checked_shr(bits - filled).unwrap_or(0);
        }
    }
    if let (Some(place), 1..) = (words.next(), filled) {
        place.copy_from_slice(&word.to_le_bytes());
    }
    length
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits one by one, as the format describes them.
    fn plainly(values: &[u64], width: u32) -> Vec<u8> {
        let mut bytes = vec![0; width as usize * values.len() / 8];
        for (nth, value) in values.iter().enumerate() {
            for bit in 0..width as usize {
                let at = nth * width as usize + bit;
                bytes[at / 8] |= (((value >> bit) & 1) as u8) << (at % 8);
            }
        }
        bytes
    }

    #[test]
    fn every_width_is_packed() {
        for width in 0..=64 {
            let mut seed = u64::from(width) + 1;
            let values = [(); MINI].map(|()| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (seed ^ (seed >> 29)).checked_shr(64 - width).unwrap_or(0)
            });
            let mut out = [0; BLOCK * 8];
            let length = pack(values, width, &mut out);
            assert_eq!(out[..length], plainly(&values, width), "{width} bits");
        }
    }
}
