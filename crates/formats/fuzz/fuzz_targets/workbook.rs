//! Any bytes as what is in a workbook: the sheet of an xlsx, the content of an OpenDocument, or an xls file.
//!
//! `cargo +nightly fuzz run workbook` in `crates/formats`.
#![no_main]

mod common;

use std::io::{Cursor, Write};

use libfuzzer_sys::fuzz_target;
use zip::write::SimpleFileOptions;

fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        archive.start_file(*name, stored).expect("a member");
        archive.write_all(content).expect("its content");
    }
    archive.finish().expect("an archive").into_inner()
}

const WORKBOOK: &[u8] = br#"<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const RELATIONS: &[u8] = br#"<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;

fuzz_target!(|data: &[u8]| {
    let Some((&kind, data)) = data.split_first() else { return };
    let book = match kind % 4 {
        0 => archive(&[
            ("xl/workbook.xml", WORKBOOK),
            ("xl/_rels/workbook.xml.rels", RELATIONS),
            ("xl/worksheets/sheet1.xml", data),
        ]),
        1 => archive(&[
            ("xl/workbook.xml", data),
            ("xl/_rels/workbook.xml.rels", RELATIONS),
            ("xl/worksheets/sheet1.xml", data),
            ("xl/sharedStrings.xml", data),
            ("xl/styles.xml", data),
        ]),
        2 => archive(&[
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("content.xml", data),
        ]),
        _ => [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", data].concat(),
    };
    let _ = common::read(book);
});
