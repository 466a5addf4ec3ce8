//! Text in any encoding: made UTF-8, and read by the reader for text.

use std::collections::VecDeque;

use sandglass_ingest::sniff::RareFormat;
use sandglass_ingest::{Batch, Encoding, ReadOptions, Reader, SourceError, SourceEvent};

use crate::FormatError;
use crate::encodings::Decoder;
use crate::part::{Context, Parts};
use crate::stream::{Ahead, Stream};

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
        decoder: Decoder::of(encoding)?,
        replaced: false,
        begun: false,
        queue: VecDeque::new(),
        input: Vec::new(),
        context,
    }))
}

/// A reader for what is UTF-8 by then, also where another encoding was chosen.
fn reader(context: &Context) -> Reader {
    let options = &context.options.read;
    let encoding = options.encoding.map(|_| Encoding::Utf8);
    Reader::with_options(&context.options.spec, &ReadOptions { encoding, ..options.clone() })
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
                    let push = |text: &[u8]| Ok(reader.push(text, &mut sink)?);
                    self.replaced |= decoder.decode(&self.input, !more, push)?;
                }
            }
            if more {
                self.reader = Some(reader);
                continue;
            }
            let mut summary = reader.finish(&mut sink)?;
            if let Some(form) = &mut summary.text {
                form.encoding = self.encoding;
                summary.format = self.context.format(&form.to_string());
            }
            summary.bytes = self.context.bytes;
            // It is not the end of the text as it lies there.
            summary.end = None;
            if self.replaced {
                summary.notes.push(format!(
                    "some of its bytes are no characters in {}; the character U+FFFD stands for them",
                    self.encoding
                ));
            }
            self.queue.push_back(SourceEvent::End(summary));
        }
    }
}
