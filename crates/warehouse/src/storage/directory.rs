//! Files in a directory.
//!
//! A file is written under another name, flushed, and renamed, so it is there as a whole or not at all; then its folder is
//! flushed, so that the name is durable as well. Left-overs of writes that were cut off end in `.tmp`.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::{Entry, Storage, StorageError, StorageErrorKind};

/// The file that a writer holds locked. It has the number of its process.
const LOCK: &str = "lock";

/// Files in a directory, which comes to be with the first of them.
#[derive(Debug, Clone)]
pub struct Directory {
    root: PathBuf,
}

/// The right to write to a directory; dropping it, or the end of the process, gives it back.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Directory {
    /// The files in this directory.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Takes the right to write, which only one process has at a time. Reading needs none.
    ///
    /// # Errors
    /// When another process has it, or the directory cannot be written to.
    pub fn lock(&self) -> Result<Lock, StorageError> {
        let failed = |error: io::Error| of_io(LOCK, &error);
        fs::create_dir_all(&self.root).map_err(failed)?;
        let path = self.root.join(LOCK);
        let mut file =
            OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(&path).unwrap_or_default();
                let holder = match holder.trim() {
                    "" => "another process".to_owned(),
                    number => format!("process {number}"),
                };
                let what = format!(
                    "{holder} is writing to the warehouse {}; wait for it to end, or open the warehouse for reading",
                    self.root.display()
                );
                return Err(StorageError::new(StorageErrorKind::Locked, LOCK, what));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(failed)?;
        Ok(Lock { _file: file })
    }

    /// The path of a file, which never leads out of the directory.
    fn path(&self, name: &str) -> Result<PathBuf, StorageError> {
        let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
        if !name.split('/').all(is_plain) {
            let what = "this is no name of a file in a warehouse (a defect of this program)";
            return Err(StorageError::new(StorageErrorKind::Other, name, what));
        }
        Ok(name.split('/').fold(self.root.clone(), |path, part| path.join(part)))
    }

    /// Makes a folder with those that it is in, and flushes these, so that the new names are durable.
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        if folder.is_dir() {
            return Ok(());
        }
        if let Some(parent) = folder.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            self.make_folder(parent)?;
        }
        match fs::create_dir(folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        folder.parent().map_or(Ok(()), flush_folder)
    }

    fn list_into(&self, folder: &Path, name: &str, entries: &mut Vec<Entry>) -> io::Result<()> {
        for found in fs::read_dir(folder)? {
            let found = found?;
            let Ok(own) = found.file_name().into_string() else { continue };
            let full = if name.is_empty() { own.clone() } else { format!("{name}/{own}") };
            let is_folder = found.file_type()?.is_dir();
            if is_folder {
                self.list_into(&found.path(), &full, entries)?;
            } else if full != LOCK {
                entries.push(Entry { name: full, bytes: found.metadata()?.len() });
            }
        }
        Ok(())
    }
}

impl Storage for Directory {
    async fn list(&self, folder: &str) -> Result<Vec<Entry>, StorageError> {
        let path = if folder.is_empty() { self.root.clone() } else { self.path(folder)? };
        let mut entries = Vec::new();
        match self.list_into(&path, folder, &mut entries) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(of_io(folder, &error)),
            _ => {}
        }
        entries.sort();
        Ok(entries)
    }

    async fn read(&self, name: &str, range: Option<Range<u64>>) -> Result<Vec<u8>, StorageError> {
        let failed = |error: io::Error| of_io(name, &error);
        let path = self.path(name)?;
        let Some(range) = range else { return fs::read(path).map_err(failed) };
        let mut file = File::open(path).map_err(failed)?;
        let there = file.metadata().map_err(failed)?.len();
        if range.start > range.end || range.end > there {
            return Err(StorageError::too_short(name, there, &range));
        }
        file.seek(SeekFrom::Start(range.start)).map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(range.end - range.start).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 != range.end - range.start {
            return Err(StorageError::too_short(name, range.start + bytes.len() as u64, &range));
        }
        Ok(bytes)
    }

    async fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let path = self.path(name)?;
        // There is only one writer, so nobody makes the file between this and the renaming.
        if path.exists() {
            return Err(StorageError::exists(name));
        }
        let folder = path.parent().unwrap_or(&self.root);
        let mut temporary = path.clone().into_os_string();
        temporary.push(".tmp");
        let temporary = PathBuf::from(temporary);
        let write = || {
            self.make_folder(folder)?;
            let mut file = File::create(&temporary)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)?;
            flush_folder(folder)
        };
        write().map_err(|error| {
            // What is left of it takes room, which may be what is missing.
            let _ = fs::remove_file(&temporary);
            of_io(name, &error)
        })
    }

    async fn remove(&self, name: &str) -> Result<(), StorageError> {
        let path = self.path(name)?;
        fs::remove_file(&path).map_err(|error| of_io(name, &error))
    }
}

/// Makes the names in a folder durable.
fn flush_folder(folder: &Path) -> io::Result<()> {
    // An empty path is the present directory. Other systems than Unix cannot open folders, and need not.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn of_io(name: &str, error: &io::Error) -> StorageError {
    let kind = match error.kind() {
        ErrorKind::NotFound => StorageErrorKind::NotFound,
        ErrorKind::AlreadyExists => StorageErrorKind::Exists,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            StorageErrorKind::NoSpace
        }
        _ => StorageErrorKind::Other,
    };
    StorageError::new(kind, name, error)
}
