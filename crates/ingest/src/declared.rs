//! Values of columns whose type is declared or chosen, from text: what a JSON string or a field of a file holds.

use sandglass_weekly::Timestamp;

use crate::columns::{Columns, Found, Spelling, TimeStyle};
use crate::integer::{self, Integer};
use crate::reject::shorten;
use crate::{ChosenKind, FieldKind, Reason};

/// A value as its column takes it.
#[derive(Debug, Clone, Copy)]
enum Declared {
    /// The text itself.
    Text,
    /// A whole number or an instant, and 1 if it had digits below a microsecond.
    Whole(i64, u32),
    Found(Found),
}

/// Writes a text into its column as the value that it stands for; returns 1 when it was a timestamp with digits below a
/// microsecond. `raw` is the text as it stands in the source, for messages.
pub(crate) fn put_declared_text(
    column: usize,
    text: &[u8],
    raw: &[u8],
    columns: &mut Columns,
) -> Result<u32, Reason> {
    match read(columns.declared(column), text, raw, || columns.path(column))? {
        Declared::Text => columns.put_text(column, text),
        Declared::Found(found) => columns.put_chosen(column, found, text),
        Declared::Whole(value, cut) => {
            columns.put_int64(column, value);
            return Ok(cut);
        }
    }
    Ok(0)
}

/// Sees whether a text is a value of this kind. `column` names the column for messages.
pub(crate) fn check_declared_text(
    kind: FieldKind,
    text: &[u8],
    raw: &[u8],
    column: &str,
) -> Result<(), Reason> {
    read(kind, text, raw, || column.to_owned()).map(|_| ())
}

fn read(kind: FieldKind, text: &[u8], raw: &[u8], column: impl Fn() -> String) -> Result<Declared, Reason> {
    let value = || shorten(raw);
    let of_kind = |found: Option<Found>, kind: ChosenKind| match found {
        Some(found) => Ok(Declared::Found(found)),
        None => Err(Reason::NotOfType { column: column(), value: value(), kind }),
    };
    match kind {
        FieldKind::Text | FieldKind::Inferred => Ok(Declared::Text),
        FieldKind::Integer => match integer::parse(text) {
            Integer::Value(number) => Ok(Declared::Whole(number, 0)),
            Integer::TooLarge => Err(Reason::IntegerTooLarge { column: column(), value: value() }),
            Integer::No => Err(Reason::NotAnInteger { column: column(), value: value() }),
        },
        FieldKind::Timestamp | FieldKind::ZonedTimestamp => match Timestamp::parse(text) {
            Ok(instant) => Ok(Declared::Whole(instant.micros(), u32::from(instant.sub_micro_nanos() != 0))),
            Err(error) => Err(Reason::NotATimestamp { column: column(), value: value(), error: Some(error) }),
        },
        FieldKind::Boolean => of_kind(boolean(text), ChosenKind::Boolean),
        FieldKind::Float => of_kind(float(text), ChosenKind::Float),
        FieldKind::Decimal => of_kind(decimal(text), ChosenKind::Decimal),
        FieldKind::Date => of_kind(date(text), ChosenKind::Date),
    }
}

fn boolean(text: &[u8]) -> Option<Found> {
    match text {
        b"1" => Some(Found::Bool(true)),
        b"0" => Some(Found::Bool(false)),
        _ if text.eq_ignore_ascii_case(b"true") => Some(Found::Bool(true)),
        _ if text.eq_ignore_ascii_case(b"false") => Some(Found::Bool(false)),
        _ => None,
    }
}

fn float(text: &[u8]) -> Option<Found> {
    let found = Found::field(text);
    match found {
        Found::Float64(..) => return Some(found),
        // One that is a float as well.
        Found::Int64(value) if value.unsigned_abs() <= 1 << 53 => return Some(found),
        _ => {}
    }
    // Not `inf` and the like: these are no numbers.
    let allowed = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
    let text = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| allowed(&byte)))?;
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some(Found::Float64(value, Spelling::Kept))
}

fn decimal(text: &[u8]) -> Option<Found> {
    const DIGITS: usize = 38;
    let magnitude = text.strip_prefix(b"-").unwrap_or(text);
    if magnitude.is_empty() || !magnitude.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let zeros = magnitude.iter().take_while(|&&byte| byte == b'0').count();
    if magnitude.len() - zeros > DIGITS {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok().map(Found::Decimal)
}

fn date(text: &[u8]) -> Option<Found> {
    const DAY: i64 = 86_400_000_000;
    let instant = Timestamp::parse(text).ok()?;
    let whole = instant.micros() % DAY == 0 && instant.sub_micro_nanos() == 0;
    (whole && !TimeStyle::of(text).has_zone()).then(|| Found::Date(instant.days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How texts are read, some that can be, and some that cannot.
    type Case = (fn(&[u8]) -> Option<Found>, &'static [&'static str], &'static [&'static str]);

    #[test]
    fn chosen_types_take_what_they_hold_and_nothing_else() {
        let cases: [Case; 4] = [
            (
                boolean,
                &["true", "false", "True", "FALSE", "1", "0"],
                &["", "yes", "2", "t", "true ", "truee", "01"],
            ),
            (
                float,
                &["0", "-1", "+1", "1.5", ".5", "5.", "1e3", "-0", "007", "9007199254740993", "1e-400"],
                &["", "-", ".", "e5", "inf", "NaN", "1e999", "1_0", "1,5", "0x1", " 1"],
            ),
            (
                decimal,
                &["0", "-0", "007", "-12345678901234567890", "99999999999999999999999999999999999999"],
                &["", "-", "+1", "1.0", "1e3", "100000000000000000000000000000000000000", " 1", "x"],
            ),
            (
                date,
                &["2021-09-04", "2021-09-04T00:00:00.000", "2024-02-29 00:00", "0000-01-01"],
                &["", "2021-02-29", "2021-09-04T00:00:01", "2021-09-04T00:00:00Z", "04.09.2021", "20210904x"],
            ),
        ];
        for (take, good, bad) in cases {
            for text in good {
                assert!(take(text.as_bytes()).is_some(), "{text}");
            }
            for text in bad {
                assert!(take(text.as_bytes()).is_none(), "{text}");
            }
        }
        assert!(
            matches!(float(b"9007199254740993"), Some(Found::Float64(value, _)) if value == 9007199254740992.0)
        );
        assert_eq!(decimal(b"-0012"), Some(Found::Decimal(-12)));
        assert_eq!(date(b"2021-09-04T00:00:00.000"), Some(Found::Date(18_874)));
    }
}
