//! Sums, differences and products of whole numbers that are an error, and no other number, where 64 bits do not suffice; and
//! products of decimals, which are those of the engine, sooner.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Datum, Decimal128Array};
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
            && let Some(product) = decimal_product(one, other)
        {
            return product;
        }
        if types.contains(&DataType::Float64) { DataType::Float64 } else { DataType::Int64 }
    }
}

pub(super) fn coerce(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let is_whole = |of: &DataType| of.is_integer() || *of == DataType::Null;
    let is_number = |of: &DataType| of.is_numeric() || *of == DataType::Null;
    match types {
        [one, other] if name == PRODUCT && decimal_product(one, other).is_some() => {
            Ok(vec![one.clone(), other.clone()])
        }
        [one, other] if is_whole(one) && is_whole(other) => Ok(vec![DataType::Int64, DataType::Int64]),
        // What was planned as whole may turn out not to be, as the branches of a CASE together.
        [one, other] if is_number(one) && is_number(other) => Ok(vec![DataType::Float64, DataType::Float64]),
        _ => wrong(name, "two whole numbers"),
    }
}

/// The type of the product of two decimals, if it can have all of its digits behind the point.
pub(super) fn decimal_product(one: &DataType, other: &DataType) -> Option<DataType> {
    let (DataType::Decimal128(p, s), DataType::Decimal128(q, t)) = (one, other) else { return None };
    let scale = s.checked_add(*t).filter(|scale| (0..=DECIMAL128_MAX_SCALE).contains(scale))?;
    Some(DataType::Decimal128((p + q + 1).min(DECIMAL128_MAX_PRECISION), scale))
}

/// The product of two decimals without their points. In a browser numbers of 128 bits are multiplied piece by piece, and it takes
/// several times as long to find out that nothing is lost; most are short enough for 64.
fn times(one: i128, other: i128) -> Option<i128> {
    match (i32::try_from(one), i32::try_from(other)) {
        (Ok(one), Ok(other)) => Some(i128::from(i64::from(one) * i64::from(other))),
        _ => one.checked_mul(other),
    }
}

/// The products of decimals, of which one side may be a constant.
fn decimal_products(one: &dyn Datum, other: &dyn Datum, product: &DataType) -> Result<ArrayRef, ArrowError> {
    let ((one, one_is_constant), (other, other_is_constant)) = (one.get(), other.get());
    let (one, other) = (one.as_primitive::<Decimal128Type>(), other.as_primitive::<Decimal128Type>());
    let too_large = || ArrowError::ArithmeticOverflow("a product has more than 38 digits".to_owned());
    let by = |many: &Decimal128Array, constant: &Decimal128Array| match constant.is_null(0) {
        true => Ok(Decimal128Array::new_null(many.len())),
        false => {
            let constant = constant.value(0);
            many.try_unary::<_, Decimal128Type, _>(|value| times(value, constant).ok_or_else(too_large))
        }
    };
    let products = match (one_is_constant, other_is_constant) {
        (false, true) => by(one, other)?,
        (true, false) => by(other, one)?,
        _ => arrow::compute::try_binary(one, other, |one, other| times(one, other).ok_or_else(too_large))?,
    };
    Ok(Arc::new(products.with_data_type(product.clone())))
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
    if let (Part::Product, Some(product)) = (part, decimal_product(&one.data_type(), &other.data_type())) {
        return Ok(decimal_products(&*first, &*second, &product)?);
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

    fn array(values: Vec<Option<i128>>) -> ArrayRef {
        Arc::new(Decimal128Array::from(values).with_precision_and_scale(18, 2).unwrap())
    }

    proptest! {
        #[test]
        fn products_of_decimals_are_those_of_arrow(pairs in prop::collection::vec((decimal(), decimal()), 1..20)) {
            let (one, other): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            let (one, other) = (array(one), array(other));
            let constant = ScalarValue::try_from_array(&other, 0).unwrap();
            for (a, b) in [
                (ColumnarValue::Array(Arc::clone(&one)), ColumnarValue::Array(Arc::clone(&other))),
                (ColumnarValue::Array(Arc::clone(&one)), ColumnarValue::Scalar(constant.clone())),
                (ColumnarValue::Scalar(constant.clone()), ColumnarValue::Array(Arc::clone(&one))),
            ] {
                let expected = numeric::mul(&*datum(&a).unwrap(), &*datum(&b).unwrap()).unwrap();
                let product = invoke(Part::Product, &[a, b], one.len()).unwrap();
                prop_assert_eq!(product.data_type(), expected.data_type());
                prop_assert_eq!(&product, &expected);
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
        assert_eq!(decimal_product(&scales.0, &scales.1), None);
    }
}
