//! Sources that are broken as a whole, or in a way that could take the reader down.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use sandglass_ingest::MAX_RECORD as MAX_LINE;
use sandglass_ingest::gzip::GzipError;
use sandglass_ingest::{FieldKind, FieldSpec, RAW_KEPT, RecordSpec, SourceError};
use support::model::{Outcome, Why};
use support::run::{Limits, decode, gzip, read};
#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[cfg(target_family = "wasm")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

const GOOD: &[u8] = b"{\"Id\":1}\n{\"Id\":2}\n";

fn spec() -> RecordSpec {
    RecordSpec::new([FieldSpec::required("Id", FieldKind::Integer)])
}

fn read_in(source: &[u8], slice: usize) -> Result<Outcome, SourceError> {
    read(&spec(), Limits::default(), source.chunks(slice)).map(|(outcome, _)| outcome)
}

/// Why a source cannot be read, in words; the same in slices of any length.
fn failure(source: &[u8]) -> String {
    let whole = read_in(source, source.len().max(1)).unwrap_err().to_string();
    for slice in [1, 3, 100, 5000] {
        let error = read_in(source, slice).unwrap_err();
        assert_eq!(error.to_string(), whole, "slices of {slice}");
    }
    whole
}

#[test]
fn an_empty_source_is_said_to_be_empty() {
    assert_eq!(failure(b""), "it is empty");
    let error = read(&spec(), Limits::default(), [&b""[..], b"", b""]).unwrap_err();
    assert!(matches!(error, SourceError::Empty));
}

#[test]
fn other_formats_are_named_whatever_the_file_is_called() {
    const OTHER: &str = ", not JSON and not delimited text";
    const RARE: &str = ", which is not read here";
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend((0..20_000_u32).map(|n| (n * 7) as u8));
    let noise: Vec<u8> = (0..9000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 & 0x1f).collect();
    for (source, name, end) in [
        (&png[..], "a PNG image", OTHER),
        (&png[..8], "a PNG image", OTHER),
        (b"PK\x03\x04\x14\0\0\0", "a ZIP archive", RARE),
        (b"PAR1\x15\x04", "a Parquet file", RARE),
        (b"SQLite format 3\0\x10\0", "an SQLite database", RARE),
        (b"\x28\xb5\x2f\xfd\x04\0", "zstd-compressed", RARE),
        (b"<!DOCTYPE html>\n<p>404", "HTML or XML", OTHER),
        (b"\xff\xfe{\0\"\0I\0d\0", "UTF-16 text", RARE),
        (b"\xfe\xff\0{\0\"\0I\0d", "UTF-16 text", RARE),
        (&[0; 100], "a binary file of an unknown kind", OTHER),
        (&noise, "a binary file of an unknown kind", OTHER),
    ] {
        assert_eq!(failure(source), format!("it is {name}{end}"));
    }
}

#[test]
fn a_source_without_a_usable_line_has_rejects_and_no_rows() {
    for (source, rejects) in [(&b"\n \r\n\t"[..], 0), (b"Id,PostId\n1,2\n3,4\n", 3), (b"{}\n[]\n", 2)] {
        let outcome = read_in(source, 4).unwrap();
        assert_eq!((outcome.rows.len(), outcome.rejects.len()), (0, rejects));
        assert_eq!(outcome.columns, ["Id"]);
    }
}

#[test]
fn a_line_beyond_the_limit_is_one_reject_and_the_next_line_is_read() {
    let limits = Limits { max_line: 30, ..Limits::default() };
    let lines = |length: usize, end: &str| {
        let padding = "x".repeat(length - "{\"Id\":1,\"a\":\"\"}".len());
        format!("{{\"Id\":1,\"a\":\"{padding}\"}}{end}{{\"Id\":2}}\n")
    };
    for end in ["\n", "\r\n"] {
        for (length, rows) in [(29, 2), (30, 2), (31, 1), (32, 1), (100, 1), (RAW_KEPT + 100, 1)] {
            let source = lines(length, end);
            for slice in [1, 7, 29, 30, 31, 32, 33, 1000, 5000] {
                let outcome = decode(&spec(), limits, source.as_bytes().chunks(slice));
                assert_eq!(outcome.rows.len(), rows, "{length} bytes, slices of {slice}");
                assert_eq!(outcome.rows.last().map(|row| row.line), Some(2));
                for reject in &outcome.rejects {
                    assert_eq!((reject.line, reject.byte_offset, &reject.why), (1, 0, &Why::TooLong));
                    assert_eq!(reject.raw_bytes, length as u64, "{end:?}, slices of {slice}");
                    assert_eq!(reject.raw, &source.as_bytes()[..length.min(RAW_KEPT)]);
                }
            }
        }
    }
}

#[test]
fn a_line_of_20_mib_is_refused_and_one_of_16_is_read() {
    const MIB: usize = 1 << 20;
    for (length, taken) in [(MAX_LINE, true), (MAX_LINE + 1, false), (20 * MIB, false)] {
        let padding = "y".repeat(length - "{\"Id\":5,\"a\":\"\"}".len());
        let source = format!("{{\"Id\":4}}\n{{\"Id\":5,\"a\":\"{padding}\"}}\n{{\"Id\":6}}");
        for slice in [256 << 10, source.len()] {
            let outcome = decode(&spec(), Limits::default(), source.as_bytes().chunks(slice));
            assert_eq!(outcome.rows.len(), if taken { 3 } else { 2 });
            assert_eq!(outcome.rejects.len(), usize::from(!taken));
            assert!(outcome.rejects.iter().all(|reject| reject.raw_bytes == length as u64));
        }
        if !taken {
            let reasons = support::reasons(&spec(), source.as_bytes());
            assert_eq!(reasons, [(2, "the line is longer than 16 MiB".to_owned())]);
        }
    }
}

#[test]
fn a_line_of_200_mib_is_one_reject() {
    let slice = vec![b'z'; 1 << 20];
    let slices = [&b"{\"Id\":1}\n"[..]]
        .into_iter()
        .chain(std::iter::repeat_n(&slice[..], 200))
        .chain([&b"\r"[..], b"\n{\"Id\":2}"]);
    let outcome = decode(&spec(), Limits::default(), slices);
    assert_eq!(outcome.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 3]);
    let reject = &outcome.rejects[0];
    assert_eq!((outcome.rejects.len(), reject.raw_bytes, reject.byte_offset), (1, 200 << 20, 9));
    assert_eq!(reject.raw, &slice[..RAW_KEPT]);
}

#[test]
fn very_many_rejects_come_in_batches_of_bounded_size() {
    let source = "{\"Id\":1.5}\n".repeat(10_000) + "{\"Id\":1}\n";
    // The runner checks the size of every batch.
    let outcome = decode(&spec(), Limits::default(), [source.as_bytes()]);
    assert_eq!((outcome.rejects.len(), outcome.rows.len()), (10_000, 1));
    assert_eq!(outcome.rows[0].line, 10_001);
}

#[test]
fn gzip_is_recognised_and_read_in_slices_of_any_length() {
    let expected = decode(&spec(), Limits::default(), [GOOD]);
    assert_eq!(expected.rows.len(), 2);
    let packed = gzip(GOOD);
    for slice in 1..=packed.len() {
        let (outcome, summary) = read(&spec(), Limits::default(), packed.chunks(slice)).unwrap();
        assert_eq!((&outcome, &*summary.format), (&expected, "NDJSON, gzip"));
        assert_eq!(summary.bytes, packed.len() as u64);
    }
}

#[test]
fn gzip_members_one_behind_the_other_are_one_source() {
    let (first, second) = GOOD.split_at(4); // in the middle of a line
    let packed = [gzip(first), gzip(b""), gzip(second)].concat();
    let expected = decode(&spec(), Limits::default(), [GOOD]);
    for slice in [1, 2, 10, packed.len()] {
        assert_eq!(read_in(&packed, slice).unwrap(), expected, "slices of {slice}");
    }
}

#[test]
fn gzip_that_ends_too_early_is_an_error_wherever_it_was_cut() {
    let packed = gzip(GOOD);
    for end in 2..packed.len() {
        assert_eq!(
            failure(&packed[..end]),
            format!(
                "its gzip data ends too early, after {end} bytes: the file is not complete; copy or download it again"
            )
        );
    }
    let two = [gzip(GOOD), gzip(GOOD)].concat();
    for end in packed.len() + 1..two.len() {
        let truncated = GzipError::Truncated(end as u64);
        assert!(matches!(read_in(&two[..end], 7), Err(SourceError::Gzip(error)) if error == truncated));
    }
    let long: Vec<u8> = (0..200_000).flat_map(|id| format!("{{\"Id\":{id}}}\n").into_bytes()).collect();
    let packed = gzip(&long);
    let half = packed.len() / 2;
    let error = read_in(&packed[..half], 10_000).unwrap_err();
    assert!(matches!(error, SourceError::Gzip(GzipError::Truncated(at)) if at == half as u64));
}

#[test]
fn damaged_gzip_is_an_error_with_its_place() {
    let mut packed = gzip(GOOD);
    let checksum = packed.len() - 8;
    packed[checksum] ^= 1;
    assert_eq!(
        failure(&packed),
        format!(
            "its gzip data is damaged: the checksum before is not that of the contents, at byte {}; \
             copy or download it again",
            packed.len()
        )
    );
}

#[test]
fn what_is_no_gzip_behind_gzip_is_an_error() {
    // The rows before it are whole, but nothing says that they are all there were.
    for garbage in [&b"garbage"[..], GOOD, b"x"] {
        assert_eq!(
            failure(&[&gzip(GOOD), garbage].concat()),
            format!(
                "its gzip data is damaged: something else follows that is not gzip, at byte {}; \
                 copy or download it again",
                gzip(GOOD).len() + 1
            )
        );
    }
}

#[test]
fn zeros_behind_gzip_fill_up_a_block_and_mean_nothing() {
    let source = [&gzip(GOOD)[..], &[0; 1000]].concat();
    assert_eq!(read_in(&source, 9).unwrap(), decode(&spec(), Limits::default(), [GOOD]));
}

#[test]
fn gzip_of_something_else_gives_rejects_and_not_rows() {
    let outcome = read_in(&gzip(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), 8).unwrap();
    assert_eq!((outcome.rows.len(), outcome.rejects.len()), (0, 3));
    assert_eq!(read_in(&gzip(b""), 8).unwrap().records, 0);
}

#[test]
fn a_gzip_bomb_is_read_in_bounded_steps() {
    // 64 MiB of spaces, and then a record: little of that when compressed.
    let mut text = vec![b' '; 64 << 20];
    text.extend_from_slice(b"\n{\"Id\":3}");
    let packed = gzip(&text);
    assert!(packed.len() < text.len() / 100);
    let outcome = read_in(&packed, packed.len()).unwrap();
    assert_eq!((outcome.rows.len(), outcome.rejects.len()), (1, 1));
    assert_eq!(outcome.rejects[0].raw_bytes, 64 << 20);
}
