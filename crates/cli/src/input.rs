//! Where bytes come from: named files, folders, patterns of names, or standard input for `-`.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use glob::MatchOptions;

use crate::print::note;
use crate::progress::Progress;

/// Bytes that are read at a time: few enough to still be in the processor's nearest cache when they are parsed. With
/// sixteen times as many, reading and parsing together took twice as long.
pub(crate) const SLICE: usize = 64 << 10;

/// One source that was named on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    StandardInput,
    File(PathBuf),
}

impl Input {
    /// The source's name for messages.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::StandardInput => "standard input".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// How many bytes it has, where that is known beforehand.
    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Self::StandardInput => None,
            Self::File(path) => path.metadata().ok().filter(|data| data.is_file()).map(|data| data.len()),
        }
    }

    /// Whether this path leads to it.
    pub(crate) fn is(&self, path: &Path) -> bool {
        match (self, path.canonicalize()) {
            (Self::File(file), Ok(path)) => file.canonicalize().is_ok_and(|file| file == path),
            _ => false,
        }
    }

    /// Reads it to its end and hands every slice to `take`.
    ///
    /// # Errors
    /// When it cannot be read, when it is a file and changes meanwhile, and whatever error `take` returns.
    pub(crate) fn read(&self, progress: &Progress, take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.read_from(0, progress, take)
    }

    /// The same from this byte on, where it is a file.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub(crate) fn read_from(
        &self,
        from: u64,
        progress: &Progress,
        mut take: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut buffer = vec![0; SLICE];
        let mut take = |bytes: &[u8]| {
            take(bytes)?;
            progress.advance(bytes.len() as u64);
            Ok(true)
        };
        match self {
            Self::StandardInput => each_slice(&mut io::stdin().lock(), &mut buffer, &mut take),
            Self::File(path) => {
                let mut file = File::open(path)?;
                let before = Stamp::of(&file)?;
                if from > 0 {
                    file.seek(SeekFrom::Start(from))?;
                }
                each_slice(&mut file, &mut buffer, &mut take)?;
                before.check(Stamp::of(&file)?)
            }
        }
    }
}

/// By what it is seen that a file has changed. Nothing for what is no regular file, such as a pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp(Option<(u64, Option<SystemTime>)>);

impl Stamp {
    pub(crate) fn of(file: &File) -> io::Result<Self> {
        let data = file.metadata()?;
        // Not every system knows when a file was modified.
        Ok(Self(data.is_file().then(|| (data.len(), data.modified().ok()))))
    }

    /// Looks whether this is what it was before: what was read of a file that changes may never have been in it.
    pub(crate) fn check(self, after: Self) -> Result<()> {
        match (self.0, after.0) {
            (Some((before, _)), Some((now, _))) if before != now => bail!(
                "it changed while it was read, from {before} bytes to {now}; read it again when nothing writes to it"
            ),
            (before, after) if before != after => {
                bail!("it changed while it was read; read it again when nothing writes to it")
            }
            _ => Ok(()),
        }
    }
}

/// Reads into a buffer again and again and hands what is there to `take`, until that wants no more or all is read.
///
/// # Errors
/// When it cannot be read, and whatever error `take` returns.
pub(crate) fn each_slice(
    source: &mut impl Read,
    buffer: &mut [u8],
    mut take: impl FnMut(&[u8]) -> Result<bool>,
) -> Result<()> {
    loop {
        let length = match source.read(buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        if !take(&buffer[..length])? {
            return Ok(());
        }
    }
}

/// The sources that these arguments mean. A folder stands for all files in it and below, in the order of their paths; a
/// pattern such as `data/**/*.csv` for all files that match it, unless there is a file of just that name.
///
/// # Errors
/// When a path is not there, when a folder has no files, when nothing matches a pattern, or when standard input is named
/// twice.
pub(crate) fn inputs(arguments: &[PathBuf]) -> Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for path in arguments {
        if path.as_os_str() == "-" {
            if inputs.contains(&Input::StandardInput) {
                bail!("standard input (-) is named twice, but can be read only once");
            }
            if io::stdin().is_terminal() {
                note("sandglass: reading from the terminal; end with Ctrl-D");
            }
            inputs.push(Input::StandardInput);
            continue;
        }
        if let Some(pattern) = path.to_str().filter(|text| is_pattern(text))
            && path.symlink_metadata().is_err()
        {
            add_matching(pattern, &mut inputs)?;
            continue;
        }
        let data = path.metadata().with_context(|| format!("{} cannot be read", path.display()))?;
        if data.is_dir() {
            let before = inputs.len();
            add_folder(path, &mut inputs).with_context(|| format!("{} cannot be read", path.display()))?;
            if inputs.len() == before {
                bail!("{} is a folder without files", path.display());
            }
        } else {
            inputs.push(Input::File(path.clone()));
        }
    }
    Ok(inputs)
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// Adds the files that match a pattern, in the order of their paths. Hidden ones have to be named.
fn add_matching(pattern: &str, inputs: &mut Vec<Input>) -> Result<()> {
    let options = MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let found = glob::glob_with(pattern, options)
        .with_context(|| format!("{pattern} is neither a file nor a pattern of names"))?;
    let mut files = Vec::new();
    let mut folders = 0;
    for path in found {
        // What cannot be looked into may have files that match.
        let path = path.with_context(|| format!("not all of {pattern} can be looked through"))?;
        match path.is_dir() {
            true => folders += 1,
            false => files.push(path),
        }
    }
    if files.is_empty() {
        let only = if folders > 0 { ", only folders" } else { "" };
        bail!(
            "no file matches {pattern}{only}; * stands for a part of a name, and **/ for any folders, as in data/**/*.csv"
        );
    }
    files.sort();
    inputs.extend(files.into_iter().map(Input::File));
    Ok(())
}

/// Adds the files of a folder and of those in it. Hidden ones are left out, and links to folders are not followed.
fn add_folder(folder: &Path, inputs: &mut Vec<Input>) -> io::Result<()> {
    let mut entries = folder.read_dir()?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            add_folder(&entry.path(), inputs)?;
        } else if entry.path().is_file() {
            inputs.push(Input::File(entry.path()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write as _;
    use std::time::Duration;

    use super::*;

    /// Reads a file to which something is done once the first bytes have come.
    fn read_while(change: impl FnOnce(&Path)) -> Result<usize> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, vec![b'\n'; 3 * SLICE]).unwrap();
        let old = SystemTime::now() - Duration::from_secs(3600);
        File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        let (mut bytes, mut change) = (0, Some(change));
        Input::File(path.clone()).read(&Progress::new(None), |slice| {
            bytes += slice.len();
            if let Some(change) = change.take() {
                change(&path);
            }
            Ok(())
        })?;
        Ok(bytes)
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_an_error() {
        let append = |path: &Path, bytes: &[u8]| {
            OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
        };
        assert_eq!(read_while(|_| {}).unwrap(), 3 * SLICE);
        // Looked at, or replaced by another file: what is read is still one and the same.
        assert_eq!(read_while(|path| drop(std::fs::read(path).unwrap())).unwrap(), 3 * SLICE);
        assert_eq!(read_while(|path| std::fs::remove_file(path).unwrap()).unwrap(), 3 * SLICE);
        let grown = read_while(|path| append(path, b"1,2\n")).unwrap_err().to_string();
        let (before, now) = (3 * SLICE, 3 * SLICE + 4);
        let expected = format!("it changed while it was read, from {before} bytes to {now}; ");
        assert!(grown.starts_with(&expected), "{grown}");
        let shrunk =
            read_while(|path| OpenOptions::new().write(true).open(path).unwrap().set_len(10).unwrap());
        assert!(shrunk.unwrap_err().to_string().contains(" bytes to 10; "));
        let rewritten = read_while(|path| std::fs::write(path, vec![b' '; 3 * SLICE]).unwrap());
        assert!(rewritten.unwrap_err().to_string().starts_with("it changed while it was read; "));
    }

    #[test]
    fn a_pattern_means_the_files_that_match_it_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["b/2.csv", "b/10.csv", "a/1.csv", "a/c/3.csv", "a/.hidden.csv", "a/4.json", "x[1].csv", "x1.csv"]
        {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "a,b\n1,2\n").unwrap();
        }
        let found = |pattern: &str| -> Result<Vec<String>> {
            let inputs = inputs(&[folder.path().join(pattern)])?;
            let name = |input: &Input| match input {
                Input::File(path) => path.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned(),
                Input::StandardInput => panic!("standard input"),
            };
            Ok(inputs.iter().map(name).collect())
        };
        assert_eq!(found("*/*.csv").unwrap(), ["a/1.csv", "b/10.csv", "b/2.csv"]);
        assert_eq!(found("**/[13].csv").unwrap(), ["a/1.csv", "a/c/3.csv"]);
        assert_eq!(found("?/4.json").unwrap(), ["a/4.json"]);
        // A file of that name is that file.
        assert_eq!(found("x[1].csv").unwrap(), ["x[1].csv"]);
        assert_eq!(found("x[12].csv").unwrap(), ["x1.csv"]);
        for (pattern, message) in [
            ("*.parquet", "no file matches "),
            ("?", ", only folders; "),
            ("a/[.csv", " is neither a file nor a pattern of names"),
            ("nothing.csv", "nothing.csv cannot be read"),
        ] {
            let error = found(pattern).unwrap_err().to_string();
            assert!(error.contains(message), "{pattern}: {error}");
        }
    }
}
