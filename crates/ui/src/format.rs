//! Numbers, sizes, times and dates as people read them.
//!
//! Pure text in, pure text out, the same in every locale: the page is in English, and a test must be able to read it.
//! Nothing here rounds a number that is then calculated with.

use sandglass_protocol::Week;

/// Separates a number from its unit without letting a line break in between.
pub const NBSP: char = '\u{a0}';

/// A whole number with a comma at every thousand: `1,234,567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number and its noun: `1 row`, `2 rows`. The plural is the noun with an s.
pub fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{}{NBSP}{noun}{plural}", count(number))
}

/// A word as it begins a line.
pub fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A mean or another measured number with one decimal: `1,234.5`.
pub fn decimal(number: f64) -> String {
    if !number.is_finite() {
        return "–".to_owned();
    }
    let tenths = (number.abs() * 10.0).round() as u64;
    let sign = if number < 0.0 && tenths > 0 { "\u{2212}" } else { "" };
    format!("{sign}{}.{}", count(tenths / 10), tenths % 10)
}

/// A share as a signed percentage with one decimal: 0.345 is `+34.5 %`.
pub fn signed_percent(share: f64) -> String {
    let sign = if share > 0.0 { "+" } else { "" };
    format!("{sign}{}{NBSP}%", decimal(share * 100.0))
}

/// Tenths of a percent: 200 is `20 %`, 125 is `12.5 %`.
pub fn tenths_of_percent(tenths: u32) -> String {
    format!("{}{NBSP}%", tenths_plain(tenths))
}

/// Tenths of a percent without the sign, as a number input holds them: 200 is `20`, 125 is `12.5`.
pub fn tenths_plain(tenths: u32) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}.{rest}", tenths / 10),
    }
}

/// Reads a percentage as whole tenths, from the text and not from a float, so that it stays exact. `None` for what is
/// not a number of at most one decimal.
pub fn parse_tenths(text: &str) -> Option<u32> {
    let text = text.trim();
    let (whole, rest) = text.split_once(['.', ',']).unwrap_or((text, ""));
    if whole.is_empty() && rest.is_empty() {
        return None;
    }
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || !all_digits(rest) || rest.trim_end_matches('0').len() > 1 {
        return None;
    }
    let tenth = rest.bytes().next().map_or(0, |byte| u32::from(byte - b'0'));
    let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    whole.checked_mul(10)?.checked_add(tenth)
}

/// A size in bytes, in powers of 1000 as file managers count: `95.4 MB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return counted(bytes, "byte");
    }
    let mut value = bytes as f64 / 1000.0;
    let mut unit = UNITS[0];
    for next in &UNITS[1..] {
        // 999.95 and more would be shown as 1000.0.
        if value < 999.95 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    format!("{}{NBSP}{unit}", decimal(value))
}

/// How long something took, in milliseconds: `35 ms`, `1.4 s`, `2 min 05 s`.
pub fn duration(milliseconds: f64) -> String {
    if !milliseconds.is_finite() || milliseconds < 0.0 {
        return "–".to_owned();
    }
    if milliseconds < 1.0 {
        return format!("under 1{NBSP}ms");
    }
    if milliseconds < 999.5 {
        return format!("{milliseconds:.0}{NBSP}ms");
    }
    if milliseconds < 59_950.0 {
        return format!("{}{NBSP}s", decimal(milliseconds / 1000.0));
    }
    let seconds = (milliseconds / 1000.0).round() as u64;
    if seconds < 3600 {
        return format!("{}{NBSP}min {:02}{NBSP}s", seconds / 60, seconds % 60);
    }
    format!("{}{NBSP}h {:02}{NBSP}min", seconds / 3600, seconds % 3600 / 60)
}

/// Records per second; empty until enough time has passed to say.
pub fn rate(records: u64, elapsed_ms: f64) -> String {
    if elapsed_ms < 50.0 || records == 0 {
        return String::new();
    }
    let per_second = records as f64 / (elapsed_ms / 1000.0);
    if per_second >= 1e6 {
        format!("{} million records a second", decimal(per_second / 1e6))
    } else if per_second >= 1e4 {
        format!("{} thousand records a second", count((per_second / 1e3).round() as u64))
    } else {
        format!("{} records a second", count(per_second.round() as u64))
    }
}

/// The time left when bytes go on at the rate so far; empty until enough has passed to say.
pub fn time_left(done: u64, total: u64, elapsed_ms: f64) -> String {
    if done == 0 || done >= total || elapsed_ms < 300.0 {
        return String::new();
    }
    let left = elapsed_ms * (total - done) as f64 / done as f64;
    let seconds = (left / 1000.0).ceil() as u64;
    match seconds {
        0..=1 => format!("about 1{NBSP}s left"),
        2..60 => format!("about {seconds}{NBSP}s left"),
        60..3600 => format!("about {}{NBSP}min left", seconds.div_ceil(60)),
        _ => format!("about {}{NBSP}h left", seconds.div_ceil(3600)),
    }
}

/// The days of a week from their ISO dates: `27 Feb – 5 Mar 2017`; one date when it has a single day.
pub fn days(first: &str, last: &str) -> String {
    let (Some(from), Some(to)) = (parse_day(first), parse_day(last)) else {
        return format!("{first} – {last}");
    };
    let (from_year, from_month, from_day) = from;
    let (to_year, to_month, to_day) = to;
    if from == to {
        return format!("{to_day}{NBSP}{} {to_year}", month(to_month));
    }
    let end = format!("{to_day}{NBSP}{} {to_year}", month(to_month));
    if from_year != to_year {
        format!("{from_day}{NBSP}{} {from_year} – {end}", month(from_month))
    } else if from_month != to_month {
        format!("{from_day}{NBSP}{} – {end}", month(from_month))
    } else {
        format!("{from_day} – {end}")
    }
}

/// A week as people say it: `2017, week 9`.
pub fn week(week: &Week) -> String {
    format!("{}, week{NBSP}{}", week.year, week.week)
}

/// A reason as the engine gives it, as a sentence: with a capital at its beginning and a full stop at its end.
pub fn sentence(reason: &str) -> String {
    let mut characters = reason.trim().chars();
    let Some(first) = characters.next() else { return String::new() };
    let mut text: String = first.to_uppercase().chain(characters).collect();
    if !text.ends_with(['.', '!', '?', '…']) {
        text.push('.');
    }
    text
}

/// Year, month and day of an ISO date.
fn parse_day(text: &str) -> Option<(i32, usize, u32)> {
    let mut parts = text.rsplitn(3, '-');
    let day = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let year = parts.next()?.parse().ok()?;
    Some((year, month, day))
}

/// The short name of a month, from 1.
fn month(number: usize) -> &'static str {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    number.checked_sub(1).and_then(|index| NAMES.get(index)).copied().unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tests read better with plain spaces.
    fn plain(text: String) -> String {
        text.replace(NBSP, " ")
    }

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), text);
        }
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(plain(counted(1, "row")), "1 row");
        assert_eq!(plain(counted(0, "row")), "0 rows");
        assert_eq!(plain(counted(1000, "row")), "1,000 rows");
    }

    #[test]
    fn decimals_round_and_carry() {
        assert_eq!(decimal(1234.56), "1,234.6");
        assert_eq!(decimal(0.96), "1.0");
        assert_eq!(decimal(-0.04), "0.0");
        assert_eq!(decimal(f64::NAN), "–");
    }

    #[test]
    fn deviations_carry_their_sign() {
        assert_eq!(plain(signed_percent(0.345)), "+34.5 %");
        assert_eq!(plain(signed_percent(-0.2)), "\u{2212}20.0 %");
        assert_eq!(plain(signed_percent(0.0)), "0.0 %");
    }

    #[test]
    fn a_percentage_stays_exact_on_its_way_in_and_out() {
        for tenths in 0..=5000 {
            assert_eq!(parse_tenths(&tenths_plain(tenths)), Some(tenths));
        }
    }

    #[test]
    fn a_percentage_is_a_number_of_at_most_one_decimal() {
        for (text, tenths) in [
            ("20", 200),
            (" 12.5 ", 125),
            ("12,5", 125),
            (".5", 5),
            ("7.", 70),
            ("20.0", 200),
            ("20.50", 205),
        ] {
            assert_eq!(parse_tenths(text), Some(tenths), "{text}");
        }
        for text in ["", ".", "-1", "1e3", "12.55", "x", "4294967296", "1.2.3"] {
            assert_eq!(parse_tenths(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_change_their_unit_where_the_digits_run_out() {
        for (size, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (95_400_000, "95.4 MB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (3_000_000_000_000_000, "3,000.0 TB"),
        ] {
            assert_eq!(plain(bytes(size)), text);
        }
    }

    #[test]
    fn durations_keep_three_digits_or_less() {
        for (milliseconds, text) in [
            (0.2, "under 1 ms"),
            (35.4, "35 ms"),
            (999.6, "1.0 s"),
            (1440.0, "1.4 s"),
            (59_949.0, "59.9 s"),
            (125_000.0, "2 min 05 s"),
            (3_660_000.0, "1 h 01 min"),
        ] {
            assert_eq!(plain(duration(milliseconds)), text);
        }
        assert_eq!(duration(-1.0), "–");
    }

    #[test]
    fn the_rate_waits_until_it_means_something() {
        assert_eq!(rate(1000, 10.0), "");
        assert_eq!(rate(500, 1000.0), "500 records a second");
        assert_eq!(rate(250_000, 1000.0), "250 thousand records a second");
        assert_eq!(rate(2_400_000, 1000.0), "2.4 million records a second");
    }

    #[test]
    fn the_time_left_follows_the_bytes() {
        assert_eq!(time_left(0, 100, 1000.0), "");
        assert_eq!(time_left(100, 100, 1000.0), "");
        assert_eq!(time_left(50, 100, 100.0), "");
        assert_eq!(plain(time_left(50, 100, 2000.0)), "about 2 s left");
        assert_eq!(plain(time_left(1, 100, 2000.0)), "about 4 min left");
        assert_eq!(plain(time_left(1, 10_000, 2000.0)), "about 6 h left");
    }

    #[test]
    fn a_reason_becomes_a_sentence_once() {
        for (reason, text) in [("it is empty", "It is empty."), ("It is empty.", "It is empty."), (" ", "")] {
            assert_eq!(sentence(reason), text);
        }
    }

    #[test]
    fn the_days_of_a_week_say_nothing_twice() {
        for (first, last, text) in [
            ("2017-02-27", "2017-03-05", "27 Feb – 5 Mar 2017"),
            ("2017-03-06", "2017-03-12", "6 – 12 Mar 2017"),
            ("2016-12-26", "2017-01-01", "26 Dec 2016 – 1 Jan 2017"),
            ("2017-01-01", "2017-01-01", "1 Jan 2017"),
            ("?", "2017-01-01", "? – 2017-01-01"),
        ] {
            assert_eq!(plain(days(first, last)), text);
        }
    }
}
