//! Text: told by its beginning which of its formats it is, and decoded by the decoder for that.

use crate::csv::{self, Dialect};
use crate::document::{self, Beginning};
use crate::intake::Intake;
use crate::sniff::is_single_bytes;
use crate::{Encoding, ReadOptions, RecordSpec, SourceError, TextForm, TextFormat, ndjson};

/// How many bytes of a text are looked at to tell its format, or all when there are fewer.
pub(crate) const HEAD: usize = 64 << 10;

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A decoder for one of the formats of text.
#[derive(Debug)]
pub(crate) enum TextDecoder {
    Ndjson(Box<ndjson::Decoder>),
    Csv(Box<csv::Decoder>),
    Document(Box<document::Decoder>),
}

impl TextDecoder {
    /// The decoder for the text that begins with `head`, which is all of it if `whole`; and how many bytes come before the
    /// text.
    pub(crate) fn of(head: &[u8], whole: bool, spec: &RecordSpec, options: &ReadOptions) -> (Self, usize) {
        let (mut decoder, before) = Self::of_format(head, whole, spec, options);
        let intake = decoder.intake_mut();
        intake.limit_rejects(options.rejects_kept, options.stop_at_first_reject);
        intake.advance(before as u64, 0);
        (decoder, before)
    }

    fn of_format(head: &[u8], whole: bool, spec: &RecordSpec, options: &ReadOptions) -> (Self, usize) {
        // No more than that, however much came at once: what a text is must not depend on how it was cut.
        let whole = whole && head.len() <= HEAD;
        let head = &head[..head.len().min(HEAD)];
        let text = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
        let mark = head.len() - text.len();
        let start = text.trim_ascii_start();
        let beginning = || match start.first() {
            Some(b'{') => document::judge(start, whole),
            _ => Beginning::Objects,
        };
        let format = options.format.unwrap_or_else(|| match start.first() {
            Some(b'[') => TextFormat::Json,
            Some(b'{') if beginning() == Beginning::Lines => TextFormat::Ndjson,
            Some(b'{') => TextFormat::Json,
            _ if is_broken_ndjson(start, whole) => TextFormat::Ndjson,
            _ => TextFormat::Csv,
        });
        match format {
            TextFormat::Ndjson => (Self::Ndjson(Box::new(ndjson::Decoder::new(spec))), 0),
            TextFormat::Json => {
                let records_in = match beginning() {
                    Beginning::Wrapper(key) => Some(key),
                    Beginning::Lines | Beginning::Objects => None,
                };
                (Self::Document(Box::new(document::Decoder::new(spec, records_in))), mark)
            }
            TextFormat::Csv => {
                let dialect = Dialect::sniff_rest(text, whole, &options.dialect);
                (Self::Csv(Box::new(csv::Decoder::new(spec, dialect, options.ragged))), mark)
            }
        }
    }

    /// What the text is taken for. Its characters are in UTF-8 when they come here.
    pub(crate) fn form(&self) -> TextForm {
        let (format, dialect) = match self {
            Self::Ndjson(_) => (TextFormat::Ndjson, None),
            Self::Csv(decoder) => (TextFormat::Csv, Some(decoder.dialect())),
            Self::Document(_) => (TextFormat::Json, None),
        };
        TextForm { format, encoding: Encoding::Utf8, dialect }
    }

    /// Whether a text that begins so is in another encoding than UTF-8. JSON is in no other, unless that was chosen.
    pub(crate) fn never_was_utf8(&self, head: &[u8], options: &ReadOptions) -> bool {
        options.encoding.is_none()
            && matches!(self, Self::Csv(_))
            && is_single_bytes(&head[..head.len().min(HEAD)])
    }

    /// Why the source cannot be read on, if that is clear already.
    pub(crate) fn failure(&self, options: &ReadOptions) -> Option<SourceError> {
        if options.stop_at_first_reject
            && let Some(reject) = self.intake().first_reject()
        {
            return Some(SourceError::Rejected(Box::new(reject.clone())));
        }
        let Self::Csv(decoder) = self else { return None };
        let (missing, there) = decoder.missing()?;
        Some(SourceError::MissingColumns {
            format: self.form().to_string(),
            missing: list(&missing),
            there: list(&there),
        })
    }

    /// What the decoder keeps.
    pub(crate) fn intake(&self) -> &Intake {
        match self {
            Self::Ndjson(decoder) => decoder.intake(),
            Self::Csv(decoder) => decoder.intake(),
            Self::Document(decoder) => decoder.intake(),
        }
    }

    /// The same, to hand out a batch or to go on behind bytes that are not part of the text.
    pub(crate) fn intake_mut(&mut self) -> &mut Intake {
        match self {
            Self::Ndjson(decoder) => decoder.intake_mut(),
            Self::Csv(decoder) => decoder.intake_mut(),
            Self::Document(decoder) => decoder.intake_mut(),
        }
    }

    /// Decodes from the next bytes and returns how many it has used: all, unless a batch is full.
    #[inline]
    pub(crate) fn decode(&mut self, bytes: &[u8]) -> usize {
        match self {
            Self::Ndjson(decoder) => decoder.decode(bytes),
            Self::Csv(decoder) => decoder.decode(bytes),
            Self::Document(decoder) => decoder.decode(bytes),
        }
    }

    /// Whether a record has begun and not ended, as far as that is known.
    pub(crate) fn is_within_record(&self) -> bool {
        match self {
            Self::Ndjson(decoder) => decoder.is_within_record(),
            Self::Csv(decoder) => decoder.is_within_record(),
            Self::Document(_) => true,
        }
    }

    /// The text has ended. When the batch is full then, there may be more, and this has to be called again.
    pub(crate) fn finish(&mut self) {
        match self {
            Self::Ndjson(decoder) => decoder.finish(),
            Self::Csv(decoder) => decoder.finish(),
            Self::Document(decoder) => decoder.finish(),
        }
    }

    /// What else is worth knowing once all is decoded.
    pub(crate) fn notes(&self) -> Vec<String> {
        match self {
            Self::Document(decoder) => decoder.notes(),
            Self::Ndjson(_) | Self::Csv(_) => Vec::new(),
        }
    }
}

/// Some names in a row.
pub(crate) fn list(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    if names.len() > SHOWN { format!("{shown}, …") } else { shown }
}

/// Whether a text that does not begin as JSON is NDJSON all the same: nothing but blank lines, or a first line that is no
/// object and objects behind it, or a line that goes on and on and has no fields.
fn is_broken_ndjson(text: &[u8], whole: bool) -> bool {
    let endless =
        || !whole && !text.iter().any(|byte| matches!(byte, b'\n' | b'\r' | b',' | b';' | b'\t' | b'|'));
    text.is_empty() || memchr::memmem::find(text, b"\n{").is_some() || endless()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_formats_of_text() {
        for (text, format) in [
            ("{\"Id\":1}\n", "NDJSON"),
            ("\u{feff}{\"Id\":1}\n", "NDJSON"),
            ("\n\n {\"Id\":1}", "NDJSON"),
            ("", "NDJSON"),
            (" \n", "NDJSON"),
            ("oops\n{\"Id\":1}\n", "NDJSON"),
            ("[{\"Id\":1}]", "JSON"),
            ("{\n\"Id\":1}", "JSON"),
            ("{\"votes\":[{\"Id\":1}]}", "JSON"),
            ("Id,PostId\n1,2\n", "CSV, comma-separated, with a header"),
            ("\u{feff}Id;PostId\n1;2\n", "CSV, semicolon-separated, with a header"),
            ("1\t2\n3\t4\n", "CSV, tab-separated, without a header"),
            ("name\nx\ny\n", "CSV, comma-separated, with a header"),
        ] {
            let (decoder, _) =
                TextDecoder::of(text.as_bytes(), true, &RecordSpec::inferred(), &ReadOptions::default());
            assert_eq!(decoder.form().to_string(), format, "{text:?}");
            for chosen in [TextFormat::Ndjson, TextFormat::Json, TextFormat::Csv] {
                let options = ReadOptions { format: Some(chosen), ..ReadOptions::default() };
                let (decoder, _) = TextDecoder::of(text.as_bytes(), true, &RecordSpec::inferred(), &options);
                assert_eq!(decoder.form().format, chosen, "{text:?}");
            }
        }
    }
}
