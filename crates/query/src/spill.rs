//! Temporary files for what queries cannot hold in memory, where there is no system that has a directory for them: all of them lie
//! within a single scratch file, which is cut into blocks. A file is a list of blocks, and gives them back when it is dropped.

use std::fmt;
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SpillFile, SpillWriter, TempFileFactory};
use futures::Stream;

/// Bytes that belong together in the scratch file. Writers collect as many before they write.
const BLOCK: usize = 256 << 10;

/// Bytes that may lie in the scratch file: a query that has gone wrong is not to fill up a disk.
const MOST: u64 = 8 << 30;

/// A file that nobody else has, and that nobody needs when this program has ended.
pub trait Scratch: fmt::Debug + Send + Sync {
    /// Fills the buffer with what stands there from a byte on.
    ///
    /// # Errors
    /// When it cannot be read, or is not so long.
    fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// Writes these bytes from a byte on; the file grows as it has to.
    ///
    /// # Errors
    /// When it cannot be written, for want of room above all.
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Nothing that stands in it is needed any more.
    fn clear(&self);
}

/// Makes the files.
pub(crate) struct SpillFiles(Arc<Blocks>);

impl SpillFiles {
    pub(crate) fn new(scratch: Arc<dyn Scratch>) -> Self {
        Self::of_at_most(scratch, MOST)
    }

    fn of_at_most(scratch: Arc<dyn Scratch>, most: u64) -> Self {
        Self(Arc::new(Blocks { scratch, most, taken: Mutex::default() }))
    }
}

impl TempFileFactory for SpillFiles {
    fn create_temp_file(&self, _: &str) -> Result<Arc<dyn SpillFile>> {
        let blocks = Arc::clone(&self.0);
        Ok(Arc::new(InBlocks(Arc::new(Content { blocks, list: Mutex::default() }))))
    }
}

/// The scratch file, and which blocks of it are used.
struct Blocks {
    scratch: Arc<dyn Scratch>,
    /// Bytes that may lie in it.
    most: u64,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    /// Blocks that there are.
    count: u32,
    /// Those of them that nobody uses.
    free: Vec<u32>,
}

impl Blocks {
    fn take(&self) -> io::Result<u32> {
        let mut taken = lock(&self.taken);
        if let Some(block) = taken.free.pop() {
            return Ok(block);
        }
        let block = taken.count;
        if place(block) + BLOCK as u64 > self.most {
            return Err(io::Error::other(format!(
                "it is more than {} MiB, which is the limit",
                self.most >> 20
            )));
        }
        taken.count += 1;
        Ok(block)
    }

    fn give_back(&self, blocks: &[u32]) {
        let mut taken = lock(&self.taken);
        taken.free.extend(blocks);
        if taken.free.len() == taken.count as usize && taken.count > 0 {
            *taken = Taken::default();
            self.scratch.clear();
        }
    }
}

/// What a file consists of.
#[derive(Default)]
struct List {
    blocks: Vec<u32>,
    length: u64,
}

/// The content of a file, for as long as somebody writes or reads it.
struct Content {
    blocks: Arc<Blocks>,
    list: Mutex<List>,
}

impl Content {
    /// Writes more bytes behind those that are there.
    fn append(&self, mut bytes: &[u8]) -> io::Result<()> {
        let mut list = lock(&self.list);
        while !bytes.is_empty() {
            let within = (list.length % BLOCK as u64) as usize;
            if within == 0 {
                list.blocks.push(self.blocks.take()?);
            }
            let Some(&block) = list.blocks.last() else { break };
            let (now, later) = bytes.split_at(bytes.len().min(BLOCK - within));
            self.blocks.scratch.write(place(block) + within as u64, now)?;
            list.length += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }

    /// What stands from a byte on, to the end of its block at most. Nothing at the end.
    fn read(&self, from: u64) -> io::Result<Vec<u8>> {
        let list = lock(&self.list);
        let within = from % BLOCK as u64;
        let count = (BLOCK as u64 - within).min(list.length.saturating_sub(from));
        let mut bytes = vec![0; count as usize];
        if let Some(&block) = list.blocks.get((from / BLOCK as u64) as usize)
            && count > 0
        {
            self.blocks.scratch.read(place(block) + within, &mut bytes)?;
        }
        Ok(bytes)
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        let list = self.list.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.blocks.give_back(&list.blocks);
    }
}

/// Where a block begins.
fn place(block: u32) -> u64 {
    u64::from(block) * BLOCK as u64
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct InBlocks(Arc<Content>);

impl SpillFile for InBlocks {
    fn size(&self) -> Option<u64> {
        Some(lock(&self.0.list).length)
    }

    fn read_stream(&self) -> Result<Pin<Box<dyn Stream<Item = Result<bytes::Bytes>> + Send>>> {
        let content = Arc::clone(&self.0);
        let mut from = 0;
        Ok(Box::pin(futures::stream::poll_fn(move |_| {
            let next = match content.read(from) {
                Ok(bytes) if bytes.is_empty() => None,
                Ok(bytes) => {
                    from += bytes.len() as u64;
                    Some(Ok(bytes.into()))
                }
                Err(error) => Some(Err(DataFusionError::IoError(error))),
            };
            std::task::Poll::Ready(next)
        })))
    }

    fn open_writer(&self) -> Result<Box<dyn SpillWriter>> {
        Ok(Box::new(Writer { content: Arc::clone(&self.0), waiting: Vec::new() }))
    }
}

/// Collects what comes in small pieces.
struct Writer {
    content: Arc<Content>,
    waiting: Vec<u8>,
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= BLOCK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.content.append(&self.waiting)?;
        self.waiting.clear();
        Ok(())
    }
}

impl SpillWriter for Writer {
    fn finish(&mut self) -> Result<()> {
        self.flush().map_err(DataFusionError::IoError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{FutureExt, StreamExt};
    use proptest::prelude::*;

    /// A scratch file in memory.
    #[derive(Debug, Default)]
    struct Memory(Mutex<Vec<u8>>);

    impl Scratch for Memory {
        fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
            let bytes = lock(&self.0);
            let found = bytes.get(offset as usize..).and_then(|bytes| bytes.get(..buffer.len()));
            buffer.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
            Ok(())
        }

        fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
            let mut all = lock(&self.0);
            let end = offset as usize + bytes.len();
            if all.len() < end {
                all.resize(end, 0xEE);
            }
            all[offset as usize..end].copy_from_slice(bytes);
            Ok(())
        }

        fn clear(&self) {
            lock(&self.0).clear();
        }
    }

    fn whole(file: &dyn SpillFile) -> Vec<u8> {
        let mut stream = file.read_stream().unwrap();
        let mut all = Vec::new();
        while let Some(piece) = stream.next().now_or_never().flatten() {
            all.extend_from_slice(&piece.unwrap());
        }
        all
    }

    /// A file, who writes it, and what was written.
    type Written = (Arc<dyn SpillFile>, Box<dyn SpillWriter>, Vec<u8>);

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn files_are_what_was_written(
            steps in prop::collection::vec((0_usize..4, prop_oneof![1_usize..100, 100_000_usize..700_000], any::<bool>()), 1..24)
        ) {
            let scratch = Arc::new(Memory::default());
            let files = SpillFiles::new(Arc::clone(&scratch) as Arc<dyn Scratch>);
            let mut open: [Option<Written>; 4] = [const { None }; 4];
            for (at, (which, length, is_end)) in steps.into_iter().enumerate() {
                let slot = open[which].get_or_insert_with(|| {
                    let file = files.create_temp_file("a test").unwrap();
                    let writer = file.open_writer().unwrap();
                    (file, writer, Vec::new())
                });
                let bytes: Vec<u8> = (0..length).map(|byte| (byte * 7 + at * 31) as u8).collect();
                slot.1.write_all(&bytes).unwrap();
                slot.2.extend_from_slice(&bytes);
                if is_end {
                    slot.1.finish().unwrap();
                    prop_assert!(whole(&*slot.0) == slot.2);
                    prop_assert_eq!(slot.0.size(), Some(slot.2.len() as u64));
                    open[which] = None;
                }
            }
            drop(open);
            // All room is given back with the last of them.
            prop_assert!(lock(&scratch.0).is_empty());
        }
    }

    #[test]
    fn no_more_is_put_aside_than_may_be() {
        let scratch = Arc::new(Memory::default());
        let files = SpillFiles::of_at_most(Arc::clone(&scratch) as Arc<dyn Scratch>, 3 << 20);
        let file = files.create_temp_file("a test").unwrap();
        let mut writer = file.open_writer().unwrap();
        writer.write_all(&vec![1; 3 << 20]).unwrap();
        let error = writer.write_all(&vec![1; BLOCK]).unwrap_err();
        assert_eq!(error.to_string(), "it is more than 3 MiB, which is the limit");
        drop((file, writer));
        // There is room again.
        let file = files.create_temp_file("a test").unwrap();
        file.open_writer().unwrap().write_all(&vec![1; 3 << 20]).unwrap();
        assert!(lock(&scratch.0).len() == 3 << 20);
    }
}
