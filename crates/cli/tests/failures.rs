//! What goes wrong: messages, exit codes, and that nothing but a result ever goes to standard output.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::Stdio;

use support::{Folder, SIX, gzip, program, sandglass, sandglass_with, sixteen, vote};

const USED: &str = "could not be used";

/// Sources of which nothing can be kept, with the reason.
fn bad_sources(folder: &Folder) -> Vec<(String, String)> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend((0..5000_u32).map(|n| (n * 7) as u8));
    let packed = gzip(sixteen());
    let mut damaged = packed.clone();
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    let long = "x".repeat((16 << 20) + 1);
    [
        ("empty.jsonl", Vec::new(), "it is empty"),
        ("blank.jsonl", b"\n \n\r\n".to_vec(), "it has no records, only blank lines"),
        ("png.jsonl", png, "it is a PNG image, not JSON and not delimited text"),
        (
            "csv.jsonl",
            b"Id,PostId\n1,2\n".to_vec(),
            "it has no column VoteTypeId, CreationDate; it was read as CSV, comma-separated, with a header, and its columns are Id, PostId",
        ),
        (
            "cut.jsonl",
            b"{\"Id\":\"1\",\"Pos".to_vec(),
            "its only record could not be taken: line 1: not JSON: it ends in the middle of a value at byte 15",
        ),
        ("nul.jsonl", vec![0; 100], "it is a binary file of an unknown kind, not JSON and not delimited text"),
        ("utf8.jsonl", b"{\"Id\":\"\xff\"}\n".to_vec(), "its only record could not be taken: line 1: byte 8 of the line is not UTF-8"),
        ("long.jsonl", long.into_bytes(), "its only record could not be taken: line 1: the line is longer than 16 MiB"),
        (
            "truncated.gz",
            packed[..packed.len() - 20].to_vec(),
            "its gzip data ends too early, after {} bytes: the file is not complete; copy or download it again",
        ),
        (
            "damaged.gz",
            damaged,
            "its gzip data is damaged: the checksum before is not that of the contents, at byte {+20}; copy or download it again",
        ),
    ]
    .into_iter()
    .map(|(name, content, reason)| {
        let length = packed.len() - 20;
        let reason = reason.replace("{}", &length.to_string()).replace("{+20}", &packed.len().to_string());
        (folder.file(name, content), reason)
    })
    .collect()
}

#[test]
fn a_bad_source_gives_a_message_with_its_name_and_the_reason_and_no_result() {
    let folder = Folder::new();
    for (file, reason) in bad_sources(&folder) {
        for format in ["csv", "json", "table"] {
            let run = sandglass(["outliers", &file, "--format", format]);
            assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{file}");
            let lines: Vec<&str> = run.err.lines().collect();
            assert_eq!(lines[0], format!("{file}: nothing was kept of it: {reason}"));
            assert_eq!(lines.last().unwrap(), &format!("sandglass: 1 of 1 sources {USED}"));
        }
    }
}

#[test]
fn a_bad_source_does_not_keep_a_good_one_from_being_read() {
    let folder = Folder::new();
    let good = folder.file("good.jsonl", sixteen());
    for (file, _) in bad_sources(&folder) {
        for sources in [[&file, &good], [&good, &file]] {
            let run = sandglass(["outliers", "--format", "csv", sources[0], sources[1]]);
            assert_eq!((run.code, run.out.as_str()), (Some(1), SIX), "{file}");
            let end = format!("sandglass: 1 of 2 sources {USED}");
            assert_eq!(run.err.lines().last(), Some(end.as_str()));
        }
    }
}

#[test]
fn records_of_a_source_that_fails_later_are_not_counted() {
    // Enough of them to be handed on before the end is seen.
    let folder = Folder::new();
    let lines: String = (100..90_000).map(|id| vote(id, "2021-09-04")).collect();
    let packed = gzip(lines);
    let cut = folder.file("cut.gz", &packed[..packed.len() - 1]);
    let good = folder.file("good.jsonl", sixteen());
    let run = sandglass(["outliers", "--format", "csv", &cut, &good]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), SIX), "{}", run.err);
    assert!(run.err.contains("\n16 read = 16 stored + 0 duplicates + 0 rejected"), "{}", run.err);
}

#[test]
fn a_line_of_200_mib_on_standard_input_is_one_reject() {
    let mut child = program()
        .args(["outliers", "-", "--format", "csv"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let good = sixteen();
    let writer = std::thread::spawn(move || {
        let slice = vec![b'x'; 1 << 20];
        (0..200).for_each(|_| stdin.write_all(&slice).unwrap());
        stdin.write_all(b"\n").unwrap();
        stdin.write_all(good.as_bytes()).unwrap();
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), SIX);
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(err.starts_with("17 read = 16 stored + 0 duplicates + 1 rejected; "), "{err}");
}

#[test]
fn what_is_not_there_is_a_failure_before_anything_is_read() {
    let folder = Folder::new();
    let good = folder.file("good.jsonl", sixteen());
    let missing = folder.path("missing.jsonl").to_str().unwrap().to_owned();
    let run = sandglass(["outliers", &good, &missing]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert_eq!(
        run.err,
        format!("sandglass: {missing} cannot be read: No such file or directory (os error 2)\n")
    );

    let empty = folder.path("empty");
    fs::create_dir_all(empty.join("below")).unwrap();
    folder.file("empty/.hidden", sixteen());
    let run = sandglass(["outliers", empty.to_str().unwrap()]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert_eq!(run.err, format!("sandglass: {} is a folder without files\n", empty.display()));

    let run = sandglass(["outliers", "-", "-"]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert_eq!(run.err, "sandglass: standard input (-) is named twice, but can be read only once\n");
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = Folder::new();
    let good = folder.file("good.jsonl", sixteen());
    for arguments in [
        &[][..],
        // Without files these have nothing to do; `outliers` then looks into the warehouse.
        &["read"],
        &["ingest"],
        &["ingest", &good, "--pipeline", "orders"],
        &["restore"],
        &["outlier", &good],
        &["outliers", &good, "--threshold", "much"],
        &["outliers", &good, "--threshold", "-0.2"],
        &["outliers", &good, "--threshold", "1/0"],
        &["outliers", &good, "--threshold", "0.2.1"],
        &["outliers", &good, "--threshold", "nan"],
        &["outliers", &good, "--threshold", ""],
        &["outliers", &good, "--bucket", "tuesday"],
        &["outliers", &good, "--format", "xml"],
        &["outliers", &good, "--no-such-option"],
        &["sample", "--rows", "many"],
    ] {
        let run = sandglass(arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(!run.err.is_empty() && !run.err.contains("panicked"), "{arguments:?}: {}", run.err);
    }
    for arguments in [&["--help"][..], &["--version"], &["outliers", "--help"], &["help", "sample"]] {
        let run = sandglass(arguments);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(!run.out.is_empty());
    }
}

#[test]
fn strict_ends_with_3_when_there_were_rejects() {
    let folder = Folder::new();
    let good = folder.file("good.jsonl", sixteen());
    let mixed = folder.file("mixed.jsonl", sixteen() + "{}\n");
    let bad = folder.file("bad.jsonl", "{}\n");
    for (files, strict, code) in [
        (&[&good][..], true, 0),
        (&[&mixed], true, 3),
        (&[&mixed], false, 0),
        (&[&good, &mixed], true, 3),
        (&[&mixed, &bad], true, 1),
    ] {
        let options = ["outliers", "--format", "csv", "--strict"];
        let options = &options[..if strict { 4 } else { 3 }];
        let files: Vec<&str> = files.iter().map(|file| file.as_str()).collect();
        let run = sandglass([options, &files].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(code), SIX), "{files:?}");
    }
}

#[test]
fn rejects_never_overwrite_a_source() {
    let folder = Folder::new();
    let content = sixteen();
    let good = folder.file("in/good.jsonl", &content);
    let inside = folder.path("in").to_str().unwrap().to_owned();
    let around = format!("{inside}/../in/./good.jsonl");
    for (source, rejects) in [(&good, &good), (&good, &around), (&inside, &good)] {
        let run = sandglass(["outliers", source, "--rejects", rejects]);
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{rejects}");
        assert_eq!(
            run.err,
            format!("sandglass: {rejects} is one of the sources; write the rejects to another file\n")
        );
        assert_eq!(fs::read_to_string(&good).unwrap(), content);
    }
}

#[test]
fn a_file_that_cannot_be_written_is_a_failure() {
    let folder = Folder::new();
    let good = folder.file("good.jsonl", sixteen());
    let nowhere = folder.path("no/such/folder").to_str().unwrap().to_owned();
    let run = sandglass(["outliers", &good, "--rejects", &nowhere]);
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert!(run.err.starts_with(&format!("sandglass: {nowhere} cannot be written: ")), "{}", run.err);
    let run = sandglass(["sample", "-o", &nowhere]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.starts_with(&format!("sandglass: {nowhere} cannot be written: ")), "{}", run.err);

    #[cfg(target_os = "linux")]
    {
        let bad = folder.file("bad.jsonl", "{}\n".repeat(10_000) + &sixteen());
        let run = sandglass(["outliers", &bad, "--rejects", "/dev/full"]);
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
        assert!(run.err.starts_with("sandglass: /dev/full cannot be written: "), "{}", run.err);
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output =
            program().args(["outliers", &good]).stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(err.contains("sandglass: the result cannot be written: No space left"), "{err}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    // `sandglass sample | head -c 100`, and with nobody reading at all.
    for bytes in [100, 0] {
        let mut child = program()
            .args(["sample", "--rows", "100000"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut some = vec![0; bytes];
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut some).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), &output.stderr[..]), (Some(0), &b""[..]));
    }
    // `sandglass outliers FILE 2>&1 | head -c 0`: the summary has nowhere to go either.
    let folder = Folder::new();
    let good = folder.file("good.jsonl", sixteen());
    let bad = folder.file("bad.jsonl", "{}\n");
    for (files, code) in [(&[&good][..], 0), (&[&good, &bad], 1)] {
        let mut child = program()
            .arg("outliers")
            .args(files)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}

#[test]
fn nothing_but_the_result_goes_to_standard_output() {
    let source = sixteen() + "{}\n" + &vote(1, "2022-01-02").replace("\"PostId\":\"1\"", "\"PostId\":\"5\"");
    let run = sandglass_with(["outliers", "-", "--format", "csv"], source.as_bytes());
    assert_eq!((run.code, run.out.as_str()), (Some(0), SIX));
    assert!(run.err.contains("1 in conflict"), "{}", run.err);
}
