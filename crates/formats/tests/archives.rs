//! Archives, compressions and encodings: what is in them is the same as without.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::io::Write as _;
use std::sync::Arc;

use sandglass_formats::{Bytes, FormatError, LAYERS_MAX, Memory, Options, Source};
use sandglass_ingest::SourceEvent;
use support::{damage, gzip, read, read_one, read_with, zip};

const CSV: &str = "id;name\n1;Jürgen\n2;Élise\n3;\n";
const ROWS: [&str; 3] = ["1 \"Jürgen\"", "2 \"Élise\"", "3 null"];

fn utf16(text: &str, mark: bool, unit: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mark = mark.then_some('\u{feff}').into_iter().collect::<String>();
    mark.encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect()
}

fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
}

#[test]
fn text_of_any_encoding_is_the_same_text() {
    let format = "CSV, semicolon-separated, with a header";
    let sources = [
        (CSV.as_bytes().to_vec(), ""),
        (latin(CSV), ", Windows-1252"),
        (utf16(CSV, true, u16::to_le_bytes), ", UTF-16"),
        (utf16(CSV, false, u16::to_le_bytes), ", UTF-16"),
        (utf16(CSV, true, u16::to_be_bytes), ", UTF-16"),
        (utf16(CSV, false, u16::to_be_bytes), ", UTF-16"),
    ];
    for (bytes, encoding) in sources {
        for (packed, around) in [
            (bytes.clone(), ""),
            (gzip(&bytes), ", gzip"),
            (zstd::encode_all(&bytes[..], 3).unwrap(), ", zstd"),
            (gzip(&zstd::encode_all(&bytes[..], 3).unwrap()), ", zstd, gzip"),
        ] {
            let length = packed.len() as u64;
            let part = read_one(packed).unwrap();
            assert_eq!(part.rows(), ROWS, "{encoding}{around}");
            assert_eq!(part.summary().format, format!("{format}{encoding}{around}"));
            assert_eq!(part.summary().bytes, length);
        }
    }
}

#[test]
fn json_is_utf8_or_utf16_and_nothing_else() {
    let lines = "{\"a\":\"ü\"}\n{\"a\":\"€\"}\n";
    let part = read_one(utf16(lines, false, u16::to_le_bytes)).unwrap();
    assert_eq!(
        (part.rows(), part.summary().format.as_str()),
        (vec!["\"ü\"".to_owned(), "\"€\"".to_owned()], "NDJSON, UTF-16")
    );
    let part = read_one(&b"{\"a\":\"\xfc\"}\n{\"a\":1}\n"[..]).unwrap();
    assert_eq!(part.rejects(), ["1: byte 7 of the line is not UTF-8"]);
    assert_eq!(part.rows(), ["1"]);
}

#[test]
fn long_texts_are_decoded_across_all_cuts() {
    let mut text = String::from("n,text\n");
    for n in 0..60_000 {
        text.push_str(&format!("{n},größe € {n} 𝄞\n"));
    }
    let plain = read_one(text.as_bytes()).unwrap();
    let wide = read_one(utf16(&text, true, u16::to_le_bytes)).unwrap();
    assert_eq!(plain.count(), 60_000);
    assert_eq!(plain.rows(), wide.rows());
    let packed = read_one(zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap();
    assert_eq!(plain.rows(), packed.rows());
}

#[test]
fn characters_that_are_none_are_replaced_and_noted() {
    let mut bytes = utf16("a,b\n1,x\n", true, u16::to_le_bytes);
    bytes.extend([0x32, 0, 0x2c, 0, 0, 0xd8, 0x0a, 0]);
    let part = read_one(bytes).unwrap();
    assert_eq!(part.rows(), ["1 \"x\"", "2 \"\u{fffd}\""]);
    assert_eq!(
        part.summary().notes,
        ["some of its bytes are no characters in UTF-16; the character U+FFFD stands for them"]
    );
}

#[test]
fn members_of_an_archive_are_parts() {
    let lines = "{\"id\":1}\n{\"id\":2}\n";
    let inner = zip(&[("deep.ndjson", lines.as_bytes())]);
    let bytes = zip(&[
        ("data/year=2024/a.csv", CSV.as_bytes()),
        ("b.ndjson.gz", &gzip(lines.as_bytes())),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0"),
        ("inner.zip", &inner),
        ("../../etc/<script>\nx.csv", b"a,b\n1,2\n"),
        (".hidden.csv", b"a,b\n1,2\n"),
        ("__MACOSX/._a.csv", b"\0\x05\x16\x07"),
        ("empty.csv", b""),
        ("latin.csv", &latin(CSV)),
    ]);
    let (parts, notes) = read_with(bytes, "all.zip", &Options::default()).unwrap();
    let outcomes: Vec<(&str, Result<u64, &str>)> = parts
        .iter()
        .map(|part| {
            (part.name.as_str(), part.outcome.as_ref().map(|summary| summary.records).map_err(String::as_str))
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            ("all.zip/data/year=2024/a.csv", Ok(3)),
            ("all.zip/b.ndjson.gz", Ok(2)),
            ("all.zip/picture.png", Err("it is a PNG image, not JSON and not delimited text")),
            ("all.zip/inner.zip/deep.ndjson", Ok(2)),
            ("all.zip/../../etc/<script>\nx.csv", Ok(1)),
            ("all.zip/empty.csv", Err("it is empty")),
            ("all.zip/latin.csv", Ok(3)),
        ]
    );
    assert_eq!(notes, ["2 hidden members were left out"]);
    assert_eq!(parts[1].summary().format, "NDJSON, gzip");
}

#[test]
fn a_damaged_member_does_not_take_the_others_with_it() {
    let long = format!("a,b\n{}", "1,some text\n".repeat(30_000));
    let mut bytes = zip(&[("one.csv", long.as_bytes()), ("other.csv", b"a,b\n1,2\n")]);
    let (at, _) = bytes.windows(7).enumerate().find(|(_, name)| name == b"one.csv").unwrap();
    // The checksum of a member is in its own header and, what counts, in the list at the end.
    let list = bytes.windows(4).rposition(|mark| mark == b"PK\x01\x02").unwrap();
    let first = bytes.windows(4).position(|mark| mark == b"PK\x01\x02").unwrap();
    assert!(at < first && first < list);
    bytes[first + 16] ^= 1;
    let parts = read(bytes.clone(), "all.zip").unwrap();
    let reason = parts[0].outcome.as_ref().unwrap_err();
    assert_eq!(
        reason,
        "its ZIP data is damaged: the checksum or length is not that of the contents; copy or download it again"
    );
    assert_eq!(parts[1].count(), 1);
    // Encrypted members.
    bytes[first + 16] ^= 1;
    bytes[first + 8] |= 1;
    let parts = read(bytes, "all.zip").unwrap();
    assert_eq!(parts[0].outcome.as_ref().unwrap_err(), "it is encrypted; save it without a password");
    assert_eq!(parts[1].count(), 1);
}

#[test]
fn layers_have_a_limit() {
    let mut bytes = b"a,b\n1,2\n".to_vec();
    for _ in 0..LAYERS_MAX {
        bytes = gzip(&bytes);
    }
    assert_eq!(read_one(bytes.clone()).unwrap().count(), 1);
    let error = read_one(gzip(&bytes)).unwrap_err();
    assert_eq!(error.to_string(), "it is packed more than 4 times, which is the limit");
}

/// A file that is as long as one wants, of which the middle is made up as it is read.
#[derive(Debug)]
struct Endless {
    head: Vec<u8>,
    block: Vec<u8>,
    length: u64,
}

impl Bytes for Endless {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        let head = self.head.len() as u64;
        let (from, at) = match offset < head {
            true => (&self.head, offset as usize),
            false => (&self.block, ((offset - head) % self.block.len() as u64) as usize),
        };
        let left = usize::try_from(self.length - offset).unwrap_or(usize::MAX);
        let length = buffer.len().min(from.len() - at).min(left);
        buffer[..length].copy_from_slice(&from[at..at + length]);
        Ok(length)
    }
}

/// Reads to the end, keeping nothing.
fn outcome(bytes: Arc<dyn Bytes>) -> Result<u64, FormatError> {
    let mut source = Source::open(bytes, "bomb", &Options::default())?;
    let mut records = 0;
    while let Some(event) = source.next()? {
        if let SourceEvent::Batch(batch) = event {
            records += batch.records;
        }
    }
    Ok(records)
}

#[test]
fn bombs_are_given_up() {
    // Zstd makes of a block of one repeated byte as much as one likes.
    let mut encoder = zstd::Encoder::new(Vec::new(), 19).unwrap();
    let line = vec![b'1'; 1 << 20];
    encoder.write_all(b"{\"a\":1}\n{\"a\":\"").unwrap();
    for _ in 0..1100 {
        encoder.write_all(&line).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    let error = outcome(Arc::new(Memory::from(bomb.clone()))).unwrap_err();
    assert!(matches!(error, FormatError::Bomb { .. }), "{error}");
    assert!(
        error.to_string().contains("more than 1024 MiB, and more than 1000 times as much as there is"),
        "{error}"
    );
    // It does not matter how it is wrapped.
    let error = outcome(Arc::new(Memory::from(zip(&[("bomb.zst", &bomb)])))).unwrap_err();
    assert!(matches!(error, FormatError::Bomb { .. }), "{error}");
}

#[test]
fn a_long_source_is_read_piece_by_piece() {
    // Of a source that is made up as it is read, nothing is kept.
    let block: Vec<u8> = b"1,2\n".repeat(1 << 14);
    let bytes = Endless { head: b"a,b\n".to_vec(), block, length: 4 + (64 << 20) };
    assert_eq!(outcome(Arc::new(bytes)).unwrap(), 16 << 20);
}

#[test]
fn damaged_archives_are_errors() {
    let text = "id,name\n1,x\n2,y\n".repeat(50);
    damage(&zip(&[("a.csv", text.as_bytes()), ("b.csv", text.as_bytes())]), 200);
    let packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
    damage(&packed, 200);
    for cut in [packed.len() - 1, packed.len() / 2] {
        let error = read_one(packed[..cut].to_vec()).unwrap_err();
        assert!(error.to_string().starts_with("its zstd data is damaged: it ends too early"), "{error}");
    }
    let two = [packed.clone(), packed].concat();
    assert_eq!(read_one(two).unwrap().summary().records, 2 * 150 - 1);
}

#[test]
fn the_position_goes_from_the_first_byte_to_the_last() {
    let text = format!("a,b\n{}", "1,2\n".repeat(200_000));
    let bytes = zip(&[("a.csv", text.as_bytes()), ("b.csv", text.as_bytes())]);
    let length = bytes.len() as u64;
    let mut source = Source::open(Arc::new(Memory::from(bytes)), "all.zip", &Options::default()).unwrap();
    let mut last = 0;
    while source.next().unwrap().is_some() {
        assert!(source.position() >= last && source.position() <= length);
        last = source.position();
    }
    assert_eq!(source.position(), length);
}

#[test]
fn what_is_nothing_or_unknown_says_so() {
    for (bytes, expected) in [
        (&b""[..], "it is empty"),
        (b"\x89PNG\r\n\x1a\n", "it is a PNG image, not JSON and not delimited text"),
        (&gzip(b"\x89PNG\r\n\x1a\n"), "it is a PNG image, not JSON and not delimited text"),
    ] {
        assert_eq!(read_one(bytes).unwrap_err().to_string(), expected);
    }
}
