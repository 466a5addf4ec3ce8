//! Whole numbers and times of a chunk, in as few bytes as the chunk needs for them.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, Int64Array, TimestampMicrosecondArray};
use arrow_buffer::{NullBuffer, ScalarBuffer};
use arrow_schema::DataType;

use crate::leave_out::{copy_nulls, copy_values};

/// A column. The value in a row is `least + (steps << shift)`.
///
/// The shift is what makes times short: whole seconds in microseconds end in six zero bits, and whole days in thirteen.
#[derive(Debug)]
pub(crate) struct Integers {
    data_type: DataType,
    least: i64,
    shift: u32,
    steps: Steps,
    nulls: Option<NullBuffer>,
}

/// How far values are from the least one.
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

/// What has to be known of values before they are packed.
#[derive(Debug, Clone, Copy)]
struct Extent {
    least: i64,
    greatest: i64,
    /// The bits in which any differs from the first.
    differing: u64,
}

impl Integers {
    /// These runs of a column, which have so many rows together; nothing if they are no 64-bit numbers.
    pub(crate) fn pack(column: &ArrayRef, runs: &[Range<usize>], kept: usize) -> Option<Self> {
        let values = match column.as_primitive_opt::<Int64Type>() {
            Some(column) => column.values(),
            None => column.as_primitive_opt::<TimestampMicrosecondType>()?.values(),
        };
        let extent = extent(values, runs);
        let Extent { least, greatest, differing } = extent;
        let shift = if differing == 0 { 0 } else { differing.trailing_zeros() };
        let steps = match greatest.wrapping_sub(least) as u64 >> shift {
            0 => Steps::None(kept),
            0x1..=0xff => Steps::One(pack_one(values, runs, kept, least, shift)),
            0x100..=0xffff => Steps::Two(pack_two(values, runs, kept, least, shift)),
            0x1_0000..=0xffff_ffff => Steps::Four(pack_four(values, runs, kept, least, shift)),
            // Nothing is copied where nothing is left out.
            _ if kept == values.len() => Steps::Eight(values.clone()),
            _ => Steps::Eight(copy_values(values, runs, kept)),
        };
        let nulls = column.nulls().filter(|nulls| nulls.null_count() > 0);
        let nulls = nulls.map(|nulls| match nulls.len() {
            rows if rows == kept => nulls.clone(),
            _ => copy_nulls(nulls, runs, kept),
        });
        Some(Self { data_type: column.data_type().clone(), least, shift, steps, nulls })
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
        wide(self.least, self.shift, steps)
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
        let greatest = match &self.steps {
            Steps::None(0) => return None,
            Steps::None(_) => Some(0),
            Steps::One(steps) => steps.iter().max().map(|&steps| steps.into()),
            Steps::Two(steps) => steps.iter().max().map(|&steps| steps.into()),
            Steps::Four(steps) => steps.iter().max().map(|&steps| steps.into()),
            Steps::Eight(values) => return values.iter().max().map(|&greatest| (self.least, greatest)),
        };
        greatest.map(|steps| (self.least, wide(self.least, self.shift, steps)))
    }

    /// Some of the rows as an array.
    pub(crate) fn array(&self, rows: Range<usize>) -> ArrayRef {
        let Self { least, shift, .. } = *self;
        let values = match &self.steps {
            Steps::None(_) => vec![least; rows.len()].into(),
            Steps::One(steps) => unpack(&steps[rows.clone()], least, shift),
            Steps::Two(steps) => unpack(&steps[rows.clone()], least, shift),
            Steps::Four(steps) => unpack(&steps[rows.clone()], least, shift),
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

#[inline]
fn wide(least: i64, shift: u32, steps: u64) -> i64 {
    least.wrapping_add((steps << shift) as i64)
}

/// That of these runs of values. Of none it is any.
///
/// This and the next four run for every value of a large file, and are small and alone, so that browsers soon compile them well.
#[inline(never)]
fn extent(values: &[i64], runs: &[Range<usize>]) -> Extent {
    let first = runs.first().and_then(|run| values.get(run.start)).map_or(0, |&first| first);
    let mut extent = Extent { least: first, greatest: first, differing: 0 };
    for run in runs {
        for &value in &values[run.clone()] {
            extent.least = extent.least.min(value);
            extent.greatest = extent.greatest.max(value);
            extent.differing |= (value ^ first) as u64;
        }
    }
    extent
}

#[inline(never)]
fn pack_one(values: &[i64], runs: &[Range<usize>], kept: usize, least: i64, shift: u32) -> Vec<u8> {
    pack_as(values, runs, kept, |value| (value.wrapping_sub(least) as u64 >> shift) as u8)
}

#[inline(never)]
fn pack_two(values: &[i64], runs: &[Range<usize>], kept: usize, least: i64, shift: u32) -> Vec<u16> {
    pack_as(values, runs, kept, |value| (value.wrapping_sub(least) as u64 >> shift) as u16)
}

#[inline(never)]
fn pack_four(values: &[i64], runs: &[Range<usize>], kept: usize, least: i64, shift: u32) -> Vec<u32> {
    pack_as(values, runs, kept, |value| (value.wrapping_sub(least) as u64 >> shift) as u32)
}

#[inline]
fn pack_as<T>(values: &[i64], runs: &[Range<usize>], kept: usize, pack: impl Fn(i64) -> T) -> Vec<T> {
    let mut packed = Vec::with_capacity(kept);
    for run in runs {
        packed.extend(values[run.clone()].iter().map(|&value| pack(value)));
    }
    packed
}

#[inline(never)]
fn unpack<T: Copy + Into<u64>>(steps: &[T], least: i64, shift: u32) -> ScalarBuffer<i64> {
    steps.iter().map(|&steps| wide(least, shift, steps.into())).collect::<Vec<_>>().into()
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
        fn are_what_they_were(values in values(), out in prop::collection::vec(prop::bool::weighted(0.1), 60), zone in any::<bool>()) {
            let left_out: Vec<usize> = (0..values.len()).filter(|&row| out[row]).collect();
            let kept: Vec<Option<i64>> = (0..values.len()).filter(|&row| !out[row]).map(|row| values[row]).collect();
            let runs = runs_between(&left_out, values.len());
            let numbers: ArrayRef = Arc::new(values.iter().copied().collect::<Int64Array>());
            let times = TimestampMicrosecondArray::from_iter(values.iter().copied());
            let times: ArrayRef = Arc::new(if zone { times.with_timezone("UTC") } else { times });
            for column in [numbers, times] {
                let packed = Integers::pack(&column, &runs, kept.len()).unwrap();
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
            let packed = Integers::pack(&column, &runs_between(&[], values.len()), values.len()).unwrap();
            for value in (-301..301).map(|value| value << scale) {
                let place = values.iter().position(|&there| there == value);
                prop_assert_eq!(packed.search(value), place);
                prop_assert_eq!(packed.search(value + 1), values.iter().position(|&there| there == value + 1));
            }
        }
    }

    #[test]
    fn votes_need_few_bytes() {
        let day = 86_400_000_000;
        let bytes = |values: Vec<i64>| {
            let column: ArrayRef = Arc::new(Int64Array::from(values));
            let rows = column.len();
            (Integers::pack(&column, &runs_between(&[], rows), rows).unwrap().bytes() - size_of::<Integers>())
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
