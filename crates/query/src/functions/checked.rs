//! Sums, differences and products of whole numbers that are an error, and no other number, where 64 bits do not suffice; and
//! those of decimals, which are the engine's, sooner.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Datum, Decimal128Array};
use arrow::buffer::NullBuffer;
use arrow::compute::kernels::numeric;
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DECIMAL128_MAX_SCALE, DataType, Decimal128Type};
use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result, ScalarValue, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::wrong;

/// What is worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Plus,
    Minus,
    Product,
}

pub(super) const PLUS: &str = "add";
pub(super) const MINUS: &str = "subtract";
pub(super) const PRODUCT: &str = "multiply";

pub(super) const FUNCTIONS: [(&str, Part); 3] =
    [(PLUS, Part::Plus), (MINUS, Part::Minus), (PRODUCT, Part::Product)];

impl Part {
    pub(super) fn returns(self, types: &[DataType]) -> DataType {
        if let [one, other] = types
            && let Some(decimal) = self.decimal(one, other)
        {
            return decimal;
        }
        if types.contains(&DataType::Float64) { DataType::Float64 } else { DataType::Int64 }
    }

    /// The type of what comes of two decimals, if it can have all of its digits behind the point.
    pub(super) fn decimal(self, one: &DataType, other: &DataType) -> Option<DataType> {
        let (DataType::Decimal128(p, s), DataType::Decimal128(q, t)) = (one, other) else { return None };
        let possible = 0..=DECIMAL128_MAX_SCALE;
        if !possible.contains(s) || !possible.contains(t) {
            return None;
        }
        let (digits, scale) = match self {
            Self::Product => (p + q + 1, s + t),
            Self::Plus | Self::Minus => {
                let scale = *s.max(t);
                let before = (i16::from(*p) - i16::from(*s)).max(i16::from(*q) - i16::from(*t));
                (u8::try_from(before + i16::from(scale) + 1).ok()?, scale)
            }
        };
        possible.contains(&scale).then(|| DataType::Decimal128(digits.min(DECIMAL128_MAX_PRECISION), scale))
    }
}

pub(super) fn coerce(part: Part, name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let is_whole = |of: &DataType| of.is_integer() || *of == DataType::Null;
    let is_number = |of: &DataType| of.is_numeric() || *of == DataType::Null;
    match types {
        [one, other] if part.decimal(one, other).is_some() => Ok(vec![one.clone(), other.clone()]),
        [one, other] if is_whole(one) && is_whole(other) => Ok(vec![DataType::Int64, DataType::Int64]),
        // What was planned as whole may turn out not to be, as the branches of a CASE together.
        [one, other] if is_number(one) && is_number(other) => Ok(vec![DataType::Float64, DataType::Float64]),
        _ => wrong(name, "two whole numbers"),
    }
}

/// As a decimal without digits behind the point, if it is a whole number.
pub(super) fn whole_decimal(of: &DataType) -> Option<DataType> {
    let digits = match of {
        DataType::Int8 => 3,
        DataType::Int16 => 5,
        DataType::Int32 => 10,
        DataType::Int64 => 20,
        _ => return None,
    };
    Some(DataType::Decimal128(digits, 0))
}

/// The product of two numbers. In a browser numbers of 128 bits are multiplied piece by piece, and it takes several times as long to
/// find out that nothing is lost; most are short enough that nothing can be.
fn times(one: i128, other: i128) -> Option<i128> {
    match (i64::try_from(one), i64::try_from(other)) {
        (Ok(one), Ok(other)) => match (i32::try_from(one), i32::try_from(other)) {
            (Ok(one), Ok(other)) => Some(i128::from(i64::from(one) * i64::from(other))),
            _ => Some(i128::from(one) * i128::from(other)),
        },
        _ => one.checked_mul(other),
    }
}

/// What is worked out of two decimals, which are written with as many digits behind the point first, if they are added up.
fn of_two(part: Part, scales: (i128, i128)) -> impl Fn(i128, i128) -> Result<i128, ArrowError> {
    let scaled = |value, scale| if scale == 1 { Some(value) } else { times(value, scale) };
    move |one, other| {
        let found = match part {
            Part::Product => times(one, other),
            Part::Plus => {
                scaled(one, scales.0).zip(scaled(other, scales.1)).and_then(|(a, b)| a.checked_add(b))
            }
            Part::Minus => {
                scaled(one, scales.0).zip(scaled(other, scales.1)).and_then(|(a, b)| a.checked_sub(b))
            }
        };
        found.ok_or_else(|| ArrowError::ArithmeticOverflow("a number has more than 38 digits".to_owned()))
    }
}

/// The same for all of them at once, if 64 bits suffice for each, which is so of nearly all decimals. Without a branch for each this
/// takes a fraction of the time.
#[inline(always)]
fn of_short_ones(
    pairs: impl Iterator<Item = (i128, i128)>,
    work: impl Fn(i64, i64) -> (i64, bool),
) -> Option<Vec<i128>> {
    let mut suffices = true;
    let found = pairs.map(|(a, b)| {
        let (one, other) = (a as i64, b as i64);
        let (found, is_right) = work(one, other);
        suffices &= is_right & (i128::from(one) == a) & (i128::from(other) == b);
        i128::from(found)
    });
    let found = found.collect();
    suffices.then_some(found)
}

#[inline(always)]
fn short_ones(part: Part, pairs: impl Iterator<Item = (i128, i128)>) -> Option<Vec<i128>> {
    let is_half = |value: i64| i64::from(value as i32) == value;
    let not = |(found, is_wrong): (i64, bool)| (found, !is_wrong);
    match part {
        Part::Product => of_short_ones(pairs, |a, b| (a.wrapping_mul(b), is_half(a) & is_half(b))),
        Part::Plus => of_short_ones(pairs, |a, b| not(a.overflowing_add(b))),
        Part::Minus => of_short_ones(pairs, |a, b| not(a.overflowing_sub(b))),
    }
}

/// Decimals out of two sides, of which one may be a constant.
fn decimals(
    part: Part,
    one: &dyn Datum,
    other: &dyn Datum,
    result: &DataType,
) -> Result<ArrayRef, ArrowError> {
    let ((one, one_is_constant), (other, other_is_constant)) = (one.get(), other.get());
    let (one, other) = (one.as_primitive::<Decimal128Type>(), other.as_primitive::<Decimal128Type>());
    let DataType::Decimal128(_, scale) = *result else {
        return Err(ArrowError::ComputeError(format!("decimals do not come to {result}")));
    };
    let constant = match (one_is_constant, other_is_constant) {
        (true, false) => Some(one),
        (false, true) => Some(other),
        _ => None,
    };
    let rows = if one_is_constant { other.len() } else { one.len() };
    if constant.is_some_and(|constant| constant.is_null(0)) {
        return Ok(Arc::new(Decimal128Array::new_null(rows).with_data_type(result.clone())));
    }
    // Products have the digits of both, so nothing has to be moved.
    let moved = |of: &Decimal128Array| match part {
        Part::Product => 1,
        Part::Plus | Part::Minus => 10_i128.pow(u32::from(scale.abs_diff(of.scale()))),
    };
    let scales = (moved(one), moved(other));
    let of_constant = |constant: &Decimal128Array, scale| times(constant.value(0), scale);
    let short = match (one_is_constant, other_is_constant) {
        (false, true) if scales.0 == 1 => of_constant(other, scales.1)
            .and_then(|constant| short_ones(part, one.values().iter().map(|value| (*value, constant)))),
        (true, false) if scales.1 == 1 => of_constant(one, scales.0)
            .and_then(|constant| short_ones(part, other.values().iter().map(|value| (constant, *value)))),
        (false, false) if scales == (1, 1) && one.len() == other.len() => {
            short_ones(part, one.values().iter().copied().zip(other.values().iter().copied()))
        }
        _ => None,
    };
    if let Some(short) = short {
        let nulls = match constant {
            None => NullBuffer::union(one.nulls(), other.nulls()),
            Some(_) => if one_is_constant { other.nulls() } else { one.nulls() }.cloned(),
        };
        return Ok(Arc::new(Decimal128Array::new(short.into(), nulls).with_data_type(result.clone())));
    }
    let work = of_two(part, scales);
    let found = match (one_is_constant, other_is_constant) {
        (false, true) => {
            let constant = other.value(0);
            one.try_unary::<_, Decimal128Type, _>(|value| work(value, constant))?
        }
        (true, false) => {
            let constant = one.value(0);
            other.try_unary::<_, Decimal128Type, _>(|value| work(constant, value))?
        }
        _ => arrow::compute::try_binary(one, other, work)?,
    };
    Ok(Arc::new(found.with_data_type(result.clone())))
}

/// A constant stays one, so that it is not made as long as the other side.
fn datum(value: &ColumnarValue) -> Result<Box<dyn Datum>> {
    Ok(match value {
        ColumnarValue::Array(array) => Box::new(ArrayRef::clone(array)),
        ColumnarValue::Scalar(scalar) => Box::new(ScalarValue::to_scalar(scalar)?),
    })
}

pub(super) fn invoke(part: Part, args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let [one, other] = args else { return exec_err!("two numbers are expected") };
    let both_constant = matches!((one, other), (ColumnarValue::Scalar(_), ColumnarValue::Scalar(_)));
    let first: Box<dyn Datum> = if both_constant { Box::new(one.to_array(rows)?) } else { datum(one)? };
    let second = datum(other)?;
    if let Some(result) = part.decimal(&one.data_type(), &other.data_type()) {
        return Ok(decimals(part, &*first, &*second, &result)?);
    }
    let result = match part {
        Part::Plus => numeric::add(&*first, &*second),
        Part::Minus => numeric::sub(&*first, &*second),
        Part::Product => numeric::mul(&*first, &*second),
    };
    result.map_err(|error| match error {
        ArrowError::ArithmeticOverflow(what) => {
            let what =
                format!("a number became too large for 64 bits: {what}; cast one side to DOUBLE or DECIMAL");
            DataFusionError::Execution(what)
        }
        other => other.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal() -> impl Strategy<Value = Option<i128>> {
        let most = 10_i128.pow(18);
        prop_oneof![
            Just(None),
            any::<i16>().prop_map(|value| Some(value.into())),
            any::<i32>().prop_map(|value| Some(value.into())),
            (-most..most).prop_map(Some),
        ]
    }

    fn array(values: Vec<Option<i128>>, scale: i8) -> ArrayRef {
        Arc::new(Decimal128Array::from(values).with_precision_and_scale(18, scale).unwrap())
    }

    proptest! {
        #[test]
        fn what_comes_of_decimals_is_what_comes_of_them_by_arrow(
            pairs in prop::collection::vec((decimal(), decimal()), 1..20),
            scales in (0_i8..5, 0_i8..5),
        ) {
            let (one, other): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            let (one, other) = (array(one, scales.0), array(other, scales.1));
            let constant = ScalarValue::try_from_array(&other, 0).unwrap();
            for part in [Part::Plus, Part::Minus, Part::Product] {
                for (a, b) in [
                    (ColumnarValue::Array(Arc::clone(&one)), ColumnarValue::Array(Arc::clone(&other))),
                    (ColumnarValue::Array(Arc::clone(&one)), ColumnarValue::Scalar(constant.clone())),
                    (ColumnarValue::Scalar(constant.clone()), ColumnarValue::Array(Arc::clone(&one))),
                ] {
                    let (left, right) = (datum(&a).unwrap(), datum(&b).unwrap());
                    let expected = match part {
                        Part::Plus => numeric::add(&*left, &*right),
                        Part::Minus => numeric::sub(&*left, &*right),
                        Part::Product => numeric::mul(&*left, &*right),
                    };
                    let expected = expected.unwrap();
                    let found = invoke(part, &[a, b], one.len()).unwrap();
                    prop_assert_eq!(found.data_type(), expected.data_type());
                    prop_assert_eq!(&found, &expected);
                }
            }
        }
    }

    #[test]
    fn a_product_that_is_too_large_is_an_error() {
        let large = || {
            let values =
                Decimal128Array::from(vec![10_i128.pow(37)]).with_precision_and_scale(38, 0).unwrap();
            ColumnarValue::Array(Arc::new(values))
        };
        assert!(invoke(Part::Product, &[large(), large()], 1).is_err());
        let scales = (DataType::Decimal128(38, 20), DataType::Decimal128(38, 19));
        assert_eq!(Part::Product.decimal(&scales.0, &scales.1), None);
    }
}
