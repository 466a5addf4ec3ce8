//! Workbooks, written by other programs' code: what comes of their sheets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};
use sandglass_formats::{FormatError, Memory, Options, Source};
use sandglass_ingest::{FieldKind, FieldSpec, RecordSpec, SourceEvent};
use support::xlsb::{Value, xlsb};
use support::{damage, gzip, read, read_with, zip};

/// A workbook with two sheets of data, one that is empty and one of a single cell.
fn xlsx() -> Vec<u8> {
    let mut book = Workbook::new();
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let time = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    let clock = Format::new().set_num_format("hh:mm:ss");
    let sheet = book.add_worksheet().set_name("Orders & more").unwrap();
    for (column, name) in ["id", "price", "day", "at", "paid", "note", "clock"].iter().enumerate() {
        sheet.write(0, column as u16, *name).unwrap();
    }
    for row in 1..=3_u32 {
        sheet.write(row, 0, row).unwrap();
        sheet.write(row, 1, f64::from(row) * 1.25).unwrap();
        sheet
            .write_with_format(row, 2, ExcelDateTime::from_ymd(2024, 2, 27 + row as u8 % 2).unwrap(), &day)
            .unwrap();
        let at = ExcelDateTime::from_ymd(1999, 12, 31).unwrap().and_hms(23, 59, 58.5).unwrap();
        sheet.write_with_format(row, 3, at, &time).unwrap();
        sheet.write_with_format(row, 6, 0.5 + f64::from(row) / 24.0, &clock).unwrap();
    }
    sheet.write(1, 4, true).unwrap();
    sheet.write(3, 4, false).unwrap();
    sheet.write(2, 5, "ü <b>&\n\"").unwrap();
    // A row of nothing between, a formula with its result, and one with an error.
    sheet.write(5, 0, 5).unwrap();
    sheet.write_formula(5, 1, Formula::new("=1+1").set_result("2")).unwrap();
    sheet.write(6, 0, 6).unwrap();
    sheet.write_formula(6, 2, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    // Cells that are only formatted are no values.
    for row in 7..50 {
        sheet.write_blank(row, 9, &day).unwrap();
    }
    let sheet = book.add_worksheet().set_name("Numbers").unwrap();
    for row in 0..3 {
        sheet.write(row + 2, 3, row).unwrap();
        sheet.write(row + 2, 5, format!("n{row}")).unwrap();
    }
    book.add_worksheet().set_name("Empty").unwrap();
    let sheet = book.add_worksheet().set_name("One").unwrap();
    sheet.set_hidden(true);
    sheet.write(999_999, 16_383, "far").unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn sheets_of_an_excel_workbook_are_parts() {
    let (parts, notes) = read_with(xlsx(), "book.xlsx", &Options::default()).unwrap();
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["book.xlsx/Orders & more", "book.xlsx/Numbers", "book.xlsx/Empty", "book.xlsx/One"]);
    assert_eq!(notes, ["book.xlsx/One is a hidden sheet"]);
    let orders = &parts[0];
    assert_eq!(orders.summary().format, "Excel workbook (xlsx), with a header");
    assert_eq!(
        orders.columns(),
        ["id integer", "price float", "day date", "at timestamp", "paid boolean", "note text", "clock text"]
    );
    assert_eq!(
        orders.rows(),
        [
            r#"1 1.25 "2024-02-28" "1999-12-31T23:59:58.500" true null "13:00:00""#,
            r#"2 2.5 "2024-02-27" "1999-12-31T23:59:58.500" null "ü <b>&\n\"" "14:00:00""#,
            r#"3 3.75 "2024-02-28" "1999-12-31T23:59:58.500" false null "15:00:00""#,
            "5 2 null null null null null",
        ]
    );
    assert_eq!(orders.lines(), [2, 3, 4, 6]);
    assert_eq!(orders.rejects(), ["7: Orders & more!C7 has the error #DIV/0!"]);
    let numbers = &parts[1];
    assert_eq!(numbers.summary().format, "Excel workbook (xlsx), without a header");
    assert_eq!(numbers.columns(), ["column_D integer", "column_F text"]);
    assert_eq!(numbers.rows(), ["0 \"n0\"", "1 \"n1\"", "2 \"n2\""]);
    assert_eq!(parts[2].summary().records, 0);
    // One row of one text: a header without rows.
    assert_eq!(
        (parts[3].summary().records, parts[3].summary().new_columns.as_slice()),
        (0, &["far".to_owned()][..])
    );
}

#[test]
fn columns_that_come_late_and_long_sheets_are_read() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 1, "n").unwrap();
    for row in 1..=40_000_u32 {
        sheet.write(row, 1, row).unwrap();
    }
    sheet.write(30_000, 0, "before").unwrap();
    sheet.write(30_001, 2, "behind").unwrap();
    let parts = read(book.save_to_buffer().unwrap(), "long.xlsx").unwrap();
    assert_eq!(parts[0].columns(), ["n integer", "column_A text", "column_C text"]);
    let rows = parts[0].rows();
    assert_eq!(rows.len(), 40_000);
    assert_eq!(rows[29_999], "30000 \"before\" null");
    assert_eq!(rows[30_000], "30001 null \"behind\"");
    assert_eq!(parts[0].summary().drift.len(), 2);
}

#[test]
fn a_long_sheet_is_read_in_steps() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for row in 0..150_000_u32 {
        sheet.write(row, 0, row.wrapping_mul(2_654_435_761)).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let length = bytes.len() as u64;
    let mut source = Source::open(Arc::new(Memory::from(bytes)), "long.xlsx", &Options::default()).unwrap();
    let (mut positions, mut rows) = (Vec::new(), 0);
    while let Some(event) = source.next().unwrap() {
        if let SourceEvent::Batch(batch) = event {
            positions.push(source.position());
            rows += batch.rows.num_rows();
        }
    }
    assert_eq!(rows, 150_000);
    assert!(positions.is_sorted() && positions.len() > 2, "{positions:?}");
    assert!(
        positions[0] < length / 2,
        "{positions:?} of {length}: the first rows come before the last are read"
    );
}

#[test]
fn a_binary_workbook_is_read_with_its_values_and_errors() {
    let shared = ["id", "price", "day", "note", "paid"];
    let header = (0..5).map(|at| (at, 0, Value::Shared(at))).collect();
    let rows = [
        (0, header),
        (
            1,
            vec![
                (0, 0, Value::Rk(1, false)),
                (1, 0, Value::Real(1.25)),
                (2, 1, Value::Rk(45_351, false)),
                (3, 0, Value::Text("ü <b>&\n\"")),
                (4, 0, Value::Bool(true)),
            ],
        ),
        (
            2,
            vec![
                (0, 0, Value::Rk(-2, false)),
                (1, 0, Value::Rk(250, true)),
                (2, 1, Value::Real(45_352.0)),
                (3, 0, Value::FormulaText("sum")),
                (4, 0, Value::FormulaBool(false)),
            ],
        ),
        (3, vec![(0, 0, Value::Rk(3, false)), (1, 0, Value::Error(0x2a)), (3, 0, Value::Shared(3))]),
        (5, vec![(0, 0, Value::FormulaReal(5.0)), (1, 0, Value::Error(0x07))]),
        (6, vec![(0, 0, Value::Real(6.0))]),
    ];
    let parts = read(xlsb("Sales & more", &shared, &rows), "book.xlsb").unwrap();
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["book.xlsb/Sales & more"]);
    let sales = &parts[0];
    assert_eq!(sales.summary().format, "Excel workbook (xlsb), with a header");
    assert_eq!(sales.columns(), ["id integer", "price float", "day date", "note text", "paid boolean"]);
    assert_eq!(
        sales.rows(),
        [
            r#"1 1.25 "2024-02-29" "ü <b>&\n\"" true"#,
            r#"-2 2.5 "2024-03-01" "sum" false"#,
            "6 null null null null",
        ]
    );
    assert_eq!(sales.lines(), [2, 3, 7]);
    assert_eq!(
        sales.rejects(),
        ["4: Sales & more!B4 has the error #N/A", "6: Sales & more!B6 has the error #DIV/0!"]
    );
    assert_eq!(sales.summary().records, 5);
}

#[test]
fn declared_columns_are_found_by_their_names() {
    let spec = RecordSpec::new([FieldSpec::required("id", FieldKind::Integer)]);
    let options = Options { spec, ..Options::default() };
    let (parts, _) = read_with(xlsx(), "book.xlsx", &options).unwrap();
    assert_eq!(parts[0].count(), 4);
    let reason = parts[1].outcome.as_ref().unwrap_err();
    assert!(
        reason.starts_with(
            "it has no column id; it was read as Excel workbook (xlsx), and its columns are column_D"
        ),
        "{reason}"
    );
}

/// An OpenDocument workbook of this content.
fn ods(tables: &str) -> Vec<u8> {
    let content = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"#
    );
    let manifest = r#"<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"#;
    zip(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content.as_bytes()),
        ("META-INF/manifest.xml", manifest.as_bytes()),
    ])
}

fn text_cell(text: &str) -> String {
    format!(r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#)
}

#[test]
fn sheets_of_an_opendocument_workbook_are_parts() {
    let number = |value: &str| {
        format!(
            r#"<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>"#
        )
    };
    let rows = [
        [text_cell("id"), text_cell("when"), text_cell("name")].concat(),
        [number("1"), r#"<table:table-cell office:value-type="date" office:date-value="2024-02-29"><text:p>x</text:p></table:table-cell>"#.to_owned(), text_cell("a &amp; b")].concat(),
        [number("2.5"), r#"<table:table-cell office:value-type="date" office:date-value="2024-02-29T10:00:00"><text:p>x</text:p></table:table-cell>"#.to_owned()].concat(),
    ];
    let rows: String = rows.iter().map(|row| format!("<table:table-row>{row}<table:table-cell table:number-columns-repeated=\"16000\"/></table:table-row>")).collect();
    let end = r#"<table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>"#;
    let parts =
        read(ods(&format!("<table:table table:name=\"T\">{rows}{end}</table:table>")), "book.ods").unwrap();
    assert_eq!(parts[0].name, "book.ods/T");
    assert_eq!(parts[0].summary().format, "OpenDocument workbook, with a header");
    assert_eq!(parts[0].columns(), ["id float", "when timestamp", "name text"]);
    assert_eq!(parts[0].rows(), ["1 \"2024-02-29T00:00:00\" \"a & b\"", "2.5 \"2024-02-29T10:00:00\" null"]);
}

#[test]
fn sheets_that_would_fill_memory_are_refused() {
    let cell = r#"<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>"#;
    let row = format!(r#"<table:table-row table:number-rows-repeated="100000">{cell}</table:table-row>"#);
    let many_rows = format!("<table:table-row>{cell}</table:table-row>").repeat(2000);
    for content in [row, many_rows] {
        let error = read(ods(&format!("<table:table table:name=\"T\">{content}</table:table>")), "bomb.ods")
            .unwrap_err();
        assert!(matches!(error, FormatError::TooLarge { .. }), "{error}");
        assert!(error.to_string().contains("more than 1024 MiB, which is the limit"), "{error}");
    }
}

/// Records as they stand in an xls file.
#[derive(Default)]
struct Records(Vec<u8>);

impl Records {
    fn add(&mut self, kind: u16, parts: &[&[u8]]) {
        let data = parts.concat();
        self.0.extend(kind.to_le_bytes());
        self.0.extend((data.len() as u16).to_le_bytes());
        self.0.extend(data);
    }

    /// A file in which these are the workbook.
    fn file(&self) -> Vec<u8> {
        let mut file = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
        std::io::Write::write_all(&mut file.create_stream("/Workbook").unwrap(), &self.0).unwrap();
        file.into_inner().into_inner()
    }
}

/// Where a cell is.
fn place(row: u16, column: u16) -> [u8; 6] {
    let ([a, b], [c, d]) = (row.to_le_bytes(), column.to_le_bytes());
    [a, b, c, d, 0, 0]
}

/// An xls file with a cell in the first and in the last corner of each of its sheets.
fn xls(sheets: usize, corner: u16) -> Vec<u8> {
    let mut records = Records::default();
    for _ in 0..=sheets {
        records.add(0x0809, &[&[0, 6, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]);
        for (row, column) in [(0, 0), (corner, 255)] {
            records.add(0x0203, &[&place(row, column), &[0; 8]]);
        }
        records.add(0x000a, &[]);
    }
    records.file()
}

#[test]
fn sheets_of_old_workbooks_are_read() {
    let text = |row: u16, column: u16, text: &str| {
        let count = (text.len() as u16).to_le_bytes();
        [&place(row, column)[..], &count, &[0], text.as_bytes()].concat()
    };
    let mut sheet = Records::default();
    sheet.add(0x0809, &[&[0, 6, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]);
    sheet.add(0x0204, &[&text(0, 0, "id")]);
    sheet.add(0x0204, &[&text(0, 1, "name")]);
    sheet.add(0x0203, &[&place(1, 0), &1.5_f64.to_le_bytes()]);
    sheet.add(0x0204, &[&text(1, 1, "first")]);
    sheet.add(0x0203, &[&place(3, 0), &2_f64.to_le_bytes()]);
    sheet.add(0x0205, &[&place(4, 0), &[0x07, 1]]);
    sheet.add(0x000a, &[]);
    let mut book = Records::default();
    book.add(0x0809, &[&[0, 6, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]);
    // The name of the sheet, and where it begins.
    let start = (book.0.len() + 4 + 12 + 4) as u32;
    book.add(0x0085, &[&start.to_le_bytes(), &[0, 0, 4, 0], b"Data"]);
    book.add(0x000a, &[]);
    assert_eq!(book.0.len(), start as usize);
    book.0.extend(sheet.0);
    let parts = read(book.file(), "old.xls").unwrap();
    assert_eq!(parts[0].name, "old.xls/Data");
    assert_eq!(parts[0].summary().format, "Excel workbook (xls), with a header");
    assert_eq!(parts[0].columns(), ["id float", "name text"]);
    assert_eq!(parts[0].rows(), ["1.5 \"first\"", "2 null"]);
    assert_eq!(parts[0].lines(), [2, 4]);
    assert_eq!(parts[0].rejects(), ["5: Data!A5 has the error #DIV/0!"]);
    damage(&book.file(), 100);
}

#[test]
fn grids_of_old_workbooks_are_measured() {
    let error = read(xls(2, 65_535), "bomb.xls").unwrap_err();
    assert!(matches!(error, FormatError::TooLarge { .. }), "{error}");
    // The same that is small is not refused for its size: these records alone are no workbook, or one without sheets.
    match read(xls(2, 10), "small.xls") {
        Ok(parts) => assert!(parts.is_empty()),
        Err(error) => assert!(!matches!(error, FormatError::TooLarge { .. }), "{error}"),
    }
}

#[test]
fn encrypted_workbooks_say_so() {
    let mut file = cfb::CompoundFile::create(std::io::Cursor::new(Vec::new())).unwrap();
    std::io::Write::write_all(&mut file.create_stream("/EncryptedPackage").unwrap(), &[1; 5000]).unwrap();
    let error = read(file.into_inner().into_inner(), "secret.xlsx").unwrap_err();
    assert_eq!(error.to_string(), "it is encrypted; save it without a password");
}

#[test]
fn other_documents_say_what_they_are() {
    let word = zip(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>")]);
    let error = read(word, "letter.docx").unwrap_err();
    assert_eq!(error.to_string(), "it is an Office document without tables, which is not read");
    let text = zip(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<x/>")]);
    let error = read(text, "letter.odt").unwrap_err();
    assert_eq!(error.to_string(), "it is an OpenDocument file without tables, which is not read");
}

#[test]
fn a_packed_workbook_is_unpacked() {
    let parts = read(gzip(&xlsx()), "book.xlsx.gz").unwrap();
    assert_eq!(parts[0].summary().format, "Excel workbook (xlsx), with a header, gzip");
    assert_eq!(parts[0].count(), 4);
    let parts = read(zip(&[("inner/book.xlsx", &xlsx())]), "all.zip").unwrap();
    assert_eq!(parts[0].name, "all.zip/inner/book.xlsx/Orders & more");
}

#[test]
fn damaged_workbooks_are_errors() {
    let book = xlsx();
    damage(&book, 60);
    let error = read(book[..book.len() / 2].to_vec(), "cut.xlsx").unwrap_err();
    assert!(error.to_string().starts_with("its ZIP data is damaged: "), "{error}");
    damage(
        &ods(
            "<table:table table:name=\"T\"><table:table-row><table:table-cell office:value-type=\"float\" office:value=\"1\"/></table:table-row></table:table>",
        ),
        60,
    );
    damage(&xls(1, 10), 60);
}
