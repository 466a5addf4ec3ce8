//! The worked example of 16 votes, from dates to outlier weeks, and the outlier test on hand-made weeks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use sandglass_weekly::{
    Bucket, DayCounts, Outliers, Threshold, ThresholdError, Timestamp, WeekCount, WeekRule, is_outlier,
    outliers,
};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[cfg(target_family = "wasm")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// The days of the example's votes, all of them Sundays.
const SAMPLE: [&str; 16] = [
    "2022-01-02T00:00:00.000",
    "2022-01-09T00:00:00.000",
    "2022-01-09T00:00:00.000",
    "2022-01-09T00:00:00.000",
    "2022-01-16T00:00:00.000",
    "2022-01-16T00:00:00.000",
    "2022-01-16T00:00:00.000",
    "2022-01-23T00:00:00.000",
    "2022-01-23T00:00:00.000",
    "2022-01-30T00:00:00.000",
    "2022-01-30T00:00:00.000",
    "2022-02-06T00:00:00.000",
    "2022-02-13T00:00:00.000",
    "2022-02-20T00:00:00.000",
    "2022-02-20T00:00:00.000",
    "2022-02-27T00:00:00.000",
];

fn sample() -> DayCounts {
    let mut counts = DayCounts::default();
    counts.add_all_micros(SAMPLE.iter().map(|text| text.parse::<Timestamp>().expect(text).micros()));
    counts
}

fn rows<'a>(weeks: impl IntoIterator<Item = &'a WeekCount>) -> Vec<(i32, u8, u64)> {
    weeks.into_iter().map(|week| (week.bucket.year, week.bucket.week, week.count)).collect()
}

/// Weeks with these counts, one after the other; their dates play no part.
fn weeks_with(counts: &[u64]) -> Vec<WeekCount> {
    let week = |(week, &count)| WeekCount {
        bucket: Bucket { year: 2000, week },
        first_day: 7 * i32::from(week),
        last_day: 7 * i32::from(week) + 6,
        count,
    };
    (1..).zip(counts).map(week).collect()
}

#[test]
fn the_sample_has_nine_weeks_and_six_outliers() {
    let weeks = sample().weeks(WeekRule::Monday);
    assert_eq!(
        rows(&weeks),
        [
            (2022, 0, 1),
            (2022, 1, 3),
            (2022, 2, 3),
            (2022, 3, 2),
            (2022, 4, 2),
            (2022, 5, 1),
            (2022, 6, 1),
            (2022, 7, 2),
            (2022, 8, 1),
        ]
    );
    let expected = [(2022, 0, 1), (2022, 1, 3), (2022, 2, 3), (2022, 5, 1), (2022, 6, 1), (2022, 8, 1)];
    assert_eq!(rows(outliers(&weeks, Threshold::default())), expected);
    let test = Outliers::new(&weeks, Threshold::default());
    assert_eq!((test.weeks, test.total, test.mean()), (9, 16, 16.0 / 9.0));
    assert!(test.band().0 < 1.43 && test.band().1 > 2.13, "{:?}", test.band());
}

#[test]
fn the_sample_under_the_other_rules() {
    // The days are Sundays: the same days make the same groups, under other names.
    let counts = |rule| sample().weeks(rule).iter().map(|week| week.count).collect::<Vec<_>>();
    assert_eq!(counts(WeekRule::Sunday), counts(WeekRule::Monday));
    assert_eq!(rows(&sample().weeks(WeekRule::Sunday))[0], (2022, 1, 1));
    assert_eq!(rows(&sample().weeks(WeekRule::Iso))[0], (2021, 52, 1));
}

#[test]
fn the_sample_with_other_thresholds() {
    let weeks = sample().weeks(WeekRule::Monday);
    // The mean is 16/9: a count of 1 is 7/16 off, 2 is 1/8 off, 3 is 11/16 off.
    for (threshold, count) in [
        ("0", 9),
        ("0.1249", 9),
        ("0.125", 6),
        ("0.4374", 6),
        ("0.4375", 2),
        ("0.6874", 2),
        ("0.6875", 0),
        ("2", 0),
    ] {
        assert_eq!(outliers(&weeks, threshold.parse().expect(threshold)).count(), count, "{threshold}");
    }
}

#[test]
fn exactly_the_threshold_is_not_an_outlier() {
    // 22 is 20 % above the mean of 55/3, and in floating point it is more than that.
    assert!((1.0 - 22.0 / (55.0 / 3.0_f64)).abs() > 0.2);
    assert_eq!(outliers(&weeks_with(&[22, 17, 16]), Threshold::default()).count(), 0);
    let weeks = weeks_with(&[4, 6, 5, 4, 6]);
    assert_eq!(outliers(&weeks, Threshold::default()).count(), 0);
    let weeks = weeks_with(&[400, 600, 500, 401, 599]);
    assert_eq!(outliers(&weeks, Threshold::default()).count(), 0);
    let weeks = weeks_with(&[399, 600, 500, 401, 600]);
    assert_eq!(rows(outliers(&weeks, Threshold::default())), [(2000, 1, 399)]);
    let weeks = weeks_with(&[400, 601, 499, 500, 500]);
    assert_eq!(rows(outliers(&weeks, Threshold::default())), [(2000, 2, 601)]);
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    let threshold = |numerator, denominator| Threshold::new(numerator, denominator).expect("a threshold");
    assert!(is_outlier(u64::MAX, u64::MAX, u64::MAX, threshold(1, u32::MAX)));
    assert!(is_outlier(u64::MAX, u64::MAX, u64::MAX, threshold(u32::MAX, 1)));
    assert!(!is_outlier(1, u64::MAX, u64::MAX, threshold(0, 1)));
    assert!(is_outlier(2, u64::MAX, u64::MAX, threshold(u32::MAX - 1, u32::MAX)));
    assert!(!is_outlier(2, u64::MAX, u64::MAX, threshold(1, 1)));
}

#[test]
fn without_weeks_there_is_no_outlier() {
    assert!(DayCounts::default().weeks(WeekRule::Monday).is_empty());
    assert_eq!(outliers(&[], Threshold::default()).count(), 0);
    assert!(!is_outlier(7, 7, 0, Threshold::default()));
    assert_eq!(Outliers::new(&[], Threshold::default()).mean(), 0.0);
}

#[test]
fn counts_are_equal_when_their_days_are() {
    let mut counts = DayCounts::default();
    counts.add_all_micros([].into_iter());
    assert_eq!(counts, DayCounts::default());
    // Far from day 0, where every count begins to look.
    counts.add_all_micros([19_000 * 86_400_000_000 + 1].into_iter());
    let mut added = DayCounts::default();
    added.add(19_000);
    assert_eq!(counts, added);
    assert_eq!(format!("{counts:?}"), "{19000: 1}");
}

#[test]
fn thresholds_are_read_exactly() {
    for (text, numerator, denominator, shown) in [
        ("0.2", 1, 5, "0.2"),
        ("0.20", 1, 5, "0.2"),
        ("20%", 1, 5, "0.2"),
        ("1/5", 1, 5, "0.2"),
        (".25", 1, 4, "0.25"),
        ("12.5%", 1, 8, "0.125"),
        ("0", 0, 1, "0"),
        ("0.0", 0, 1, "0"),
        ("1", 1, 1, "1"),
        ("007", 7, 1, "7"),
        ("1.50", 3, 2, "1.5"),
        ("150%", 3, 2, "1.5"),
        ("2/6", 1, 3, "1/3"),
        ("0.123456789", 123_456_789, 1_000_000_000, "0.123456789"),
        ("0.2000000000000000000000000000000000000000000000000", 1, 5, "0.2"),
        ("4294967295", u32::MAX, 1, "4294967295"),
    ] {
        let threshold: Threshold = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((threshold.numerator(), threshold.denominator()), (numerator, denominator), "{text}");
        assert_eq!(threshold.to_string(), shown);
        assert_eq!(shown.parse(), Ok(threshold));
    }
    assert_eq!(Threshold::default(), Threshold::new(20, 100).expect("a threshold"));
    assert_eq!(Threshold::default().as_f64(), 0.2);
}

#[test]
fn what_is_no_threshold_is_refused() {
    for text in [
        "",
        ".",
        "5.",
        "%",
        " 0.2",
        "0.2 ",
        "-0.2",
        "+0.2",
        "0,2",
        "1e-1",
        "0.2.0",
        "0x1",
        "NaN",
        "inf",
        "20%%",
        "1/",
        "/5",
        "1/-5",
        "0.5/2",
        "\u{664}",
        "0.\u{664}",
    ] {
        assert_eq!(text.parse::<Threshold>(), Err(ThresholdError::NotANumber), "{text:?}");
    }
    for text in
        ["4294967296", "0.0000000001", "1/4294967296", &"9".repeat(60), &format!("0.{}", "3".repeat(60))]
    {
        assert_eq!(text.parse::<Threshold>(), Err(ThresholdError::TooFine), "{text:?}");
    }
    assert_eq!("1/0".parse::<Threshold>(), Err(ThresholdError::ZeroDenominator));
    assert_eq!(Threshold::new(1, 0), Err(ThresholdError::ZeroDenominator));
}
