//! Newline-delimited JSON: one object per line.
//!
//! The [`Decoder`] is pushed bytes in slices that end anywhere and knows nothing of where they come from. Each record
//! first goes the fast way (`layout.rs`): if it looks like one before it, its values are read straight into the columns.
//! If not, its line end is searched (SIMD, by `memchr`) and the full parser (`record.rs`) takes it or says why not.
//!
//! Lines end with LF or CRLF; the last one may lack its end. A byte order mark at the start is skipped, and lines of
//! nothing but white space are no records.

mod layout;
mod record;
mod value;

use arrow_schema::ArrowError;

use crate::columns::seed::Seed;
use crate::intake::{BATCH_ROWS, Intake, MAX_RECORD};
use crate::text::BYTE_ORDER_MARK;
use crate::{Batch, Drift, RAW_KEPT, Reason, RecordSpec};
pub(crate) use layout::Layouts;
use layout::{REACH, Stop};
pub(crate) use record::RecordParser;

/// Decodes lines into columns.
///
/// ```
/// use sandglass_ingest::{FieldKind, FieldSpec, RecordSpec, ndjson::Decoder};
///
/// let spec = RecordSpec::new([FieldSpec::required("Id", FieldKind::Integer)]);
/// let mut decoder = Decoder::new(&spec);
/// assert_eq!(decoder.decode(b"{\"Id\":\"7\"}\n{\"Id\":"), 17);
/// assert_eq!(decoder.decode(b"8}"), 2);
/// decoder.finish();
/// let batch = decoder.flush()?.expect("two records");
/// assert_eq!(batch.rows.num_rows(), 2);
/// # Ok::<(), arrow_schema::ArrowError>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    intake: Intake,
    layouts: Layouts,
    parser: RecordParser,
    /// The beginning of the present line, when it came with earlier slices.
    carry: Vec<u8>,
    /// The last byte of the present line that came with earlier slices.
    last_carried: u8,
    /// Bytes of the present line that came with earlier slices and are not in `carry`, because it is too long.
    skipped: u64,
    max_line: usize,
}

impl Decoder {
    /// A decoder for records of this kind, at the start of a source.
    pub fn new(spec: &RecordSpec) -> Self {
        Self::with_limits(spec, BATCH_ROWS, MAX_RECORD)
    }

    /// The same, with another number of rows per batch and another longest line.
    pub fn with_limits(spec: &RecordSpec, batch_rows: usize, max_line: usize) -> Self {
        Self {
            intake: Intake::new(spec, batch_rows),
            layouts: Layouts::new(),
            parser: RecordParser::new(spec.fields().len()),
            carry: Vec::new(),
            last_carried: 0,
            skipped: 0,
            max_line,
        }
    }

    /// The same at the start of a line within a source, where these columns are known.
    pub(crate) fn resume(spec: &RecordSpec, batch_rows: usize, max_line: usize, seed: &Seed) -> Self {
        let intake = Intake::resume(spec, batch_rows, seed);
        Self { intake, ..Self::with_limits(spec, batch_rows, max_line) }
    }

    /// Whether the present line has begun in earlier slices.
    pub(crate) fn is_within_record(&self) -> bool {
        !self.carry.is_empty() || self.skipped > 0
    }

    /// Decodes from the next bytes, but no more than to the end of the present record; returns how many it has used.
    pub(crate) fn end_record(&mut self, bytes: &[u8]) -> usize {
        match !self.is_full() && self.is_within_record() {
            true => self.end_carried_line(bytes),
            false => 0,
        }
    }

    /// Decodes from the next bytes of the source and returns how many it has used. It uses all of them unless a batch
    /// is full: then [`flush`](Self::flush) it and come again with the rest.
    pub fn decode(&mut self, bytes: &[u8]) -> usize {
        let mut used = self.end_record(bytes);
        while !self.is_full() && used < bytes.len() {
            let known = self.known_records(&bytes[used..]);
            if known > 0 {
                used += known;
                continue;
            }
            let rest = &bytes[used..];
            match memchr::memchr(b'\n', rest) {
                // A compressed source may have a gigabyte of blank lines.
                Some(0) => {
                    let blank = rest.iter().take_while(|&&byte| byte == b'\n').count();
                    self.intake.advance(blank as u64, blank as u64);
                    used += blank;
                }
                Some(end) => {
                    self.whole_line(&rest[..end], b"\n");
                    used += end + 1;
                }
                None => {
                    self.carry_on(rest);
                    used = bytes.len();
                }
            }
        }
        used
    }

    /// The source has ended: decodes a last line that has no line end. After that only [`flush`](Self::flush).
    pub fn finish(&mut self) {
        if self.skipped > 0 {
            self.reject_too_long(0);
        } else if !self.carry.is_empty() {
            let line = std::mem::take(&mut self.carry);
            self.whole_line(&line, b"");
        }
    }

    pub(crate) fn intake(&self) -> &Intake {
        &self.intake
    }

    pub(crate) fn intake_mut(&mut self) -> &mut Intake {
        &mut self.intake
    }

    /// Whether the batch is full and must be flushed before more can be decoded.
    pub fn is_full(&self) -> bool {
        self.intake.is_full()
    }

    /// Hands out the records since the last flush; `None` when there are none.
    ///
    /// # Errors
    /// Only if the columns break Arrow's rules, which would be a defect of this crate.
    pub fn flush(&mut self) -> Result<Option<Batch>, ArrowError> {
        self.intake.flush()
    }

    /// Timestamps so far that had digits below a microsecond; these were cut off.
    pub fn cut_timestamps(&self) -> u64 {
        self.intake.cut_timestamps
    }

    /// How the columns have changed since the first record; not more than [`DRIFT_KEPT`](crate::DRIFT_KEPT) changes.
    pub fn drift(&self) -> &[Drift] {
        &self.intake.drift
    }

    /// Names of the columns that are not in the spec, in the order in which they turned up.
    pub fn new_columns(&self) -> impl Iterator<Item = &str> {
        self.intake.new_columns()
    }

    /// Reads records from the start of `text` on by known layouts; returns their length, line ends included. It is 0 when
    /// the first of them is of none.
    fn known_records(&mut self, text: &[u8]) -> usize {
        // The quick walk does not look how long a record is, but it does not see any further than this.
        if self.max_line >= REACH {
            let room = self.intake.columns.capacity() - self.intake.columns.rows();
            let run = self.layouts.read_run(text, room, &mut self.intake.columns);
            if run.rows > 0 {
                self.intake.accept_run(run.rows, run.cut, run.length as u64);
                return run.length;
            }
            if run.stop == Stop::Unknown {
                return 0;
            }
        }
        self.known_record(text).unwrap_or(0)
    }

    /// The same for one record.
    fn known_record(&mut self, text: &[u8]) -> Option<usize> {
        match self.layouts.read(text, &mut self.intake.columns) {
            Some(taken) if taken.length <= self.max_line => {
                self.intake.begin();
                self.intake.accept(taken.cut);
                self.intake.advance(taken.length as u64, 1);
                Some(taken.length)
            }
            _ => {
                self.intake.columns.roll_back_row();
                None
            }
        }
    }

    /// Takes a line without its line end, which follows it in the input.
    fn whole_line(&mut self, line: &[u8], line_end: &[u8]) {
        let mut text = line;
        if self.intake.line_start == 0 {
            text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        }
        if text.strip_suffix(b"\r").unwrap_or(text).len() > self.max_line {
            self.intake.begin();
            self.reject(Reason::TooLong { limit: self.max_line }, line);
        } else if !text.trim_ascii().is_empty() {
            self.intake.begin();
            let ending = (!line_end.is_empty()).then_some(line_end);
            match self.parser.parse(text, ending, &mut self.intake.columns, &mut self.layouts) {
                Ok(cut) => self.intake.accept_changing(cut),
                Err(reason) => self.reject(reason, line),
            }
        }
        self.intake.advance((line.len() + line_end.len()) as u64, 1);
    }

    fn reject(&mut self, reason: Reason, line: &[u8]) {
        let raw = line.strip_suffix(b"\r").unwrap_or(line);
        self.intake.reject(reason, raw, raw.len() as u64);
    }

    /// Keeps the beginning of a line whose end has not come yet.
    fn carry_on(&mut self, part: &[u8]) {
        // Room for the longest line that is taken, whatever stands around it, and for what a reject shows.
        let room = self.max_line.max(RAW_KEPT) + BYTE_ORDER_MARK.len() + b"\r".len();
        let kept = part.len().min(room.saturating_sub(self.carry.len()));
        self.last_carried = part.last().copied().unwrap_or(self.last_carried);
        if self.skipped == 0 {
            self.carry.extend_from_slice(&part[..kept]);
            self.skipped = (part.len() - kept) as u64;
        } else {
            self.skipped += part.len() as u64;
        }
        if self.skipped > 0 {
            // It will be a reject: no more of it is needed.
            let forgotten = self.carry.len().saturating_sub(RAW_KEPT);
            self.carry.truncate(RAW_KEPT);
            self.carry.shrink_to_fit();
            self.skipped += forgotten as u64;
        }
    }

    /// Ends the line that began in earlier slices, if its end is here; returns how many bytes belong to it.
    fn end_carried_line(&mut self, bytes: &[u8]) -> usize {
        let Some(end) = memchr::memchr(b'\n', bytes) else {
            self.carry_on(bytes);
            return bytes.len();
        };
        self.carry_on(&bytes[..end]);
        if self.skipped > 0 {
            self.reject_too_long(1);
        } else {
            let mut line = std::mem::take(&mut self.carry);
            line.push(b'\n');
            // Most records that lie across two slices are of a known layout as well.
            if self.known_record(&line).is_none() {
                line.pop();
                self.whole_line(&line, b"\n");
            }
            line.clear();
            self.carry = line;
        }
        end + 1
    }

    /// Ends a line that was too long to keep, all of which has come but for its LF, if it has one.
    fn reject_too_long(&mut self, line_feed: u64) {
        let length = self.carry.len() as u64 + self.skipped;
        let start = std::mem::take(&mut self.carry);
        let reason = Reason::TooLong { limit: self.max_line };
        self.intake.begin();
        self.intake.reject(reason, &start, length - u64::from(self.last_carried == b'\r'));
        self.skipped = 0;
        self.intake.advance(length + line_feed, 1);
    }
}
