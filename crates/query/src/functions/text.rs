//! Matches of regular expressions, and names of types.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray, Int64Array, StringArray};
use arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;
use regex::Regex;

use super::{constant, is_text, wrong};
use crate::tables::type_name;

/// What a function does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Part {
    /// What a regular expression, or a group of it, matches first; nothing if it does not.
    Extract,
    /// The name of the type of a value.
    TypeOf,
    /// The letters of a text, or the elements of a list.
    Length,
}

pub(super) const FUNCTIONS: [(&str, Part); 4] = [
    ("regexp_extract", Part::Extract),
    ("typeof", Part::TypeOf),
    ("length", Part::Length),
    ("len", Part::Length),
];

impl Part {
    pub(super) fn returns(self) -> DataType {
        match self {
            Self::Extract | Self::TypeOf => DataType::Utf8,
            Self::Length => DataType::Int64,
        }
    }
}

pub(super) fn coerce(name: &str, part: Part, types: &[DataType]) -> Result<Vec<DataType>> {
    match (part, types) {
        (Part::TypeOf, [of]) => Ok(vec![of.clone()]),
        (Part::Length, [DataType::List(of)]) => Ok(vec![DataType::List(Arc::clone(of))]),
        (Part::Length, [of]) if !of.is_nested() => Ok(vec![DataType::Utf8]),
        (Part::Length, _) => wrong(name, "a text or a list"),
        (Part::TypeOf, _) => wrong(name, "one value"),
        (Part::Extract, [text, pattern])
            if (is_text(text) || *text == DataType::Null) && is_text(pattern) =>
        {
            Ok(vec![DataType::Utf8, DataType::Utf8])
        }
        (Part::Extract, [text, pattern, group])
            if (is_text(text) || *text == DataType::Null) && is_text(pattern) && group.is_integer() =>
        {
            Ok(vec![DataType::Utf8, DataType::Utf8, DataType::Int64])
        }
        (Part::Extract, _) => wrong(name, "a text, a regular expression, and perhaps the number of a group"),
    }
}

pub(super) fn invoke(
    part: Part,
    args: &[ColumnarValue],
    fields: &[FieldRef],
    rows: usize,
) -> Result<ArrayRef> {
    if part == Part::TypeOf {
        let name = fields.first().map(|field| type_name(field.data_type())).unwrap_or_default();
        return Ok(Arc::new(StringArray::from_iter_values((0..rows).map(|_| &name))));
    }
    if let (Part::Length, [of]) = (part, args) {
        let values = of.to_array(rows)?;
        let lengths: Int64Array = match values.as_list_opt::<i32>() {
            Some(lists) => lists.iter().map(|list| list.map(|list| list.len() as i64)).collect(),
            None => {
                let texts = values.as_string::<i32>().iter();
                texts.map(|text| text.map(|text| text.chars().count() as i64)).collect()
            }
        };
        return Ok(Arc::new(lengths));
    }
    let [text, pattern, rest @ ..] = args else {
        return exec_err!("a text and a regular expression are expected");
    };
    let Some(pattern) = constant(pattern) else {
        return exec_err!("the regular expression is one for all rows");
    };
    let pattern = match Regex::new(pattern) {
        Ok(pattern) => pattern,
        Err(error) => return exec_err!("{error}"),
    };
    let group = match rest.first() {
        Some(group) => group.to_array(1)?.as_primitive::<Int64Type>().iter().next().flatten().unwrap_or(0),
        None => 0,
    };
    let group = usize::try_from(group).unwrap_or(usize::MAX);
    let texts = text.to_array(rows)?;
    let texts = texts.as_string::<i32>();
    let matched = |text: Option<&str>| {
        let found = pattern
            .captures(text?)
            .and_then(|captures| captures.get(group).map(|found| found.as_str().to_owned()));
        Some(found.unwrap_or_default())
    };
    Ok(Arc::new(texts.iter().map(matched).collect::<StringArray>()))
}
