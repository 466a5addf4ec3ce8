//! Types of columns as the manifest writes them: in words, for people and for other programs.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, TimeUnit};
use serde::{Deserialize, Serialize};

/// The type of a column: all that readers make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// No value was ever there.
    Null,
    /// `true` and `false`.
    Boolean,
    /// 64 bits, with a sign.
    Integer,
    /// 64 bits.
    Float,
    /// So many digits, and so many of them behind the point.
    Decimal(u8, i8),
    /// A day.
    Date,
    /// Microseconds, without a zone.
    Timestamp,
    /// Microseconds in this zone.
    TimestampIn(String),
    /// UTF-8.
    Text,
    /// Members by name.
    Struct(Vec<(String, ColumnType)>),
    /// Values of one type.
    List(Box<ColumnType>),
}

impl ColumnType {
    /// The type for Arrow's, if readers make such.
    pub fn of(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Boolean,
            DataType::Int64 => Self::Integer,
            DataType::Float64 => Self::Float,
            DataType::Decimal128(precision, scale) => Self::Decimal(*precision, *scale),
            DataType::Date32 => Self::Date,
            DataType::Timestamp(TimeUnit::Microsecond, None) => Self::Timestamp,
            DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) => Self::TimestampIn(zone.to_string()),
            DataType::Utf8 => Self::Text,
            DataType::Struct(fields) => {
                let member = |field: &Arc<Field>| Some((field.name().clone(), Self::of(field.data_type())?));
                Self::Struct(fields.iter().map(member).collect::<Option<_>>()?)
            }
            DataType::List(field) => Self::List(Box::new(Self::of(field.data_type())?)),
            _ => return None,
        })
    }

    /// Arrow's type for it.
    pub fn data_type(&self) -> DataType {
        match self {
            Self::Null => DataType::Null,
            Self::Boolean => DataType::Boolean,
            Self::Integer => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Decimal(precision, scale) => DataType::Decimal128(*precision, *scale),
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::TimestampIn(zone) => DataType::Timestamp(TimeUnit::Microsecond, Some(zone.as_str().into())),
            Self::Text => DataType::Utf8,
            Self::Struct(members) => {
                let field = |(name, of): &(String, Self)| Field::new(name, of.data_type(), true);
                DataType::Struct(members.iter().map(field).collect::<Fields>())
            }
            Self::List(of) => DataType::List(Arc::new(Field::new_list_field(of.data_type(), true))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_types_go_into_words_and_back() {
        let zone = Some("UTC".into());
        let plain = [
            DataType::Null,
            DataType::Boolean,
            DataType::Int64,
            DataType::Float64,
            DataType::Decimal128(38, 2),
            DataType::Date32,
            DataType::Timestamp(TimeUnit::Microsecond, None),
            DataType::Timestamp(TimeUnit::Microsecond, zone),
            DataType::Utf8,
        ];
        let members = plain.iter().map(|of| Field::new(format!("a \"{of}\""), of.clone(), true));
        let list = |of: DataType| DataType::List(Arc::new(Field::new_list_field(of, true)));
        let nested = list(DataType::Struct(members.collect()));
        for data_type in plain.iter().cloned().chain([nested, list(list(DataType::Utf8))]) {
            let words = serde_json::to_string(&ColumnType::of(&data_type).unwrap()).unwrap();
            let back: ColumnType = serde_json::from_str(&words).unwrap();
            assert_eq!(back.data_type(), data_type, "{words}");
        }
        assert_eq!(ColumnType::of(&DataType::Int32), None);
        let decimal = serde_json::to_string(&ColumnType::Decimal(38, 0)).unwrap();
        assert_eq!(decimal, r#"{"decimal":[38,0]}"#);
    }
}
