//! What holds for every input: against jiff, against slow and simple computations, and against itself.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use std::cmp::Ordering;
use std::collections::BTreeMap;

use proptest::prelude::*;
use sandglass_weekly::{
    Bucket, DayCounts, Threshold, Timestamp, WeekCount, WeekRule, civil_from_days, days_from_civil,
    days_of_micros, format_micros, is_outlier, outliers,
};

const DAY: i64 = 86_400_000_000;

/// Instants of the years 0000 to 9999.
fn micros() -> impl Strategy<Value = i64> {
    i64::from(days_from_civil(0, 1, 1)) * DAY..i64::from(days_from_civil(9999, 12, 31)) * DAY
}

/// Days that tend to meet: close together, or anywhere in the calendar.
fn days() -> impl Strategy<Value = i32> {
    prop_oneof![3 => 18_900..19_400, 1 => -719_528..2_932_896]
}

fn rules() -> impl Strategy<Value = WeekRule> {
    prop::sample::select(&WeekRule::ALL[..])
}

fn counted(days: &[i32]) -> DayCounts {
    let mut counts = DayCounts::default();
    days.iter().for_each(|&days| counts.add(days));
    counts
}

/// A threshold of small or of any parts.
fn thresholds() -> impl Strategy<Value = Threshold> {
    prop_oneof![(0..20_u32, 1..20_u32), (any::<u32>(), 1..=u32::MAX)]
        .prop_map(|(numerator, denominator)| Threshold::new(numerator, denominator).unwrap())
}

/// A whole number of any size in decimal digits, the lowest first: slow, and nothing like the code under test.
fn times(digits: &[u8], factor: u64) -> Vec<u8> {
    let mut product = Vec::new();
    let mut carry = 0_u128;
    for &digit in digits {
        carry += u128::from(digit) * u128::from(factor);
        product.push((carry % 10) as u8);
        carry /= 10;
    }
    while carry > 0 {
        product.push((carry % 10) as u8);
        carry /= 10;
    }
    while product.last() == Some(&0) {
        product.pop();
    }
    product
}

fn compare(a: &[u8], b: &[u8]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

fn plus(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut sum = Vec::new();
    let mut carry = 0;
    for place in 0..a.len().max(b.len()) {
        carry += a.get(place).unwrap_or(&0) + b.get(place).unwrap_or(&0);
        sum.push(carry % 10);
        carry /= 10;
    }
    sum.extend((carry > 0).then_some(carry));
    sum
}

/// The test without subtraction: x*N*q > S*(q+p), or x*N*q + p*S < q*S.
fn is_outlier_by_hand(count: u64, total: u64, weeks: u64, threshold: Threshold) -> bool {
    let (p, q) = (u64::from(threshold.numerator()), u64::from(threshold.denominator()));
    let count = times(&times(&times(&[1], count), weeks), q);
    let [total_p, total_q, above] = [p, q, p + q].map(|factor| times(&times(&[1], total), factor));
    compare(&count, &above) == Ordering::Greater
        || compare(&plus(&count, &total_p), &total_q) == Ordering::Less
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn days_and_dates_are_inverse(days: i32) {
        let date = civil_from_days(days);
        prop_assert_eq!(days_from_civil(date.year, date.month, date.day), days);
    }

    #[test]
    fn days_of_micros_is_floor_division(micros: i64) {
        prop_assert_eq!(i64::from(days_of_micros(micros)), micros.div_euclid(DAY));
    }

    #[test]
    fn what_is_written_is_read_back(micros in micros(), nanos in 0..1000_u16, millis: bool) {
        let micros = if millis { micros - micros.rem_euclid(1000) } else { micros };
        let mut text = String::new();
        format_micros(micros, &mut text);
        let instant: Timestamp = text.parse().unwrap();
        prop_assert_eq!((instant.micros(), instant.sub_micro_nanos()), (micros, 0));
        let with_nanos = format!("{}{nanos:03}", jiff_text(micros));
        let instant: Timestamp = with_nanos.parse().unwrap();
        prop_assert_eq!((instant.micros(), instant.sub_micro_nanos()), (micros, nanos));
        prop_assert_eq!(instant.to_string().parse(), Ok(instant));
    }

    #[test]
    fn offsets_and_fractions_are_read_as_jiff_reads_them(
        (year, month, day) in (1..=9998, 1..=12_u8, 1..=31_u8),
        (hour, minute, second) in (0..24, 0..60, 0..60),
        fraction in "(\\.[0-9]{1,9})?",
        sign in "[+-]",
        (hours, minutes) in (0..24, 0..60),
        colon: bool,
    ) {
        let colon = if colon { ":" } else { "" };
        let time = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
        let text = format!("{year:04}-{month:02}-{day:02}T{time}{sign}{hours:02}{colon}{minutes:02}");
        match (Timestamp::parse(text.as_bytes()), text.parse::<jiff::Timestamp>()) {
            (Ok(ours), Ok(jiffs)) => {
                let nanos = i128::from(ours.micros()) * 1000 + i128::from(ours.sub_micro_nanos());
                prop_assert_eq!(nanos, jiffs.as_nanosecond(), "{}", text);
            }
            (Err(_), Err(_)) => {}
            (ours, jiffs) => prop_assert!(false, "{text}: {ours:?}, jiff: {jiffs:?}"),
        }
    }

    #[test]
    fn no_bytes_make_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Err(error) = Timestamp::parse(&bytes) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn changed_bytes_are_refused_or_mean_what_they_say(
        micros in micros(), place in 0..26_usize, byte: u8, cut in 0..=26_usize,
    ) {
        let mut bytes = jiff_text(micros).into_bytes();
        bytes[place] = byte;
        bytes.truncate(cut);
        match Timestamp::parse(&bytes) {
            Ok(instant) => {
                let mut zoned = String::from_utf8(bytes).expect("what is taken is text");
                if !zoned.contains(':') {
                    zoned += "T00:00";
                }
                // A sign after the time may have become a zone.
                if !zoned.ends_with(['Z', 'z']) && !zoned[10..].contains(['+', '-']) {
                    zoned += "Z";
                }
                prop_assert_eq!(Some(instant.micros()), jiff_micros(&zoned), "{}", zoned);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn outliers_are_decided_as_by_hand(count: u64, total: u64, weeks in 1..=u64::MAX, threshold in thresholds()) {
        prop_assert_eq!(is_outlier(count, total, weeks, threshold), is_outlier_by_hand(count, total, weeks, threshold));
    }

    #[test]
    fn outliers_are_decided_as_by_hand_close_to_the_edge(
        mean in 1..1_000_000_u64, weeks in 1..10_000_u64, threshold in thresholds(), step in -2..=2_i64, above: bool,
    ) {
        let total = mean * weeks;
        let distance = (mean as f64 * threshold.as_f64()) as i64;
        let count = mean as i64 + if above { distance } else { -distance } + step;
        let count = u64::try_from(count).unwrap_or(0);
        prop_assert_eq!(is_outlier(count, total, weeks, threshold), is_outlier_by_hand(count, total, weeks, threshold));
    }

    #[test]
    fn exactly_twenty_percent_is_never_flagged(
        fifth in 1..1_000_000_000_u64, pairs in 1..20_usize, mean_weeks in 0..20_usize,
    ) {
        // As many weeks 20 % above the mean as below it.
        let counts = [vec![4 * fifth; pairs], vec![6 * fifth; pairs], vec![5 * fifth; mean_weeks]].concat();
        let week = |&count| WeekCount { bucket: Bucket { year: 2000, week: 1 }, first_day: 0, last_day: 6, count };
        let mut weeks: Vec<WeekCount> = counts.iter().map(week).collect();
        prop_assert_eq!(outliers(&weeks, Threshold::default()).count(), 0);
        // One row moved from the first to the last week: the mean stays, the first week is now out.
        weeks[0].count -= 1;
        weeks.last_mut().unwrap().count += 1;
        // The last week is out as well when it was at the upper edge before.
        prop_assert_eq!(outliers(&weeks, Threshold::default()).count(), if mean_weeks > 0 { 1 } else { 2 });
    }

    #[test]
    fn thresholds_are_read_back(threshold in thresholds(), twos in 0..32_u32, fives in 0..14_u32) {
        prop_assert_eq!(threshold.to_string().parse(), Ok(threshold));
        // Denominators that make decimal numbers, up to the longest.
        if let Some(denominator) = 5_u32.checked_pow(fives).and_then(|part| part.checked_mul(1 << twos)) {
            let threshold = Threshold::new(threshold.numerator(), denominator).unwrap();
            let text = threshold.to_string();
            prop_assert!(!text.contains('/'), "{}", text);
            prop_assert_eq!(text.parse(), Ok(threshold));
        }
    }
}

proptest! {
    // Each case makes and walks through dozens of pages.
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn weeks_are_the_days_grouped_by_their_bucket(days in prop::collection::vec(days(), 0..300), rule in rules()) {
        let mut naive: BTreeMap<Bucket, u64> = BTreeMap::new();
        for &days in &days {
            *naive.entry(Bucket::of_days(days, rule)).or_default() += 1;
        }
        let counts = counted(&days);
        let weeks = counts.weeks(rule);
        let found: Vec<_> = weeks.iter().map(|week| (week.bucket, week.count)).collect();
        prop_assert_eq!(found, naive.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(weeks.iter().map(|week| week.count).sum::<u64>(), counts.total());
        prop_assert_eq!(counts.total(), days.len() as u64);
        for week in &weeks {
            prop_assert!(week.first_day <= week.last_day && week.last_day - week.first_day < 7);
            for days in week.first_day..=week.last_day {
                prop_assert_eq!(Bucket::of_days(days, rule), week.bucket);
            }
            prop_assert_ne!(Bucket::of_days(week.first_day - 1, rule), week.bucket);
            prop_assert_ne!(Bucket::of_days(week.last_day + 1, rule), week.bucket);
        }
    }

    #[test]
    fn days_are_counted(days in prop::collection::vec(days(), 0..300)) {
        let mut naive: BTreeMap<i32, u64> = BTreeMap::new();
        for &days in &days {
            *naive.entry(days).or_default() += 1;
        }
        prop_assert_eq!(counted(&days).iter().collect::<Vec<_>>(), naive.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn merging_is_adding_all(
        a in prop::collection::vec(days(), 0..100), b in prop::collection::vec(days(), 0..100),
    ) {
        let mut merged = counted(&a);
        merged.merge(&counted(&b));
        let all = counted(&[b, a].concat());
        prop_assert_eq!(&merged, &all);
        prop_assert_eq!(merged.total(), all.total());
        let mut other = all.clone();
        other.add(0);
        prop_assert_ne!(merged, other);
    }

    #[test]
    fn instants_are_counted_on_their_days(
        instants in prop::collection::vec(prop_oneof![micros(), any::<i64>(), -DAY..2 * DAY], 0..100),
        more in prop::collection::vec(-DAY..2 * DAY, 0..100),
    ) {
        let mut counts = DayCounts::default();
        counts.add_all_micros(instants.iter().copied());
        counts.add_all_micros(more.iter().copied());
        let all = instants.iter().chain(&more);
        prop_assert_eq!(counts, counted(&all.map(|&micros| micros.div_euclid(DAY) as i32).collect::<Vec<_>>()));
    }
}

/// The instant as jiff reads it.
fn jiff_micros(text: &str) -> Option<i64> {
    let nanos = text.parse::<jiff::Timestamp>().ok()?.as_nanosecond();
    i64::try_from(nanos.div_euclid(1000)).ok()
}

/// The instant as jiff writes it, to the microsecond.
fn jiff_text(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros).unwrap().strftime("%FT%T.%6f").to_string()
}
