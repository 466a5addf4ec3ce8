//! A strict JSON scanner over bytes: where values end and what is wrong with them.
//!
//! It follows RFC 8259 to the letter and builds nothing: a value is a span of the input, and only the strings that
//! have escapes are ever copied. Nesting is tracked on a stack of its own with a limit, never by recursion, so that no
//! input can overflow the program's stack.

use std::borrow::Cow;
use std::fmt;

use crate::plain::plain_end;

/// How deep arrays and objects may be nested.
pub(crate) const MAX_DEPTH: usize = 1024;

/// What is wrong with a JSON text, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong.
    pub kind: JsonErrorKind,
    /// The offending byte, counted from 0 in the line.
    pub at: usize,
}

/// The ways in which a text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// The text ends inside a value.
    UnexpectedEnd,
    /// Something else was expected.
    Expected(&'static str),
    /// A control character that must be escaped in a string.
    ControlCharacter(u8),
    /// A backslash with something behind it that is no escape.
    BadEscape,
    /// A `\u` escape of half a surrogate pair, which stands for no character.
    LoneSurrogate,
    /// Arrays and objects are nested too deep.
    TooDeep,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            JsonErrorKind::UnexpectedEnd => f.write_str("it ends in the middle of a value")?,
            JsonErrorKind::Expected(what) => write!(f, "expected {what}")?,
            JsonErrorKind::ControlCharacter(0) => f.write_str("a NUL byte in a string")?,
            JsonErrorKind::ControlCharacter(byte) => {
                write!(f, "an unescaped control character 0x{byte:02x} in a string")?;
            }
            JsonErrorKind::BadEscape => f.write_str("a backslash that starts no escape")?,
            JsonErrorKind::LoneSurrogate => f.write_str("half a surrogate pair")?,
            JsonErrorKind::TooDeep => write!(f, "nested deeper than {MAX_DEPTH} levels")?,
        }
        write!(f, " at byte {}", self.at + 1)
    }
}

type Scan<T> = Result<T, JsonError>;

fn fail<T>(kind: JsonErrorKind, at: usize) -> Scan<T> {
    Err(JsonError { kind, at })
}

/// An error for the byte at `at`, or for the end of the text when it is there.
fn unexpected<T>(text: &[u8], at: usize, what: &'static str) -> Scan<T> {
    let kind = if at >= text.len() { JsonErrorKind::UnexpectedEnd } else { JsonErrorKind::Expected(what) };
    fail(kind, at)
}

/// The kinds of JSON values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string without escapes: its content is the bytes between the quotes.
    PlainString,
    /// A string that has escapes.
    EscapedString,
    Number,
    True,
    False,
    Null,
    Array,
    Object,
}

/// A value: what it is and where it stands, quotes and brackets included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Value {
    /// The value as it was written.
    pub(crate) fn raw<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        &text[self.start..self.end]
    }

    /// A string's content; `None` for other kinds.
    pub(crate) fn string<'a>(&self, text: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        match self.kind {
            Kind::PlainString => Some(Cow::Borrowed(&text[self.start + 1..self.end - 1])),
            Kind::EscapedString => Some(Cow::Owned(unescape(&text[self.start + 1..self.end - 1]))),
            _ => None,
        }
    }
}

/// The first byte from `at` on that is not white space.
#[inline]
pub(crate) fn skip_space(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\r' | b'\n') = text.get(at) {
        at += 1;
    }
    at
}

/// Scans a string from its opening quote on.
pub(crate) fn string(text: &[u8], start: usize) -> Scan<Value> {
    let mut kind = Kind::PlainString;
    let mut at = start + 1;
    loop {
        at = plain_end(text, at);
        match text.get(at) {
            Some(b'"') => return Ok(Value { kind, start, end: at + 1 }),
            Some(b'\\') => {
                kind = Kind::EscapedString;
                at = escape_end(text, at)?;
            }
            Some(&byte) => return fail(JsonErrorKind::ControlCharacter(byte), at),
            None => return fail(JsonErrorKind::UnexpectedEnd, at),
        }
    }
}

/// Checks the escape whose backslash is at `at`; returns where it ends. A surrogate pair is one escape.
fn escape_end(text: &[u8], at: usize) -> Scan<usize> {
    match text.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => match hex_escape(text, at)? {
            0xd800..=0xdbff => match text.get(at + 6..at + 8) {
                Some(b"\\u") if matches!(hex_escape(text, at + 6)?, 0xdc00..=0xdfff) => Ok(at + 12),
                None if b"\\".starts_with(&text[at + 6..]) => fail(JsonErrorKind::UnexpectedEnd, text.len()),
                _ => fail(JsonErrorKind::LoneSurrogate, at),
            },
            0xdc00..=0xdfff => fail(JsonErrorKind::LoneSurrogate, at),
            _ => Ok(at + 6),
        },
        Some(_) => fail(JsonErrorKind::BadEscape, at),
        None => fail(JsonErrorKind::UnexpectedEnd, at + 1),
    }
}

/// The code unit of the `\uXXXX` at `at`.
fn hex_escape(text: &[u8], at: usize) -> Scan<u32> {
    let mut unit = 0;
    for place in at + 2..at + 6 {
        match text.get(place).map(|&byte| (byte as char).to_digit(16)) {
            Some(Some(digit)) => unit = unit << 4 | digit,
            Some(None) => return fail(JsonErrorKind::BadEscape, at),
            None => return fail(JsonErrorKind::UnexpectedEnd, place),
        }
    }
    Ok(unit)
}

/// The content of a string that [`string`] has accepted, with its escapes replaced.
fn unescape(content: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(content.len());
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &content[at..]) {
        let backslash = at + found;
        out.extend_from_slice(&content[at..backslash]);
        let (character, end) = escaped_character(content, backslash);
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        at = end.min(content.len());
    }
    out.extend_from_slice(&content[at..]);
    out
}

/// What the escape at `at` stands for and where it ends. The escape was checked before; a wrong one (which would be a
/// defect of ours) shows as U+FFFD.
fn escaped_character(content: &[u8], at: usize) -> (char, usize) {
    let simple = |character| (character, at + 2);
    match content.get(at + 1) {
        Some(b'b') => simple('\u{8}'),
        Some(b'f') => simple('\u{c}'),
        Some(b'n') => simple('\n'),
        Some(b'r') => simple('\r'),
        Some(b't') => simple('\t'),
        Some(b'u') => {
            let high = hex_escape(content, at).unwrap_or(0xfffd);
            let (code, end) = match high {
                0xd800..=0xdbff => {
                    let low = hex_escape(content, at + 6).unwrap_or(0xfffd);
                    (0x1_0000 + ((high - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff), at + 12)
                }
                _ => (high, at + 6),
            };
            (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), end)
        }
        Some(&other) => simple(char::from(other)),
        None => (char::REPLACEMENT_CHARACTER, at + 1),
    }
}

/// Where the number at `at` ends.
#[inline]
pub(crate) fn number_end(text: &[u8], mut at: usize) -> Scan<usize> {
    let digits_end = |mut at: usize| {
        while text.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    if text.get(at) == Some(&b'-') {
        at += 1;
    }
    at = match text.get(at) {
        Some(b'0') => at + 1,
        Some(b'1'..=b'9') => digits_end(at),
        _ => return unexpected(text, at, "a digit"),
    };
    if text.get(at) == Some(&b'.') {
        let end = digits_end(at + 1);
        if end == at + 1 {
            return unexpected(text, end, "a digit");
        }
        at = end;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = text.get(at) {
            at += 1;
        }
        let end = digits_end(at);
        if end == at {
            return unexpected(text, end, "a digit");
        }
        at = end;
    }
    Ok(at)
}

/// Scans the value at `at`, which is not white space.
pub(crate) fn value(text: &[u8], at: usize) -> Scan<Value> {
    match text.get(at) {
        Some(b'{' | b'[') => nested(text, at),
        _ => scalar(text, at),
    }
}

/// Scans a string, number, boolean or null.
pub(crate) fn scalar(text: &[u8], start: usize) -> Scan<Value> {
    let word = |word: &'static str, kind| match text.get(start..start + word.len()) {
        Some(found) if found == word.as_bytes() => Ok(Value { kind, start, end: start + word.len() }),
        _ if word.as_bytes().starts_with(&text[start..]) => fail(JsonErrorKind::UnexpectedEnd, text.len()),
        _ => fail(JsonErrorKind::Expected(word), start),
    };
    match text.get(start) {
        Some(b'"') => string(text, start),
        Some(b'-' | b'0'..=b'9') => Ok(Value { kind: Kind::Number, start, end: number_end(text, start)? }),
        Some(b't') => word("true", Kind::True),
        Some(b'f') => word("false", Kind::False),
        Some(b'n') => word("null", Kind::Null),
        _ => unexpected(text, start, "a value"),
    }
}

/// Scans an array or object with everything in it.
fn nested(text: &[u8], start: usize) -> Scan<Value> {
    let kind = if text[start] == b'{' { Kind::Object } else { Kind::Array };
    // The closing brackets that are due, innermost last.
    let mut due: Vec<u8> = Vec::new();
    let mut at = start;
    loop {
        // A value is due at `at`.
        at = match text.get(at) {
            Some(b'{' | b'[') => {
                if due.len() == MAX_DEPTH {
                    return fail(JsonErrorKind::TooDeep, at);
                }
                let object = text[at] == b'{';
                due.push(if object { b'}' } else { b']' });
                let inside = skip_space(text, at + 1);
                if text.get(inside) != due.last() {
                    at = if object { member_value(text, inside)? } else { inside };
                    continue;
                }
                due.pop();
                inside + 1
            }
            _ => scalar(text, at)?.end,
        };
        // A value has just ended: close what closes here, or go on behind the comma.
        loop {
            let Some(&bracket) = due.last() else {
                return Ok(Value { kind, start, end: at });
            };
            at = skip_space(text, at);
            match text.get(at) {
                Some(&byte) if byte == bracket => {
                    due.pop();
                    at += 1;
                }
                Some(b',') => {
                    at = skip_space(text, at + 1);
                    if bracket == b'}' {
                        at = member_value(text, at)?;
                    }
                    break;
                }
                _ => {
                    let what = if bracket == b'}' { "a comma or }" } else { "a comma or ]" };
                    return unexpected(text, at, what);
                }
            }
        }
    }
}

/// Goes past the key at `at` and its colon, to where the member's value starts.
fn member_value(text: &[u8], at: usize) -> Scan<usize> {
    key(text, at).map(|(_, value)| value)
}

/// The members of the object that is all of `text`, as keys and values. `text` is JSON, which has been seen to before.
pub(crate) fn members(text: &[u8], object: Value) -> impl Iterator<Item = (Value, Value)> {
    let mut at = skip_space(text, object.start + 1);
    std::iter::from_fn(move || {
        let (key, value_start) = key(text, at).ok()?;
        let value = value(text, value_start).ok()?;
        at = behind_comma(text, value.end);
        Some((key, value))
    })
}

/// The elements of an array, in the same way.
pub(crate) fn elements(text: &[u8], array: Value) -> impl Iterator<Item = Value> {
    let mut at = skip_space(text, array.start + 1);
    std::iter::from_fn(move || {
        let element = value(text, at).ok()?;
        at = behind_comma(text, element.end);
        Some(element)
    })
}

/// Where the next member or element starts; where none can when this was the last.
fn behind_comma(text: &[u8], at: usize) -> usize {
    let at = skip_space(text, at);
    if text.get(at) == Some(&b',') { skip_space(text, at + 1) } else { text.len() }
}

/// Scans the key at `at`; returns it and where the member's value starts.
pub(crate) fn key(text: &[u8], at: usize) -> Scan<(Value, usize)> {
    if text.get(at) != Some(&b'"') {
        return unexpected(text, at, "a key in double quotes");
    }
    let key = string(text, at)?;
    let colon = skip_space(text, key.end);
    if text.get(colon) != Some(&b':') {
        return unexpected(text, colon, "a colon");
    }
    Ok((key, skip_space(text, colon + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether all of `text` is one JSON value.
    fn accepts(text: &[u8]) -> bool {
        std::str::from_utf8(text).is_ok()
            && value(text, skip_space(text, 0)).is_ok_and(|v| skip_space(text, v.end) == text.len())
    }

    #[test]
    fn agrees_with_serde_json_on_a_table_of_texts() {
        let texts = [
            "0",
            "-0",
            "01",
            "-",
            "1.",
            ".5",
            "1.5",
            "1e",
            "1e5",
            "1E+5",
            "1e-",
            "+1",
            "NaN",
            "Infinity",
            "0x1",
            "true",
            "tru",
            "truex",
            "false",
            "null",
            "nul",
            "\"\"",
            "\"a",
            "\"\\u00e9\"",
            "\"\\u12\"",
            "\"\\x\"",
            "\"\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\\ud83dx\"",
            "\"\\ude00\"",
            "\"\\ud83d\\n\"",
            "\"\t\"",
            "\"\u{7f}\"",
            "[]",
            "[ ]",
            "[1]",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[1,2",
            "{}",
            "{ }",
            "{\"a\":1}",
            "{\"a\":1,}",
            "{\"a\"}",
            "{a:1}",
            "{\"a\" : [ {} , [ ] , \"x\" ] }",
            "{\"a\":1 \"b\":2}",
            "[}",
            "{]",
            "[[[]]]",
            "[[[]]",
            "[]]",
            "\"a\\",
            "",
            " ",
            "[1]x",
            "\u{feff}1",
            "{\"a\":}",
            "{\"a\" 1}",
            "[\"a\":1]",
        ];
        for text in texts {
            let expected = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert_eq!(accepts(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_crash() {
        let at_limit = [vec![b'['; MAX_DEPTH], vec![b']'; MAX_DEPTH]].concat();
        assert!(accepts(&at_limit));
        let error = value(&vec![b'['; 1_000_000], 0).unwrap_err();
        assert_eq!(error, JsonError { kind: JsonErrorKind::TooDeep, at: MAX_DEPTH });
    }

    #[test]
    fn replaces_escapes() {
        let text = br#""a\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00z""#;
        let content = string(text, 0).unwrap().string(text).unwrap();
        assert_eq!(content.as_ref(), "a\"\\/\u{8}\u{c}\n\r\té😀z".as_bytes());
    }

    #[test]
    fn says_what_is_wrong_and_where() {
        let errors = [
            ("[1,2", "it ends in the middle of a value at byte 5"),
            ("{\"Id\":1,}", "expected a key in double quotes at byte 9"),
            ("\"a\0\"", "a NUL byte in a string at byte 3"),
            ("\"\\q\"", "a backslash that starts no escape at byte 2"),
            ("{\"Id\" 1}", "expected a colon at byte 7"),
            ("trux", "expected true at byte 1"),
        ];
        for (text, message) in errors {
            assert_eq!(value(text.as_bytes(), 0).unwrap_err().to_string(), message, "{text:?}");
        }
    }
}
