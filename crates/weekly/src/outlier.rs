//! The threshold and the outlier test, in whole numbers.
//!
//! A week with x of all S rows in N weeks is an outlier when `abs(1 - x / mean) > threshold`, the mean being `S / N`
//! over the weeks that have rows. Multiplied out with a threshold of p/q that is `q * |S - x*N| > p * S`, so a week at
//! exactly 20 % is never flagged by a rounding error. Floating point appears only in what is shown.

use std::fmt;
use std::str::FromStr;

use crate::WeekCount;

/// How far from the mean a week may be, as an exact fraction in lowest terms. 1/5 unless told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Threshold {
    numerator: u32,
    denominator: u32,
}

impl Threshold {
    /// The fraction `numerator / denominator`, which is reduced. It may be 0, and it may be above 1.
    ///
    /// # Errors
    /// When the denominator is 0.
    pub const fn new(numerator: u32, denominator: u32) -> Result<Self, ThresholdError> {
        if denominator == 0 {
            return Err(ThresholdError::ZeroDenominator);
        }
        let divisor = gcd(numerator as u128, denominator as u128) as u32;
        Ok(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// The upper part of the fraction in lowest terms.
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// The lower part of the fraction in lowest terms, never 0.
    pub const fn denominator(self) -> u32 {
        self.denominator
    }

    /// The nearest floating-point number, for showing and drawing.
    pub fn as_f64(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }
}

impl Default for Threshold {
    fn default() -> Self {
        Self { numerator: 1, denominator: 5 }
    }
}

/// As a decimal number, `0.2`, where that is exact, and otherwise as a fraction, `1/3`. [`Threshold::from_str`] reads
/// both back to the same threshold.
impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.denominator;
        for prime in [2, 5] {
            while rest.is_multiple_of(prime) {
                rest /= prime;
            }
        }
        if rest > 1 {
            return write!(f, "{}/{}", self.numerator, self.denominator);
        }
        write!(f, "{}", self.numerator / self.denominator)?;
        let denominator = u64::from(self.denominator);
        let mut remainder = u64::from(self.numerator) % denominator;
        if remainder > 0 {
            f.write_str(".")?;
        }
        while remainder > 0 {
            remainder *= 10;
            write!(f, "{}", remainder / denominator)?;
            remainder %= denominator;
        }
        Ok(())
    }
}

/// Reads `0.2`, `.25`, `1`, `20%`, `12.5%` and `1/3`, each exactly.
impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        if let Some((numerator, denominator)) = text.split_once('/') {
            return reduced(digits(numerator)?, digits(denominator)?);
        }
        let (number, mut denominator) = match text.strip_suffix('%') {
            Some(number) => (number, 100_u128),
            None => (text, 1),
        };
        let (whole, fraction) = match number.split_once('.') {
            // `.5` is usual, `5.` is more likely a slip.
            Some(("", fraction)) => ("0", fraction),
            Some(parts) => parts,
            None => (number, "0"),
        };
        if !only_digits(fraction) {
            return Err(ThresholdError::NotANumber);
        }
        let mut numerator = digits(whole)?;
        for digit in fraction.trim_end_matches('0').bytes() {
            numerator = numerator
                .checked_mul(10)
                .and_then(|numerator| numerator.checked_add(u128::from(digit - b'0')))
                .ok_or(ThresholdError::TooFine)?;
            denominator = denominator.checked_mul(10).ok_or(ThresholdError::TooFine)?;
        }
        reduced(numerator, denominator)
    }
}

fn only_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number that a text of nothing but digits names.
fn digits(text: &str) -> Result<u128, ThresholdError> {
    if !only_digits(text) {
        return Err(ThresholdError::NotANumber);
    }
    // Only too many digits are left to go wrong.
    text.parse().map_err(|_| ThresholdError::TooFine)
}

fn reduced(numerator: u128, denominator: u128) -> Result<Threshold, ThresholdError> {
    if denominator == 0 {
        return Err(ThresholdError::ZeroDenominator);
    }
    let divisor = gcd(numerator, denominator);
    match (u32::try_from(numerator / divisor), u32::try_from(denominator / divisor)) {
        (Ok(numerator), Ok(denominator)) => Ok(Threshold { numerator, denominator }),
        _ => Err(ThresholdError::TooFine),
    }
}

/// The greatest common divisor; of 0 and a number it is the number.
const fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Why something is no [`Threshold`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThresholdError {
    /// The text has another form.
    NotANumber,
    /// A fraction with nothing below the line.
    ZeroDenominator,
    /// In lowest terms the fraction has a part of 2^32 or more.
    TooFine,
}

impl fmt::Display for ThresholdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "a threshold is a number from 0 up, such as 0.2, 20% or 1/5",
            Self::ZeroDenominator => "a threshold cannot have 0 as its denominator",
            Self::TooFine => {
                "as a fraction in lowest terms the threshold has a part above 4294967295; use fewer digits"
            }
        })
    }
}

impl std::error::Error for ThresholdError {}

/// Whether a week with `count` of the `total` rows, which lie in `weeks` weeks, is further from the mean than the
/// threshold allows. Exact for all arguments; false when there are no weeks, as there is no mean then.
pub fn is_outlier(count: u64, total: u64, weeks: u64, threshold: Threshold) -> bool {
    let distance = u128::from(total).abs_diff(u128::from(count) * u128::from(weeks));
    let allowed = u128::from(threshold.numerator) * u128::from(total);
    // Where the product does not fit into 128 bits it is above what is allowed, which fits into 96.
    weeks > 0
        && distance.checked_mul(u128::from(threshold.denominator)).is_none_or(|distance| distance > allowed)
}

/// The weeks that are further from the mean than the threshold allows, in their order.
pub fn outliers(weeks: &[WeekCount], threshold: Threshold) -> impl Iterator<Item = &WeekCount> {
    let test = Outliers::new(weeks, threshold);
    weeks.iter().filter(move |week| test.is_outlier(week.count))
}

/// The outlier test of one data set: what the weeks are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outliers {
    /// How many weeks have rows.
    pub weeks: u64,
    /// How many rows they have together.
    pub total: u64,
    /// How far from the mean a week may be.
    pub threshold: Threshold,
}

impl Outliers {
    /// The test for these weeks, which must be all weeks of the data set. Weeks without rows do not count.
    pub fn new(weeks: &[WeekCount], threshold: Threshold) -> Self {
        let with_rows = weeks.iter().filter(|week| week.count > 0);
        let (weeks, total) =
            with_rows.fold((0, 0_u64), |(weeks, total), week| (weeks + 1, total.saturating_add(week.count)));
        Self { weeks, total, threshold }
    }

    /// Whether a week with this many rows is an outlier; see [`is_outlier`].
    pub fn is_outlier(&self, count: u64) -> bool {
        is_outlier(count, self.total, self.weeks, self.threshold)
    }

    /// Rows per week that has any, rounded to the nearest floating-point number; 0 without weeks.
    pub fn mean(&self) -> f64 {
        if self.weeks == 0 { 0.0 } else { self.total as f64 / self.weeks as f64 }
    }

    /// The band around the mean inside of which weeks are not outliers, for drawing: its lower end, which is below 0
    /// for thresholds above 1, and its upper end.
    pub fn band(&self) -> (f64, f64) {
        let (mean, threshold) = (self.mean(), self.threshold.as_f64());
        (mean * (1.0 - threshold), mean * (1.0 + threshold))
    }
}
