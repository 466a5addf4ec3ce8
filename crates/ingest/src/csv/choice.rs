//! What a user can choose of how a delimited text is written. What is not chosen is told by the text.

use thiserror::Error;

use super::dialect::Escape;

/// Choices of a [`Dialect`](super::Dialect).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct DialectChoice {
    /// What stands between fields.
    pub delimiter: Option<u8>,
    /// What stands around fields; `Some(None)` when quotes are nothing special.
    pub quote: Option<Option<u8>>,
    /// How quotes stand within quotes.
    pub escape: Option<Escape>,
    /// Whether the first record has the names of the columns.
    pub header: Option<bool>,
    /// What comment lines begin with; `Some(None)` when there are none.
    pub comment: Option<Option<u8>>,
}

/// Choices of a dialect that cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DialectError {
    /// A byte that cannot be told from what stands in fields or ends lines.
    #[error(
        "{what} cannot be {}; it can be one ASCII character that is no letter, digit, point, sign or line end",
        shown(*.byte)
    )]
    Unfit {
        /// What it was chosen for, such as `the delimiter`.
        what: &'static str,
        /// The byte.
        byte: u8,
    },
    /// One byte for two things.
    #[error("{} cannot be both {one} and {two}; choose another one for either", shown(*.byte))]
    Twice {
        /// The byte.
        byte: u8,
        /// One thing that it was chosen for.
        one: &'static str,
        /// Another one.
        two: &'static str,
    },
}

fn shown(byte: u8) -> String {
    match byte {
        0x21..=0x7e => char::from(byte).to_string(),
        _ => format!("the byte 0x{byte:02x}"),
    }
}

impl DialectChoice {
    /// Looks whether a text can be written so.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check(&self) -> Result<(), DialectError> {
        const DELIMITER: &str = "the delimiter";
        const QUOTE: &str = "the quote";
        const COMMENT: &str = "the beginning of comments";
        let (quote, comment) = (self.quote.flatten(), self.comment.flatten());
        // Fields are read as what they hold, and end where that ends: no delimiter may be a part of a number.
        let unfit =
            |byte: u8| !byte.is_ascii() || byte.is_ascii_alphanumeric() || b".+-\n\r\0\\".contains(&byte);
        for (what, byte) in [(DELIMITER, self.delimiter), (QUOTE, quote)] {
            if let Some(byte) = byte.filter(|&byte| unfit(byte)) {
                return Err(DialectError::Unfit { what, byte });
            }
        }
        if let Some(byte) = comment.filter(|&byte| !byte.is_ascii() || byte == b'\n' || byte == b'\r') {
            return Err(DialectError::Unfit { what: COMMENT, byte });
        }
        let pairs = [
            ((DELIMITER, self.delimiter), (QUOTE, quote)),
            ((DELIMITER, self.delimiter), (COMMENT, comment)),
            ((QUOTE, quote), (COMMENT, comment)),
        ];
        for ((one, first), (two, second)) in pairs {
            if let (Some(byte), true) = (first, first == second) {
                return Err(DialectError::Twice { byte, one, two });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        let good = DialectChoice {
            delimiter: Some(b':'),
            quote: Some(Some(b'\'')),
            comment: Some(Some(b'%')),
            ..DialectChoice::default()
        };
        assert_eq!(good.check(), Ok(()));
        assert_eq!(DialectChoice { quote: Some(None), comment: Some(None), ..good }.check(), Ok(()));
        for byte in *b"a0.-+\n\r\\\0\x80" {
            let delimiter = DialectChoice { delimiter: Some(byte), ..good };
            assert_eq!(delimiter.check(), Err(DialectError::Unfit { what: "the delimiter", byte }));
            let quote = DialectChoice { quote: Some(Some(byte)), ..good };
            assert_eq!(quote.check(), Err(DialectError::Unfit { what: "the quote", byte }));
        }
        let twice = DialectChoice { quote: Some(Some(b':')), ..good }.check().unwrap_err();
        assert_eq!(
            twice.to_string(),
            ": cannot be both the delimiter and the quote; choose another one for either"
        );
        let unfit = DialectChoice { delimiter: Some(b'\n'), ..good }.check().unwrap_err();
        assert!(unfit.to_string().starts_with("the delimiter cannot be the byte 0x0a; "), "{unfit}");
        assert!(DialectChoice { comment: Some(Some(b'%')), delimiter: Some(b'%'), ..good }.check().is_err());
        assert!(DialectChoice { comment: Some(Some(b'a')), ..good }.check().is_ok());
    }
}
