//! Random access to the bytes of a source.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Random access to the bytes of a source.
pub trait Bytes: fmt::Debug + Send + Sync {
    /// How many there are.
    fn len(&self) -> u64;

    /// Reads some of those from `offset` on into `buffer`, and returns how many: none only at the end.
    ///
    /// # Errors
    /// When they cannot be read.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where they lie, if that is a file as it is.
    fn path(&self) -> Option<&Path> {
        None
    }

    /// What was read so far was only looked through, and is read once more: who counts begins again.
    fn looked_through(&self) {}
}

/// Bytes in memory.
#[derive(Clone)]
pub struct Memory(Arc<Vec<u8>>);

impl Memory {
    /// All of them.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Memory {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Arc::new(bytes))
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({} bytes)", self.0.len())
    }
}

impl Bytes for Memory {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let from = usize::try_from(offset).ok().and_then(|offset| self.0.get(offset..)).unwrap_or_default();
        let length = from.len().min(buffer.len());
        buffer[..length].copy_from_slice(&from[..length]);
        Ok(length)
    }
}

/// The bytes of a file.
#[cfg(not(target_family = "wasm"))]
#[derive(Debug)]
pub struct FileBytes {
    file: std::sync::Mutex<std::fs::File>,
    path: std::path::PathBuf,
    length: u64,
}

#[cfg(not(target_family = "wasm"))]
impl FileBytes {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = std::fs::File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file: std::sync::Mutex::new(file), path: path.to_owned(), length })
    }
}

#[cfg(not(target_family = "wasm"))]
impl Bytes for FileBytes {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // Who panicked with the lock has left nothing behind that the next seek does not set right.
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        loop {
            match file.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn path(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

/// Bytes of which it is counted how many were read: how far the reading of a source is.
#[derive(Debug)]
pub struct Counted {
    bytes: Arc<dyn Bytes>,
    read: AtomicU64,
}

impl Counted {
    /// None of them was read yet.
    pub fn new(bytes: Arc<dyn Bytes>) -> Self {
        Self { bytes, read: AtomicU64::new(0) }
    }

    /// How many bytes were read, some perhaps more than once.
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

impl Bytes for Counted {
    fn len(&self) -> u64 {
        self.bytes.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.bytes.read_at(offset, buffer)?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }

    fn path(&self) -> Option<&Path> {
        self.bytes.path()
    }

    fn looked_through(&self) {
        self.read.store(0, Ordering::Relaxed);
    }
}

/// Fills `buffer` with the bytes from `offset` on.
///
/// # Errors
/// When there are not so many.
pub fn read_exact_at(bytes: &dyn Bytes, mut offset: u64, mut buffer: &mut [u8]) -> io::Result<()> {
    while !buffer.is_empty() {
        match bytes.read_at(offset, buffer)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => {
                offset += length as u64;
                buffer = &mut buffer[length..];
            }
        }
    }
    Ok(())
}

/// The first bytes, at most so many.
///
/// # Errors
/// When they cannot be read.
pub fn head(bytes: &dyn Bytes, length: usize) -> io::Result<Vec<u8>> {
    let mut head = vec![0; length.min(usize::try_from(bytes.len()).unwrap_or(usize::MAX))];
    read_exact_at(bytes, 0, &mut head)?;
    Ok(head)
}

/// Bytes as a file is read, with a buffer.
#[derive(Debug)]
pub struct Cursor {
    bytes: Arc<dyn Bytes>,
    at: u64,
    buffer: Vec<u8>,
    /// Where the buffer's bytes begin in the source.
    start: u64,
}

impl Cursor {
    const ROOM: usize = 32 << 10;

    /// From the first byte on.
    pub fn new(bytes: Arc<dyn Bytes>) -> Self {
        Self::at(bytes, 0)
    }

    /// From this byte on.
    pub fn at(bytes: Arc<dyn Bytes>, at: u64) -> Self {
        Self { bytes, at, buffer: Vec::new(), start: 0 }
    }

    fn buffered(&self) -> &[u8] {
        let from = self.at.checked_sub(self.start).and_then(|from| usize::try_from(from).ok());
        from.and_then(|from| self.buffer.get(from..)).unwrap_or_default()
    }
}

impl Read for Cursor {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.buffered().is_empty() {
            if to.len() >= Self::ROOM {
                let length = self.bytes.read_at(self.at, to)?;
                self.at += length as u64;
                return Ok(length);
            }
            self.buffer.resize(Self::ROOM, 0);
            let length = self.bytes.read_at(self.at, &mut self.buffer)?;
            self.buffer.truncate(length);
            self.start = self.at;
        }
        let from = self.buffered();
        let length = from.len().min(to.len());
        to[..length].copy_from_slice(&from[..length]);
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Cursor {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(back) => self.bytes.len().checked_add_signed(back),
            SeekFrom::Current(on) => self.at.checked_add_signed(on),
        };
        self.at = at.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "before the beginning"))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_as_one_over_memory_does() {
        let content: Vec<u8> = (0..200_000_u32).map(|n| (n * 7 % 251) as u8).collect();
        let mut ours = Cursor::new(Arc::new(Memory::from(content.clone())));
        let mut theirs = io::Cursor::new(content);
        let mut at = 1_u64;
        for step in 0..500_u64 {
            at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(step);
            let to = match step % 3 {
                0 => SeekFrom::Start(at >> 46),
                1 => SeekFrom::Current((at >> 50) as i64 - 8000),
                _ => SeekFrom::End(-((at >> 47) as i64)),
            };
            assert_eq!(ours.seek(to).ok(), theirs.seek(to).ok());
            let length = (at >> 20) as usize % 70_000;
            let (mut one, mut other) = (vec![0; length], vec![0; length]);
            let whole = ours.read_exact(&mut one).is_ok();
            assert_eq!(whole, theirs.read_exact(&mut other).is_ok());
            assert!(!whole || one == other);
            let (a, b) = (ours.stream_position().unwrap(), theirs.stream_position().unwrap());
            ours.seek(SeekFrom::Start(a.min(b))).unwrap();
            theirs.seek(SeekFrom::Start(a.min(b))).unwrap();
        }
    }
}
