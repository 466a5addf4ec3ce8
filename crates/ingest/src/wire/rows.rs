//! Rows of a table as the message in which workers send rows.

use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;

use super::{Parcel, WireError};
use crate::{Batch, Kind, LineMap, Origin};

/// The message with these rows, which come from no source. Their lines are their numbers, of which the first is given, from 1.
///
/// # Errors
/// When a column is of a type that no reader makes.
pub fn rows_parcel(rows: RecordBatch, first: u64) -> Result<Vec<u8>, WireError> {
    let types = rows.columns().iter().map(|column| column.data_type());
    let origins = types.map(origin).collect::<Result<_, _>>()?;
    let records = rows.num_rows() as u64;
    let lines = LineMap::consecutive(first);
    Parcel::Batch(Batch { rows, origins, lines, rejects: Vec::new(), rejected: 0, records }).encode()
}

/// What a column was before: of its type. How its values were written in their source is not known any more.
fn origin(data_type: &DataType) -> Result<Origin, WireError> {
    const DIGITS: u8 = 38;
    Ok(match data_type {
        DataType::Null => Origin::plain(Kind::Null),
        DataType::Boolean => Origin::plain(Kind::Bool),
        DataType::Int64 => Origin::plain(Kind::Int64 { wide: true }),
        DataType::Float64 => Origin::plain(Kind::Float64),
        DataType::Date32 => Origin::plain(Kind::Date),
        DataType::Timestamp(_, zone) => Origin::plain(Kind::Timestamp { zone: zone.is_some() }),
        DataType::Utf8 => Origin::plain(Kind::Text),
        DataType::Decimal128(DIGITS, scale @ 0..=38) => {
            Origin::plain(Kind::decimal(DIGITS - scale.unsigned_abs(), scale.unsigned_abs()))
        }
        DataType::Struct(members) => {
            let parts = members.iter().map(|member| origin(member.data_type())).collect::<Result<_, _>>()?;
            Origin::nested(Kind::Struct, parts)
        }
        DataType::List(element) => Origin::nested(Kind::List, vec![origin(element.data_type())?]),
        other => return Err(WireError::Unsupported(other.clone())),
    })
}
