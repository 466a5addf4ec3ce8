//! Days as numbers, for the time axis of a chart and its date fields.
//!
//! Only what the page needs to place a week that the worker has cut already; how weeks are cut is not known here.

/// Milliseconds in a day, as JavaScript counts time.
pub(crate) const MILLISECONDS: f64 = 86_400_000.0;

/// A day of the Gregorian calendar, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) i32);

impl Day {
    /// Reads `YYYY-MM-DD`. `None` for anything else, impossible dates included.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let year: i32 = parts.next().filter(|part| part.len() == 4)?.parse().ok()?;
        let month: i32 = parts.next().filter(|part| part.len() == 2)?.parse().ok()?;
        let day: i32 = parts.next().filter(|part| part.len() == 2)?.parse().ok()?;
        let parsed = Self::from_date(year, month, day);
        (parsed.date() == (year, month, day)).then_some(parsed)
    }

    /// The day after `days` days.
    pub(crate) fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Its beginning in UTC, in milliseconds as JavaScript counts time.
    pub(crate) fn milliseconds(self) -> f64 {
        f64::from(self.0) * MILLISECONDS
    }

    /// The day that a JavaScript time falls into.
    pub(crate) fn of_milliseconds(milliseconds: f64) -> Self {
        Self((milliseconds / MILLISECONDS).floor() as i32)
    }

    /// `YYYY-MM-DD`.
    pub(crate) fn iso(self) -> String {
        let (year, month, day) = self.date();
        format!("{year:04}-{month:02}-{day:02}")
    }

    // Both ways count from 1 March of the year 0 in eras of 400 years: then the leap day is the last day of a year, and
    // the months before it have the lengths 31, 30, 31, 30, 31 over and over, which (153 m + 2) / 5 sums up.

    fn from_date(year: i32, month: i32, day: i32) -> Self {
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Self(era * 146_097 + day_of_era - 719_468)
    }

    fn date(self) -> (i32, i32, i32) {
        let days = i64::from(self.0) + 719_468;
        let era = days.div_euclid(146_097) as i32;
        let day_of_era = days.rem_euclid(146_097) as i32;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year, month, day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_have_their_numbers() {
        for (text, number) in
            [("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11_016), ("2017-02-28", 17_225)]
        {
            assert_eq!(Day::parse(text), Some(Day(number)));
            assert_eq!(Day(number).iso(), text);
        }
    }

    #[test]
    fn every_day_of_nine_centuries_follows_the_one_before() {
        let mut expected = Day::parse("1600-01-01").unwrap();
        for year in 1600..2500 {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            for (month, length) in (1..).zip(lengths) {
                for day in 1..=length {
                    let text = format!("{year:04}-{month:02}-{day:02}");
                    assert_eq!(Day::parse(&text), Some(expected), "{text}");
                    assert_eq!(expected.iso(), text);
                    expected = expected.plus(1);
                }
            }
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in ["", "2017-02-29", "2017-13-01", "2017-00-10", "2017-1-01", "17-01-01", "2017-01-01T00"] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_belongs_to_the_day_it_falls_into() {
        assert_eq!(Day::of_milliseconds(-1.0), Day(-1));
        assert_eq!(Day::of_milliseconds(MILLISECONDS - 1.0), Day(0));
        assert_eq!(Day::of_milliseconds(Day(17_225).milliseconds()), Day(17_225));
    }
}
