//! Which values of a page are there: definition levels of a column that is not nested, one bit each.

use arrow_buffer::BooleanBuffer;

use crate::delta::push_varint;

/// Writes the levels, with their length before them as pages of the first version have it.
pub(crate) fn encode(valid: &BooleanBuffer, nulls: usize, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    let rows = valid.len();
    if rows > 0 && (nulls == 0 || nulls == rows) {
        // One run of the same level.
        push_varint((rows as u64) << 1, out);
        out.push(u8::from(nulls == 0));
    } else if rows > 0 {
        // One run of bits, which are those that Arrow has; groups of eight are whole.
        let groups = rows.div_ceil(8);
        push_varint(((groups as u64) << 1) | 1, out);
        let bits = valid.sliced();
        out.extend_from_slice(&bits.as_slice()[..groups]);
        if let (Some(last), used @ 1..) = (out.last_mut(), rows % 8) {
            *last &= (1_u8 << used) - 1;
        }
    }
    let length = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}
