//! The rows of the newest ingestion against those of the ones before.

use std::collections::{BTreeMap, HashMap};

use arrow_array::ArrayRef;
use sandglass_warehouse::cell;
use sandglass_weekly::{DayCounts, WeekCount, WeekRule, days_of_micros};

use crate::Finding;

/// Values beyond which shares are not compared: then they are no categories.
const MOST_VALUES: usize = 1_000;
/// The population stability index from which shares have changed. Below 0.1 it is small by the usual reading.
const CHANGED: f64 = 0.25;
/// Weeks that are needed to know what is usual.
const WEEKS_NEEDED: usize = 8;
/// Standard deviations from the mean within which a week is usual.
const USUAL: f64 = 3.0;

const NOTHING_BEFORE: &str = "there is no earlier ingestion to compare the newest with";

/// How many rows have each value, by ingestion.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    by_ingestion: BTreeMap<u64, HashMap<Option<String>, u64>>,
}

impl Shares {
    pub(crate) fn add(&mut self, ingestion: u64, column: &ArrayRef) -> Result<(), String> {
        let counts = self.by_ingestion.entry(ingestion).or_default();
        for row in 0..column.len() {
            *counts.entry(cell(column, row)).or_default() += 1;
        }
        if counts.len() > MOST_VALUES {
            return Err(format!("there are more than {MOST_VALUES} different values"));
        }
        Ok(())
    }

    /// Whether the shares are as before, by the population stability index, with half a row more for every value so that
    /// none has no rows.
    pub(crate) fn judge(mut self, finding: &mut Finding) -> Result<bool, String> {
        let Some((_, newest)) = self.by_ingestion.pop_last() else { return Err(NOTHING_BEFORE.to_owned()) };
        let mut before: HashMap<Option<String>, u64> = HashMap::new();
        for (value, count) in self.by_ingestion.into_values().flatten() {
            *before.entry(value).or_default() += count;
        }
        if before.is_empty() {
            return Err(NOTHING_BEFORE.to_owned());
        }
        let values: std::collections::BTreeSet<&Option<String>> =
            before.keys().chain(newest.keys()).collect();
        let share = |counts: &HashMap<Option<String>, u64>, value: &Option<String>| {
            let total = counts.values().sum::<u64>() as f64 + 0.5 * values.len() as f64;
            (counts.get(value).copied().unwrap_or(0) as f64 + 0.5) / total
        };
        let (mut index, mut most) = (0.0, (0.0, String::new()));
        for &value in &values {
            let (was, is) = (share(&before, value), share(&newest, value));
            index += (is - was) * (is / was).ln();
            if (is - was).abs() > most.0 {
                let value = value.as_deref().unwrap_or("null");
                most = (
                    (is - was).abs(),
                    format!("; most changed: {value}, {:.1} % -> {:.1} %", was * 100.0, is * 100.0),
                );
            }
        }
        finding.of = values.len() as u64;
        finding.statistic = Some(format!(
            "population stability index {index:.3} between the newest ingestion and those before, of {CHANGED}{}",
            most.1
        ));
        Ok(index < CHANGED)
    }
}

/// Rows per day, by ingestion.
#[derive(Debug, Default)]
pub(crate) struct Weeks {
    by_ingestion: BTreeMap<u64, DayCounts>,
}

impl Weeks {
    pub(crate) fn add(&mut self, ingestion: u64, micros: impl Iterator<Item = i64>) {
        let days = self.by_ingestion.entry(ingestion).or_default();
        micros.for_each(|micros| days.add(days_of_micros(micros)));
    }

    /// Whether the weeks of the newest ingestion are usual: no further from the mean of the weeks before than three standard
    /// deviations. Its first and last week are left out where there are others, because they may be cut.
    pub(crate) fn judge(mut self, finding: &mut Finding) -> Result<bool, String> {
        let Some((_, newest)) = self.by_ingestion.pop_last() else { return Err(NOTHING_BEFORE.to_owned()) };
        let mut before = DayCounts::default();
        self.by_ingestion.values().for_each(|days| before.merge(days));
        let before = before.weeks(WeekRule::Monday);
        if before.is_empty() {
            return Err(NOTHING_BEFORE.to_owned());
        }
        if before.len() < WEEKS_NEEDED {
            return Err(format!(
                "the earlier ingestions have {} weeks, and at least {WEEKS_NEEDED} are needed to know what is usual",
                before.len()
            ));
        }
        let counts = before.iter().map(|week| week.count as f64);
        let mean = counts.clone().sum::<f64>() / before.len() as f64;
        let deviation =
            (counts.map(|count| (count - mean).powi(2)).sum::<f64>() / before.len() as f64).sqrt();
        let weeks = newest.weeks(WeekRule::Monday);
        let whole: &[WeekCount] = match weeks.as_slice() {
            [_, whole @ .., _] if !whole.is_empty() => whole,
            all => all,
        };
        let unusual =
            whole.iter().filter(|week| (week.count as f64 - mean).abs() > USUAL * deviation).count();
        (finding.count, finding.of) = (unusual as u64, whole.len() as u64);
        finding.statistic = Some(format!(
            "{unusual} of {} weeks of the newest ingestion are more than {USUAL:.0} standard deviations ({deviation:.1} rows) from the mean \
             ({mean:.1}) of the {} weeks before",
            whole.len(),
            before.len()
        ));
        Ok(unusual == 0)
    }
}
