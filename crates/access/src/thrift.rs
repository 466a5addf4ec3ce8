//! What a Parquet file claims of itself, looked at before its reader believes it: how deep its columns are nested, because a
//! stack that overflows ends the program, and how much is on its pages, because room is made for that.
//!
//! Both stand in Thrift's compact protocol. Everything else that is said there is passed over.

use crate::parquet::ClaimError;

/// Columns may be nested so deep.
const NESTED_MAX: usize = 128;

/// Values of other fields are passed over down to here.
const PASSED_MAX: usize = 64;

/// Where the list of columns is in what a file says of itself, and how many members a column has.
const SCHEMA: i64 = 2;
const CHILDREN: i64 = 5;

const STRUCT: u8 = 12;
const LIST: u8 = 9;

struct Compact<'a> {
    bytes: &'a [u8],
}

/// The bytes are not Thrift, or end too early.
struct Broken;

/// Looks how deep the columns are nested.
///
/// # Errors
/// When that is too deep, or cannot be told.
pub(crate) fn check_depth(metadata: &[u8]) -> Result<(), ClaimError> {
    match (Compact { bytes: metadata }).deepest() {
        Ok(depth) if depth <= NESTED_MAX => Ok(()),
        Ok(_) => {
            let what =
                format!("a Parquet file with columns that are nested more than {NESTED_MAX} levels deep");
            Err(ClaimError::Unsupported(what))
        }
        Err(Broken) => {
            Err(ClaimError::Damaged("what it says of itself at its end makes no sense".to_owned()))
        }
    }
}

/// What a page claims of itself, in what stands before it.
#[derive(Debug, Default)]
pub struct PageClaims {
    /// Bytes of what stands before it.
    pub header: u64,
    /// Its bytes as they lie there.
    pub packed: u64,
    /// Its bytes unpacked.
    pub unpacked: u64,
    /// Its values, if it has some and is no dictionary.
    pub values: u64,
    /// Whether it is a dictionary.
    pub is_dictionary: bool,
    /// The values of a dictionary.
    pub dictionary: u64,
}

/// Reads what stands before a page; `None` when it is not all there, or makes no sense.
pub fn page_claims(bytes: &[u8]) -> Option<PageClaims> {
    let mut rest = Compact { bytes };
    let mut page = rest.page().ok()?;
    page.header = (bytes.len() - rest.bytes.len()) as u64;
    Some(page)
}

impl Compact<'_> {
    fn page(&mut self) -> Result<PageClaims, Broken> {
        let (mut page, mut field) = (PageClaims::default(), 0);
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind) {
                (2, 4..=6) => page.unpacked = self.length()?,
                (3, 4..=6) => page.packed = self.length()?,
                // A page of data of either version, and a dictionary; the number of values is said first in all of them.
                (5 | 8, STRUCT) => page.values = self.first_number()?,
                (7, STRUCT) => {
                    page.is_dictionary = true;
                    page.dictionary = self.first_number()?;
                }
                _ => self.pass(kind, false, 0)?,
            }
        }
        Ok(page)
    }

    /// The first field of a struct, which is a number.
    fn first_number(&mut self) -> Result<u64, Broken> {
        let (mut field, mut number) = (0, 0);
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind) {
                (1, 4..=6) => number = self.length()?,
                _ => self.pass(kind, false, 0)?,
            }
        }
        Ok(number)
    }

    fn length(&mut self) -> Result<u64, Broken> {
        u64::try_from(self.signed()?).map_err(|_| Broken)
    }

    /// The depth of the deepest column, or one that is too deep.
    fn deepest(&mut self) -> Result<usize, Broken> {
        let mut deepest = 0;
        let mut field = 0;
        while let Some(kind) = self.field(&mut field)? {
            if field == SCHEMA && kind == LIST {
                deepest = deepest.max(self.schema()?);
            } else {
                self.pass(kind, false, 0)?;
            }
            if deepest > NESTED_MAX {
                break;
            }
        }
        Ok(deepest)
    }

    /// The columns stand one behind the other, each before its members.
    fn schema(&mut self) -> Result<usize, Broken> {
        let (kind, count) = self.list()?;
        if kind != STRUCT {
            return Err(Broken);
        }
        let mut open: Vec<u64> = Vec::new();
        let mut deepest = 0;
        for _ in 0..count {
            while open.last() == Some(&0) {
                open.pop();
            }
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            let children = self.children()?;
            if children > 0 {
                open.push(children);
                deepest = deepest.max(open.len());
                if deepest > NESTED_MAX {
                    break;
                }
            }
        }
        Ok(deepest)
    }

    /// How many members a column has.
    fn children(&mut self) -> Result<u64, Broken> {
        let (mut field, mut children) = (0, 0);
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind) {
                (CHILDREN, 4..=6) => children = u64::try_from(self.signed()?).unwrap_or(0),
                _ => self.pass(kind, false, 0)?,
            }
        }
        Ok(children)
    }

    fn byte(&mut self) -> Result<u8, Broken> {
        let (&first, rest) = self.bytes.split_first().ok_or(Broken)?;
        self.bytes = rest;
        Ok(first)
    }

    fn jump(&mut self, count: u64) -> Result<(), Broken> {
        self.bytes = usize::try_from(count).ok().and_then(|count| self.bytes.get(count..)).ok_or(Broken)?;
        Ok(())
    }

    fn unsigned(&mut self) -> Result<u64, Broken> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Broken)
    }

    /// The sign is in the last bit.
    fn signed(&mut self) -> Result<i64, Broken> {
        let value = self.unsigned()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// The kind of the next field of a struct, whose number follows from the one before; `None` at its end.
    fn field(&mut self, number: &mut i64) -> Result<Option<u8>, Broken> {
        let byte = self.byte()?;
        if byte & 0xf == 0 {
            return Ok(None);
        }
        *number = match i64::from(byte >> 4) {
            0 => self.signed()?,
            more => *number + more,
        };
        Ok(Some(byte & 0xf))
    }

    /// The kind and number of the elements of a list.
    fn list(&mut self) -> Result<(u8, u64), Broken> {
        let byte = self.byte()?;
        let count = match byte >> 4 {
            15 => self.unsigned()?,
            few => u64::from(few),
        };
        Ok((byte & 0xf, count))
    }

    /// Passes over a value. In fields, truth is part of the kind.
    fn pass(&mut self, kind: u8, element: bool, depth: usize) -> Result<(), Broken> {
        if depth > PASSED_MAX {
            return Err(Broken);
        }
        match kind {
            1 | 2 if element => self.jump(1),
            1 | 2 => Ok(()),
            3 => self.jump(1),
            4..=6 => self.unsigned().map(|_| ()),
            7 => self.jump(8),
            8 => {
                let length = self.unsigned()?;
                self.jump(length)
            }
            LIST | 10 => {
                let (kind, count) = self.list()?;
                (0..count).try_for_each(|_| self.pass(kind, true, depth + 1))
            }
            11 => {
                let count = self.unsigned()?;
                let kinds = if count > 0 { self.byte()? } else { 0 };
                (0..count).try_for_each(|_| {
                    self.pass(kinds >> 4, true, depth + 1)?;
                    self.pass(kinds & 0xf, true, depth + 1)
                })
            }
            STRUCT => {
                let mut field = 0;
                while let Some(kind) = self.field(&mut field)? {
                    self.pass(kind, false, depth + 1)?;
                }
                Ok(())
            }
            13 => self.jump(16),
            _ => Err(Broken),
        }
    }
}
