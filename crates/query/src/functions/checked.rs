//! Sums, differences and products of whole numbers that are an error, and no other number, where 64 bits do not suffice.

use arrow::array::{ArrayRef, Datum};
use arrow::compute::kernels::numeric;
use arrow::datatypes::DataType;
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
        if types.contains(&DataType::Float64) { DataType::Float64 } else { DataType::Int64 }
    }
}

pub(super) fn coerce(name: &str, types: &[DataType]) -> Result<Vec<DataType>> {
    let is_whole = |of: &DataType| of.is_integer() || *of == DataType::Null;
    let is_number = |of: &DataType| of.is_numeric() || *of == DataType::Null;
    match types {
        [one, other] if is_whole(one) && is_whole(other) => Ok(vec![DataType::Int64, DataType::Int64]),
        // What was planned as whole may turn out not to be, as the branches of a CASE together.
        [one, other] if is_number(one) && is_number(other) => Ok(vec![DataType::Float64, DataType::Float64]),
        _ => wrong(name, "two whole numbers"),
    }
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
