//! Whether a source can be cut, where, and what every range has to know.

use super::decoder::RangeDecoder;
use super::known::Known;
use super::task::{RangeFormat, RangePlace, RangeTask};
use crate::csv::{self, Ragged};
use crate::intake::{BATCH_ROWS, MAX_RECORD};
use crate::sniff::{self, Sniffed};
use crate::text::{self, TextDecoder};
use crate::{ReadOptions, RecordSpec, SourceEnd, SourceError, TextForm};

/// Bytes of a range: enough that what it costs to begin one does not matter, and few enough that the columns of some of
/// them may wait in memory.
pub const RANGE: u64 = 8 << 20;

/// How a source is cut.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(super) size: u64,
    /// Where its text begins: behind a byte order mark.
    pub(super) start: u64,
    /// Bytes of a range.
    range: u64,
    /// What the text is taken for.
    pub(super) form: TextForm,
    /// What the first range has to know, and all others have to besides.
    first: RangeTask,
    pub(super) fields: Vec<usize>,
    /// The columns of the records before this byte.
    pub(super) known: Known,
    pub(super) seen: u64,
}

/// Limits of a plan, for tests mostly.
#[derive(Debug, Clone, Copy)]
pub struct PlanLimits {
    /// Bytes of a range.
    pub range: u64,
    /// Bytes at the beginning whose columns all ranges know.
    pub head: usize,
    /// Rows of a batch.
    pub batch_rows: usize,
    /// The longest record.
    pub max_record: usize,
}

impl Default for PlanLimits {
    fn default() -> Self {
        Self { range: RANGE, head: Plan::HEAD, batch_rows: BATCH_ROWS, max_record: MAX_RECORD }
    }
}

impl Plan {
    /// How many of a source's first bytes a plan wants to see, or all when there are fewer.
    pub const HEAD: usize = text::HEAD;

    /// The plan for a source of so many bytes that begins with `head`; `None` if it cannot be cut or has no more than one
    /// range. Then a [`Reader`](crate::Reader) reads it.
    pub fn new(head: &[u8], size: u64, spec: &RecordSpec, options: &ReadOptions) -> Option<Self> {
        Self::with_limits(head, size, spec, options, PlanLimits::default())
    }

    /// The same with other limits.
    pub fn with_limits(
        head: &[u8],
        size: u64,
        spec: &RecordSpec,
        options: &ReadOptions,
        limits: PlanLimits,
    ) -> Option<Self> {
        // Whoever reads a range does not know how many rejects were before it.
        let limited = options.stop_at_first_reject || options.rejects_kept < u64::MAX;
        if limited || options.check().is_err() {
            return None;
        }
        let range = limits.range.max(1);
        if size <= range {
            return None;
        }
        let mut plan = Self::of(head, size, spec, options, limits)?;
        plan.first.end = range.max(plan.seen);
        (plan.count() > 1).then_some(plan)
    }

    /// A decoder of delimited text for what is behind this byte of a source that begins with `head`, which is all of it or
    /// [`Plan::HEAD`] bytes: in the dialect and with the columns of the beginning. `None` if it is something else, or the
    /// columns are not in the beginning.
    pub(crate) fn csv_behind(
        head: &[u8],
        spec: &RecordSpec,
        options: &ReadOptions,
        byte: u64,
    ) -> Option<csv::Decoder> {
        let size = if head.len() < Self::HEAD { head.len() as u64 } else { u64::MAX };
        let before = usize::try_from(byte).unwrap_or(usize::MAX);
        let limits = PlanLimits { head: before, ..PlanLimits::default() };
        let plan = Self::of(head, size, spec, options, limits)?;
        match RangeDecoder::new(&plan.task(0, 1, Some(byte), &plan.known)) {
            RangeDecoder::Csv(decoder) => Some(*decoder),
            RangeDecoder::Ndjson(_) => None,
        }
    }

    /// What the beginning of a source tells, whether it is worth to be cut or not.
    fn of(
        head: &[u8],
        size: u64,
        spec: &RecordSpec,
        options: &ReadOptions,
        limits: PlanLimits,
    ) -> Option<Self> {
        let spec = &spec.clone().choosing(&options.types);
        let whole = (head.len() as u64) == size;
        let range = limits.range.max(1);
        if head.len() < Self::HEAD && !whole {
            return None;
        }
        let Sniffed::Text = sniff::sniff_chosen(head, options) else { return None };
        let (decoder, start) = TextDecoder::of(head, whole && head.len() < Self::HEAD, spec, options);
        if decoder.never_was_utf8(head, options) {
            return None;
        }
        let format = match &decoder {
            TextDecoder::Ndjson(_) => RangeFormat::Ndjson,
            // In another encoding, which is not read here.
            TextDecoder::Csv(_) if sniff::is_single_bytes(&head[..head.len().min(Self::HEAD)]) => {
                return None;
            }
            TextDecoder::Csv(csv) => {
                RangeFormat::Csv { dialect: csv.dialect(), ragged: options.ragged, fields: Vec::new() }
            }
            TextDecoder::Document(_) => return None,
        };
        let mut plan = Self {
            size,
            start: start as u64,
            range,
            form: decoder.form(),
            first: RangeTask {
                id: 0,
                start: start as u64,
                end: range,
                size,
                exact: true,
                spec: spec.clone(),
                format,
                batch_rows: limits.batch_rows,
                max_record: limits.max_record,
                seed: Default::default(),
            },
            fields: Vec::new(),
            known: Known::new(spec),
            seen: 0,
        };
        // A header may stand behind comments.
        let mut seen = limits.head.clamp(1, head.len().min(Self::HEAD)).max(start);
        while !plan.look(&head[start..seen])? {
            if seen == head.len().min(Self::HEAD) {
                return None;
            }
            seen = (2 * seen).min(head.len()).min(Self::HEAD);
        }
        plan.seen = seen as u64;
        Some(plan)
    }

    /// Takes in the columns of a text, but for a last record that is not all there. Whether it has the columns of the fields;
    /// `None` if not all are there that should be.
    fn look(&mut self, text: &[u8]) -> Option<bool> {
        let mut decoder = RangeDecoder::new(&self.first);
        self.known = Known::new(&self.first.spec);
        let mut rest = text;
        let mut map = self.known.map_spec();
        loop {
            rest = &rest[decoder.decode(rest)..];
            let full = decoder.intake().is_full();
            decoder.intake().flush().ok()?;
            let steps = decoder.intake().take_steps();
            self.known.take_in(&steps, &mut map, true, |_| {}).ok()?;
            if !full && rest.is_empty() {
                break;
            }
        }
        let RangeDecoder::Csv(csv) = decoder else { return Some(true) };
        if csv.missing().is_some() {
            return None;
        }
        self.fields = csv.fields().iter().filter_map(|&field| map.get(field).copied()).collect();
        Some(!self.fields.is_empty())
    }

    /// What the text is taken for.
    pub fn form(&self) -> TextForm {
        self.form
    }

    /// The end of the source, which is there, if it can be read on when it has grown.
    pub(super) fn source_end(&self, place: RangePlace) -> Option<SourceEnd> {
        let ragged = match self.first.format {
            RangeFormat::Ndjson => Ragged::default(),
            RangeFormat::Csv { ragged, .. } => ragged,
        };
        SourceEnd::new((place.byte, place.lines), self.form, ragged, self.spec())
    }

    pub(super) fn spec(&self) -> &RecordSpec {
        &self.first.spec
    }

    /// How many ranges there are.
    pub fn count(&self) -> usize {
        let behind = self.size.saturating_sub(self.first.end).div_ceil(self.range);
        usize::try_from(behind).unwrap_or(usize::MAX).saturating_add(1)
    }

    /// Where a range ends: a record that begins there belongs to the next.
    pub(super) fn end(&self, range: usize) -> u64 {
        self.first.end.saturating_add(self.range.saturating_mul(range as u64)).min(self.size)
    }

    /// The task to read a range from its start, with the columns that are known so far; or from a place in it where a record
    /// begins and these are all columns.
    pub(super) fn task(&self, id: u64, range: usize, exact: Option<u64>, known: &Known) -> RangeTask {
        let Some(before) = range.checked_sub(1) else { return RangeTask { id, ..self.first.clone() } };
        let (seed, numbers) = known.seed();
        let mut task = self.first.clone();
        task.id = id;
        task.start = exact.unwrap_or_else(|| self.end(before));
        task.end = self.end(range);
        task.exact = exact.is_some();
        task.seed = seed;
        if let RangeFormat::Csv { fields, .. } = &mut task.format {
            // All are columns of the records, which never go away.
            fields.extend(self.fields.iter().filter_map(|field| numbers.get(field)));
        }
        task
    }
}

/// A plan whose ranges find other columns than it did.
pub(super) fn defect(what: &str) -> SourceError {
    SourceError::Columns(arrow_schema::ArrowError::InvalidArgumentError(what.to_owned()))
}
