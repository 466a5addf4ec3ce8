//! Texts in a row, as Arrow keeps them.

use arrow_array::StringArray;
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;

/// Room in the next batch for what there was so much of in this one: a little more, because it costs a copy of all of it when
/// the room is not enough.
pub(super) fn room_again(length: usize) -> usize {
    length + length / 16
}

/// Texts, one behind the other.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    /// Where each ends.
    ends: Vec<i32>,
    bytes: Vec<u8>,
}

impl Texts {
    /// These texts, which end at these places in all bytes; `None` if they do not.
    pub(crate) fn of_parts(ends: Vec<i32>, bytes: Vec<u8>) -> Option<Self> {
        let ascending = ends.is_sorted() && ends.first().is_none_or(|&first| first >= 0);
        let last = ends.last().map_or(0, |&end| end as usize);
        (ascending && last == bytes.len()).then_some(Self { ends, bytes })
    }

    /// Where each ends, and the bytes of all.
    pub(crate) fn parts(&self) -> (&[i32], &[u8]) {
        (&self.ends, &self.bytes)
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of all of them.
    pub(crate) fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Adds one, which is UTF-8.
    #[inline]
    pub(crate) fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        // A batch is handed out long before 2 GiB.
        self.ends.push(self.bytes.len() as i32);
    }

    /// Adds the first bytes of `from`, which are UTF-8. Most texts are short: it is quicker to copy a few bytes too many and
    /// forget them than to copy just as many as there are.
    #[inline]
    pub(crate) fn push_start(&mut self, from: &[u8], length: usize) {
        let end = self.bytes.len() + length;
        if let (true, Some(start)) = (length <= 16, from.first_chunk::<16>()) {
            self.bytes.extend_from_slice(start);
            self.bytes.truncate(end);
        } else if let (true, Some(start)) = (length <= 40, from.first_chunk::<40>()) {
            self.bytes.extend_from_slice(start);
            self.bytes.truncate(end);
        } else {
            self.bytes.extend_from_slice(&from[..length]);
        }
        self.ends.push(end as i32);
    }

    /// Adds empty ones until there are so many.
    pub(crate) fn pad(&mut self, count: usize) {
        if self.ends.len() < count {
            self.ends.resize(count, self.bytes.len() as i32);
        }
    }

    pub(crate) fn truncate(&mut self, count: usize) {
        self.ends.truncate(count);
        self.bytes.truncate(self.ends.last().map_or(0, |&end| end as usize));
    }

    /// One of them; empty when there are not so many.
    pub(crate) fn get(&self, index: usize) -> &[u8] {
        let end = |index: usize| self.ends.get(index).map_or(self.bytes.len(), |&end| end as usize);
        let start = index.checked_sub(1).map_or(0, end);
        &self.bytes[start..end(index).max(start)]
    }

    /// Hands them out as an array, and starts anew, with room for as many.
    ///
    /// # Errors
    /// When they are not UTF-8, or not as many as the nulls.
    pub(crate) fn take(&mut self, nulls: Option<NullBuffer>) -> Result<StringArray, ArrowError> {
        let mut offsets = Vec::with_capacity(self.ends.len() + 1);
        offsets.push(0);
        offsets.append(&mut self.ends);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let room = Vec::with_capacity(room_again(self.bytes.len()));
        StringArray::try_new(offsets, Buffer::from(std::mem::replace(&mut self.bytes, room)), nulls)
    }
}
