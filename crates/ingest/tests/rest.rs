//! A source of delimited text that has grown, read on from where it ended: it must be as if all of it had been read at once.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use proptest::prelude::*;
use sandglass_ingest::csv::{DialectChoice, Ragged};
use sandglass_ingest::ranges::Plan;
use sandglass_ingest::{Batch, ChosenKind, ReadOptions, Reader, RecordSpec, Shape, SourceEnd, SourceError};
use support::{shown, votes};

/// What has come of a source, or of its parts one behind the other.
#[derive(Default)]
struct Taken {
    batches: Vec<Batch>,
    records: u64,
    end: Option<SourceEnd>,
}

impl Taken {
    fn take(&mut self, mut reader: Reader, bytes: &[u8]) -> Result<(), SourceError> {
        let batches = &mut self.batches;
        let mut sink = |batch| {
            batches.push(batch);
            Ok::<_, SourceError>(())
        };
        for piece in bytes.chunks(7000) {
            reader.push(piece, &mut sink)?;
        }
        let summary = reader.finish(&mut sink)?;
        self.records += summary.records;
        self.end = summary.end;
        Ok(())
    }

    /// Rows with their lines as texts, and rejects, with the columns of all.
    fn shown(&self) -> (Vec<String>, Vec<String>, u64) {
        let mut shape = Shape::default();
        self.batches.iter().for_each(|batch| shape.widen(&batch.rows, &batch.origins));
        let (mut rows, mut rejects) = (Vec::new(), Vec::new());
        for batch in &self.batches {
            let table = shape.cast(&batch.rows, &batch.origins).unwrap();
            for row in 0..table.num_rows() {
                rows.push(format!("{}: {:?}", batch.lines.line(row), table.slice(row, 1)));
            }
            rejects.extend(batch.rejects.iter().map(|reject| {
                let raw = reject.raw.escape_ascii();
                format!("{} {} {} {raw} {}", reject.line, reject.byte_offset, reject.reason, reject.raw_bytes)
            }));
        }
        (rows, rejects, self.records)
    }
}

fn whole(source: &[u8], spec: &RecordSpec, options: &ReadOptions) -> Result<Taken, SourceError> {
    let mut taken = Taken::default();
    taken.take(Reader::with_options(spec, options), source)?;
    Ok(taken)
}

/// Reads a source in two, cut there. Whether it could be read on.
fn check(source: &[u8], cut: usize, spec: &RecordSpec, options: &ReadOptions) -> bool {
    let Ok(mut taken) = whole(&source[..cut], spec, options) else { return false };
    let Some(end) = taken.end.clone() else { return false };
    assert_eq!(end.byte, cut as u64, "{}", shown(&source[..cut]));
    let head = &source[..source.len().min(Plan::HEAD)];
    let Some(reader) = Reader::rest(spec, options, head, &end) else { return false };
    taken.take(reader, &source[cut..]).unwrap();
    let expected = whole(source, spec, options).unwrap();
    let (found, wanted) = (taken.shown(), expected.shown());
    assert!(
        found == wanted && taken.end == expected.end,
        "cut at {cut}\n{}\n{found:#?}\n{wanted:#?}\n{:?} {:?}",
        shown(source),
        taken.end,
        expected.end
    );
    true
}

fn options(ragged: Ragged) -> ReadOptions {
    ReadOptions { ragged, ..ReadOptions::default() }
}

/// The ends of all lines but the last.
fn line_ends(source: &[u8]) -> impl Iterator<Item = usize> {
    let ends = source.iter().enumerate().filter(|&(_, &byte)| byte == b'\n').map(|(at, _)| at + 1);
    ends.filter(|&end| end < source.len())
}

#[test]
fn every_cut_of_small_sources() {
    // Behind how many of its line ends it can be read on: not within quotes or behind a backslash, and not where more of the
    // beginning tells another dialect.
    let sources: [(&str, usize); 9] = [
        ("a,b\n1,2\n3,4\n5,6\n7,8\n", 4),
        ("\u{feff}a,b\r\n1,\"x\r\ny\"\r\n\r\n3,\"\"\r\n5\r\n6,7,8\r\n9,\"p\"\"q\"\r\n10,1.5", 7),
        ("# one\n# two\na;b;c\n1;2;3\n# three\n4;\"5\n# four\n;6\";7\n8;9;x\n;;\n", 5),
        ("a,b\n1,2\n3,\"4\n5,6\n7,8\n9,10\n", 2),
        ("a,b\n\"x\\\"y\",1\n\"z\\\n\",2\nu\\\nv,3\n\"\\\\\",4\n", 3),
        ("1\t2\n3\t4\n9007199254740993\t5\n1.5\t6\nx\t2021-09-04T01:02:03.1234567\n", 4),
        // Line ends of two kinds.
        ("a,b\n1,2\r3,\"4\r5\"\n\r6,7\rx,\"\r\n\"\n8,9\n", 3),
        // Types that come to be wider, and back.
        ("a,b\n1,2021-09-04\n1.50,\n007,x\n1,2021-09-04T10:00:00\n,\n", 5),
        // Nothing but comments and blank lines comes.
        ("#c\na,b\n1,2\n\n#d\n\n", 4),
    ];
    for (source, expected) in sources {
        let cuts = line_ends(source.as_bytes())
            .filter(|&cut| check(source.as_bytes(), cut, &RecordSpec::inferred(), &options(Ragged::Reject)));
        assert_eq!(cuts.count(), expected, "{}", shown(source.as_bytes()));
        // At any other place there is no end to read on from.
        for cut in (1..source.len()).filter(|&cut| source.as_bytes()[cut - 1] != b'\n') {
            let read = whole(&source.as_bytes()[..cut], &RecordSpec::inferred(), &ReadOptions::default());
            assert!(read.is_err() || read.is_ok_and(|taken| taken.end.is_none()));
        }
    }
}

#[test]
fn what_was_read_in_another_way_is_not_read_on() {
    let (old, new) = (b"a,b\n1,2\n".as_slice(), b"a,b\n1,2\n3,4\n".as_slice());
    let spec = RecordSpec::inferred();
    let end = |options: &ReadOptions| whole(old, &spec, options).unwrap().end;
    let plain = ReadOptions::default();
    let of_old = end(&plain).unwrap();
    assert_eq!(
        (of_old.byte, of_old.lines, of_old.state.as_str()),
        (8, 2, "CSV, comma-separated, with a header")
    );
    let dialect = DialectChoice { header: Some(false), ..DialectChoice::default() };
    let other = ReadOptions { dialect, ..plain.clone() };
    for (before, then, can) in [
        (&plain, &plain, true),
        (&other, &other, true),
        (&plain, &other, false),
        (&other, &plain, false),
        (&plain, &options(Ragged::Pad), false),
        (&options(Ragged::Pad), &options(Ragged::Pad), true),
    ] {
        let end = end(before).unwrap();
        assert_eq!(Reader::rest(&spec, then, new, &end).is_some(), can, "{before:?} {then:?}");
    }
    let types = vec![("a".to_owned(), ChosenKind::Text)];
    assert_eq!(end(&ReadOptions { types, ..plain.clone() }), None);
    // By now it looks like another dialect, another encoding, or another format.
    for other in ["a;b,c\n1;2\n3;4\n5;6\n7;8\n9;0\n", "{\"a\":1}\n{\"a\":2}\n"] {
        assert!(Reader::rest(&spec, &plain, other.as_bytes(), &of_old).is_none(), "{other}");
    }
    assert!(Reader::rest(&spec, &plain, b"a,b\n1,2\n3,J\xf6rg\n", &of_old).is_none());
    // A document has no place behind its last record.
    assert_eq!(whole(b"[{\"a\":1}]\n", &spec, &plain).unwrap().end, None);
}

#[test]
fn what_is_behind_the_head_is_read_on_as_well() {
    let mut source = String::from("# of votes\nId,PostId,VoteTypeId,CreationDate,Note\n");
    for id in 0..5000 {
        let note = ["", "7", "7.50", "\"two\r\nlines\"", "x"][(id / 1000) as usize];
        source += &format!("{id},{},2,2021-09-04T10:00:00,{note}\r\n", id * 7);
        if id % 997 == 0 {
            source += "bad\r\n";
        }
    }
    assert!(source.len() > 2 * Plan::HEAD);
    let cuts: Vec<usize> = line_ends(source.as_bytes()).step_by(487).filter(|&cut| cut > 60).collect();
    for spec in [RecordSpec::inferred(), votes()] {
        let read_on =
            cuts.iter().filter(|&&cut| check(source.as_bytes(), cut, &spec, &ReadOptions::default()));
        // Some are within quotes.
        assert!(read_on.count() > cuts.len() / 2);
    }
}

fn any_fields() -> impl Strategy<Value = String> {
    let fields = [
        "1",
        "2.50",
        "x",
        "",
        "\"\"",
        "\"y\nz\"",
        "\"a,b\n1,2\"",
        "2021-09-04T01:02:03.1234567",
        "9007199254740993",
        "5\"",
        "\"",
        "\"p\"\"q\"",
        "007",
        "true",
        "#",
    ];
    let row =
        prop::collection::vec(prop::sample::select(fields.to_vec()), 1..4).prop_map(|row| row.join(","));
    let end = prop::sample::select(&["\n", "\n", "\n", "\r\n", "\r", "\n\n", "\n#c\n"][..]);
    let rows = prop::collection::vec((row, end), 1..30);
    let begin = prop::sample::select(&["a,b\n", "#c\na,b\r\n", "\u{feff}a,b\n", ""][..]);
    (begin, rows)
        .prop_map(|(begin, rows)| rows.iter().fold(begin.to_owned(), |text, (row, end)| text + row + end))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_source_cut_anywhere(source in any_fields(), pad in any::<bool>()) {
        let ragged = if pad { Ragged::Pad } else { Ragged::Reject };
        for cut in line_ends(source.as_bytes()) {
            for spec in [RecordSpec::inferred(), RecordSpec::new([])] {
                check(source.as_bytes(), cut, &spec, &options(ragged));
            }
        }
    }
}
