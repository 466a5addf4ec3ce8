//! Functions and types that people of DuckDB and SQLite call otherwise than the engine does.

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    CaseWhen, DataType as SqlType, ExactNumberInfo, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArgumentClause, FunctionArguments, Ident, ObjectName, OrderByExpr, OrderByOptions, Value,
};

use super::FunctionNames;
use super::bare::last;
use super::expr::{cast, text};
use super::from::{call, file_function};
use super::nearest::nearest;
use crate::QueryError;

/// Functions of other names. Each does the same under the second.
const RENAMED: &[(&str, &str)] = &[
    ("any", "bool_or"),
    ("any_value", "first_value"),
    ("approx_count_distinct", "approx_distinct"),
    ("arbitrary", "first_value"),
    ("char", "chr"),
    ("every", "bool_and"),
    ("first", "first_value"),
    ("ifnull", "coalesce"),
    ("instr", "strpos"),
    ("last", "last_value"),
    ("list", "array_agg"),
    ("list_contains", "array_has"),
    ("list_distinct", "array_distinct"),
    ("list_sort", "array_sort"),
    ("list_value", "make_array"),
    ("logical_and", "bool_and"),
    ("logical_or", "bool_or"),
    ("mean", "avg"),
    ("nvl", "coalesce"),
    ("ord", "ascii"),
    ("prefix", "starts_with"),
    ("regexp_matches", "regexp_like"),
    ("str_split", "string_to_array"),
    ("string_split", "string_to_array"),
    ("strlen", "octet_length"),
    ("strptime", "to_timestamp"),
    ("struct_pack", "named_struct"),
    ("sign", "signum"),
    ("suffix", "ends_with"),
    ("ucase", "upper"),
    ("lcase", "lower"),
    ("unicode", "ascii"),
    ("variance", "var_samp"),
    ("get_current_timestamp", "now"),
    ("transaction_timestamp", "now"),
    ("localtimestamp", "now"),
];

/// Parts of a time that have functions of their own.
const PARTS: &[(&str, &str)] = &[
    ("year", "year"),
    ("quarter", "quarter"),
    ("month", "month"),
    ("week", "week"),
    ("weekofyear", "week"),
    ("day", "day"),
    ("dayofmonth", "day"),
    ("dayofweek", "dow"),
    ("weekday", "dow"),
    ("isodow", "isodow"),
    ("dayofyear", "doy"),
    ("hour", "hour"),
    ("minute", "minute"),
    ("second", "second"),
    ("millisecond", "millisecond"),
    ("microsecond", "microsecond"),
    ("epoch", "epoch"),
];

/// Functions of times to which `'now'` is the present one.
const TIMES: &[&str] = &["date", "datetime", "time", "julianday", "unixepoch", "strftime"];

fn is_now(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if matches!(&value.value, Value::SingleQuotedString(text) if text.eq_ignore_ascii_case("now")))
}

/// Functions that the planner knows and that are in no list.
const PLANNED: &[&str] = &["unnest", "struct", "grouping"];

/// The name of a function, in small letters.
pub(super) fn name_of(function: &Function) -> String {
    last(&function.name.0).map(|name| name.value.to_lowercase()).unwrap_or_default()
}

/// Words that stand for a value without parentheses.
pub(super) fn word(name: &str) -> Option<Expr> {
    let name = name.to_lowercase();
    let function = match name.as_str() {
        "current_date" | "today" => "current_date",
        "current_timestamp" | "localtimestamp" => "now",
        "current_time" => "current_time",
        _ => return None,
    };
    Some(call(function, Vec::new()))
}

/// The call that the engine knows for one.
pub(super) fn function(mut function: Function, names: &FunctionNames) -> Result<Expr, QueryError> {
    let Some(ident) = last(&function.name.0).cloned() else { return Ok(Expr::Function(function)) };
    let name = ident.value.to_lowercase();
    let wrong = |what: &str| Err(QueryError::unsupported(format!("{}: {what}", ident.value)).at(ident.span));
    let args = plain_args(&function);
    let count = args.as_ref().map_or(0, Vec::len);
    let is_plain = function.over.is_none() && function.filter.is_none() && function.within_group.is_empty();
    if let Some((_, part)) = PARTS.iter().find(|(own, _)| *own == name)
        && let (Some(args), true) = (&args, is_plain)
        && let [of] = args.as_slice()
    {
        return Ok(call("date_part", vec![text(part), of.clone()]));
    }
    if let (Some(args), true) = (&args, TIMES.contains(&name.as_str()))
        && args.iter().any(is_now)
    {
        // The present time is a function here, and no text.
        let present = |arg: &Expr| if is_now(arg) { call("now", Vec::new()) } else { arg.clone() };
        set_args(&mut function, args.iter().map(present).collect());
        return Ok(Expr::Function(function));
    }
    match (name.as_str(), args) {
        ("monthname" | "dayname", Some(args)) if args.len() == 1 => {
            let form = if name == "monthname" { "%B" } else { "%A" };
            return Ok(call("strftime", vec![args[0].clone(), text(form)]));
        }
        ("iif" | "if", Some(args)) => {
            let mut args = args.into_iter();
            return match (args.next(), args.next(), args.next(), args.next()) {
                (Some(condition), Some(result), otherwise, None) => Ok(case(condition, result, otherwise)),
                _ => wrong("it takes a condition, a value and another value"),
            };
        }
        ("total", Some(args)) if args.len() == 1 => {
            rename(&mut function, "sum", ident.span);
            let zero = Expr::value(Value::Number("0.0".to_owned(), false));
            let zero = cast(zero, SqlType::Double(ExactNumberInfo::None));
            let sum = cast(Expr::Function(function), SqlType::Double(ExactNumberInfo::None));
            return Ok(call("coalesce", vec![sum, zero]));
        }
        ("count_if" | "countif", Some(args)) => {
            let mut args = args.into_iter();
            let (Some(condition), None) = (args.next(), args.next()) else {
                return wrong("it takes a condition");
            };
            rename(&mut function, "count", ident.span);
            set_args(
                &mut function,
                vec![case(condition, Expr::value(Value::Number("1".to_owned(), false)), None)],
            );
            return Ok(Expr::Function(function));
        }
        ("group_concat" | "listagg" | "string_agg", Some(mut args)) if !args.is_empty() => {
            rename(&mut function, "string_agg", ident.span);
            if args.len() == 1 {
                args.push(text(","));
            }
            args[0] = cast(args[0].clone(), SqlType::Text);
            set_args(&mut function, args);
            return Ok(Expr::Function(function));
        }
        ("arg_max" | "max_by" | "argmax" | "arg_min" | "min_by" | "argmin", Some(mut args)) => {
            let (Some(by), Some(of), None) = (args.pop(), args.pop(), args.pop()) else {
                return wrong("it takes what is wanted, and by what");
            };
            let asc = name.contains("min");
            rename(&mut function, "first_value", ident.span);
            set_args(&mut function, vec![of]);
            if let FunctionArguments::List(list) = &mut function.args {
                list.clauses.push(FunctionArgumentClause::OrderBy(vec![OrderByExpr {
                    expr: by,
                    options: OrderByOptions { asc: Some(asc), nulls_first: Some(false) },
                    with_fill: None,
                }]));
            }
            return Ok(Expr::Function(function));
        }
        ("today", Some(args)) if args.is_empty() => return Ok(call("current_date", Vec::new())),
        ("string_agg" | "group_concat" | "arg_max" | "arg_min", None) => {}
        // SQLite's max and min of several values.
        ("max", Some(args)) if args.len() > 1 && is_plain => return Ok(call("greatest", args)),
        ("min", Some(args)) if args.len() > 1 && is_plain => return Ok(call("least", args)),
        ("count", _)
            if count == 0
                && matches!(&function.args, FunctionArguments::List(list) if list.args.is_empty()) =>
        {
            if let FunctionArguments::List(list) = &mut function.args {
                list.args.push(FunctionArg::Unnamed(FunctionArgExpr::Wildcard));
            }
        }
        ("quantile_cont" | "quantile", Some(args))
            if args.len() == 2 && names.aggregate.contains("percentile_cont") =>
        {
            rename(&mut function, "percentile_cont", ident.span);
            let mut args = args.into_iter();
            let (of, at) = (args.next(), args.next());
            set_args(&mut function, at.into_iter().collect());
            function.within_group = of
                .map(|expr| OrderByExpr {
                    expr,
                    options: OrderByOptions { asc: None, nulls_first: None },
                    with_fill: None,
                })
                .into_iter()
                .collect();
            return Ok(Expr::Function(function));
        }
        _ => {}
    }
    let known = |name: &str| {
        names.scalar.contains(name)
            || names.aggregate.contains(name)
            || names.window.contains(name)
            || PLANNED.contains(&name)
    };
    let own = match RENAMED.iter().find(|(other, _)| *other == name) {
        Some((_, own)) if known(own) => (*own).to_owned(),
        _ => name.clone(),
    };
    if !known(&own) {
        return Err(unknown(&ident, names));
    }
    rename(&mut function, &own, ident.span);
    Ok(Expr::Function(function))
}

fn unknown(ident: &Ident, names: &FunctionNames) -> QueryError {
    let name = ident.value.to_lowercase();
    let error = |what: String| QueryError::name(what).at(ident.span);
    if file_function(&name).is_some() {
        return error(format!("{} makes a table, and stands behind FROM", ident.value));
    }
    let all = names.scalar.iter().chain(&names.aggregate).chain(&names.window).map(String::as_str);
    let mut all: Vec<&str> = all
        .chain(RENAMED.iter().map(|(other, _)| *other))
        .chain(PARTS.iter().map(|(other, _)| *other))
        .collect();
    all.sort_unstable();
    match nearest(&name, all) {
        Some(near) => error(format!("there is no function {}; did you mean {near}?", ident.value)),
        None => {
            error(format!("there is no function {}; SELECT * FROM system.functions lists all", ident.value))
        }
    }
}

fn rename(function: &mut Function, name: &str, span: datafusion::sql::sqlparser::tokenizer::Span) {
    let mut ident = Ident::new(name);
    ident.span = span;
    function.name = ObjectName::from(vec![ident]);
}

/// The arguments, if they are nothing but values.
fn plain_args(function: &Function) -> Option<Vec<Expr>> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let value = |arg: &FunctionArg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value.clone()),
        _ => None,
    };
    list.args.iter().map(value).collect()
}

fn set_args(function: &mut Function, args: Vec<Expr>) {
    if let FunctionArguments::List(list) = &mut function.args {
        list.args = args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))).collect();
    }
}

fn case(condition: Expr, result: Expr, otherwise: Option<Expr>) -> Expr {
    Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition, result }],
        else_result: otherwise.map(Box::new),
    }
}

/// The type that a name of one stands for. Whole numbers have 64 bits here, whatever they are called: what is stored has no others.
pub(super) fn data_type(data_type: &SqlType) -> SqlType {
    match data_type {
        SqlType::Int(_) | SqlType::Integer(_) | SqlType::Int4(_) | SqlType::MediumInt(_) => {
            SqlType::BigInt(None)
        }
        SqlType::Custom(name, _) => match name.to_string().to_lowercase().as_str() {
            "hugeint" | "int128" => SqlType::Decimal(ExactNumberInfo::PrecisionAndScale(38, 0)),
            "long" => SqlType::BigInt(None),
            "string" => SqlType::Text,
            _ => data_type.clone(),
        },
        SqlType::Numeric(ExactNumberInfo::None) | SqlType::Decimal(ExactNumberInfo::None) => {
            // As DuckDB has it.
            SqlType::Decimal(ExactNumberInfo::PrecisionAndScale(18, 3))
        }
        other => other.clone(),
    }
}
