//! JSON with gaps: a text that is written down once, and what is filled in. The page is smaller by it than by code that puts the
//! same together.

use serde_json::Value;

/// The text as a value, in which every string `@name` is the value of that name. Null if the text is not JSON.
pub fn filled(text: &str, values: &[(&str, Value)]) -> Value {
    let mut whole = serde_json::from_str(text).unwrap_or_default();
    fill(&mut whole, values);
    whole
}

fn fill(value: &mut Value, values: &[(&str, Value)]) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, values)),
        Value::Object(members) => members.values_mut().for_each(|member| fill(member, values)),
        Value::String(text) => {
            let name = text.strip_prefix('@');
            if let Some((_, found)) = values.iter().find(|(known, _)| name == Some(known)) {
                *value = found.clone();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn gaps_are_filled_wherever_they_are() {
        let values = [("a", json!("x \"y\"")), ("b", json!([1]))];
        assert_eq!(
            filled(r#"{"k": ["@a", "a", 2], "l": {"m": "@b", "n": "@c"}}"#, &values),
            json!({ "k": ["x \"y\"", "a", 2], "l": { "m": [1], "n": "@c" } })
        );
        assert_eq!(filled("", &values), Value::Null);
    }
}
