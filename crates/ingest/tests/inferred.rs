//! Columns that nobody declared, against a model that looks at all values of a column before it says what they are.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use std::collections::BTreeSet;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use proptest::prelude::*;
use sandglass_ingest::ndjson::Decoder;
use sandglass_ingest::{Batch, RecordSpec, Shape};
use sandglass_weekly::Timestamp;

/// What a value is, all values of a column taken together aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Bool,
    Int,
    Wide,
    Big,
    Float,
    Text,
    Date,
    Time,
    Zoned,
    Object,
    Array,
}

/// A value as it is written, with its parts.
#[derive(Debug, Clone)]
enum Node {
    Null,
    Scalar(&'static str, Class),
    Object(Vec<(&'static str, Node)>),
    Array(Vec<Node>),
}

const SCALARS: &[(&str, Class)] = &[
    ("true", Class::Bool),
    ("false", Class::Bool),
    ("1", Class::Int),
    ("-250", Class::Int),
    ("9007199254740992", Class::Int),
    ("9007199254740993", Class::Wide),
    // It is a float as well, but for its size.
    ("9007199254740994", Class::Wide),
    ("15161.779999999999", Class::Float),
    ("-9223372036854775808", Class::Wide),
    ("9223372036854775808", Class::Big),
    ("-99999999999999999999999999999999999999", Class::Big),
    ("999999999999999999999999999999999999999", Class::Text),
    ("1.5", Class::Float),
    ("2.50", Class::Float),
    ("3.00", Class::Float),
    ("4.0", Class::Float),
    ("-0", Class::Float),
    ("1e3", Class::Float),
    ("0.1234567890123456789", Class::Float),
    ("1e999", Class::Text),
    ("\"x\"", Class::Text),
    ("\"\"", Class::Text),
    ("\"7\"", Class::Text),
    ("\"a\\n\\\"b\\u00e9\"", Class::Text),
    ("\"2021-02-30\"", Class::Text),
    ("\"2021-09-04\"", Class::Date),
    ("\"1969-12-31\"", Class::Date),
    ("\"2021-09-04T10:00:00\"", Class::Time),
    ("\"2021-09-04 10:00:00.50\"", Class::Time),
    ("\"2021-09-04T10:00:00.123456789\"", Class::Time),
    ("\"2021-09-04T10:00:00Z\"", Class::Zoned),
    ("\"2021-09-04T23:30:00.125-02:00\"", Class::Zoned),
];

fn node() -> impl Strategy<Value = Node> {
    let scalar = || (0..SCALARS.len()).prop_map(|at| Node::Scalar(SCALARS[at].0, SCALARS[at].1));
    let leaf = prop_oneof![1 => Just(Node::Null), 6 => scalar()];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            2 => prop::collection::vec((0..3_usize, inner.clone()), 0..4).prop_map(object),
            2 => prop::collection::vec(inner, 0..4).prop_map(Node::Array),
        ]
    })
}

/// An object with each key once.
fn object(members: Vec<(usize, Node)>) -> Node {
    const KEYS: [&str; 3] = ["a", "b", "c"];
    let mut once: Vec<(&str, Node)> = Vec::new();
    for (key, value) in members {
        if once.iter().all(|(other, _)| *other != KEYS[key]) {
            once.push((KEYS[key], value));
        }
    }
    Node::Object(once)
}

/// Records of which some columns have values of one class, as most files do, and some of many.
fn records() -> impl Strategy<Value = Vec<Node>> {
    let plain = (0..SCALARS.len(), 0..SCALARS.len(), 0..40_usize).prop_map(|(usual, other, at)| {
        let of = |at: usize| Node::Scalar(SCALARS[at].0, SCALARS[at].1);
        (0..40).map(|row| if row == at { of(other) } else { of(usual) }).collect::<Vec<_>>()
    });
    let mixed = prop::collection::vec(node(), 40);
    let column = prop_oneof![plain, mixed];
    (prop::collection::vec(column, 1..4), 1..40_usize).prop_map(|(columns, rows)| {
        (0..rows)
            .map(|row| {
                object(columns.iter().enumerate().map(|(at, column)| (at, column[row].clone())).collect())
            })
            .collect()
    })
}

fn write(node: &Node, space: &str, out: &mut String) {
    match node {
        Node::Null => out.push_str("null"),
        Node::Scalar(text, _) => out.push_str(text),
        Node::Object(members) => {
            out.push('{');
            for (at, (key, value)) in members.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(&format!("{space}\"{key}\":{space}"));
                write(value, space, out);
            }
            out.push('}');
        }
        Node::Array(elements) => {
            out.push('[');
            for (at, element) in elements.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(space);
                write(element, space, out);
            }
            out.push(']');
        }
    }
}

/// The type of a column with these values.
fn type_of(values: &[&Node]) -> DataType {
    use arrow_schema::{Field, Fields, TimeUnit};
    let classes: BTreeSet<Class> = values
        .iter()
        .filter_map(|value| match value {
            Node::Null => None,
            Node::Scalar(_, class) => Some(*class),
            Node::Object(_) => Some(Class::Object),
            Node::Array(_) => Some(Class::Array),
        })
        .collect();
    let only = |allowed: &[Class]| classes.iter().all(|class| allowed.contains(class));
    let time = |zone: bool| DataType::Timestamp(TimeUnit::Microsecond, zone.then(|| "UTC".into()));
    if classes.is_empty() {
        DataType::Null
    } else if only(&[Class::Bool]) {
        DataType::Boolean
    } else if only(&[Class::Int, Class::Wide]) {
        DataType::Int64
    } else if only(&[Class::Int, Class::Wide, Class::Big]) {
        DataType::Decimal128(38, 0)
    } else if only(&[Class::Int, Class::Float]) {
        DataType::Float64
    } else if only(&[Class::Date]) {
        DataType::Date32
    } else if only(&[Class::Date, Class::Time, Class::Zoned]) {
        time(classes.contains(&Class::Zoned))
    } else if only(&[Class::Object]) {
        let mut keys: Vec<&str> = Vec::new();
        for (key, _) in values.iter().flat_map(|value| members(value)) {
            if !keys.contains(key) {
                keys.push(key);
            }
        }
        let field = |key: &&str| {
            let values: Vec<&Node> = values.iter().filter_map(|value| member(value, key)).collect();
            Field::new(*key, type_of(&values), true)
        };
        DataType::Struct(keys.iter().map(field).collect::<Fields>())
    } else if only(&[Class::Array]) {
        let elements: Vec<&Node> = values.iter().flat_map(|value| elements(value)).collect();
        DataType::new_list(type_of(&elements), true)
    } else {
        DataType::Utf8
    }
}

fn members(node: &Node) -> &[(&'static str, Node)] {
    if let Node::Object(members) = node { members } else { &[] }
}

fn member<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    members(node).iter().find(|(other, _)| *other == key).map(|(_, value)| value)
}

fn elements(node: &Node) -> &[Node] {
    if let Node::Array(elements) = node { elements } else { &[] }
}

/// A JSON text without what may be lost of objects and arrays that became text: white space and members that are null.
fn normal(text: &str) -> serde_json::Value {
    fn without_nulls(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Object(members) => {
                let there = members.into_iter().filter(|(_, value)| !value.is_null());
                serde_json::Value::Object(there.map(|(key, value)| (key, without_nulls(value))).collect())
            }
            serde_json::Value::Array(elements) => elements.into_iter().map(without_nulls).collect(),
            other => other,
        }
    }
    // JSON has numbers that are too large for serde_json.
    let text = text.replace("1e999", "1e99");
    without_nulls(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

/// Sees that a cell is what was written.
fn check(array: &ArrayRef, row: usize, node: Option<&Node>) {
    let Some(node) = node.filter(|node| !matches!(node, Node::Null)) else {
        assert!(array.logical_nulls().is_some_and(|nulls| nulls.is_null(row)), "null expected");
        return;
    };
    assert!(array.is_valid(row), "{node:?} expected");
    let mut text = String::new();
    write(node, "", &mut text);
    let string = || serde_json::from_str::<String>(&text).unwrap();
    match array.data_type() {
        DataType::Boolean => assert_eq!(array.as_boolean().value(row).to_string(), text),
        DataType::Int64 => assert_eq!(array.as_primitive::<Int64Type>().value(row).to_string(), text),
        DataType::Decimal128(..) => {
            assert_eq!(array.as_primitive::<Decimal128Type>().value(row).to_string(), text)
        }
        DataType::Float64 => {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(
                array.as_primitive::<Float64Type>().value(row).to_bits(),
                expected.to_bits(),
                "{text}"
            );
        }
        DataType::Date32 => {
            let expected = Timestamp::parse(string().as_bytes()).unwrap().days();
            assert_eq!(array.as_primitive::<Date32Type>().value(row), expected);
        }
        DataType::Timestamp(..) => {
            let expected = Timestamp::parse(string().as_bytes()).unwrap().micros();
            assert_eq!(array.as_primitive::<TimestampMicrosecondType>().value(row), expected);
        }
        DataType::Utf8 => {
            let found = array.as_string::<i32>().value(row);
            match node {
                Node::Object(_) | Node::Array(_) => assert_eq!(normal(found), normal(&text)),
                Node::Scalar(_, class) if text.starts_with('"') => {
                    assert_eq!(found, string(), "{class:?}");
                }
                _ => assert_eq!(found, text),
            }
        }
        DataType::Struct(fields) => {
            for (field, column) in fields.iter().zip(array.as_struct().columns()) {
                check(column, row, member(node, field.name()));
            }
        }
        DataType::List(_) => {
            let found = array.as_list::<i32>().value(row);
            assert_eq!(found.len(), elements(node).len());
            for (at, element) in elements(node).iter().enumerate() {
                check(&found, at, Some(element));
            }
        }
        other => panic!("a column of {other}"),
    }
}

/// Decodes a file that comes in slices of these lengths.
fn decode(text: &[u8], slice: usize, batch_rows: usize) -> Vec<Batch> {
    let mut decoder = Decoder::with_limits(&RecordSpec::inferred(), batch_rows, 1 << 20);
    let mut batches = Vec::new();
    for mut piece in text.chunks(slice) {
        while !piece.is_empty() {
            piece = &piece[decoder.decode(piece)..];
            if decoder.is_full() {
                batches.extend(decoder.flush().unwrap());
            }
        }
    }
    decoder.finish();
    batches.extend(decoder.flush().unwrap());
    batches
}

/// All batches as one table, its columns as wide as they have to be.
fn table(batches: &[Batch]) -> Vec<RecordBatch> {
    let mut shape = Shape::default();
    batches.iter().for_each(|batch| shape.widen(&batch.rows, &batch.origins));
    batches.iter().map(|batch| shape.cast(&batch.rows, &batch.origins).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn every_value_is_there_in_the_narrowest_type_that_holds_its_column(
        records in records(),
        space in prop_oneof![Just(""), Just(" ")],
        slice in 1..400_usize,
        batch_rows in 1..50_usize,
    ) {
        let mut text = String::new();
        for record in &records {
            write(record, space, &mut text);
            text.push('\n');
        }
        let batches = decode(text.as_bytes(), slice, batch_rows);
        prop_assert_eq!(batches.iter().map(|batch| batch.rejects.len()).sum::<usize>(), 0);
        let rows: Vec<&Node> = records.iter().collect();
        let DataType::Struct(expected) = type_of(&rows) else { return Ok(()) };
        let tables = table(&batches);
        let mut record = records.iter();
        for table in &tables {
            prop_assert_eq!(table.schema_ref().fields(), &expected, "{}", text);
            for row in 0..table.num_rows() {
                let record = record.next().expect("no more rows than records");
                for (field, column) in expected.iter().zip(table.columns()) {
                    check(column, row, member(record, field.name()));
                }
            }
        }
        prop_assert!(record.next().is_none(), "as many rows as records");
    }
}
