//! Text in any encoding: made UTF-8, and read by the reader for text.

use std::collections::VecDeque;

use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};
use sandglass_ingest::sniff::RareFormat;
use sandglass_ingest::{Batch, Reader, SourceError, SourceEvent};

use crate::FormatError;
use crate::part::{Context, Parts};
use crate::stream::{Ahead, ROOM, Stream};

/// How characters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// This, or what is taken for another if it never was this.
    Utf8,
    Utf16Le,
    Utf16Be,
    Windows1252,
}

impl Encoding {
    /// What stands behind the format.
    fn suffix(self) -> &'static str {
        match self {
            Self::Utf8 => "",
            Self::Utf16Le | Self::Utf16Be => ", UTF-16",
            Self::Windows1252 => ", Windows-1252",
        }
    }

    fn decoder(self) -> Option<Decoder> {
        match self {
            Self::Utf8 => None,
            Self::Utf16Le => Some(UTF_16LE.new_decoder_with_bom_removal()),
            Self::Utf16Be => Some(UTF_16BE.new_decoder_with_bom_removal()),
            Self::Windows1252 => Some(WINDOWS_1252.new_decoder_without_bom_handling()),
        }
    }
}

/// How many first bytes the reader wants before it says that a text never was UTF-8.
const HEAD: usize = 64 << 10;

/// Opens a text.
pub(crate) fn open(
    mut stream: Ahead,
    encoding: Encoding,
    context: Context,
) -> Result<Box<dyn Parts>, FormatError> {
    let encoding = match encoding {
        Encoding::Utf8 if never_was_utf8(stream.head(HEAD)?, &context) => Encoding::Windows1252,
        encoding => encoding,
    };
    Ok(Box::new(Text {
        reader: Some(reader(&context)),
        stream,
        encoding,
        decoder: encoding.decoder(),
        replaced: false,
        begun: false,
        queue: VecDeque::new(),
        input: Vec::new(),
        decoded: Vec::new(),
        context,
    }))
}

fn reader(context: &Context) -> Reader {
    Reader::with_options(&context.options.spec, &context.options.read)
}

/// Asks the reader, which knows what is delimited text and what is not.
fn never_was_utf8(head: &[u8], context: &Context) -> bool {
    let ignore = |_: Batch| Ok::<_, SourceError>(());
    let mut reader = reader(context);
    let outcome = reader.push(head, ignore);
    let outcome = match outcome {
        Ok(()) if head.len() < HEAD => reader.finish(ignore).map(|_| ()),
        outcome => outcome,
    };
    matches!(outcome, Err(SourceError::Rare(RareFormat::Windows1252)))
}

/// A text that is being read.
struct Text {
    context: Context,
    stream: Ahead,
    encoding: Encoding,
    /// `None` for UTF-8, which needs none.
    decoder: Option<Decoder>,
    /// Whether there were bytes that are no characters.
    replaced: bool,
    /// `None` once it has ended.
    reader: Option<Reader>,
    begun: bool,
    queue: VecDeque<SourceEvent>,
    input: Vec<u8>,
    decoded: Vec<u8>,
}

impl Parts for Text {
    fn next(&mut self) -> Result<Option<SourceEvent>, FormatError> {
        if !self.begun {
            self.begun = true;
            return Ok(Some(SourceEvent::Part(self.context.name.clone())));
        }
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Ok(Some(event));
            }
            let Some(mut reader) = self.reader.take() else { return Ok(None) };
            self.input.clear();
            let more = self.stream.read(&mut self.input)?;
            let queue = &mut self.queue;
            let mut sink = |batch| {
                queue.push_back(SourceEvent::Batch(batch));
                Ok::<_, SourceError>(())
            };
            match &mut self.decoder {
                None => reader.push(&self.input, &mut sink)?,
                Some(decoder) => {
                    let mut rest = &self.input[..];
                    loop {
                        self.decoded.resize(ROOM, 0);
                        let (state, read, written, replaced) =
                            decoder.decode_to_utf8(rest, &mut self.decoded, !more);
                        self.replaced |= replaced;
                        reader.push(&self.decoded[..written], &mut sink)?;
                        rest = &rest[read..];
                        if state == CoderResult::InputEmpty {
                            break;
                        }
                    }
                }
            }
            if more {
                self.reader = Some(reader);
                continue;
            }
            let mut summary = reader.finish(&mut sink)?;
            summary.format = self.context.format(&(summary.format + self.encoding.suffix()));
            summary.bytes = self.context.bytes;
            if self.replaced {
                let what = self.encoding.suffix().trim_start_matches(", ");
                summary.notes.push(format!(
                    "some of its bytes are no characters in {what}; the character U+FFFD stands for them"
                ));
            }
            self.queue.push_back(SourceEvent::End(summary));
        }
    }
}
