//! Parquet and Arrow files, written by Arrow's own writers: what comes of them is what was written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;

use arrow_array::builder::{Int32Builder, MapBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, DictionaryArray,
    FixedSizeListArray, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array,
    LargeStringArray, ListArray, NullArray, RecordBatch, StringArray, StringViewArray, StructArray,
    Time64MicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
    UInt8Array, UInt32Array, UInt64Array,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::DataType;
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use sandglass_formats::Options;
use sandglass_ingest::{FieldKind, FieldSpec, RecordSpec};
use support::{Part, damage, gzip, read_one, read_with};

fn parquet(batches: &[RecordBatch], compression: Compression) -> Vec<u8> {
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_max_row_group_row_count(Some(5000))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batches[0].schema(), Some(properties)).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

fn arrow_options(compression: Option<CompressionType>) -> IpcWriteOptions {
    IpcWriteOptions::default().try_with_compression(compression).unwrap()
}

fn arrow_file(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
    let mut writer =
        FileWriter::try_new_with_options(Vec::new(), &batches[0].schema(), arrow_options(compression))
            .unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn arrow_stream(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
    let mut writer =
        StreamWriter::try_new_with_options(Vec::new(), &batches[0].schema(), arrow_options(compression))
            .unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .unwrap()
}

/// The same batch in every form that keeps all of its types.
fn in_all_forms(batches: &[RecordBatch]) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("Parquet", parquet(batches, Compression::SNAPPY)),
        ("Arrow file", arrow_file(batches, None)),
        ("Arrow stream", arrow_stream(batches, Some(CompressionType::ZSTD))),
    ]
}

fn many(rows: i64) -> RecordBatch {
    batch(vec![
        ("id", Arc::new(Int64Array::from_iter_values(0..rows)) as ArrayRef),
        ("half", Arc::new(Float64Array::from_iter((0..rows).map(|n| (n % 7 > 0).then(|| n as f64 / 2.0))))),
        (
            "name",
            Arc::new(StringArray::from_iter(
                (0..rows).map(|n| (n % 5 > 0).then(|| format!("name {}", n % 100))),
            )),
        ),
    ])
}

/// Whether a part has the rows of [`many`].
fn assert_many(part: &Part, rows: i64) {
    assert_eq!(part.columns(), ["id integer", "half float", "name text"]);
    assert_eq!(part.lines(), (1..=rows as u64).collect::<Vec<_>>());
    let mut at = 0;
    for table in part.tables() {
        let (id, half, name) = (table.column(0), table.column(1), table.column(2));
        for row in 0..table.num_rows() {
            assert_eq!(id.as_primitive::<Int64Type>().value(row), at);
            assert_eq!(half.is_valid(row), at % 7 > 0);
            assert!(half.is_null(row) || half.as_primitive::<Float64Type>().value(row) == at as f64 / 2.0);
            assert_eq!(name.is_valid(row), at % 5 > 0);
            assert!(name.is_null(row) || name.as_string::<i32>().value(row) == format!("name {}", at % 100));
            at += 1;
        }
    }
    assert_eq!(at, rows);
}

#[test]
fn parquet_of_every_compression_is_read() {
    let written = many(40_000);
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::BROTLI(BrotliLevel::default()),
    ] {
        let part = read_one(parquet(std::slice::from_ref(&written), compression)).unwrap();
        assert_eq!(part.summary().format, "Parquet");
        assert_many(&part, 40_000);
    }
}

#[test]
fn arrow_files_and_streams_are_read_packed_or_not() {
    let written = many(40_000);
    let halves = [written.slice(0, 30_000), written.slice(30_000, 10_000)];
    for compression in [None, Some(CompressionType::LZ4_FRAME), Some(CompressionType::ZSTD)] {
        let part = read_one(arrow_file(&halves, compression)).unwrap();
        assert_eq!(part.summary().format, "Arrow file");
        assert_many(&part, 40_000);
        let part = read_one(arrow_stream(&halves, compression)).unwrap();
        assert_eq!(part.summary().format, "Arrow stream");
        assert_many(&part, 40_000);
    }
}

#[test]
fn what_is_packed_around_is_unpacked() {
    let written = [many(1000)];
    for (name, bytes) in in_all_forms(&written) {
        let part = read_one(gzip(&bytes)).unwrap();
        assert_eq!(part.summary().format, format!("{name}, gzip"));
        assert_many(&part, 1000);
        let part = read_one(gzip(&zstd::encode_all(&bytes[..], 1).unwrap())).unwrap();
        assert_eq!(part.summary().format, format!("{name}, zstd, gzip"));
        assert_many(&part, 1000);
    }
}

#[test]
fn numbers_of_every_width_are_those_that_were_written() {
    let written = [batch(vec![
        ("i8", Arc::new(Int8Array::from(vec![Some(-128), None, Some(127)])) as ArrayRef),
        ("i16", Arc::new(Int16Array::from(vec![i16::MIN, 0, i16::MAX]))),
        ("i32", Arc::new(Int32Array::from(vec![i32::MIN, 0, i32::MAX]))),
        ("i64", Arc::new(Int64Array::from(vec![i64::MIN, 0, i64::MAX]))),
        ("u8", Arc::new(UInt8Array::from(vec![0, 1, 255]))),
        ("u32", Arc::new(UInt32Array::from(vec![0, 1, u32::MAX]))),
        ("u64", Arc::new(UInt64Array::from(vec![0, 1, 2]))),
        ("u64 large", Arc::new(UInt64Array::from(vec![Some(0), None, Some(u64::MAX)]))),
        ("f32", Arc::new(Float32Array::from(vec![0.5, f32::NAN, -1.25]))),
        ("f64", Arc::new(Float64Array::from(vec![0.1, f64::INFINITY, 1e300]))),
        (
            "price",
            Arc::new(
                Decimal128Array::from(vec![Some(1250), None, Some(-5)])
                    .with_precision_and_scale(10, 2)
                    .unwrap(),
            ),
        ),
        ("long", Arc::new(Decimal128Array::from(vec![1, 2, 3]).with_precision_and_scale(38, 0).unwrap())),
        ("yes", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]))),
    ])];
    for (name, bytes) in in_all_forms(&written) {
        let part = read_one(bytes).unwrap();
        let expected = [
            "i8 integer",
            "i16 integer",
            "i32 integer",
            "i64 integer",
            "u8 integer",
            "u32 integer",
            "u64 integer",
            "u64 large decimal",
            "f32 float",
            "f64 float",
            "price decimal",
            "long decimal",
            "yes boolean",
        ];
        assert_eq!(part.columns(), expected, "{name}");
        let infinite = format!("{}", 1e300);
        assert_eq!(
            part.rows(),
            [
                "-128 -32768 -2147483648 -9223372036854775808 0 0 0 0 0.5 0.1 12.50 1 true".to_owned(),
                "null 0 0 0 1 1 1 null \"NaN\" \"inf\" null 2 false".to_owned(),
                format!(
                    "127 32767 2147483647 9223372036854775807 255 4294967295 2 18446744073709551615 -1.25 {infinite} -0.05 3 null"
                ),
            ],
            "{name}"
        );
        assert_eq!(part.tables()[0].column(10).data_type(), &DataType::Decimal128(38, 2));
    }
}

#[test]
fn times_are_instants_in_microseconds() {
    let second = 1_600_000_000_i64;
    let written = [batch(vec![
        ("day", Arc::new(Date32Array::from(vec![Some(0), Some(-1), None])) as ArrayRef),
        ("day 64", Arc::new(Date64Array::from(vec![86_400_000, -86_400_000, 0]))),
        ("s", Arc::new(TimestampSecondArray::from(vec![Some(second), Some(-1), None]))),
        ("ms", Arc::new(TimestampMillisecondArray::from(vec![second * 1000 + 5, -1, 0]))),
        (
            "ns",
            Arc::new(TimestampNanosecondArray::from(vec![
                Some(second * 1_000_000_000 + 1001),
                Some(-1),
                None,
            ])),
        ),
        (
            "zone",
            Arc::new(TimestampMillisecondArray::from(vec![second * 1000, 0, 1]).with_timezone("+02:00")),
        ),
        ("clock", Arc::new(Time64MicrosecondArray::from(vec![Some(3_600_000_000), None, Some(1)]))),
    ])];
    for (name, bytes) in in_all_forms(&written) {
        let part = read_one(bytes).unwrap();
        let expected = [
            "day date",
            "day 64 date",
            "s timestamp",
            "ms timestamp",
            "ns timestamp",
            "zone timestamp with zone",
            "clock text",
        ];
        let columns = part.columns();
        // Parquet has no days in milliseconds: they come back as what they were written as.
        assert_eq!(columns, expected, "{name}");
        assert_eq!(part.summary().cut_timestamps, 2, "{name}");
        assert_eq!(
            part.rows(),
            [
                "\"1970-01-01\" \"1970-01-02\" \"2020-09-13T12:26:40\" \"2020-09-13T12:26:40.005\" \"2020-09-13T12:26:40.000001\" \"2020-09-13T12:26:40Z\" \"01:00:00\"",
                "\"1969-12-31\" \"1969-12-31\" \"1969-12-31T23:59:59\" \"1969-12-31T23:59:59.999\" \"1969-12-31T23:59:59.999999\" \"1970-01-01T00:00:00Z\" null",
                "null \"1970-01-01\" null \"1970-01-01T00:00:00\" null \"1970-01-01T00:00:00.001Z\" \"00:00:00.000001\"",
            ],
            "{name}"
        );
    }
}

#[test]
fn instants_that_do_not_fit_are_kept_as_text() {
    let written = [batch(vec![
        ("s", Arc::new(TimestampSecondArray::from(vec![i64::MAX, 0])) as ArrayRef),
        ("day", Arc::new(Date32Array::from(vec![i32::MIN, 0]))),
        ("us", Arc::new(arrow_array::TimestampMicrosecondArray::from(vec![i64::MIN, i64::MAX]))),
    ])];
    let part = read_one(arrow_file(&written, None)).unwrap();
    assert_eq!(part.columns(), ["s text", "day text", "us timestamp"]);
    let rows = part.rows();
    assert!(rows[0].starts_with("\"9223372036854775807\" \"-2147483648\" "), "{rows:?}");
    assert!(rows[1].starts_with("\"1970-01-01T00:00:00\" \"1970-01-01\" "), "{rows:?}");
    assert_eq!(part.summary().notes.len(), 2);
}

#[test]
fn texts_bytes_dictionaries_and_nothing_are_read() {
    let texts = vec![Some("a"), None, Some("ü\n\"")];
    let written = [batch(vec![
        ("large", Arc::new(LargeStringArray::from(texts.clone())) as ArrayRef),
        ("view", Arc::new(StringViewArray::from(texts.clone()))),
        ("dictionary", Arc::new(texts.iter().copied().collect::<DictionaryArray<Int32Type>>())),
        ("bytes", Arc::new(BinaryArray::from_opt_vec(vec![Some(b"\x00\xffA"), None, Some(b"")]))),
        ("nothing", Arc::new(NullArray::new(3))),
        ("large", Arc::new(Int32Array::from(vec![1, 2, 3]))),
    ])];
    for (name, bytes) in in_all_forms(&written) {
        let part = read_one(bytes).unwrap();
        assert_eq!(
            part.rows(),
            [
                "\"a\" \"a\" \"a\" \"00ff41\" null 1",
                "null null null null null 2",
                "\"ü\\n\\\"\" \"ü\\n\\\"\" \"ü\\n\\\"\" \"\" null 3",
            ],
            "{name}"
        );
        assert_eq!(part.columns()[5], "large_2 integer");
        assert_eq!(part.summary().notes, ["bytes has bytes, which are shown as hexadecimal text"]);
    }
}

#[test]
fn nested_values_keep_their_shape() {
    let prices = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![
        Some(vec![Some(1), None]),
        None,
        Some(vec![]),
        Some(vec![Some(7), Some(8), Some(9)]),
    ]);
    let pairs = FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>(
        (0..4).map(|n| Some(vec![Some(n), Some(n + 1)])),
        2,
    );
    let inner = StructArray::try_from(vec![
        ("id", Arc::new(Int32Array::from(vec![Some(1), None, Some(3), Some(4)])) as ArrayRef),
        ("tags", Arc::new(prices.clone())),
    ])
    .unwrap();
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
    for n in 0..4 {
        map.keys().append_value(format!("k{n}"));
        map.values().append_value(n);
        map.append(n != 2).unwrap();
    }
    let written = batch(vec![
        ("prices", Arc::new(prices) as ArrayRef),
        ("pairs", Arc::new(pairs)),
        ("inner", Arc::new(inner)),
        ("map", Arc::new(map.finish())),
    ]);
    let expected = [
        r#"[1,null] [0,1] {"id":1,"tags":[1,null]} {"k0":0}"#,
        r#"null [1,2] {} {"k1":1}"#,
        r#"[] [2,3] {"id":3,"tags":[]} null"#,
        r#"[7,8,9] [3,4] {"id":4,"tags":[7,8,9]} {"k3":3}"#,
    ]
    .map(|row| {
        row.replace(r#"{"k"#, r#""{\"k"#)
            .replace(r#"0":0}"#, r#"0\":0}""#)
            .replace(r#"1":1}"#, r#"1\":1}""#)
            .replace(r#"3":3}"#, r#"3\":3}""#)
    });
    for (name, bytes) in in_all_forms(std::slice::from_ref(&written)) {
        let part = read_one(bytes).unwrap();
        assert_eq!(part.columns(), ["prices list", "pairs list", "inner struct", "map text"], "{name}");
        assert_eq!(part.rows(), expected, "{name}");
    }
    // Of a part of a batch only that part.
    let part = read_one(arrow_file(&[written.slice(2, 2)], None)).unwrap();
    assert_eq!(part.rows(), expected[2..]);
}

#[test]
fn a_column_that_changes_from_batch_to_batch_is_widened() {
    let small = batch(vec![("n", Arc::new(UInt64Array::from(vec![1])) as ArrayRef)]);
    let large = batch(vec![("n", Arc::new(UInt64Array::from(vec![u64::MAX])) as ArrayRef)]);
    let part = read_one(arrow_stream(&[small, large], None)).unwrap();
    assert_eq!(part.columns(), ["n decimal"]);
    assert_eq!(part.rows(), ["1", "18446744073709551615"]);
}

fn votes_spec() -> Options {
    let spec = RecordSpec::new([
        FieldSpec::required("Id", FieldKind::Integer),
        FieldSpec::optional("CreationDate", FieldKind::Timestamp),
    ]);
    Options { spec, ..Options::default() }
}

#[test]
fn declared_columns_are_converted_and_what_cannot_be_is_a_reject() {
    let written = [batch(vec![
        ("CreationDate", Arc::new(Date32Array::from(vec![Some(0), None, Some(2), Some(3)])) as ArrayRef),
        ("Id", Arc::new(StringArray::from(vec![Some("1"), Some("2"), None, Some("x")]))),
        (
            "price",
            Arc::new(Decimal128Array::from(vec![150, 2, 3, 4]).with_precision_and_scale(9, 2).unwrap()),
        ),
    ])];
    for (name, bytes) in in_all_forms(&written) {
        let (parts, _) = read_with(bytes, "votes", &votes_spec()).unwrap();
        let part = &parts[0];
        assert_eq!(part.rows(), ["1 \"1970-01-01T00:00:00\" \"1.50\"", "2 null \"0.02\""], "{name}");
        assert_eq!(part.rejects(), ["3: Id is null", "4: Id is not a whole number: x"]);
        assert_eq!(part.lines(), [1, 2]);
        let schema = part.batches[0].rows.schema();
        assert_eq!(
            schema.fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>(),
            ["Id", "CreationDate", "price"]
        );
        assert_eq!(part.tables()[0].column(1).as_primitive::<TimestampMicrosecondType>().value(0), 0);
    }
    let other = [batch(vec![("Key", Arc::new(Int32Array::from(vec![1])) as ArrayRef)])];
    let error = read_with(parquet(&other, Compression::SNAPPY), "votes", &votes_spec()).unwrap_err();
    assert_eq!(error.to_string(), "it has no column Id; it was read as Parquet, and its columns are Key");
}

#[test]
fn damaged_files_are_errors() {
    let written = [many(300)];
    for (name, bytes) in in_all_forms(&written) {
        damage(&bytes, 300);
        for cut in [bytes.len() - 1, bytes.len() / 2, 20] {
            let error = match read_one(bytes[..cut].to_vec()) {
                // The last bytes of a stream say only that there is nothing more.
                Ok(part) if name == "Arrow stream" => {
                    assert_many(&part, 300);
                    continue;
                }
                Ok(_) => panic!("{name} cut at {cut}"),
                Err(error) => error.to_string(),
            };
            assert!(
                error.contains("data is damaged") && error.contains("copy or download"),
                "{name}: {error}"
            );
        }
    }
}

#[test]
fn an_empty_table_has_no_rows() {
    for (name, bytes) in in_all_forms(&[many(0)]) {
        let part = read_one(bytes).unwrap();
        assert_eq!((part.count(), part.summary().records), (0, 0), "{name}");
        assert_eq!(part.summary().new_columns, ["id", "half", "name"]);
    }
}

#[test]
fn dates_compare_as_days() {
    let written = [batch(vec![("d", Arc::new(Date32Array::from(vec![18_874])) as ArrayRef)])];
    let part = read_one(parquet(&written, Compression::UNCOMPRESSED)).unwrap();
    assert_eq!(part.tables()[0].column(0).as_primitive::<Date32Type>().value(0), 18_874);
}

/// A Parquet file without rows, whose columns are nested so deep.
fn nested(depth: usize) -> Vec<u8> {
    // The first is the table itself; the last is a number.
    let mut elements = vec![0x48, 1, b'a', 0x15, 2, 0];
    for _ in 0..depth {
        elements.extend([0x35, 0, 0x18, 1, b'a', 0x15, 2, 0]);
    }
    elements.extend([0x15, 2, 0x25, 0, 0x18, 1, b'a', 0]);
    let mut count = depth + 2;
    let mut metadata = vec![0x15, 2, 0x19, 0xfc];
    while count >= 0x80 {
        metadata.push(count as u8 | 0x80);
        count >>= 7;
    }
    metadata.push(count as u8);
    metadata.extend(elements);
    metadata.extend([0x16, 0, 0x19, 0x0c, 0]);
    let length = (metadata.len() as u32).to_le_bytes();
    [b"PAR1", &metadata[..], &length, b"PAR1"].concat()
}

#[test]
fn columns_that_are_nested_without_end_are_refused() {
    for depth in [0, 1, 20] {
        assert_eq!(read_one(nested(depth)).unwrap().summary().new_columns, ["a"], "{depth}");
    }
    for depth in [200, 1_000_000] {
        let error = read_one(nested(depth)).unwrap_err().to_string();
        let expected =
            "it is a Parquet file with columns that are nested more than 128 levels deep, which is not read";
        assert_eq!(error, expected);
    }
}

#[test]
fn a_dictionary_with_more_values_than_bytes_is_refused() {
    let written = batch(vec![("n", Arc::new(Float64Array::from(vec![0.5; 10])) as ArrayRef)]);
    let mut bytes = parquet(&[written], Compression::UNCOMPRESSED);
    // Behind the mark at the start: a page of the kind 2, of 8 bytes unpacked and packed, with a dictionary of 1 value.
    let page = [0x15, 4, 0x15, 16, 0x15, 16, 0x4c, 0x15, 2];
    assert_eq!(bytes[4..13], page);
    bytes[12] = 0x7e;
    let error = read_one(bytes).unwrap_err().to_string();
    assert!(error.contains("there are fewer bytes than values in the dictionary at byte 5"), "{error}");
}
