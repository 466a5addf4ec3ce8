//! The fast parser is the general one, only faster: whatever it takes, the other takes with the same result, and what
//! it is meant for it does take.

use proptest::prelude::*;

use super::{Timestamp, fast, general};

/// Text that is a timestamp or nearly one: every field may be out of its range, every separator may be wrong.
fn nearly_a_timestamp() -> impl Strategy<Value = String> {
    let date = (0..=9999_u32, 0..=13_u32, 0..=32_u32).prop_map(|(y, m, d)| format!("{y:04}-{m:02}-{d:02}"));
    let time = (0..=24_u32, 0..=60_u32, 0..=60_u32).prop_map(|(h, m, s)| format!("{h:02}:{m:02}:{s:02}"));
    let form = (date, "[Tt /]", time, "(\\.[0-9]{0,10})?", "(Z|z|[+-][0-9]{2}(:?[0-9]{2})?|)");
    form.prop_map(|(date, separator, time, fraction, zone)| {
        format!("{date}{separator}{time}{fraction}{zone}")
    })
}

/// What the fast parser takes, the general one takes as the same; the usual forms are taken by the fast one.
fn agree(text: &[u8]) -> Result<(), TestCaseError> {
    let general = general::parse(text);
    if let Some(fast) = fast::parse(text) {
        prop_assert_eq!(Ok(fast), general);
    }
    // Without an offset, the lengths tell the forms apart, as only right ones are looked at.
    let local = text.strip_suffix(b"Z").or(text.strip_suffix(b"z")).unwrap_or(text);
    let offset = local.iter().skip(10).any(|byte| b"+-".contains(byte));
    if matches!(local.len(), 10 | 19 | 23 | 26) && !offset && general.is_ok() {
        prop_assert!(fast::parse(text).is_some(), "{:?} is left to the general parser", text);
    }
    prop_assert_eq!(Timestamp::parse(text), general);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn both_parsers_agree_on_what_is_nearly_a_timestamp(text in nearly_a_timestamp()) {
        agree(text.as_bytes())?;
    }

    #[test]
    fn both_parsers_agree_on_timestamps_with_changed_bytes(
        text in nearly_a_timestamp(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        cut in 0..30_usize,
    ) {
        let mut text = text.into_bytes();
        for (place, byte) in changes {
            let place = place.index(text.len());
            text[place] = byte;
        }
        agree(&text)?;
        text.truncate(cut);
        agree(&text)?;
    }

    #[test]
    fn both_parsers_agree_on_any_bytes(text in prop::collection::vec(any::<u8>(), 0..40)) {
        agree(&text)?;
    }
}

/// Not by chance: each byte of each usual form takes every value in turn.
#[test]
fn both_parsers_agree_on_every_change_of_one_byte() {
    for form in [
        "2021-09-04",
        "2020-02-29T23:59:59",
        "1999-12-31 00:00:00Z",
        "2000-02-29t12:30:45.678",
        "0000-01-01T09:08:07.006z",
        "9999-12-31T23:59:59.999999",
        "1970-01-01T00:00:00.000001Z",
    ] {
        let mut text = form.as_bytes().to_vec();
        assert!(fast::parse(&text).is_some(), "{form} is a usual form");
        for place in 0..text.len() {
            let kept = text[place];
            for byte in 0..=255 {
                text[place] = byte;
                agree(&text).unwrap();
            }
            text[place] = kept;
        }
    }
}

/// Month lengths and leap years, all of them.
#[test]
fn both_parsers_agree_on_every_date_that_four_digits_can_write() {
    for year in 0..=9999 {
        for month in 0..=13 {
            for day in [0, 1, 27, 28, 29, 30, 31, 32] {
                let text = format!("{year:04}-{month:02}-{day:02}");
                assert_eq!(fast::parse(text.as_bytes()), general::parse(text.as_bytes()).ok(), "{text}");
            }
        }
    }
}
