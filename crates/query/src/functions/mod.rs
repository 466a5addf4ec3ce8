//! Functions that the engine does not have, and operators that mean something else to it.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `week` | weeks of three rules |
//! | `time` | `strftime` and the like, over timestamps, dates and texts that are one |
//! | `days` | what is the same for all times of a day |
//! | `checked` | sums and products that do not wrap around, and products of decimals |
//! | `json` | values within JSON texts |
//! | `text` | matches of regular expressions, and names of types |
//! | `operators` | `/`, `//`, `%`, `->` and `->>` |

mod checked;
mod days;
mod json;
mod operators;
mod text;
mod time;
mod week;

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

pub(crate) use operators::Operators;

/// What one of our functions does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Does {
    Week(week::Part),
    Time(time::Part),
    Json(json::Part),
    Text(text::Part),
    Checked(checked::Part),
}

/// One of our functions.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Own {
    name: &'static str,
    does: Does,
    signature: Signature,
}

/// All of our functions.
pub(crate) fn all() -> Vec<Arc<ScalarUDF>> {
    let of = |(name, does): (&'static str, Does)| {
        let signature = Signature::user_defined(Volatility::Immutable);
        Arc::new(ScalarUDF::new_from_impl(Own { name, does, signature }))
    };
    let weeks = week::FUNCTIONS.iter().map(|&(name, part)| (name, Does::Week(part)));
    let times = time::FUNCTIONS.iter().map(|&(name, part)| (name, Does::Time(part)));
    let json = json::FUNCTIONS.iter().map(|&(name, part)| (name, Does::Json(part)));
    let texts = text::FUNCTIONS.iter().map(|&(name, part)| (name, Does::Text(part)));
    let sums = checked::FUNCTIONS.iter().map(|&(name, part)| (name, Does::Checked(part)));
    weeks.chain(times).chain(json).chain(texts).chain(sums).map(of).collect()
}

impl ScalarUDFImpl for Own {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match self.does {
            Does::Week(_) => week::coerce(self.name, types),
            Does::Time(part) => time::coerce(self.name, part, types),
            Does::Json(part) => json::coerce(self.name, part, types),
            Does::Text(part) => text::coerce(self.name, part, types),
            Does::Checked(part) => checked::coerce(part, self.name, types),
        }
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(match self.does {
            Does::Week(part) => part.returns(),
            Does::Time(part) => part.returns(types),
            Does::Json(part) => part.returns(),
            Does::Text(part) => part.returns(),
            Does::Checked(part) => part.returns(types),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        // A call with nothing but constants is worked out once.
        let is_scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if is_scalar { 1 } else { args.number_rows };
        let value = match self.does {
            Does::Week(part) => week::invoke(part, &args.args, rows)?,
            Does::Time(part) => time::invoke(part, &args.args, rows)?,
            Does::Json(part) => json::invoke(part, &args.args, rows)?,
            Does::Text(part) => text::invoke(part, &args.args, &args.arg_fields, rows)?,
            Does::Checked(part) => checked::invoke(part, &args.args, rows)?,
        };
        match is_scalar {
            true => Ok(ColumnarValue::Scalar(datafusion::common::ScalarValue::try_from_array(&value, 0)?)),
            false => Ok(ColumnarValue::Array(value)),
        }
    }
}

fn wrong<T>(name: &str, takes: &str) -> Result<T> {
    plan_err!("{name} takes {takes}")
}

/// A text that is the same for all rows.
fn constant(value: &ColumnarValue) -> Option<&str> {
    use datafusion::common::ScalarValue as S;
    match value {
        ColumnarValue::Scalar(S::Utf8(text) | S::LargeUtf8(text) | S::Utf8View(text)) => text.as_deref(),
        _ => None,
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}
