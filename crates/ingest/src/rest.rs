//! What has come to a source of text since it was read: read on from where it ended.
//!
//! A reader says where its source has ended if more records can follow there ([`SourceEnd`]), and how it was read. When the
//! source has grown, a reader that knows this and sees the source's beginning once more reads only what is behind that end
//! ([`Reader::rest`](crate::Reader::rest)): in the same dialect and with the same columns, as a range of the source that begins
//! there. If the beginning would be read in another way by now, because more of it is there, all of it has to be read.

use crate::csv::Ragged;
use crate::ranges::Plan;
use crate::text::TextDecoder;
use crate::{ReadOptions, RecordSpec, TextForm, TextFormat, ndjson};

/// Where a source has ended, if more records can follow there: behind the end of a line and of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceEnd {
    /// Its bytes.
    pub byte: u64,
    /// Its line ends.
    pub lines: u64,
    /// How it was read, in words; nothing where there is but one way.
    pub state: String,
}

impl SourceEnd {
    /// The end of a source that was read so; `None` if it cannot be read on.
    pub(crate) fn new(
        (byte, lines): (u64, u64),
        form: TextForm,
        ragged: Ragged,
        spec: &RecordSpec,
    ) -> Option<Self> {
        Some(Self { byte, lines, state: state(form, ragged, spec)? })
    }
}

/// How a source was read, in words that are the same only for what is read in the same way.
fn state(form: TextForm, ragged: Ragged, spec: &RecordSpec) -> Option<String> {
    match form.format {
        TextFormat::Ndjson => Some(String::new()),
        // What stands between the records of a document is not known at its end.
        TextFormat::Json => None,
        // Types that were chosen are chosen once, and not kept.
        TextFormat::Csv if !spec.chosen().is_empty() => None,
        TextFormat::Csv => Some(match ragged {
            Ragged::Reject => form.to_string(),
            Ragged::Pad => format!("{form}, with as many columns as come"),
        }),
    }
}

/// The decoder for what is behind this end of a source that begins with `head`, which is all of it or [`Plan::HEAD`] bytes.
/// `None` if the beginning is not read as it was.
pub(crate) fn decoder(
    head: &[u8],
    spec: &RecordSpec,
    options: &ReadOptions,
    end: &SourceEnd,
) -> Option<TextDecoder> {
    options.check().ok()?;
    let chosen = spec.clone().choosing(&options.types);
    let (decoder, _) = TextDecoder::of(head, head.len() < Plan::HEAD, &chosen, options);
    if state(decoder.form(), options.ragged, &chosen)? != end.state {
        return None;
    }
    let mut decoder = match decoder {
        TextDecoder::Csv(_) => TextDecoder::Csv(Box::new(Plan::csv_behind(head, spec, options, end.byte)?)),
        TextDecoder::Ndjson(_) => TextDecoder::Ndjson(Box::new(ndjson::Decoder::new(&chosen))),
        TextDecoder::Document(_) => return None,
    };
    let intake = decoder.intake_mut();
    intake.limit_rejects(options.rejects_kept, options.stop_at_first_reject);
    intake.advance(end.byte, end.lines);
    Some(decoder)
}
