//! Every day of 1900 to 2199 against the calendar of jiff: dates, leap years, and the week under each rule.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use jiff::civil;
use sandglass_weekly::{
    Bucket, Date, DayCounts, WeekRule, civil_from_days, days_from_civil, days_in_month, is_leap_year,
};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[cfg(target_family = "wasm")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// The days from the first of one year to the last of another, with jiff's idea of them. jiff steps from day to day by
/// itself, so that only the first day number is computed by us.
fn days_of_years(first: i16, last: i16) -> impl Iterator<Item = (i32, civil::Date)> {
    let dates = civil::date(first, 1, 1).series(jiff::Span::new().days(1));
    (days_from_civil(i32::from(first), 1, 1)..).zip(dates.take_while(move |date| date.year() <= last))
}

fn days_of_three_centuries() -> impl Iterator<Item = (i32, civil::Date)> {
    days_of_years(1900, 2199)
}

/// Year and week as jiff prints them in a strftime format.
fn printed(date: civil::Date, format: &str) -> Bucket {
    let text = date.strftime(format).to_string();
    let (year, week) = text.split_once(' ').expect("two fields");
    Bucket { year: year.parse().expect("a year"), week: week.parse().expect("a week") }
}

#[test]
fn the_range_is_complete() {
    assert_eq!(days_of_three_centuries().count(), 109_573);
    assert_eq!(days_of_three_centuries().next(), Some((-25_567, civil::date(1900, 1, 1))));
    assert_eq!(days_of_three_centuries().last(), Some((84_005, civil::date(2199, 12, 31))));
}

#[test]
fn dates_and_days_are_those_of_the_calendar() {
    for (days, date) in days_of_years(-1000, 9998) {
        let (year, month, day) = (i32::from(date.year()), date.month() as u8, date.day() as u8);
        assert_eq!(civil_from_days(days), Date { year, month, day });
        assert_eq!(days_from_civil(year, month, day), days, "{date}");
        if day == 1 {
            assert_eq!(days_in_month(year, month), date.days_in_month() as u8, "{date}");
            assert_eq!(is_leap_year(year), date.in_leap_year(), "{date}");
        }
    }
}

#[test]
fn monday_weeks_are_percent_w() {
    for (days, date) in days_of_three_centuries() {
        assert_eq!(Bucket::of_days(days, WeekRule::Monday), printed(date, "%Y %W"), "{date}");
    }
}

#[test]
fn sunday_weeks_are_percent_u() {
    for (days, date) in days_of_three_centuries() {
        assert_eq!(Bucket::of_days(days, WeekRule::Sunday), printed(date, "%Y %U"), "{date}");
    }
}

#[test]
fn iso_weeks_are_percent_g_and_v() {
    for (days, date) in days_of_three_centuries() {
        let bucket = Bucket::of_days(days, WeekRule::Iso);
        assert_eq!(bucket, printed(date, "%G %V"), "{date}");
        let iso = date.iso_week_date();
        assert_eq!((bucket.year, bucket.week), (i32::from(iso.year()), iso.week() as u8), "{date}");
    }
}

/// The spans of the weeks, too, are checked against nothing but jiff's names for the days.
#[test]
fn weeks_span_exactly_the_days_that_share_their_name() {
    for (rule, format) in [(WeekRule::Monday, "%Y %W"), (WeekRule::Sunday, "%Y %U"), (WeekRule::Iso, "%G %V")]
    {
        let mut counts = DayCounts::default();
        let mut expected: Vec<(Bucket, i32, i32, u64)> = Vec::new();
        for (days, date) in days_of_three_centuries() {
            counts.add(days);
            let bucket = printed(date, format);
            match expected.last_mut() {
                Some(week) if week.0 == bucket => (week.2, week.3) = (days, week.3 + 1),
                _ => expected.push((bucket, days, days, 1)),
            }
        }
        let weeks = counts.weeks(rule);
        let found = weeks.iter().map(|week| (week.bucket, week.first_day, week.last_day, week.count));
        // Under iso the first and the last week reach out of the range.
        let inner = 1..expected.len() - 1;
        assert_eq!(found.clone().count(), expected.len(), "{rule}");
        assert_eq!(found.skip(1).take(inner.len()).collect::<Vec<_>>(), expected[inner], "{rule}");
    }
}

#[test]
fn new_year_cuts_weeks_as_strftime_does() {
    // (date, monday, sunday, iso); the answers are those of Python's strftime.
    for (date, monday, sunday, iso) in [
        ((2022, 1, 1), (2022, 0), (2022, 0), (2021, 52)), // a Saturday
        ((2022, 1, 2), (2022, 0), (2022, 1), (2021, 52)),
        ((2022, 1, 3), (2022, 1), (2022, 1), (2022, 1)),
        ((2018, 1, 1), (2018, 1), (2018, 0), (2018, 1)), // a Monday: there is no week 0
        ((2018, 12, 31), (2018, 53), (2018, 52), (2019, 1)),
        ((2017, 1, 1), (2017, 0), (2017, 1), (2016, 52)), // a Sunday
        ((2020, 12, 31), (2020, 52), (2020, 52), (2020, 53)),
        ((2021, 1, 3), (2021, 0), (2021, 1), (2020, 53)),
        ((2024, 12, 30), (2024, 53), (2024, 52), (2025, 1)),
        ((2000, 12, 31), (2000, 52), (2000, 53), (2000, 52)),
    ] {
        let days = days_from_civil(date.0, date.1, date.2);
        for (rule, (year, week)) in
            [(WeekRule::Monday, monday), (WeekRule::Sunday, sunday), (WeekRule::Iso, iso)]
        {
            assert_eq!(Bucket::of_days(days, rule), Bucket { year, week }, "{date:?} under {rule}");
        }
    }
}

#[test]
fn the_ends_of_the_day_numbers_are_survived() {
    assert_eq!(civil_from_days(i32::MAX).to_string(), "+5881580-07-11");
    assert_eq!(civil_from_days(i32::MIN).to_string(), "-5877641-06-23");
    assert_eq!(days_from_civil(5_881_580, 7, 11), i32::MAX);
    assert_eq!(days_from_civil(i32::MAX, 12, 31), i32::MAX);
    assert_eq!(days_from_civil(i32::MIN, 1, 1), i32::MIN);
    let mut counts = DayCounts::default();
    for days in [i32::MIN, -1, 0, i32::MAX] {
        counts.add(days);
    }
    for rule in WeekRule::ALL {
        let weeks = counts.weeks(rule);
        assert_eq!(weeks.iter().map(|week| week.count).sum::<u64>(), 4);
        assert_eq!((weeks[0].first_day, weeks[weeks.len() - 1].last_day), (i32::MIN, i32::MAX), "{rule}");
    }
}

#[test]
fn dates_print_as_iso_8601() {
    for (year, text) in [
        (2021, "2021-09-04"),
        (7, "0007-09-04"),
        (0, "0000-09-04"),
        (-44, "-0044-09-04"),
        (10_000, "+10000-09-04"),
    ] {
        assert_eq!(Date { year, month: 9, day: 4 }.to_string(), text);
    }
}

#[test]
fn rules_have_names() {
    for rule in WeekRule::ALL {
        assert_eq!(rule.to_string().parse(), Ok(rule));
    }
    assert_eq!("ISO".parse(), Ok(WeekRule::Iso));
    assert_eq!(WeekRule::default().to_string(), "monday");
    let error = "tuesday".parse::<WeekRule>().expect_err("not a rule");
    assert_eq!(error.to_string(), "there is no bucket rule \"tuesday\"; use monday, sunday or iso");
}
