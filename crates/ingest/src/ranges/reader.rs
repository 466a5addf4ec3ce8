//! One range of a source, from its first record to the end of its last.

use super::decoder::RangeDecoder;
use super::task::{RangeBatch, RangeEnd, RangeEvent, RangeFormat, RangePlace, RangeTask};
use crate::SourceError;
use crate::csv::find_start;

/// How far is looked to guess where a record of CSV begins.
const LOOK_AHEAD: usize = 64 << 10;

/// Who takes what is found in a range, and may refuse to go on.
pub type RangeSink<'a> = &'a mut dyn FnMut(RangeEvent) -> Result<(), SourceError>;

/// Reads a range. It is pushed the bytes from [`RangeTask::read_from`] on, in slices that end anywhere, until it needs no
/// more or the source has ended.
#[derive(Debug)]
pub struct RangeReader {
    task: RangeTask,
    decoder: RangeDecoder,
    state: State,
    /// The byte of the source that comes next.
    at: u64,
    /// Where the first record began, and where that behind the last batch does.
    began: Option<u64>,
    place: RangePlace,
    cut_timestamps: u64,
    /// Whether the last byte that has come ends a line.
    line_ended: bool,
}

#[derive(Debug)]
enum State {
    /// The start of a record is searched in what has come so far.
    Seeking(Vec<u8>),
    Reading,
    Done,
}

impl RangeReader {
    /// A reader for a range.
    pub fn new(task: RangeTask) -> Self {
        let decoder = RangeDecoder::new(&task);
        let at = task.read_from();
        let state = if task.exact { State::Reading } else { State::Seeking(Vec::new()) };
        let place = RangePlace { byte: task.start, lines: 0 };
        let mut reader =
            Self { task, decoder, state, at, began: None, place, cut_timestamps: 0, line_ended: false };
        if reader.task.exact {
            reader.begin(reader.task.start);
        }
        reader
    }

    /// The range that it reads.
    pub fn task(&self) -> &RangeTask {
        &self.task
    }

    /// Takes the next bytes of the source and hands batches to `sink`. Whether it needs more.
    ///
    /// # Errors
    /// Whatever error `sink` returns, and if the columns break Arrow's rules, which would be a defect of this crate.
    pub fn push<E: From<SourceError>>(
        &mut self,
        bytes: &[u8],
        mut sink: impl FnMut(RangeEvent) -> Result<(), E>,
    ) -> Result<bool, E> {
        // A source that has grown since ends where it ended.
        let rest = usize::try_from(self.task.size.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let bytes = &bytes[..bytes.len().min(rest)];
        self.at += bytes.len() as u64;
        self.line_ended = bytes.last().map_or(self.line_ended, |&last| last == b'\n');
        match &mut self.state {
            State::Done => {}
            State::Reading => self.decode(self.at - bytes.len() as u64, bytes, &mut sink)?,
            State::Seeking(text) => {
                let mut text = std::mem::take(text);
                if text.is_empty() {
                    self.seek(bytes, &mut sink)?;
                } else {
                    text.extend_from_slice(bytes);
                    self.seek(&text, &mut sink)?;
                }
            }
        }
        Ok(!matches!(self.state, State::Done))
    }

    /// The same as one function for all sinks: what is generic is compiled for each, and the page has to fetch that.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    #[inline(never)]
    pub fn push_into(&mut self, bytes: &[u8], sink: RangeSink<'_>) -> Result<bool, SourceError> {
        self.push(bytes, sink)
    }

    /// [`finish`](Self::finish) as one function for all sinks.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    #[inline(never)]
    pub fn finish_into(self, sink: RangeSink<'_>) -> Result<(), SourceError> {
        self.finish(sink)
    }

    /// No more bytes are needed, or there are no more: hands out the last batch and the end.
    ///
    /// # Errors
    /// As [`push`](Self::push), and if the source ended before it should have.
    pub fn finish<E: From<SourceError>>(
        mut self,
        mut sink: impl FnMut(RangeEvent) -> Result<(), E>,
    ) -> Result<(), E> {
        if !matches!(self.state, State::Done) && self.at < self.task.size {
            return Err(SourceError::Shorter { size: self.task.size, ended: self.at }.into());
        }
        let line_ended = self.line_ended && self.at == self.task.size && !self.decoder.is_within_record();
        if let State::Reading = self.state {
            self.decoder.finish();
        }
        self.flush(&mut sink)?;
        sink(RangeEvent::End(RangeEnd { began: self.began, end: self.place, line_ended }))
    }

    /// A record begins at this byte.
    fn begin(&mut self, byte: u64) {
        self.began = Some(byte);
        self.place.byte = byte;
        self.decoder.intake().line_start = byte;
        self.state = State::Reading;
    }

    /// Searches the start of a record in the text that has come last.
    fn seek<E: From<SourceError>>(
        &mut self,
        text: &[u8],
        sink: &mut impl FnMut(RangeEvent) -> Result<(), E>,
    ) -> Result<(), E> {
        let from = self.at - text.len() as u64;
        let last = self.at == self.task.size;
        // The last byte may be half of a line end.
        let (found, kept) = match &self.task.format {
            RangeFormat::Ndjson => (memchr::memchr(b'\n', text).map(|end| end + 1), 0),
            RangeFormat::Csv { .. } if text.len() < LOOK_AHEAD && !last => {
                self.state = State::Seeking(text.to_vec());
                return Ok(());
            }
            RangeFormat::Csv { dialect, fields, .. } => (find_start(text, last, dialect, fields.len()), 1),
        };
        match found {
            Some(start) if from + (start as u64) < self.task.end => {
                self.begin(from + start as u64);
                return self.decode(from + start as u64, &text[start..], sink);
            }
            None if !last && self.at < self.task.end => {
                self.state = State::Seeking(text[text.len() - kept..].to_vec());
            }
            // All records that have a part here began before.
            _ => self.state = State::Done,
        }
        Ok(())
    }

    /// Decodes bytes from a place on, but none of a record that begins behind the range.
    fn decode<E: From<SourceError>>(
        &mut self,
        from: u64,
        bytes: &[u8],
        sink: &mut impl FnMut(RangeEvent) -> Result<(), E>,
    ) -> Result<(), E> {
        let inside = usize::try_from(self.task.end.saturating_sub(from)).unwrap_or(usize::MAX);
        let (mut inside, mut behind) = bytes.split_at(bytes.len().min(inside));
        loop {
            inside = &inside[self.decoder.decode(inside)..];
            if inside.is_empty() {
                behind = &behind[self.decoder.end_record(behind)..];
            }
            if self.decoder.intake().is_full() {
                self.flush(sink)?;
            } else if inside.is_empty() {
                break;
            }
        }
        let all = from + bytes.len() as u64 >= self.task.end;
        if all && !self.decoder.is_within_record() {
            self.state = State::Done;
        }
        Ok(())
    }

    fn flush<E: From<SourceError>>(
        &mut self,
        sink: &mut impl FnMut(RangeEvent) -> Result<(), E>,
    ) -> Result<(), E> {
        let intake = self.decoder.intake();
        let batch = intake.flush().map_err(SourceError::from)?;
        let end = RangePlace { byte: intake.line_start, lines: intake.line - 1 };
        let steps = intake.take_steps();
        let cut = intake.cut_timestamps;
        // Without records there is nothing but blank lines: they go with the next.
        let Some(batch) = batch else {
            if let Some(began) = self.began {
                self.place = RangePlace { byte: end.byte.max(began), lines: end.lines };
            }
            return Ok(());
        };
        let cut_timestamps = cut - std::mem::replace(&mut self.cut_timestamps, cut);
        let began = self.place.byte;
        self.place = end;
        sink(RangeEvent::Batch(RangeBatch { batch, steps, began, end, cut_timestamps }))
    }
}
