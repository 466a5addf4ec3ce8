//! What workers send each other, as bytes: one message is one buffer that can be handed over without a copy.
//!
//! Everything is in words of eight bytes, numbers as little-endian words and bytes filled up to whole ones. So the vectors
//! of arrays are aligned in the message as they are in memory; each is copied once when it is written and once when it is
//! read. Types are those of [`Kind`](crate::Kind)s, and nothing of Arrow's own format is needed, which would be many times
//! the code.
//!
//! Messages are from workers of the same build. Bytes that are none are an error all the same: nothing is taken for granted
//! that could end the program later, and no more memory is asked for than there are bytes.

mod columns;
mod options;
mod records;
mod rows;
mod task;
mod words;

use arrow_schema::DataType;
use thiserror::Error;

pub use self::rows::rows_parcel;
use self::words::{PushWord, Wire, Words};
use crate::ranges::{RangeEvent, RangeTask};
use crate::{Batch, ReadOptions, SourceError, SourceSummary};

/// Why something could not be written or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WireError {
    /// The bytes are no message.
    #[error("a message of another worker is damaged: there is no {0} (a defect of this program)")]
    Damaged(&'static str),
    /// A column is of a type that no reader makes.
    #[error("a column of {0} cannot be sent to another worker (a defect of this program)")]
    Unsupported(DataType),
}

/// A message.
#[derive(Debug)]
pub enum Parcel {
    /// To read a range.
    Task(RangeTask),
    /// What was found in the range of a task, by its id.
    Range(u64, RangeEvent),
    /// Rows of a source that is read as a whole.
    Batch(Batch),
    /// The rows that follow are of the table with this name, in a source with several.
    Part(String),
    /// A source that is read as a whole has ended.
    Summary(SourceSummary),
    /// A source cannot be read.
    Failed(SourceError),
}

impl Parcel {
    /// The message as bytes.
    ///
    /// # Errors
    /// When a column is of a type that no reader makes.
    pub fn encode(&self) -> Result<Vec<u8>, WireError> {
        let mut out = Vec::new();
        match self {
            Self::Task(task) => {
                out.push_word(0);
                task.put(&mut out);
            }
            Self::Range(task, RangeEvent::Batch(batch)) => {
                out.push_word(1);
                task.put(&mut out);
                records::put_range_batch(batch, &mut out)?;
            }
            Self::Range(task, RangeEvent::End(end)) => {
                out.push_word(2);
                task.put(&mut out);
                end.put(&mut out);
            }
            Self::Range(task, RangeEvent::Failed(error)) => {
                out.push_word(3);
                task.put(&mut out);
                error.to_string().put(&mut out);
            }
            Self::Batch(batch) => {
                out.push_word(4);
                records::put_batch(batch, &mut out)?;
            }
            Self::Part(name) => {
                out.push_word(5);
                name.put(&mut out);
            }
            Self::Summary(summary) => {
                out.push_word(6);
                summary.put(&mut out);
            }
            Self::Failed(error) => {
                out.push_word(7);
                error.to_string().put(&mut out);
            }
        }
        Ok(out)
    }

    /// The message that these bytes are.
    ///
    /// # Errors
    /// When they are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        let mut words = Words::new(bytes);
        let parcel = match words.number()? {
            0 => Self::Task(Wire::get(&mut words)?),
            1 => Self::Range(words.number()?, RangeEvent::Batch(records::get_range_batch(&mut words)?)),
            2 => Self::Range(words.number()?, RangeEvent::End(Wire::get(&mut words)?)),
            3 => Self::Range(words.number()?, RangeEvent::Failed(SourceError::Told(Wire::get(&mut words)?))),
            4 => Self::Batch(records::get_batch(&mut words)?),
            5 => Self::Part(Wire::get(&mut words)?),
            6 => Self::Summary(Wire::get(&mut words)?),
            7 => Self::Failed(SourceError::Told(Wire::get(&mut words)?)),
            _ => return Err(WireError::Damaged("message of that kind")),
        };
        words.end()?;
        Ok(parcel)
    }
}

/// How a source is to be read, as bytes. It is no [`Parcel`], so that who only reads one need not know the other.
pub fn encode_options(options: &ReadOptions) -> Vec<u8> {
    let mut out = Vec::new();
    options.put(&mut out);
    out
}

/// How a source is to be read, from these bytes.
///
/// # Errors
/// When they say nothing of that kind.
pub fn decode_options(bytes: &[u8]) -> Result<ReadOptions, WireError> {
    let mut words = Words::new(bytes);
    let options = Wire::get(&mut words)?;
    words.end()?;
    Ok(options)
}
