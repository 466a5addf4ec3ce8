//! Whole numbers and times of a chunk, in as few bytes as the chunk needs for them.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, Int64Array, TimestampMicrosecondArray};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::DataType;

use crate::leave_out::{copy_nulls, copy_values};

/// A column. The value in a row is `base + (steps << shift)`.
///
/// The shift is what makes times short: whole seconds in microseconds end in six zero bits, and whole days in thirteen.
#[derive(Debug)]
pub(crate) struct Integers {
    data_type: DataType,
    form: Form,
    steps: Steps,
    nulls: Option<NullBuffer>,
}

/// A base that is a guess is no further from zero than this, and no value as far from it: what lies below it then shows as a distance that
/// is more.
const FAR: u64 = (1 << 62) - 1;

/// How values are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Form {
    base: i64,
    shift: u32,
    width: Width,
}

/// The bytes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Width {
    None,
    One,
    Two,
    Four,
    Eight,
}

/// How far values are from the base.
#[derive(Debug)]
enum Steps {
    /// All are the same.
    None(usize),
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
    /// Too far: the values themselves.
    Eight(ScalarBuffer<i64>),
}

impl Form {
    /// The shortest that has these values.
    fn of(values: &[i64], runs: &[Range<usize>]) -> Self {
        let (least, greatest, differing) = extent(values, runs);
        let shift = if differing == 0 { 0 } else { differing.trailing_zeros() };
        let width = Width::of(greatest.wrapping_sub(least) as u64 >> shift);
        Self { base: least, shift, width }
    }

    #[inline]
    fn wide(self, steps: u64) -> i64 {
        self.base.wrapping_add((steps << self.shift) as i64)
    }

    /// Packs these runs of values, which have so many together. Nothing if any of them is not of this form, or if fewer bytes would do.
    /// No distance may be more than `most`.
    fn pack(
        self,
        values: &ScalarBuffer<i64>,
        runs: &[Range<usize>],
        kept: usize,
        most: u64,
    ) -> Option<Steps> {
        let (steps, seen) = match self.width {
            Width::None => (Steps::None(kept), differing(values, runs, self.base)),
            Width::One => {
                let (steps, seen) = pack_one(values, runs, kept, self);
                (Steps::One(steps), seen)
            }
            Width::Two => {
                let (steps, seen) = pack_two(values, runs, kept, self);
                (Steps::Two(steps), seen)
            }
            Width::Four => {
                let (steps, seen) = pack_four(values, runs, kept, self);
                (Steps::Four(steps), seen)
            }
            // Nothing is copied where nothing is left out.
            Width::Eight if kept == values.len() => (Steps::Eight(values.clone()), 0),
            Width::Eight => (Steps::Eight(copy_values(values, runs, kept)), 0),
        };
        // The bits of all distances: those that are shifted out have to be zero, and those that are left as many as there is room for.
        let lost = seen & ((1 << self.shift) - 1);
        let is_so = lost == 0 && seen <= most && Width::of(seen >> self.shift) == self.width;
        (self.width == Width::Eight || is_so).then_some(steps)
    }
}

impl Width {
    /// The least that holds so many steps.
    fn of(steps: u64) -> Self {
        let widths = [Self::None, Self::One, Self::Two, Self::Four];
        widths.into_iter().find(|width| steps <= width.most()).unwrap_or(Self::Eight)
    }

    /// The most steps that it holds.
    fn most(self) -> u64 {
        match self {
            Self::None => 0,
            Self::One => u8::MAX.into(),
            Self::Two => u16::MAX.into(),
            Self::Four => u32::MAX.into(),
            Self::Eight => u64::MAX,
        }
    }
}

impl Integers {
    /// These runs of a column, which have so many rows together; nothing if they are no 64-bit numbers. `before` is the same column of
    /// the rows before, whose form mostly fits as well: to try that costs less than to look for the best.
    pub(crate) fn pack(
        column: &ArrayRef,
        runs: &[Range<usize>],
        kept: usize,
        before: Option<&Self>,
    ) -> Option<Self> {
        let values = match column.as_primitive_opt::<Int64Type>() {
            Some(column) => column.values(),
            None => column.as_primitive_opt::<TimestampMicrosecondType>()?.values(),
        };
        let packed = |form: Form, most| form.pack(values, runs, kept, most).map(|steps| (form, steps));
        let guess = before.filter(|before| before.data_type() == column.data_type()).and_then(Self::guess);
        let guessed = guess.and_then(|form| packed(form, FAR));
        let (form, steps) = guessed.or_else(|| packed(Form::of(values, runs), u64::MAX))?;
        let nulls = column.nulls().filter(|nulls| nulls.null_count() > 0);
        let nulls = nulls.map(|nulls| match nulls.len() {
            rows if rows == kept => nulls.clone(),
            _ => copy_nulls(nulls, runs, kept),
        });
        Some(Self { data_type: column.data_type().clone(), form, steps, nulls })
    }

    /// The form that the rows behind these are likely to have, in as many bytes: from zero on, or from the last value if they ascend.
    fn guess(&self) -> Option<Form> {
        let Form { base, shift, width } = self.form;
        let from_zero = || base >= 0 && base as u64 >> shift <= width.most();
        let base = match width {
            Width::None => base,
            Width::Eight => return None,
            _ if from_zero() => base & ((1 << shift) - 1),
            _ => self.last()?,
        };
        (base.unsigned_abs() <= FAR).then_some(Form { base, shift, width })
    }

    pub(crate) fn data_type(&self) -> &DataType {
        &self.data_type
    }

    pub(crate) fn len(&self) -> usize {
        match &self.steps {
            Steps::None(rows) => *rows,
            Steps::One(steps) => steps.len(),
            Steps::Two(steps) => steps.len(),
            Steps::Four(steps) => steps.len(),
            Steps::Eight(values) => values.len(),
        }
    }

    /// The bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        let values = match &self.steps {
            Steps::None(_) => 0,
            Steps::One(steps) => steps.capacity(),
            Steps::Two(steps) => 2 * steps.capacity(),
            Steps::Four(steps) => 4 * steps.capacity(),
            Steps::Eight(values) => values.inner().capacity(),
        };
        values + self.nulls.as_ref().map_or(0, |nulls| nulls.buffer().capacity()) + size_of::<Self>()
    }

    pub(crate) fn null_count(&self) -> usize {
        self.nulls.as_ref().map_or(0, NullBuffer::null_count)
    }

    /// The value in a row, whether or not it is a null.
    fn value(&self, row: usize) -> i64 {
        let steps = match &self.steps {
            Steps::None(_) => 0,
            Steps::One(steps) => steps[row].into(),
            Steps::Two(steps) => steps[row].into(),
            Steps::Four(steps) => steps[row].into(),
            Steps::Eight(values) => return values[row],
        };
        self.form.wide(steps)
    }

    /// The value in a row.
    pub(crate) fn get(&self, row: usize) -> Option<i64> {
        let is_null = self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        (!is_null).then(|| self.value(row))
    }

    /// All values in their order, nulls as whatever.
    pub(crate) fn values(&self) -> impl Iterator<Item = i64> {
        (0..self.len()).map(|row| self.value(row))
    }

    pub(crate) fn first(&self) -> Option<i64> {
        (self.len() > 0).then(|| self.value(0))
    }

    pub(crate) fn last(&self) -> Option<i64> {
        self.len().checked_sub(1).map(|last| self.value(last))
    }

    /// Whether they ascend.
    pub(crate) fn is_sorted(&self) -> bool {
        match &self.steps {
            Steps::None(_) => true,
            Steps::One(steps) => steps.is_sorted(),
            Steps::Two(steps) => steps.is_sorted(),
            Steps::Four(steps) => steps.is_sorted(),
            Steps::Eight(values) => values.is_sorted(),
        }
    }

    /// Where a value is, if they ascend.
    pub(crate) fn search(&self, value: i64) -> Option<usize> {
        let (mut from, mut to) = (0, self.len());
        while from < to {
            let middle = from.midpoint(to);
            if self.value(middle) < value {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        (from < self.len() && self.value(from) == value).then_some(from)
    }

    /// The least and the greatest value, if there are any; nulls count as whatever.
    pub(crate) fn bounds(&self) -> Option<(i64, i64)> {
        let (least, greatest) = match &self.steps {
            Steps::None(0) => return None,
            Steps::None(_) => (0, 0),
            Steps::One(steps) => bounds(steps)?,
            Steps::Two(steps) => bounds(steps)?,
            Steps::Four(steps) => bounds(steps)?,
            Steps::Eight(values) => return bounds(values),
        };
        Some((self.form.wide(least), self.form.wide(greatest)))
    }

    /// Some of the rows as an array.
    pub(crate) fn array(&self, rows: Range<usize>) -> ArrayRef {
        let values = match &self.steps {
            Steps::None(_) => vec![self.form.base; rows.len()].into(),
            Steps::One(steps) => unpack(&steps[rows.clone()], self.form),
            Steps::Two(steps) => unpack(&steps[rows.clone()], self.form),
            Steps::Four(steps) => unpack(&steps[rows.clone()], self.form),
            Steps::Eight(values) => values.slice(rows.start, rows.len()),
        };
        let nulls = self.nulls.as_ref().map(|nulls| nulls.slice(rows.start, rows.len()));
        match &self.data_type {
            DataType::Int64 => Arc::new(Int64Array::new(values, nulls)),
            times => {
                let times = TimestampMicrosecondArray::new(values, nulls).with_data_type(times.clone());
                Arc::new(times)
            }
        }
    }
}

/// The least and the greatest of these runs of values, and the bits in which any differs from the first. Of none it is any.
///
/// This and those below run for every value of a large file, and are small and alone, so that browsers soon compile them well.
#[inline(never)]
fn extent(values: &[i64], runs: &[Range<usize>]) -> (i64, i64, u64) {
    let first = runs.first().and_then(|run| values.get(run.start)).map_or(0, |&first| first);
    let (mut least, mut greatest, mut differing) = (first, first, 0);
    for run in runs {
        for &value in &values[run.clone()] {
            least = least.min(value);
            greatest = greatest.max(value);
            differing |= (value ^ first) as u64;
        }
    }
    (least, greatest, differing)
}

/// The bits in which any of these differs from a value.
#[inline(never)]
fn differing(values: &[i64], runs: &[Range<usize>], from: i64) -> u64 {
    let of_run = |run: &Range<usize>| values[run.clone()].iter().fold(0, |seen, value| seen | (value ^ from));
    runs.iter().fold(0, |seen, run| seen | of_run(run)) as u64
}

#[inline(never)]
fn pack_one(values: &[i64], runs: &[Range<usize>], kept: usize, form: Form) -> (Vec<u8>, u64) {
    pack_as(values, runs, kept, form, |steps| steps as u8)
}

#[inline(never)]
fn pack_two(values: &[i64], runs: &[Range<usize>], kept: usize, form: Form) -> (Vec<u16>, u64) {
    pack_as(values, runs, kept, form, |steps| steps as u16)
}

#[inline(never)]
fn pack_four(values: &[i64], runs: &[Range<usize>], kept: usize, form: Form) -> (Vec<u32>, u64) {
    pack_as(values, runs, kept, form, |steps| steps as u32)
}

/// The steps, cut off to what they are packed in, and the bits of all distances.
#[inline(always)]
fn pack_as<T>(
    values: &[i64],
    runs: &[Range<usize>],
    kept: usize,
    Form { base, shift, .. }: Form,
    pack: impl Fn(u64) -> T,
) -> (Vec<T>, u64) {
    let mut packed = Vec::with_capacity(kept);
    let mut seen = 0;
    for run in runs {
        packed.extend(values[run.clone()].iter().map(|value| {
            let distance = value.wrapping_sub(base) as u64;
            seen |= distance;
            pack(distance >> shift)
        }));
    }
    (packed, seen)
}

#[inline(never)]
fn unpack<T: Copy + Into<u64>>(steps: &[T], form: Form) -> ScalarBuffer<i64> {
    steps.iter().map(|&steps| form.wide(steps.into())).collect::<Vec<_>>().into()
}

fn bounds<T: Copy + Ord, U: From<T>>(values: &[T]) -> Option<(U, U)> {
    let (&first, rest) = values.split_first()?;
    let (least, greatest) =
        rest.iter().fold((first, first), |(least, greatest), &value| (least.min(value), greatest.max(value)));
    Some((least.into(), greatest.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leave_out::runs_between;
    use proptest::prelude::*;

    /// Values that need few bytes, or many, or all there are.
    fn values() -> impl Strategy<Value = Vec<Option<i64>>> {
        let numbers = prop_oneof![
            (any::<i64>(), 0..60_u32, 0..40_u32).prop_flat_map(|(least, bits, shift)| {
                let value =
                    move |steps: u64| least.wrapping_add(((steps & ((1 << bits) - 1)) << shift) as i64);
                prop::collection::vec(any::<u64>().prop_map(value), 0..60)
            }),
            prop::collection::vec(any::<i64>(), 0..60),
            prop::collection::vec(prop_oneof![Just(i64::MIN), Just(0), Just(i64::MAX)], 0..60),
        ];
        let holes = prop::collection::vec(prop::bool::weighted(0.2), 60);
        (numbers, any::<bool>(), holes).prop_map(|(numbers, nullable, holes)| {
            let hole = |(value, hole)| (!(nullable && hole)).then_some(value);
            numbers.into_iter().zip(holes).map(hole).collect()
        })
    }

    proptest! {
        #[test]
        fn are_what_they_were(
            (values, other, behind) in (values(), values(), any::<bool>()),
            out in prop::collection::vec(prop::bool::weighted(0.1), 60),
            zone in any::<bool>(),
        ) {
            // What stood before is of the same kind, or is not.
            let before: ArrayRef = Arc::new(if behind { &values } else { &other }.iter().rev().copied().collect::<Int64Array>());
            let before = Integers::pack(&before, &runs_between(&[], before.len()), before.len(), None).unwrap();
            let left_out: Vec<usize> = (0..values.len()).filter(|&row| out[row]).collect();
            let kept: Vec<Option<i64>> = (0..values.len()).filter(|&row| !out[row]).map(|row| values[row]).collect();
            let runs = runs_between(&left_out, values.len());
            let numbers: ArrayRef = Arc::new(values.iter().copied().collect::<Int64Array>());
            let times = TimestampMicrosecondArray::from_iter(values.iter().copied());
            let times: ArrayRef = Arc::new(if zone { times.with_timezone("UTC") } else { times });
            for column in [numbers, times] {
                let packed = Integers::pack(&column, &runs, kept.len(), Some(&before)).unwrap();
                prop_assert_eq!(packed.len(), kept.len());
                prop_assert_eq!((0..kept.len()).map(|row| packed.get(row)).collect::<Vec<_>>(), kept.clone());
                prop_assert_eq!(packed.null_count(), kept.iter().filter(|value| value.is_none()).count());
                let array = packed.array(0..kept.len());
                prop_assert_eq!(array.data_type(), column.data_type());
                let middle = kept.len() / 3..kept.len() / 2;
                prop_assert_eq!(&packed.array(middle.clone()), &array.slice(middle.start, middle.len()));
                let is = |row: usize| match column.data_type() {
                    DataType::Int64 => array.as_primitive::<Int64Type>().value(row),
                    _ => array.as_primitive::<TimestampMicrosecondType>().value(row),
                };
                for (row, value) in kept.iter().enumerate() {
                    prop_assert_eq!(array.is_valid(row).then(|| is(row)), *value);
                }
                let all: Vec<i64> = packed.values().collect();
                prop_assert_eq!(packed.bounds(), all.iter().min().copied().zip(all.iter().max().copied()));
                prop_assert_eq!(packed.is_sorted(), all.is_sorted());
            }
        }

        #[test]
        fn are_found_by_value(mut values in prop::collection::btree_set(-300..300_i64, 0..80), scale in 0..50_u32) {
            values = values.iter().map(|value| value << scale).collect();
            let column: ArrayRef = Arc::new(values.iter().copied().collect::<Int64Array>());
            let packed = Integers::pack(&column, &runs_between(&[], values.len()), values.len(), None).unwrap();
            for value in (-301..301).map(|value| value << scale) {
                let place = values.iter().position(|&there| there == value);
                prop_assert_eq!(packed.search(value), place);
                prop_assert_eq!(packed.search(value + 1), values.iter().position(|&there| there == value + 1));
            }
        }
    }

    #[test]
    fn rows_behind_others_are_packed_as_closely() {
        let column =
            |values: std::ops::Range<i64>| -> ArrayRef { Arc::new(Int64Array::from_iter_values(values)) };
        let pack = |column: &ArrayRef, before: Option<&Integers>| {
            Integers::pack(column, &runs_between(&[], column.len()), column.len(), before).unwrap()
        };
        let mut before = pack(&column(0..10), None);
        for (values, width) in [
            (10..20, Width::One),
            (100_000..165_000, Width::Two),
            (165_000..230_000, Width::Two),
            (0..2_000_000, Width::Four),
            (7..8, Width::None),
            (7..8, Width::None),
        ] {
            let column = column(values);
            let packed = pack(&column, Some(&before));
            assert_eq!(packed.form.width, width);
            assert_eq!(&packed.array(0..column.len()), &column);
            before = packed;
        }
    }

    #[test]
    fn votes_need_few_bytes() {
        let day = 86_400_000_000;
        let bytes = |values: Vec<i64>| {
            let column: ArrayRef = Arc::new(Int64Array::from(values));
            let rows = column.len();
            (Integers::pack(&column, &runs_between(&[], rows), rows, None).unwrap().bytes()
                - size_of::<Integers>())
                / rows
        };
        assert_eq!(bytes((0..16_384).map(|row| 240_000_000 + 3 * row).collect()), 2, "ids");
        assert_eq!(
            bytes((0..16_384).map(|row| 1_600_000_000_000_000 / day * day + row / 99 * day).collect()),
            4,
            "days"
        );
        assert_eq!(bytes((0..16_384).map(|row| row % 16).collect()), 1, "types of votes");
        assert_eq!(bytes(vec![7; 16_384]), 0, "one value");
    }
}
