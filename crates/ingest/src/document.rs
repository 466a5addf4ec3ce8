//! JSON documents: an array of objects, objects one behind the other, or an object with the records in one of its members.
//!
//! A document is not read as a whole: the [`Decoder`] is pushed slices and takes its records as they come. They are read
//! by the same two ways as those of NDJSON, only that they do not end with their lines. An object that is not JSON is a
//! reject by itself, as long as its brackets match; where the order of brackets and commas breaks down, nothing behind
//! can be told apart, and all of that is one reject.

use arrow_schema::ArrowError;

use crate::intake::{BATCH_ROWS, Intake, MAX_RECORD};
use crate::json::{self, JsonError, JsonErrorKind};
use crate::ndjson::{Layouts, RecordParser};
use crate::{Batch, Drift, RAW_KEPT, Reason, RecordSpec};

/// Decodes a document into columns.
#[derive(Debug)]
pub struct Decoder {
    intake: Intake,
    layouts: Layouts,
    parser: RecordParser,
    /// The key of the member of the outermost object that has the records.
    records_in: Option<Vec<u8>>,
    place: Place,
    /// Other members of the outermost object.
    beside: Vec<String>,
    /// What has come and could not be read yet.
    carry: Vec<u8>,
    /// Bytes of the present value, or of the broken rest, that are not in `carry` any more.
    skipped: u64,
    skipped_lines: u64,
    max_record: usize,
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The first value.
    Start,
    /// A record, at the outermost level.
    Record,
    /// An element, or the end of an array that may be empty.
    FirstElement,
    /// An element.
    Element,
    /// What stands behind an element.
    AfterElement,
    /// A member of the outermost object, or its end.
    FirstMember,
    /// A member of the outermost object.
    Member,
    /// What stands behind a member.
    AfterMember,
    /// Nothing more.
    End,
    /// It cannot be told, for this reason.
    Broken(JsonError),
}

/// What came of looking at the start of a text.
enum Step {
    /// So many bytes have been used.
    Used(usize),
    /// More of the text is needed.
    More,
}

impl Decoder {
    /// A decoder for records of this kind, at the start of a document. `records_in` is the key of the outermost object
    /// under which the records are; without it, objects at the outermost level are records.
    pub fn new(spec: &RecordSpec, records_in: Option<Vec<u8>>) -> Self {
        Self::with_limits(spec, records_in, BATCH_ROWS, MAX_RECORD)
    }

    /// The same, with another number of rows per batch and another longest record.
    pub fn with_limits(
        spec: &RecordSpec,
        records_in: Option<Vec<u8>>,
        batch_rows: usize,
        max_record: usize,
    ) -> Self {
        Self {
            intake: Intake::new(spec, batch_rows),
            layouts: Layouts::new(),
            parser: RecordParser::new(spec.fields().len()),
            records_in,
            place: Place::Start,
            beside: Vec::new(),
            carry: Vec::new(),
            skipped: 0,
            skipped_lines: 0,
            max_record,
        }
    }

    /// Decodes from the next bytes of the source and returns how many it has used. It uses all of them unless a batch
    /// is full: then [`flush`](Self::flush) it and come again with the rest.
    pub fn decode(&mut self, bytes: &[u8]) -> usize {
        let mut used = 0;
        while used < bytes.len() && !self.is_full() {
            used += self.decode_some(&bytes[used..]);
        }
        used
    }

    /// Decodes from the next bytes, but not necessarily all that can be.
    fn decode_some(&mut self, bytes: &[u8]) -> usize {
        if let Place::Broken(_) = self.place {
            self.skip(bytes);
            return bytes.len();
        }
        if self.carry.is_empty() {
            let used = self.run(bytes, false);
            if self.is_full() {
                return used;
            }
            self.keep(bytes[used..].to_vec());
            return bytes.len();
        }
        let carried = self.carry.len();
        // At least as much as there is already, so that a long record is not looked at anew for every few bytes.
        let more = bytes.len().min(carried.max(4096));
        let mut text = std::mem::take(&mut self.carry);
        text.extend_from_slice(&bytes[..more]);
        // Without a bracket that could close it, the value goes on.
        let closing = match text.first() {
            Some(b'{') => Some(b'}'),
            Some(b'[') => Some(b']'),
            _ => None,
        };
        if closing.is_some_and(|closing| memchr::memchr(closing, &bytes[..more]).is_none()) {
            self.keep(text);
            return more;
        }
        let used = self.run(&text, false);
        if used >= carried {
            return used - carried;
        }
        if self.is_full() {
            text.truncate(carried);
            self.carry = text.split_off(used);
            return 0;
        }
        self.keep(text.split_off(used));
        more
    }

    /// The source has ended: decodes what is left. When a batch is full then, it has to be flushed and this called once
    /// more.
    pub fn finish(&mut self) {
        let text = std::mem::take(&mut self.carry);
        if let Place::Broken(error) = self.place {
            return self.reject_rest(error, &text);
        }
        let used = self.run(&text, true);
        let rest = &text[used..];
        if self.is_full() {
            self.carry = rest.to_vec();
            return;
        }
        if let Place::Broken(error) = self.place {
            self.reject_rest(error, rest);
        } else if !rest.is_empty() {
            let at = rest.len();
            self.reject_rest(JsonError { kind: JsonErrorKind::UnexpectedEnd, at }, rest);
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

    /// What else is worth knowing once all is decoded: that the document ends too early, and what stands beside the
    /// records.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let ended = matches!(self.place, Place::Start | Place::Record | Place::End | Place::Broken(_));
        if !ended {
            notes.push(
                "it ends before its last bracket is closed: perhaps the end of the file is missing"
                    .to_owned(),
            );
        }
        if !self.beside.is_empty() {
            notes.push(format!("not read, because it stands beside the records: {}", self.beside.join(", ")));
        }
        notes
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

    /// Reads from the start of `text`, which is all there is if `whole`; returns how many bytes that has used.
    fn run(&mut self, text: &[u8], whole: bool) -> usize {
        let mut used = 0;
        while !self.is_full() {
            let start = json::skip_space(text, used);
            self.pass(&text[used..start]);
            used = start;
            if used == text.len() {
                break;
            }
            match self.step(&text[used..], whole) {
                Step::Used(length) => used += length,
                Step::More => break,
            }
            if let Place::Broken(_) = self.place {
                break;
            }
        }
        used
    }

    /// Reads what stands at the start of `text`, which is not white space.
    fn step(&mut self, text: &[u8], whole: bool) -> Step {
        let first = text.first().copied().unwrap_or_default();
        match (self.place, first) {
            (Place::Start, b'[') => self.bracket(Place::FirstElement),
            (Place::Start, b'{') if self.records_in.is_some() => self.bracket(Place::FirstMember),
            (Place::Start | Place::Record, _) => {
                self.place = Place::Record;
                self.record(text, whole, Place::Record)
            }
            (Place::FirstElement | Place::AfterElement, b']') => {
                let next = if self.records_in.is_some() { Place::AfterMember } else { Place::End };
                self.bracket(next)
            }
            (Place::AfterElement, b',') => self.bracket(Place::Element),
            (Place::FirstElement | Place::Element, _) => self.record(text, whole, Place::AfterElement),
            (Place::FirstMember | Place::AfterMember, b'}') => self.bracket(Place::End),
            (Place::AfterMember, b',') => self.bracket(Place::Member),
            (Place::FirstMember | Place::Member, _) => self.member(text, whole),
            // One array behind the other.
            (Place::End, b'[') if self.records_in.is_none() => self.bracket(Place::FirstElement),
            (Place::AfterElement, _) => self.broken("a comma or ]", 0),
            (Place::AfterMember, _) => self.broken("a comma or }", 0),
            (Place::End, _) => self.broken("the end of the document", 0),
            (Place::Broken(_), _) => Step::More,
        }
    }

    /// Uses one byte and goes on at another place.
    fn bracket(&mut self, next: Place) -> Step {
        self.place = next;
        self.intake.advance(1, 0);
        Step::Used(1)
    }

    fn broken(&mut self, expected: &'static str, at: usize) -> Step {
        self.place = Place::Broken(JsonError { kind: JsonErrorKind::Expected(expected), at });
        Step::More
    }

    /// Reads the record at the start of `text`.
    fn record(&mut self, text: &[u8], whole: bool, next: Place) -> Step {
        if let Some(taken) = self.layouts.read(text, &mut self.intake.columns)
            && taken.length <= self.max_record
        {
            self.intake.begin();
            self.intake.accept(taken.cut);
            self.pass(&text[..taken.length]);
            self.place = next;
            return Step::Used(taken.length);
        }
        self.intake.columns.roll_back_row();
        let Some(length) = value_end(text, whole) else {
            return Step::More;
        };
        if length == 0 {
            return self.broken("a value", 0);
        }
        let record = &text[..length];
        self.intake.begin();
        if length > self.max_record {
            self.intake.reject(Reason::TooLong { limit: self.max_record }, record, length as u64);
        } else {
            match self.parser.parse(record, Some(b""), &mut self.intake.columns, &mut self.layouts) {
                Ok(cut) => self.intake.accept_changing(cut),
                Err(reason) => self.intake.reject(reason, record, length as u64),
            }
        }
        self.pass(record);
        self.place = next;
        Step::Used(length)
    }

    /// Reads a member of the outermost object: goes into the array that has the records, and past all others.
    fn member(&mut self, text: &[u8], whole: bool) -> Step {
        let (key, start) = match json::key(text, 0) {
            Ok(found) => found,
            Err(JsonError { kind: JsonErrorKind::UnexpectedEnd, .. }) if !whole => return Step::More,
            Err(error) => {
                self.place = Place::Broken(error);
                return Step::More;
            }
        };
        let name = key.string(text).unwrap_or_default();
        match text.get(start) {
            None if !whole => return Step::More,
            Some(b'[') if self.records_in.as_deref() == Some(&*name) => {
                self.pass(&text[..=start]);
                self.place = Place::FirstElement;
                return Step::Used(start + 1);
            }
            _ => {}
        }
        let name = String::from_utf8_lossy(&name).into_owned();
        let Some(length) = value_end(&text[start..], whole) else { return Step::More };
        if let Err(error) = json::value(&text[start..start + length], 0) {
            self.place = Place::Broken(JsonError { at: start + error.at, ..error });
            return Step::More;
        }
        self.beside.push(name);
        self.pass(&text[..start + length]);
        self.place = Place::AfterMember;
        Step::Used(start + length)
    }

    /// Goes on behind a text.
    fn pass(&mut self, text: &[u8]) {
        let lines = memchr::memchr_iter(b'\n', text).count();
        self.intake.advance(text.len() as u64, lines as u64);
    }

    /// Keeps what could not be read yet, if it is not too long.
    fn keep(&mut self, text: Vec<u8>) {
        self.carry = text;
        if let Place::Broken(_) = self.place {
            let text = std::mem::take(&mut self.carry);
            self.skip(&text);
        } else if self.carry.len() > self.max_record {
            let text = std::mem::take(&mut self.carry);
            self.place = Place::Broken(JsonError { kind: JsonErrorKind::UnexpectedEnd, at: self.max_record });
            self.skip(&text);
        }
    }

    /// Passes over a part of what cannot be read.
    fn skip(&mut self, text: &[u8]) {
        let kept = text.len().min(RAW_KEPT - self.carry.len().min(RAW_KEPT));
        self.carry.extend_from_slice(&text[..kept]);
        let rest = &text[kept..];
        self.skipped += rest.len() as u64;
        self.skipped_lines += memchr::memchr_iter(b'\n', rest).count() as u64;
    }

    /// Rejects all that is left, of which `text` is the beginning.
    fn reject_rest(&mut self, error: JsonError, text: &[u8]) {
        let length = text.len() as u64 + self.skipped;
        self.intake.begin();
        self.intake.reject(Reason::Broken { error, rest: length }, text, length);
        self.pass(text);
        self.intake.advance(self.skipped, self.skipped_lines);
        self.place = Place::Broken(error);
    }
}

/// Where the value at the start of `text` ends, by its brackets alone; `None` when the end is not in sight. `whole` says
/// that nothing follows the text.
fn value_end(text: &[u8], whole: bool) -> Option<usize> {
    if !matches!(text.first(), Some(b'{' | b'[' | b'"')) {
        let end =
            text.iter().position(|byte| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n'));
        return end.or_else(|| whole.then_some(text.len()));
    }
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b'"' => at = string_end(text, at)?,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The closing quote of the string at `at`, whatever is in it.
fn string_end(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += 1 + memchr::memchr2(b'"', b'\\', text.get(at + 1..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 1;
    }
}

/// What the beginning of a text that starts with a brace says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// An object on every line.
    Lines,
    /// Objects one behind the other.
    Objects,
    /// One object that has the records under this key.
    Wrapper(Vec<u8>),
}

/// Judges a text that starts with a brace by its beginning, which is all of it if `whole`.
pub(crate) fn judge(head: &[u8], whole: bool) -> Beginning {
    let line = memchr::memchr(b'\n', head).map_or(head, |end| &head[..end]);
    let end = value_end(head, false);
    let alone = whole && end.is_some_and(|end| json::skip_space(head, end) == head.len());
    if (alone || end.is_none())
        && let Some(key) = records_key(head)
    {
        // An object that goes on and on is one with the records in it, if its line does not end before.
        if alone || line.len() == head.len() || !starts_a_record(head, line.len()) {
            return Beginning::Wrapper(key);
        }
    }
    match json::value(line.trim_ascii_end(), 0) {
        Err(JsonError { kind: JsonErrorKind::UnexpectedEnd, .. })
            if line.len() < head.len() && !starts_a_record(head, line.len()) =>
        {
            Beginning::Objects
        }
        // Several on a line.
        Ok(value)
            if json::skip_space(line, value.end) < line.len()
                && line[json::skip_space(line, value.end)] == b'{' =>
        {
            Beginning::Objects
        }
        _ => Beginning::Lines,
    }
}

/// Whether a record of its own begins on the line behind the one that ends at `end`: then the first is only broken.
fn starts_a_record(head: &[u8], end: usize) -> bool {
    head.get(end + 1..).is_some_and(|next| next.first() == Some(&b'{'))
}

/// The key of the only member of an object that is an array of objects, as far as the object can be seen.
fn records_key(head: &[u8]) -> Option<Vec<u8>> {
    let mut found = None;
    let mut at = json::skip_space(head, 1);
    while let Ok((key, start)) = json::key(head, at) {
        let inside = json::skip_space(head, start + 1);
        if head.get(start) == Some(&b'[') && head.get(inside) == Some(&b'{') {
            if found.is_some() {
                return None;
            }
            found = key.string(head).map(|key| key.into_owned());
        }
        let Some(length) = head.get(start..).and_then(|value| value_end(value, false)) else { break };
        at = json::skip_space(head, start + length);
        if head.get(at) != Some(&b',') {
            break;
        }
        at = json::skip_space(head, at + 1);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_lines_from_documents() {
        let wrapper = |key: &str| Beginning::Wrapper(key.as_bytes().to_vec());
        let cases: [(&str, Beginning); 11] = [
            ("{\"a\":1}\n{\"a\":2}\n", Beginning::Lines),
            ("{\"a\":1}", Beginning::Lines),
            ("{\"a\":1\n{\"a\":2}\n", Beginning::Lines),
            ("{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n", Beginning::Objects),
            ("{\n  \"a\": 1\n}\n", Beginning::Objects),
            ("{\"a\":1}{\"a\":2}", Beginning::Objects),
            ("{\"data\":[{\"a\":1}]}", wrapper("data")),
            ("{\"n\":2,\n\"data\": [\n{\"a\":1}\n]\n}", wrapper("data")),
            ("{\"a\":[1,2]}", Beginning::Lines),
            ("{\"x\":[{}],\"y\":[{}]}", Beginning::Lines),
            ("{\"id\":1,\"lines\":[{}]}\n{\"id\":2,\"lines\":[{}]}\n", Beginning::Lines),
        ];
        for (text, expected) in cases {
            assert_eq!(judge(text.as_bytes(), true), expected, "{text:?}");
        }
        assert_eq!(judge(b"{\"n\":1,\"data\":[{\"a\":1},{\"a\"", false), wrapper("data"));
        assert_eq!(judge(b"{\"id\":1,\"lines\":[{}]}\n{\"id\":2,\"lin", false), Beginning::Lines);
    }

    #[test]
    fn finds_the_end_of_a_value_by_its_brackets() {
        for (text, end) in [
            ("{\"a\":\"}\\\"}\"} ,", Some(12)),
            ("[[1],{}]x", Some(8)),
            ("\"a\\\\\",", Some(5)),
            ("12, 3", Some(2)),
            ("12", None),
            ("{\"a\":[", None),
            ("\"abc", None),
        ] {
            assert_eq!(value_end(text.as_bytes(), false), end, "{text}");
        }
        assert_eq!(value_end(b"12", true), Some(2));
    }
}
