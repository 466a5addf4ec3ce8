//! Values within JSON texts: `->`, `->>` and the functions for them.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, StringArray};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;
use serde_json::Value;

use super::{is_text, wrong};

/// What is wanted of a JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// A value within, as JSON.
    Get,
    /// A value within, as text.
    GetText,
    Valid,
    Length,
    Type,
}

pub(super) const GET: &str = "json_extract";
pub(super) const GET_TEXT: &str = "json_extract_string";

pub(super) const FUNCTIONS: [(&str, Part); 5] = [
    (GET, Part::Get),
    (GET_TEXT, Part::GetText),
    ("json_valid", Part::Valid),
    ("json_array_length", Part::Length),
    ("json_type", Part::Type),
];

impl Part {
    pub(super) fn returns(self) -> DataType {
        match self {
            Self::Get | Self::GetText | Self::Type => DataType::Utf8,
            Self::Valid => DataType::Boolean,
            Self::Length => DataType::Int64,
        }
    }
}

pub(super) fn coerce(name: &str, part: Part, types: &[DataType]) -> Result<Vec<DataType>> {
    let is_json = |of: &DataType| is_text(of) || *of == DataType::Null;
    match (part, types) {
        (Part::Get | Part::GetText, [json, path]) if is_json(json) && is_text(path) => {
            Ok(vec![DataType::Utf8, DataType::Utf8])
        }
        (Part::Get | Part::GetText, [json, index]) if is_json(json) && index.is_integer() => {
            Ok(vec![DataType::Utf8, DataType::Int64])
        }
        (Part::Get | Part::GetText, _) => wrong(
            name,
            "a JSON text, and a key, an index or a path such as '$.a.b[0]'; of a struct write value.member",
        ),
        (_, [json]) if is_json(json) => Ok(vec![DataType::Utf8]),
        (Part::Length | Part::Type, [json, path]) if is_json(json) && is_text(path) => {
            Ok(vec![DataType::Utf8, DataType::Utf8])
        }
        _ => wrong(name, "a JSON text"),
    }
}

pub(super) fn invoke(part: Part, args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let Some(json) = args.first() else { return exec_err!("a JSON text is missing") };
    let texts = json.to_array(rows)?;
    let texts = texts.as_string::<i32>();
    if part == Part::Valid {
        let is_valid =
            |text: Option<&str>| text.map(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
        return Ok(Arc::new(texts.iter().map(is_valid).collect::<BooleanArray>()));
    }
    let paths = args.get(1).map(|path| path.to_array(rows)).transpose()?;
    let value = |row: usize| -> Option<Value> {
        // What is no JSON has nothing within.
        let value: Value = serde_json::from_str(texts.is_valid(row).then(|| texts.value(row))?).ok()?;
        let Some(paths) = &paths else { return Some(value) };
        if paths.is_null(row) {
            return None;
        }
        match paths.as_primitive_opt::<Int64Type>() {
            Some(indexes) => element(&value, indexes.value(row)).cloned(),
            None => within(&value, paths.as_string_opt::<i32>()?.value(row)).cloned(),
        }
    };
    Ok(match part {
        Part::Get => {
            let text = |value: Value| value.to_string();
            Arc::new((0..rows).map(|row| value(row).map(text)).collect::<StringArray>())
        }
        Part::GetText => {
            let text = |value: Value| match value {
                Value::Null => None,
                Value::String(text) => Some(text),
                other => Some(other.to_string()),
            };
            Arc::new((0..rows).map(|row| value(row).and_then(text)).collect::<StringArray>())
        }
        Part::Length => {
            let length = |value: Value| value.as_array().map_or(0, Vec::len) as i64;
            Arc::new((0..rows).map(|row| value(row).map(length)).collect::<Int64Array>())
        }
        Part::Type => {
            let name = |value: Value| match value {
                Value::Null => "null",
                Value::Bool(true) => "true",
                Value::Bool(false) => "false",
                Value::Number(number) if number.is_f64() => "real",
                Value::Number(_) => "integer",
                Value::String(_) => "text",
                Value::Array(_) => "array",
                Value::Object(_) => "object",
            };
            Arc::new((0..rows).map(|row| value(row).map(name)).collect::<StringArray>())
        }
        Part::Valid => return exec_err!("json_valid was worked out before (a defect of this program)"),
    })
}

/// An element of an array, from its end if the index is less than 0.
fn element(value: &Value, index: i64) -> Option<&Value> {
    let array = value.as_array()?;
    let at = if index < 0 { array.len().checked_sub(index.unsigned_abs() as usize)? } else { index as usize };
    array.get(at)
}

/// What a path leads to: `$.a.b[0]`, `/a/b/0`, or a key.
fn within<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if path.starts_with('/') {
        return value.pointer(path);
    }
    let Some(mut rest) = path.strip_prefix('$') else {
        return match value {
            Value::Array(_) => element(value, path.parse().ok()?),
            object => object.get(path),
        };
    };
    let mut at = value;
    while !rest.is_empty() {
        if let Some(key) = rest.strip_prefix('.') {
            let (key, after): (Cow<'_, str>, &str) = match key.strip_prefix('"') {
                Some(quoted) => {
                    let (key, after) = quoted.split_once('"')?;
                    (key.into(), after)
                }
                None => {
                    let end = key.find(['.', '[']).unwrap_or(key.len());
                    (key.get(..end)?.into(), key.get(end..)?)
                }
            };
            at = at.get(key.as_ref())?;
            rest = after;
        } else {
            let (index, after) = rest.strip_prefix('[')?.split_once(']')?;
            at = match index.strip_prefix('#') {
                Some(back) => element(at, if back.is_empty() { return None } else { back.parse().ok()? })?,
                None => element(at, index.trim().parse().ok()?)?,
            };
            rest = after;
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_values() {
        let value: Value = serde_json::from_str(r#"{"a": {"b.c": [1, {"d": null}]}, "$": 2}"#).unwrap();
        let found = |path: &str| within(&value, path).map(Value::to_string);
        assert_eq!(found("$.a.\"b.c\"[0]").as_deref(), Some("1"));
        assert_eq!(found("$.a.\"b.c\"[-1].d").as_deref(), Some("null"));
        assert_eq!(found("$.a.\"b.c\"[#-2]").as_deref(), Some("1"));
        assert_eq!(found("/a/b.c/0").as_deref(), Some("1"));
        assert_eq!(found("$"), Some(value.to_string()));
        assert_eq!(found("b"), None);
        assert_eq!(found("$.a.x"), None);
        assert_eq!(found("$[0]"), None);
    }
}
