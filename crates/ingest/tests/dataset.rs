//! Sources that are put together: how their columns differ is told, and what their paths say is of the chosen types.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type};
use arrow_schema::DataType;
use sandglass_ingest::dataset::{DatasetSource, DatasetTable, tables};
use sandglass_ingest::{ChosenKind, ReadOptions, Reader, RecordSpec, SourceError};

fn read_with(path: &str, text: &str, options: &ReadOptions) -> DatasetSource {
    let mut source = DatasetSource::with_types(path, &options.types).unwrap();
    let mut reader = Reader::with_options(&RecordSpec::inferred(), options);
    let mut take = |batch| source.add(&batch).map_err(SourceError::from);
    reader.push(text.as_bytes(), &mut take).unwrap();
    reader.finish(&mut take).unwrap();
    source
}

fn read(path: &str, text: &str) -> DatasetSource {
    read_with(path, text, &ReadOptions::default())
}

/// What is told of each source of the only table.
fn drift(sources: Vec<DatasetSource>) -> Vec<Vec<String>> {
    let tables = tables(sources);
    assert_eq!(tables.len(), 1);
    told(&tables[0])
}

fn told(table: &DatasetTable) -> Vec<Vec<String>> {
    table.sources.iter().map(|source| source.drift.iter().map(ToString::to_string).collect()).collect()
}

#[test]
fn nothing_is_told_of_sources_that_are_alike() {
    let sources = vec![
        read("a.csv", "id,name,day\n1,x,2021-09-04\n"),
        // In another order, with larger numbers, and with a column without values.
        read("b.csv", "name,id,day\ny,9007199254740993,\n"),
        read("c.ndjson", "{\"id\":3,\"name\":\"z\",\"day\":\"2021-09-05\"}\n"),
    ];
    assert_eq!(drift(sources), [[""; 0]; 3]);
}

#[test]
fn columns_that_are_missing_new_or_of_another_type_are_told_once_for_a_source() {
    let sources = vec![
        read("a.csv", "id,name,price,day\n1,x,2,2021-09-04\n2,y,3,2021-09-04\n"),
        read("b.csv", "id,name,price\n3,x,2.5\n4,y,3.5\n"),
        read("c.csv", "id,name,price,day,note,flag\n5,x,1,2021-09-04,n,true\n"),
        read("d.csv", "id,name,price,day,note,flag\n6,x,1.25,2021-09-04,n,yes\n"),
    ];
    assert_eq!(
        drift(sources),
        [
            vec![],
            vec![
                "price is float here and integer in the sources before",
                "day is missing, which the sources before have"
            ],
            vec![
                "price is integer here and float in the sources before",
                "note is new, the sources before do not have it",
                "flag is new, the sources before do not have it"
            ],
            vec!["flag is text here and boolean in the sources before"],
        ]
    );
}

#[test]
fn a_column_that_is_probably_renamed_is_told_and_stays_a_column_of_its_own() {
    let sources = vec![
        read("a.csv", "id,user_name,total,day,k,l\n1,x,2,2021-09-04,1,2\n"),
        read("b.csv", "id,sum,day,User Name,k,l\n2,3,2021-09-05,y,1,2\n"),
        read("c.csv", "id,user_name,amount,day,k,l\n3,z,4,2021-09-06,1,2\n"),
        read("d.csv", "id,user_name,other,day,k,l\n4,z,text,2021-09-06,1,2\n"),
    ];
    let all = tables(sources);
    let like = |new: &str, old: &str| {
        format!("{new} is new and {old} missing: probably renamed, because they are spelled alike")
    };
    let place = |new: &str, old: &str| {
        format!("{new} is new and {old} missing: probably renamed, because place and type are the same")
    };
    let missing = |name: &str| format!("{name} is missing, which the sources before have");
    let new = |name: &str| format!("{name} is new, the sources before do not have it");
    assert_eq!(
        told(&all[0]),
        [
            vec![],
            // `sum` stands at another place.
            vec![missing("total"), new("sum"), like("User Name", "user_name")],
            vec![missing("sum"), missing("User Name"), place("amount", "total")],
            // A text is not renamed from numbers.
            vec![missing("total"), missing("sum"), missing("User Name"), missing("amount"), new("other")],
        ]
    );
    let names: Vec<&str> = all[0].shape.columns().map(|(name, _)| name).collect();
    assert_eq!(names, ["id", "user_name", "total", "day", "k", "l", "sum", "User Name", "amount", "other"]);
}

#[test]
fn columns_that_differ_only_in_case_are_two_and_are_told() {
    let one = "{\"id\":1,\"a\":1,\"b\":1,\"Name\":\"x\",\"name\":\"y\"}\n";
    let sources = vec![read("a.ndjson", one), read("b.csv", "id,a,b,NAME,Name,name\n1,2,3,z,z,z\n")];
    assert_eq!(
        drift(sources),
        [
            vec!["name differs from Name only in case: they are kept as two columns"],
            vec![
                "NAME is new, the sources before do not have it",
                "NAME differs from Name only in case: they are kept as two columns"
            ],
        ]
    );
    // All of them: then it is not the same table, which is told as well.
    let apart = tables(vec![read("a.csv", "Id,User Name\n1,x\n"), read("b.csv", "id,user_name\n2,y\n")]);
    assert_eq!(apart.len(), 2);
    assert_eq!(
        told(&apart[1]),
        [["its columns are those of a.csv but for case, spaces or underscores: it is a table of its own"]]
    );
}

#[test]
fn parts_of_objects_and_arrays_are_told_by_their_paths() {
    // An object that is alone and has one array would be a document with the records in that.
    let read = |path: &str, record: &str| read(path, &record.repeat(2));
    let sources = vec![
        read("a.ndjson", "{\"id\":1,\"o\":{\"x\":1,\"Zip Code\":\"a\"},\"l\":[{\"p\":1}]}\n"),
        read(
            "b.ndjson",
            "{\"id\":2,\"o\":{\"x\":\"1\",\"zip_code\":\"b\"},\"l\":[{\"p\":1.5,\"q\":true}]}\n",
        ),
        read("c.ndjson", "{\"id\":3,\"o\":\"none\",\"l\":[]}\n"),
    ];
    assert_eq!(
        drift(sources),
        [
            vec![],
            vec![
                "o.x is text here and integer in the sources before",
                "l[].p is float here and integer in the sources before",
                "o.zip_code is new and o.Zip Code missing: probably renamed, because they are spelled alike",
                "l[].q is new, the sources before do not have it",
            ],
            // It has no parts then, and of an array without elements nothing is known.
            vec!["o is text here and struct in the sources before"],
        ]
    );
}

fn types(types: &[(&str, ChosenKind)]) -> ReadOptions {
    let types = types.iter().map(|&(name, kind)| (name.to_owned(), kind)).collect();
    ReadOptions { types, ..ReadOptions::default() }
}

#[test]
fn columns_of_the_path_are_of_the_chosen_types() {
    let options = types(&[("day", ChosenKind::Date), ("month", ChosenKind::Text), ("n", ChosenKind::Float)]);
    let path = "d/day=2025-04-29/month=04/n=__HIVE_DEFAULT_PARTITION__/a.csv";
    let table = &tables(vec![read_with(path, "id\n1\n2\n", &options)])[0];
    let rows = &table.rows().unwrap()[0];
    let found: Vec<DataType> = rows.schema().fields().iter().map(|field| field.data_type().clone()).collect();
    assert_eq!(found, [DataType::Int64, DataType::Date32, DataType::Utf8, DataType::Float64]);
    assert_eq!(rows.column(1).as_primitive::<Date32Type>().values(), &[20_207; 2]);
    assert_eq!(rows.column(2).as_string::<i32>().value(1), "04");
    assert_eq!(rows.column(3).null_count(), 2);
    // Without a choice a month is a number.
    let table = &tables(vec![read("d/month=04/a.csv", "id\n1\n")])[0];
    assert_eq!(table.rows().unwrap()[0].column(1).as_primitive::<Int64Type>().values(), &[4]);
    let error =
        DatasetSource::with_types("d/month=April/a.csv", &types(&[("month", ChosenKind::Integer)]).types);
    assert_eq!(
        error.unwrap_err().to_string(),
        "in its path month is not a whole number: April; choose another type for the column, or move the file"
    );
}

#[test]
fn what_a_file_says_is_compared_with_its_path_as_a_value_of_the_chosen_type() {
    let text = "day,ok,n,month\n2025-04-29,True,7,4\n2025-04-30T00:00:00,false,07,05\n";
    let path = "d/day=2025-04-29/ok=true/n=007/month=04/a.csv";
    let options = types(&[
        ("day", ChosenKind::Timestamp),
        ("ok", ChosenKind::Boolean),
        ("n", ChosenKind::Decimal),
        ("month", ChosenKind::Integer),
    ]);
    let source = read_with(path, text, &options);
    assert_eq!(source.differences, 3);
    let first = "line 3: day is 2025-04-30T00:00:00 in the file and 2025-04-29 in its path";
    assert_eq!(source.first_difference.as_deref(), Some(first));
    // As text they are what they are.
    let texts: Vec<(&str, ChosenKind)> =
        ["day", "ok", "n", "month"].iter().map(|&name| (name, ChosenKind::Text)).collect();
    assert_eq!(read_with(path, text, &types(&texts)).differences, 7);
}

#[test]
fn names_of_files_are_taken_as_they_are() {
    for (path, name) in [
        ("d/<script>alert(1)</script>.csv", "script>"),
        ("d/say \"hi\".csv", "say \"hi\""),
        ("d/two\nlines.csv", "two\nlines"),
        ("d/it's.csv", "it's"),
        ("d/...csv", "csv"),
    ] {
        let all = tables(vec![read(path, "a,b\n1,2\n")]);
        assert_eq!((all[0].name.as_str(), all[0].sources[0].path.as_str()), (name, path));
    }
}
