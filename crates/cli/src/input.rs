//! Where bytes come from: named files, or standard input for `-`.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

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
    /// When it cannot be read, and whatever error `take` returns.
    pub(crate) fn read(&self, progress: &Progress, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        each_slice(&mut self.open()?, &mut vec![0; SLICE], |bytes| {
            take(bytes)?;
            progress.advance(bytes.len() as u64);
            Ok(true)
        })
    }

    fn open(&self) -> io::Result<Box<dyn Read>> {
        Ok(match self {
            Self::StandardInput => Box::new(io::stdin().lock()),
            Self::File(path) => Box::new(File::open(path)?),
        })
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

/// The sources that these arguments mean. A folder stands for all files in it and below, in the order of their paths.
///
/// # Errors
/// When a path is not there, when a folder has no files, or when standard input is named twice.
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
