//! Values of columns whose type is declared, from text: what a JSON string or a field of a file holds.

use sandglass_weekly::Timestamp;

use crate::columns::Columns;
use crate::integer::{self, Integer};
use crate::reject::shorten;
use crate::{FieldKind, Reason};

/// Writes a text into its column as the value that it stands for; returns 1 when it was a timestamp with digits below a
/// microsecond. `raw` is the text as it stands in the source, for messages.
pub(crate) fn put_declared_text(
    column: usize,
    text: &[u8],
    raw: &[u8],
    columns: &mut Columns,
) -> Result<u32, Reason> {
    match columns.declared(column) {
        FieldKind::Text | FieldKind::Inferred => {
            columns.put_text(column, text);
            Ok(0)
        }
        FieldKind::Integer => {
            let (column_name, value) = (columns.name(column).to_owned(), || shorten(raw));
            match integer::parse(text) {
                Integer::Value(number) => {
                    columns.put_int64(column, number);
                    Ok(0)
                }
                Integer::TooLarge => Err(Reason::IntegerTooLarge { column: column_name, value: value() }),
                Integer::No => Err(Reason::NotAnInteger { column: column_name, value: value() }),
            }
        }
        FieldKind::Timestamp => match Timestamp::parse(text) {
            Ok(instant) => {
                columns.put_int64(column, instant.micros());
                Ok(u32::from(instant.sub_micro_nanos() != 0))
            }
            Err(error) => {
                let column = columns.name(column).to_owned();
                Err(Reason::NotATimestamp { column, value: shorten(raw), error: Some(error) })
            }
        },
    }
}
