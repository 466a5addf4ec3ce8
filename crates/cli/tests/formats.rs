//! `sandglass read` with the rarer formats, from files and from standard input, and as what it writes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;

use support::{Folder, gzip, sandglass, sandglass_with, shared};

const ROWS: &str = "id,name,day,price,at\n1,\"a,b\",2025-04-29,1.5,2025-04-29T10:00:00\n2,\"say \"\"hi\"\"\",2025-04-30,2,2025-04-30T11:30:00\n3,,,,\n";

#[test]
fn every_table_of_chinook_comes_out_by_itself() {
    let Some(path) = shared("data/chinook/chinook.db") else { return };
    let run = sandglass(["read", path.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    for (table, rows) in [
        ("albums", "347"),
        ("artists", "275"),
        ("customers", "59"),
        ("employees", "8"),
        ("genres", "25"),
        ("invoices", "412"),
        ("invoice_items", "2,240"),
        ("media_types", "5"),
        ("playlists", "18"),
        ("playlist_track", "8,715"),
        ("tracks", "3,503"),
    ] {
        let expected = format!("{table}: {rows} rows, ");
        assert!(run.out.lines().any(|line| line.starts_with(&expected)), "{expected}: {}", run.out);
    }
    assert!(
        run.err.contains(
            "15,607 read = 15,607 rows + 0 rejected; 0 duplicates left out; 11 sources, 11 tables; "
        ),
        "{}",
        run.err
    );
}

#[test]
fn what_is_written_as_parquet_or_arrow_is_read_again() {
    let folder = Folder::new();
    let source = folder.file("rows.csv", ROWS);
    let again = folder.path("again.csv");
    for name in ["rows.parquet", "rows.arrow"] {
        let out = folder.path(name);
        let run = sandglass(["read", &source, "--out", out.to_str().unwrap()]);
        assert_eq!((run.code, run.out.as_str()), (Some(0), ""), "{}", run.err);
        let bytes = fs::read(&out).unwrap();
        let packed = folder.file(&format!("{name}.gz"), gzip(&bytes));
        for path in [out.to_str().unwrap(), &packed] {
            let run = sandglass(["read", path, "--out", again.to_str().unwrap()]);
            assert_eq!(run.code, Some(0), "{}", run.err);
            assert_eq!(fs::read_to_string(&again).unwrap(), ROWS, "{path}");
        }
        let run = sandglass_with(["read", "-", "--out", again.to_str().unwrap()], &bytes);
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert_eq!(fs::read_to_string(&again).unwrap(), ROWS, "{name} from standard input");
    }
}

#[test]
fn other_encodings_are_read_and_named() {
    let folder = Folder::new();
    let text = "id;name\n1;Jürgen\n";
    let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let out = folder.path("out.csv");
    for (bytes, encoding) in [(latin, "Windows-1252"), (wide, "UTF-16")] {
        let run = sandglass_with(["read", "-", "--out", out.to_str().unwrap()], &bytes);
        assert_eq!(run.code, Some(0), "{}", run.err);
        let format =
            format!("standard input: CSV, semicolon-separated, with a header, {encoding}, 1 records\n");
        assert!(run.err.contains(&format), "{}", run.err);
        assert_eq!(fs::read_to_string(&out).unwrap(), "id,name\n1,Jürgen\n");
    }
}

#[test]
fn damaged_files_do_not_take_the_others_with_them() {
    let folder = Folder::new();
    let rows = folder.file("rows.csv", ROWS);
    let parquet = folder.path("rows.parquet");
    sandglass(["read", &rows, "--out", parquet.to_str().unwrap()]);
    let mut bytes = fs::read(&parquet).unwrap();
    let footer = bytes.len() - 9;
    bytes[footer - 30..footer].fill(0xff);
    let damaged = folder.file("damaged.parquet", bytes);
    let run = sandglass(["read", &damaged, &rows]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("nothing was kept of it: its Parquet data is damaged"), "{}", run.err);
    assert!(run.err.contains("1 of 2 sources could not be used"), "{}", run.err);
    assert!(run.out.starts_with("rows: 3 rows, "), "{}", run.out);
}
