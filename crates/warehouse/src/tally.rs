//! What became of the records of a source.

use std::iter::Sum;
use std::ops::Add;

use thiserror::Error;

/// The fate of records: every one that was read is stored, or a duplicate, or rejected.
///
/// There is no field for the number of records read: it is the sum, so a tally cannot say anything else than
/// `read = stored + duplicates + rejected`. And there is only one way to make one from data, [`Tally::balance`], which
/// compares the sum with what the reader has counted on its side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    stored: u64,
    duplicates: u64,
    rejected: u64,
}

/// The fates do not add up to the records read: a record was lost or counted twice, which is a defect of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the accounts do not balance (a defect of this program): {read} records read, but {stored} stored, \
     {duplicates} duplicates and {rejected} rejected"
)]
pub struct Unbalanced {
    /// Records that the reader has counted.
    pub read: u64,
    /// Records that became rows.
    pub stored: u64,
    /// Records whose key was there.
    pub duplicates: u64,
    /// Records that could not be taken.
    pub rejected: u64,
}

impl Tally {
    /// A tally of `read` records.
    ///
    /// # Errors
    /// When the fates do not add up to `read`.
    pub fn balance(read: u64, stored: u64, duplicates: u64, rejected: u64) -> Result<Self, Unbalanced> {
        let sum = stored.checked_add(duplicates).and_then(|sum| sum.checked_add(rejected));
        if sum == Some(read) {
            Ok(Self { stored, duplicates, rejected })
        } else {
            Err(Unbalanced { read, stored, duplicates, rejected })
        }
    }

    /// Records seen.
    pub fn read(self) -> u64 {
        self.stored + self.duplicates + self.rejected
    }

    /// Records that are now rows.
    pub fn stored(self) -> u64 {
        self.stored
    }

    /// Records whose key was there already.
    pub fn duplicates(self) -> u64 {
        self.duplicates
    }

    /// Records that could not be taken.
    pub fn rejected(self) -> u64 {
        self.rejected
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            stored: self.stored + other.stored,
            duplicates: self.duplicates + other.duplicates,
            rejected: self.rejected + other.rejected,
        }
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_balances_is_a_tally() {
        let tally = Tally::balance(10, 6, 3, 1).unwrap();
        assert_eq!(tally.read(), 10);
        assert_eq!(Tally::balance(10, 6, 3, 2).unwrap_err().read, 10);
        assert!(Tally::balance(0, u64::MAX, 1, 0).is_err());
        assert_eq!([tally, tally].into_iter().sum::<Tally>(), Tally::balance(20, 12, 6, 2).unwrap());
    }
}
