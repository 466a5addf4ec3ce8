//! The types that a column can have, and which of them holds the values of two others.
//!
//! A column that nobody has declared begins as [`Kind::Null`] and widens when a value asks for it. The kinds form a
//! lattice: [`Kind::join`] gives the narrowest kind that holds the values of both, so what comes of a file does not
//! depend on the order of its records, on where it was cut, or on who read which part of it.

use std::fmt;

use arrow_schema::{DataType, Fields, TimeUnit};

/// The most digits of a [`Kind::Decimal`].
pub(crate) const DECIMAL_DIGITS: u8 = 38;

/// The most digits of a whole number of 64 bits.
const INT64_DIGITS: u8 = 19;

/// Whole numbers beyond this are not all floating-point numbers.
const EXACT_FLOAT: u64 = 1 << 53;

/// What a column holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing but nulls so far.
    #[default]
    Null,
    /// `true` and `false`.
    Bool,
    /// Whole numbers of 64 bits.
    Int64 {
        /// Whether some are too large to be floating-point numbers as well.
        wide: bool,
    },
    /// Decimal numbers of up to 38 digits.
    Decimal {
        /// Digits that there may be before the point.
        whole: u8,
        /// Digits behind the point.
        scale: u8,
    },
    /// Floating-point numbers of 64 bits.
    Float64,
    /// Days.
    Date,
    /// Instants in microseconds since 1970.
    Timestamp {
        /// Whether they are in UTC because some were written with a zone.
        zone: bool,
    },
    /// Text. A string's own content; anything else as it was written.
    Text,
    /// Objects, whose keys are columns.
    Struct,
    /// Arrays, whose elements are a column.
    List,
}

impl Kind {
    /// All kinds but the decimal ones.
    pub(crate) const PLAIN: [Self; 11] = [
        Self::Null,
        Self::Bool,
        Self::Int64 { wide: false },
        Self::Int64 { wide: true },
        Self::Float64,
        Self::Date,
        Self::Timestamp { zone: false },
        Self::Timestamp { zone: true },
        Self::Text,
        Self::Struct,
        Self::List,
    ];

    /// Whole numbers of as many digits as there can be.
    pub(crate) const LONG: Self = Self::Decimal { whole: DECIMAL_DIGITS, scale: 0 };

    /// Decimal numbers with so many digits before and behind the point; text if those are too many.
    pub fn decimal(whole: u8, scale: u8) -> Self {
        if whole.saturating_add(scale) > DECIMAL_DIGITS { Self::Text } else { Self::Decimal { whole, scale } }
    }

    /// The kind of a whole number.
    pub fn of_int(value: i64) -> Self {
        Self::Int64 { wide: value.unsigned_abs() > EXACT_FLOAT }
    }

    /// The narrowest kind that holds the values of both without losing any of them.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        use Kind::{Date, Decimal, Float64, Int64, Null, Text, Timestamp};
        match (self, other) {
            (Null, kind) | (kind, Null) => kind,
            (Int64 { wide: one }, Int64 { wide: two }) => Int64 { wide: one || two },
            (Int64 { .. }, Decimal { whole, scale }) | (Decimal { whole, scale }, Int64 { .. }) => {
                Self::decimal(whole.max(INT64_DIGITS), scale)
            }
            (Decimal { whole: one, scale: two }, Decimal { whole, scale }) => {
                Self::decimal(one.max(whole), two.max(scale))
            }
            (Int64 { wide: false }, Float64) | (Float64, Int64 { wide: false }) => Float64,
            (Timestamp { zone: one }, Timestamp { zone: two }) => Timestamp { zone: one || two },
            (Date, Timestamp { zone }) | (Timestamp { zone }, Date) => Timestamp { zone },
            (one, two) if one == two => one,
            _ => Text,
        }
    }

    /// The Arrow type of a column of this kind that has no parts.
    ///
    /// Structs and lists are given without theirs, as empty structs and lists of nulls: their types follow from the
    /// arrays.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Null => DataType::Null,
            Self::Bool => DataType::Boolean,
            Self::Int64 { .. } => DataType::Int64,
            Self::Decimal { scale, .. } => DataType::Decimal128(DECIMAL_DIGITS, scale as i8),
            Self::Float64 => DataType::Float64,
            Self::Date => DataType::Date32,
            Self::Timestamp { zone } => {
                DataType::Timestamp(TimeUnit::Microsecond, zone.then(|| "UTC".into()))
            }
            Self::Text => DataType::Utf8,
            Self::Struct => DataType::Struct(Fields::empty()),
            Self::List => DataType::new_list(DataType::Null, true),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Null => "null",
            Self::Bool => "boolean",
            Self::Int64 { .. } => "integer",
            Self::Decimal { .. } => "decimal",
            Self::Float64 => "float",
            Self::Date => "date",
            Self::Timestamp { zone: false } => "timestamp",
            Self::Timestamp { zone: true } => "timestamp with zone",
            Self::Text => "text",
            Self::Struct => "struct",
            Self::List => "list",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain ones, and some decimal ones.
    fn all() -> impl Iterator<Item = Kind> + Clone {
        let decimal = |(whole, scale)| Kind::Decimal { whole, scale };
        let decimals = [(DECIMAL_DIGITS, 0), (20, 0), (8, 2), (4, 20)].map(decimal);
        Kind::PLAIN.into_iter().chain(decimals)
    }

    #[test]
    fn what_comes_of_some_kinds_does_not_depend_on_their_order() {
        for a in all() {
            assert_eq!(a.join(a), a);
            assert_eq!(Kind::Null.join(a), a);
            assert_eq!(a.join(Kind::Text), Kind::Text);
            for b in all() {
                assert_eq!(a.join(b), b.join(a), "{a:?} {b:?}");
                for c in all() {
                    assert_eq!(a.join(b).join(c), a.join(b.join(c)), "{a:?} {b:?} {c:?}");
                }
            }
        }
    }

    #[test]
    fn a_number_is_not_put_where_it_loses_digits() {
        let exact = 1_i64 << 53;
        assert_eq!(Kind::of_int(exact).join(Kind::Float64), Kind::Float64);
        assert_eq!(Kind::of_int(-exact).join(Kind::Float64), Kind::Float64);
        assert_eq!(Kind::of_int(exact + 1).join(Kind::Float64), Kind::Text);
        assert_eq!(Kind::of_int(i64::MIN).join(Kind::Float64), Kind::Text);
        assert_eq!(Kind::LONG.join(Kind::Float64), Kind::Text);
        let price = Kind::Decimal { whole: 8, scale: 2 };
        assert_eq!(price.join(Kind::of_int(7)), Kind::Decimal { whole: 19, scale: 2 });
        assert_eq!(price.join(Kind::Decimal { whole: 4, scale: 4 }), Kind::Decimal { whole: 8, scale: 4 });
        assert_eq!(price.join(Kind::LONG), Kind::Text);
    }
}
