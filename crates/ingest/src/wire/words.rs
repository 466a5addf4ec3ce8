//! Numbers, texts and lists of them as words of eight bytes.

use super::WireError;

/// Bytes of a word.
const WORD: usize = 8;

/// No line, byte or count is larger: what is added to one does not overflow.
const LARGEST: u64 = 1 << 53;

/// Something that is written word by word.
pub(super) trait Wire: Sized {
    fn put(&self, out: &mut Vec<u8>);
    fn get(words: &mut Words<'_>) -> Result<Self, WireError>;
}

/// Implements [`Wire`] for a struct, field by field.
macro_rules! wire {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl crate::wire::words::Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                let Self { $($field),* } = self;
                $($field.put(out);)*
            }

            fn get(words: &mut crate::wire::words::Words<'_>) -> Result<Self, crate::wire::WireError> {
                Ok(Self { $($field: crate::wire::words::Wire::get(words)?),* })
            }
        }
    };
}
pub(super) use wire;

/// Bytes to which words are added.
pub(super) trait PushWord {
    fn push_word(&mut self, word: u64);
    fn push_bytes(&mut self, bytes: &[u8]);
}

impl PushWord for Vec<u8> {
    fn push_word(&mut self, word: u64) {
        self.extend_from_slice(&word.to_le_bytes());
    }

    /// Their number, and the bytes, filled up with zeros.
    fn push_bytes(&mut self, bytes: &[u8]) {
        self.push_word(bytes.len() as u64);
        self.extend_from_slice(bytes);
        self.resize(self.len().next_multiple_of(WORD), 0);
    }
}

/// Words that are read.
#[derive(Debug)]
pub(super) struct Words<'a> {
    rest: &'a [u8],
}

impl<'a> Words<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// A number that is not a position or a count.
    pub(super) fn word(&mut self) -> Result<u64, WireError> {
        let (word, rest) = self.rest.split_first_chunk::<WORD>().ok_or(WireError::Damaged("number"))?;
        self.rest = rest;
        Ok(u64::from_le_bytes(*word))
    }

    pub(super) fn number(&mut self) -> Result<u64, WireError> {
        let number = self.word()?;
        if number > LARGEST { Err(WireError::Damaged("number of that size")) } else { Ok(number) }
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], WireError> {
        const DAMAGED: WireError = WireError::Damaged("end of some bytes");
        let length = usize::get(self)?;
        let filled = length.checked_next_multiple_of(WORD).ok_or(DAMAGED)?;
        let (bytes, rest) = self.rest.split_at_checked(filled).ok_or(DAMAGED)?;
        self.rest = rest;
        Ok(&bytes[..length])
    }

    /// A number of things of which each has a word at least.
    pub(super) fn count(&mut self) -> Result<usize, WireError> {
        let count = usize::get(self)?;
        if count > self.rest.len() / WORD {
            Err(WireError::Damaged("list of that length"))
        } else {
            Ok(count)
        }
    }

    pub(super) fn end(&self) -> Result<(), WireError> {
        if self.rest.is_empty() { Ok(()) } else { Err(WireError::Damaged("end")) }
    }
}

impl Wire for u64 {
    fn put(&self, out: &mut Vec<u8>) {
        out.push_word(*self);
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        words.number()
    }
}

impl Wire for usize {
    fn put(&self, out: &mut Vec<u8>) {
        out.push_word(*self as u64);
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        Self::try_from(words.number()?).map_err(|_| WireError::Damaged("number of that size"))
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push_word(u64::from(*self));
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        match words.word()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(WireError::Damaged("choice")),
        }
    }
}

/// One byte; also what is one byte or none.
impl Wire for Option<u8> {
    fn put(&self, out: &mut Vec<u8>) {
        out.push_word(self.map_or(256, u64::from));
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        match words.word()? {
            256 => Ok(None),
            byte => Ok(Some(u8::try_from(byte).map_err(|_| WireError::Damaged("byte"))?)),
        }
    }
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        out.push_bytes(self.as_bytes());
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        Ok(std::str::from_utf8(words.bytes()?).map_err(|_| WireError::Damaged("text"))?.to_owned())
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        self.iter().for_each(|item| item.put(out));
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        (0..words.count()?).map(|_| T::get(words)).collect()
    }
}

impl Wire for Option<usize> {
    fn put(&self, out: &mut Vec<u8>) {
        self.map_or(0, |number| number + 1).put(out);
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        Ok(usize::get(words)?.checked_sub(1))
    }
}
