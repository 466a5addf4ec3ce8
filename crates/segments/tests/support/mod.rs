//! Rows of every type that readers make, from a seed.
#![allow(dead_code)] // each test uses some of it

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, ListArray,
    NullArray, RecordBatch, RecordBatchOptions, StringArray, StructArray, TimestampMicrosecondArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use serde_json::{Value, json};

/// Numbers that look random; the same seed makes the same ones.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }
}

/// Names as people and machines give them.
const NAMES: [&str; 12] = [
    "Id",
    "a.b",
    "",
    "日本",
    "\"quoted\"",
    "new\nline",
    "list",
    "element",
    "sandglass.seal",
    "(none)",
    " ",
    "🦀",
];

/// A type; nested ones down to some depth.
pub(crate) fn data_type(random: &mut Random, depth: u32) -> DataType {
    match random.below(if depth > 0 { 13 } else { 10 }) {
        0 => DataType::Boolean,
        1 | 2 => DataType::Int64,
        3 => DataType::Float64,
        4 => {
            let digits = 1 + random.below(38) as u8;
            DataType::Decimal128(digits, random.below(u64::from(digits) + 1) as i8)
        }
        5 => DataType::Date32,
        6 => DataType::Timestamp(TimeUnit::Microsecond, None),
        7 => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        8 => DataType::Utf8,
        9 => DataType::Null,
        10 | 11 => {
            let members = random.below(4);
            DataType::Struct(fields(random, members, depth - 1))
        }
        _ => {
            let nullable = !random.one_in(4);
            let name = if random.one_in(4) { "element" } else { "item" };
            let element = data_type(random, depth - 1);
            let nullable = nullable || element == DataType::Null;
            DataType::List(Arc::new(Field::new(name, element, nullable)))
        }
    }
}

/// Columns of different names.
pub(crate) fn fields(random: &mut Random, count: u64, depth: u32) -> Fields {
    let from = random.below(NAMES.len() as u64);
    let field = |at: u64| {
        let data_type = data_type(random, depth);
        let nullable = data_type == DataType::Null || !random.one_in(4);
        Field::new(NAMES[((from + at) % NAMES.len() as u64) as usize], data_type, nullable)
    };
    (0..count).map(field).collect()
}

/// Values of a column.
pub(crate) fn array(random: &mut Random, field: &Field, rows: usize) -> ArrayRef {
    let few_nulls = [1, 2, 50][random.below(3) as usize];
    let mut there = Vec::new();
    for _ in 0..rows {
        there.push(!field.is_nullable() || !random.one_in(few_nulls));
    }
    let nulls = field.is_nullable().then(|| NullBuffer::from(there)).filter(|nulls| nulls.null_count() > 0);
    let mut integers = |small: bool| -> Vec<i64> {
        let wide = if small { 1 << 20 } else { u64::MAX };
        let mut last = random.next() as i64;
        let mut value = || match random.below(8) {
            0 => random.next() as i64 >> random.below(64),
            1 => [i64::MIN, i64::MAX, 0, -1][random.below(4) as usize],
            _ => {
                last = last.wrapping_add(random.below(5) as i64);
                last
            }
        };
        (0..rows).map(|_| if small { value() % wide as i64 } else { value() }).collect()
    };
    match field.data_type() {
        DataType::Null => Arc::new(NullArray::new(rows)),
        DataType::Boolean => {
            Arc::new(BooleanArray::new(integers(false).iter().map(|value| value % 3 == 0).collect(), nulls))
        }
        DataType::Int64 => Arc::new(Int64Array::new(integers(false).into(), nulls)),
        DataType::Float64 => {
            let special = [f64::NAN, -0.0, 0.0, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, 0.1];
            let float = |value: i64| match value % 11 {
                at @ 0..7 => special[at as usize],
                _ => value as f64 / 7.0,
            };
            Arc::new(Float64Array::new(integers(false).into_iter().map(float).collect(), nulls))
        }
        DataType::Decimal128(digits, scale) => {
            let limit = 10_i128.pow(u32::from(*digits));
            let wide = |value: i64| (i128::from(value) * i128::from(value / 3 + 7)) % limit;
            let values = integers(false).into_iter().map(wide).collect();
            Arc::new(Decimal128Array::new(values, nulls).with_precision_and_scale(*digits, *scale).unwrap())
        }
        DataType::Date32 => {
            Arc::new(Date32Array::new(integers(true).into_iter().map(|value| value as i32).collect(), nulls))
        }
        DataType::Timestamp(_, zone) => {
            let values = TimestampMicrosecondArray::new(integers(false).into(), nulls);
            Arc::new(values.with_timezone_opt(zone.clone()))
        }
        DataType::Utf8 => {
            let text = |value: i64| match value % 5 {
                0 => String::new(),
                1 => format!("{value} ♥").repeat(1 + (value.unsigned_abs() % 40) as usize),
                2 => "\u{10ffff}".repeat(30),
                _ => ["up", "down", "a \0 b"][(value.unsigned_abs() % 3) as usize].to_owned(),
            };
            let texts: Vec<String> = integers(false).into_iter().map(text).collect();
            let (offsets, values, _) = StringArray::from_iter_values(texts).into_parts();
            Arc::new(StringArray::new(offsets, values, nulls))
        }
        DataType::Struct(members) => {
            let columns = members.iter().map(|member| array(random, member, rows)).collect();
            Arc::new(StructArray::try_new_with_length(members.clone(), columns, nulls, rows).unwrap())
        }
        DataType::List(element) => {
            let lengths: Vec<usize> = (0..rows).map(|_| random.below(4) as usize).collect();
            let values = array(random, element, lengths.iter().sum());
            Arc::new(ListArray::new(Arc::clone(element), OffsetBuffer::from_lengths(lengths), values, nulls))
        }
        other => panic!("no reader makes {other}"),
    }
}

/// Rows of these columns.
pub(crate) fn batch(random: &mut Random, schema: &Arc<Schema>, rows: usize) -> RecordBatch {
    let columns = schema.fields().iter().map(|field| array(random, field, rows)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).unwrap()
}

/// A value as `others.py` prints it: numbers are texts, so that no digit is lost, and floating-point numbers their bits. What
/// lies behind a null is not looked at.
pub(crate) fn render(array: &ArrayRef, row: usize) -> Value {
    if array.is_null(row) || *array.data_type() == DataType::Null {
        return Value::Null;
    }
    let all = |array: &ArrayRef| (0..array.len()).map(|row| render(array, row)).collect();
    match array.data_type() {
        DataType::Boolean => json!(array.as_boolean().value(row)),
        DataType::Int64 => json!(array.as_primitive::<Int64Type>().value(row).to_string()),
        DataType::Float64 => {
            json!(format!("{:016x}", array.as_primitive::<Float64Type>().value(row).to_bits()))
        }
        DataType::Decimal128(..) => json!(array.as_primitive::<Decimal128Type>().value(row).to_string()),
        DataType::Date32 => json!(array.as_primitive::<Date32Type>().value(row).to_string()),
        DataType::Timestamp(..) => {
            json!(array.as_primitive::<TimestampMicrosecondType>().value(row).to_string())
        }
        DataType::Utf8 => json!(array.as_string::<i32>().value(row)),
        DataType::Struct(_) => {
            Value::Array(array.as_struct().columns().iter().map(|member| render(member, row)).collect())
        }
        DataType::List(_) => Value::Array(all(&array.as_list::<i32>().value(row))),
        other => panic!("no reader makes {other}"),
    }
}
