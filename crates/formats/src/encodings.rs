//! Encodings of text that are not UTF-8.

use sandglass_ingest::Encoding;

use crate::FormatError;

pub(crate) use is_there::Decoder;

/// With tables of all encodings.
#[cfg(feature = "encodings")]
mod is_there {
    use encoding_rs::{CoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};

    use super::{Encoding, FormatError};
    use crate::stream::ROOM;

    /// Makes UTF-8 of an encoding.
    pub(crate) struct Decoder {
        inner: encoding_rs::Decoder,
        room: Vec<u8>,
    }

    impl Decoder {
        /// For an encoding, if it is not UTF-8 itself.
        pub(crate) fn of(encoding: Encoding) -> Result<Option<Self>, FormatError> {
            let inner = match encoding {
                Encoding::Utf8 => return Ok(None),
                Encoding::Utf16Le => UTF_16LE.new_decoder_with_bom_removal(),
                Encoding::Utf16Be => UTF_16BE.new_decoder_with_bom_removal(),
                Encoding::Windows1252 => WINDOWS_1252.new_decoder_without_bom_handling(),
            };
            Ok(Some(Self { inner, room: vec![0; ROOM] }))
        }

        /// Hands on some more bytes, which are the last ones or not. Whether there were any that are no characters.
        pub(crate) fn decode(
            &mut self,
            mut bytes: &[u8],
            is_last: bool,
            mut out: impl FnMut(&[u8]) -> Result<(), FormatError>,
        ) -> Result<bool, FormatError> {
            let mut any_replaced = false;
            loop {
                let (state, read, written, replaced) =
                    self.inner.decode_to_utf8(bytes, &mut self.room, is_last);
                any_replaced |= replaced;
                out(&self.room[..written])?;
                bytes = &bytes[read..];
                if state == CoderResult::InputEmpty {
                    return Ok(any_replaced);
                }
            }
        }
    }
}

/// Left out.
#[cfg(not(feature = "encodings"))]
mod is_there {
    use super::{Encoding, FormatError};

    /// There is none.
    pub(crate) enum Decoder {}

    impl Decoder {
        /// None, for UTF-8, which needs none.
        pub(crate) fn of(encoding: Encoding) -> Result<Option<Self>, FormatError> {
            match encoding {
                Encoding::Utf8 => Ok(None),
                _ => Err(FormatError::LeftOut("text that is not UTF-8")),
            }
        }

        pub(crate) fn decode(
            &mut self,
            _: &[u8],
            _: bool,
            _: impl FnMut(&[u8]) -> Result<(), FormatError>,
        ) -> Result<bool, FormatError> {
            match *self {}
        }
    }
}
