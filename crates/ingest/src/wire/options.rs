//! How a source is to be read, and how it was.

use super::WireError;
use super::words::{PushWord, Wire, Words};
use crate::csv::{Dialect, DialectChoice, Escape, Ragged};
use crate::{ChosenKind, Encoding, Expansion, ReadOptions, TextForm, TextFormat};

/// Implements [`Wire`] for what is one of a few: as its place among them.
macro_rules! wire_one_of {
    ($name:ident, $all:expr) => {
        impl Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                out.push_word($all.iter().position(|one| one == self).unwrap_or_default() as u64);
            }

            fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
                $all.get(usize::get(words)?).copied().ok_or(WireError::Damaged(stringify!($name)))
            }
        }
    };
}

wire_one_of!(TextFormat, Self::ALL);
wire_one_of!(Encoding, Self::ALL);
wire_one_of!(ChosenKind, Self::ALL);
wire_one_of!(Escape, [Self::Doubled, Self::Backslash]);
wire_one_of!(Ragged, [Self::Reject, Self::Pad]);

/// A choice, or that nothing was chosen.
struct Choice<T>(Option<T>);

impl<T: Wire> Wire for Choice<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.is_some().put(out);
        self.0.iter().for_each(|chosen| chosen.put(out));
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        Ok(Self(if bool::get(words)? { Some(T::get(words)?) } else { None }))
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        Ok((A::get(words)?, B::get(words)?))
    }
}

impl Wire for ReadOptions {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { format, encoding, dialect, ragged, types, .. } = self;
        let Self { rejects_kept, stop_at_first_reject, max_expansion: Expansion { ratio, size }, .. } = self;
        Choice(*format).put(out);
        Choice(*encoding).put(out);
        dialect.put(out);
        ragged.put(out);
        types.put(out);
        stop_at_first_reject.put(out);
        // Limits, which may be larger than anything that there is.
        [*rejects_kept, *ratio, *size].into_iter().for_each(|limit| out.push_word(limit));
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        Ok(Self {
            format: Choice::get(words)?.0,
            encoding: Choice::get(words)?.0,
            dialect: Wire::get(words)?,
            ragged: Wire::get(words)?,
            types: Wire::get(words)?,
            stop_at_first_reject: Wire::get(words)?,
            rejects_kept: words.word()?,
            max_expansion: Expansion { ratio: words.word()?, size: words.word()? },
        })
    }
}

impl Wire for DialectChoice {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { delimiter, quote, escape, header, comment } = self;
        delimiter.put(out);
        Choice(*quote).put(out);
        Choice(*escape).put(out);
        Choice(*header).put(out);
        Choice(*comment).put(out);
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        Ok(Self {
            delimiter: Wire::get(words)?,
            quote: Choice::get(words)?.0,
            escape: Choice::get(words)?.0,
            header: Choice::get(words)?.0,
            comment: Choice::get(words)?.0,
        })
    }
}

impl Wire for Dialect {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { delimiter, quote, escape, header, comment } = self;
        Some(*delimiter).put(out);
        quote.put(out);
        escape.put(out);
        header.put(out);
        comment.put(out);
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        Ok(Self {
            delimiter: Option::<u8>::get(words)?.ok_or(WireError::Damaged("delimiter"))?,
            quote: Wire::get(words)?,
            escape: Wire::get(words)?,
            header: Wire::get(words)?,
            comment: Wire::get(words)?,
        })
    }
}

impl Wire for Option<TextForm> {
    fn put(&self, out: &mut Vec<u8>) {
        Choice(*self).put(out);
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        Ok(Choice::get(words)?.0)
    }
}

impl Wire for TextForm {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { format, encoding, dialect } = self;
        format.put(out);
        encoding.put(out);
        Choice(*dialect).put(out);
    }

    fn get(words: &mut Words<'_>) -> Result<Self, WireError> {
        Ok(Self { format: Wire::get(words)?, encoding: Wire::get(words)?, dialect: Choice::get(words)?.0 })
    }
}
