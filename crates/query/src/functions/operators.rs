//! Operators that mean something else to the engine than to people of DuckDB.
//!
//! | operator | here |
//! | --- | --- |
//! | `a / b` | a float, of whole numbers and decimals as well; nothing if b is 0 |
//! | `a // b` | a whole number, cut towards zero; nothing if b is 0 |
//! | `a % b` | what is left over; nothing if b is 0 |
//! | `a + b`, `a - b`, `a * b` | of whole numbers: an error where 64 bits do not suffice; of decimals as the engine's |
//! | `a ^ b` | the power |
//! | `interval * n` | so many times the interval |
//! | `a -> b`, `a ->> b` | a value within a JSON text, or a member of a struct |

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::functions::core::expr_fn::{get_field, nullif};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Operator, ScalarUDF, cast, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::checked::{self, Part};
use super::{json, time};

/// Plans them.
#[derive(Debug)]
pub(crate) struct Operators {
    get: Arc<ScalarUDF>,
    get_text: Arc<ScalarUDF>,
    times: Arc<ScalarUDF>,
    plus: Arc<ScalarUDF>,
    minus: Arc<ScalarUDF>,
    product: Arc<ScalarUDF>,
}

impl Operators {
    /// With the functions that all have.
    pub(crate) fn new(functions: &[Arc<ScalarUDF>]) -> Option<Self> {
        let named = |name: &str| functions.iter().find(|function| function.name() == name).cloned();
        Some(Self {
            get: named(json::GET)?,
            get_text: named(json::GET_TEXT)?,
            times: named(time::TIMES)?,
            plus: named(checked::PLUS)?,
            minus: named(checked::MINUS)?,
            product: named(checked::PRODUCT)?,
        })
    }
}

impl ExprPlanner for Operators {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let types = || -> Result<(DataType, DataType)> {
            Ok((expr.left.get_type(schema)?, expr.right.get_type(schema)?))
        };
        let planned = match expr.op {
            BinaryOperator::Divide => {
                let (left, right) = types()?;
                if !(is_number(&left) && is_number(&right)) {
                    return Ok(PlannerResult::Original(expr));
                }
                let RawBinaryExpr { left, right, .. } = expr;
                let right = not_zero(cast(right, DataType::Float64), lit(0.0_f64));
                binary(cast(left, DataType::Float64), Operator::Divide, right)
            }
            BinaryOperator::DuckIntegerDivide | BinaryOperator::MyIntegerDivide => {
                let (left, right) = types()?;
                let RawBinaryExpr { left: a, right: b, .. } = expr;
                if is_whole(&left) && is_whole(&right) {
                    binary(a, Operator::Divide, not_zero(b, lit(0_i64)))
                } else {
                    let b = not_zero(cast(b, DataType::Float64), lit(0.0_f64));
                    let quotient = binary(cast(a, DataType::Float64), Operator::Divide, b);
                    cast(datafusion::functions::math::expr_fn::trunc(vec![quotient]), DataType::Int64)
                }
            }
            BinaryOperator::Modulo => {
                let (left, right) = types()?;
                if !(is_number(&left) && is_number(&right)) {
                    return Ok(PlannerResult::Original(expr));
                }
                let RawBinaryExpr { left, right: b, .. } = expr;
                binary(left, Operator::Modulo, not_zero(b, lit(0_i64)))
            }
            BinaryOperator::BitwiseXor | BinaryOperator::PGExp => {
                let (left, right) = types()?;
                if !(is_number(&left) && is_number(&right)) {
                    return Ok(PlannerResult::Original(expr));
                }
                let RawBinaryExpr { left, right, .. } = expr;
                let float = |value| cast(value, DataType::Float64);
                datafusion::functions::math::expr_fn::power(float(left), float(right))
            }
            BinaryOperator::Plus | BinaryOperator::Minus => {
                let RawBinaryExpr { op, left, right } = &expr;
                if depth(left).max(depth(right)) >= DEEPEST {
                    return Ok(PlannerResult::Original(expr));
                }
                let (function, part) = match op {
                    BinaryOperator::Plus => (&self.plus, Part::Plus),
                    _ => (&self.minus, Part::Minus),
                };
                let (a, b) = types()?;
                if are_long(&a, &b) {
                    worked_out(op, left, right)
                        .unwrap_or_else(|| function.call(vec![left.clone(), right.clone()]))
                } else if let Some(sides) = decimals(part, (left, &a), (right, &b)) {
                    function.call(sides)
                } else {
                    return Ok(PlannerResult::Original(expr));
                }
            }
            BinaryOperator::Multiply => {
                let RawBinaryExpr { op, left, right } = &expr;
                if depth(left).max(depth(right)) >= DEEPEST {
                    return Ok(PlannerResult::Original(expr));
                }
                let times = match types()? {
                    (a, b) if are_long(&a, &b) => {
                        let product = worked_out(op, left, right)
                            .unwrap_or_else(|| self.product.call(vec![left.clone(), right.clone()]));
                        return Ok(PlannerResult::Planned(product));
                    }
                    (DataType::Interval(_), of) if of.is_integer() => vec![left.clone(), right.clone()],
                    (of, DataType::Interval(_)) if of.is_integer() => vec![right.clone(), left.clone()],
                    (a, b) => {
                        return Ok(match decimals(Part::Product, (left, &a), (right, &b)) {
                            Some(sides) => PlannerResult::Planned(self.product.call(sides)),
                            None => PlannerResult::Original(expr),
                        });
                    }
                };
                self.times.call(times)
            }
            BinaryOperator::Arrow | BinaryOperator::LongArrow => {
                let is_struct = matches!(expr.left.get_type(schema)?, DataType::Struct(_));
                let RawBinaryExpr { op, left, right } = expr;
                match (is_struct, right) {
                    (true, Expr::Literal(ScalarValue::Utf8(Some(name)), _)) => get_field(left, name.as_str()),
                    (_, right) => {
                        let function = if op == BinaryOperator::Arrow { &self.get } else { &self.get_text };
                        function.call(vec![left, right])
                    }
                }
            }
            _ => return Ok(PlannerResult::Original(expr)),
        };
        Ok(PlannerResult::Planned(planned))
    }
}

fn binary(left: Expr, op: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), op, Box::new(right)))
}

/// Nothing in place of zero.
fn not_zero(value: Expr, zero: Expr) -> Expr {
    let inner = match &value {
        Expr::Cast(cast) => cast.expr.as_ref(),
        other => other,
    };
    if let Expr::Literal(scalar, _) = inner {
        let text = scalar.to_string();
        if text.parse::<f64>().is_ok_and(|number| number != 0.0) {
            return value;
        }
    }
    nullif(value, zero)
}

/// How many sums within each other are checked. Planning takes the longer for each the more there are; those further out wrap around.
const DEEPEST: usize = 24;

/// How many functions are within each other, counted as far as it matters.
fn depth(expr: &Expr) -> usize {
    let mut deepest = 0;
    let mut open = vec![(expr, 0)];
    while let Some((expr, at)) = open.pop() {
        deepest = deepest.max(at);
        if deepest >= DEEPEST {
            break;
        }
        match expr {
            Expr::ScalarFunction(function) => open.extend(function.args.iter().map(|arg| (arg, at + 1))),
            Expr::BinaryExpr(both) => {
                open.extend([(both.left.as_ref(), at + 1), (both.right.as_ref(), at + 1)])
            }
            _ => {}
        }
    }
    deepest
}

/// The result, if both sides are constants and it has no more than 64 bits.
fn worked_out(op: &BinaryOperator, left: &Expr, right: &Expr) -> Option<Expr> {
    let (Expr::Literal(ScalarValue::Int64(Some(a)), _), Expr::Literal(ScalarValue::Int64(Some(b)), _)) =
        (left, right)
    else {
        return None;
    };
    let result = match op {
        BinaryOperator::Plus => a.checked_add(*b),
        BinaryOperator::Minus => a.checked_sub(*b),
        BinaryOperator::Multiply => a.checked_mul(*b),
        _ => None,
    };
    result.map(lit)
}

/// Two sides as decimals, if one of them is one and the other is one or a whole number.
fn decimals(part: Part, one: (&Expr, &DataType), other: (&Expr, &DataType)) -> Option<Vec<Expr>> {
    let is_decimal = |of: &DataType| matches!(of, DataType::Decimal128(..));
    if !is_decimal(one.1) && !is_decimal(other.1) {
        return None;
    }
    let side = |(side, of): (&Expr, &DataType)| match is_decimal(of) {
        true => Some((side.clone(), of.clone())),
        false => checked::whole_decimal(of).map(|decimal| (cast(side.clone(), decimal.clone()), decimal)),
    };
    let ((one, a), (other, b)) = (side(one)?, side(other)?);
    part.decimal(&a, &b).map(|_| vec![one, other])
}

/// Whole numbers whose sum may need more than 64 bits.
fn are_long(one: &DataType, other: &DataType) -> bool {
    one.is_integer() && other.is_integer()
}

fn is_whole(data_type: &DataType) -> bool {
    data_type.is_integer() || *data_type == DataType::Null
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric() || *data_type == DataType::Null
}
