//! Running the built program, and files for it.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // each test uses a part of it

use std::ffi::OsStr;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::{Compression, write::GzEncoder};
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

/// How a run ended and what it wrote.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sandglass"))
}

/// Runs the program with nothing on its standard input.
pub(crate) fn sandglass<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Run {
    sandglass_with(arguments, b"")
}

/// Runs the program with these bytes on its standard input.
pub(crate) fn sandglass_with<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>, input: &[u8]) -> Run {
    let mut command = program();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The program may end before it has read everything.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A folder that goes away at the end of a test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, and the folders above it; returns its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// A vote as a line.
pub(crate) fn vote(id: i64, day: &str) -> String {
    format!(
        "{{\"Id\":\"{id}\",\"PostId\":\"1\",\"VoteTypeId\":\"2\",\"CreationDate\":\"{day}T00:00:00.000\"}}\n"
    )
}

pub(crate) fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

/// An archive of these files.
pub(crate) fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The lines of the small example.
pub(crate) fn sixteen() -> String {
    let run = sandglass(["sample", "--rows", "16"]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    run.out
}

/// Its outlier weeks.
pub(crate) const SIX: &str =
    "Year,WeekNumber,VoteCount\n2022,0,1\n2022,1,3\n2022,2,3\n2022,5,1\n2022,6,1\n2022,8,1\n";

/// A file or folder of those that lie beside the project.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    if !found.exists() {
        eprintln!("skipped: there is no ../shared/{path} beside the project");
        return None;
    }
    Some(found)
}
