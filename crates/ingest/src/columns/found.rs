//! What a value is, told by how it is written.

use sandglass_weekly::Timestamp;

use super::kind::{DECIMAL_DIGITS, Kind};
use super::spelling::{FloatStyle, Spelling, TimeStyle};
use crate::float::float;
use crate::integer;
use crate::json;

/// A value of a column that nobody has declared, as the narrowest kind that holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Found {
    Bool(bool),
    Int64(i64),
    Decimal(i128),
    Float64(f64, Spelling),
    /// Days since 1970-01-01.
    Date(i32),
    Timestamp {
        micros: i64,
        style: TimeStyle,
        /// Whether it has digits below a microsecond.
        cut: bool,
    },
    /// Nothing narrower.
    Text,
    /// Nothing narrower, and not a string: JSON as it was written.
    Json,
}

impl Found {
    /// What a JSON number is.
    pub(crate) fn number(text: &[u8]) -> Self {
        let magnitude = text.strip_prefix(b"-").unwrap_or(text);
        let negative = magnitude.len() < text.len();
        if let Some(digits) = integer::digits(magnitude)
            && digits.count == magnitude.len()
            && !(negative && digits.value == 0)
            && let Some(value) = integer::signed(negative, digits.value)
        {
            return Self::Int64(value);
        }
        let whole = magnitude.iter().all(u8::is_ascii_digit);
        if whole && magnitude != b"0" {
            return match std::str::from_utf8(text).map(str::parse) {
                Ok(Ok(value)) if magnitude.len() <= usize::from(DECIMAL_DIGITS) => Self::Decimal(value),
                _ => Self::Json,
            };
        }
        match float(text) {
            Some(value) => Self::Float64(
                value,
                FloatStyle::of_value(text, value).map_or(Spelling::Kept, Spelling::Float),
            ),
            None => Self::Json,
        }
    }

    /// What a JSON string is: a number in quotes is text, because who wrote it had numbers as well.
    pub(crate) fn string(content: &[u8]) -> Self {
        if !matches!(content, [_, _, _, _, b'-', _, _, b'-', _, _, ..]) {
            return Self::Text;
        }
        let Ok(instant) = Timestamp::parse(content) else { return Self::Text };
        let style = TimeStyle::of(content);
        match style.has_time() {
            false => Self::Date(instant.days()),
            true => Self::Timestamp { micros: instant.micros(), style, cut: instant.sub_micro_nanos() != 0 },
        }
    }

    /// What a field of a file is that has nothing but text, such as CSV.
    pub(crate) fn field(text: &[u8]) -> Self {
        match text {
            b"true" => Self::Bool(true),
            b"false" => Self::Bool(false),
            [b'-' | b'0'..=b'9', ..] => match json::number_end(text, 0) {
                Ok(end) if end == text.len() => Self::number(text),
                _ => Self::string(text),
            },
            _ => Self::Text,
        }
    }

    /// The narrowest kind that holds it.
    pub(crate) fn kind(&self) -> Kind {
        match *self {
            Self::Bool(_) => Kind::Bool,
            Self::Int64(value) => Kind::of_int(value),
            Self::Decimal(_) => Kind::LONG,
            Self::Float64(..) => Kind::Float64,
            Self::Date(_) => Kind::Date,
            Self::Timestamp { style, .. } => Kind::Timestamp { zone: style.has_zone() },
            Self::Text | Self::Json => Kind::Text,
        }
    }

    /// Whether it is a string in JSON.
    pub(crate) fn is_string(&self) -> bool {
        matches!(self, Self::Text | Self::Date(_) | Self::Timestamp { .. })
    }

    /// How it is written, as far as that is not clear from the kind of the column that it goes into.
    pub(crate) fn spelling(&self) -> Spelling {
        match *self {
            Self::Float64(_, spelling) => spelling,
            Self::Timestamp { cut: true, .. } => Spelling::Kept,
            Self::Timestamp { style, .. } => Spelling::Time(style),
            Self::Bool(_) | Self::Int64(_) | Self::Decimal(_) | Self::Date(_) | Self::Text | Self::Json => {
                Spelling::Plain
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_a_field_is() {
        let kinds = [
            ("true", Kind::Bool),
            ("True", Kind::Text),
            ("0", Kind::Int64 { wide: false }),
            ("-7", Kind::Int64 { wide: false }),
            ("9007199254740993", Kind::Int64 { wide: true }),
            ("9223372036854775808", Kind::LONG),
            ("-9223372036854775809", Kind::LONG),
            ("99999999999999999999999999999999999999", Kind::LONG),
            ("999999999999999999999999999999999999999", Kind::Text),
            ("007", Kind::Text),
            ("-0", Kind::Float64),
            ("1.5", Kind::Float64),
            ("1e5", Kind::Float64),
            ("1e999", Kind::Text),
            ("1.", Kind::Text),
            ("+1", Kind::Text),
            ("-", Kind::Text),
            ("", Kind::Text),
            ("2021-09-04", Kind::Date),
            ("2021-02-30", Kind::Text),
            ("2021-09-04 12:00", Kind::Timestamp { zone: false }),
            ("2021-09-04T12:00:00Z", Kind::Timestamp { zone: true }),
            ("2021-09-04T12:00:00+00:00", Kind::Timestamp { zone: true }),
            ("cb91ce37-5bc8-4bbc-bde5-c0994164d839", Kind::Text),
            ("12345678-1234-1234-1234-123456789012", Kind::Text),
        ];
        for (text, kind) in kinds {
            assert_eq!(Found::field(text.as_bytes()).kind(), kind, "{text}");
        }
        assert_eq!(Found::string(b"1"), Found::Text);
        assert_eq!(Found::string(b"2021-09-04"), Found::Date(18_874));
    }
}
