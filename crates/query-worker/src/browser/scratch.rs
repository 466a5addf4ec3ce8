//! Where queries put aside what does not fit into memory: a file of this worker in the origin's storage.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::OnceLock;

use sandglass_opfs::{Opfs, ScratchFile};
use sandglass_query::Scratch;

/// A file that is there a moment after the worker is: nothing waits for it.
#[derive(Debug, Default)]
pub(super) struct LateScratch(OnceLock<ScratchFile>);

impl LateScratch {
    /// Opens it, in a folder of its own beside the warehouse.
    pub(super) async fn open(self: Arc<Self>, folder: Rc<str>) {
        // Without storage a query that needs it says so.
        if let Ok(opfs) = Opfs::open(&folder).await
            && let Ok(file) = ScratchFile::open(&opfs).await
        {
            let _ = self.0.set(file);
        }
    }

    fn file(&self) -> io::Result<&ScratchFile> {
        self.0.get().ok_or_else(|| io::Error::other("the browser gives no storage to put it aside"))
    }
}

impl Scratch for LateScratch {
    fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        match self.file()?.read(offset, buffer)? {
            read if read == buffer.len() => Ok(()),
            _ => {
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, "what was put aside is not there any more"))
            }
        }
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        match self.file()?.write(offset, bytes)? {
            written if written == bytes.len() => Ok(()),
            _ => Err(io::Error::new(io::ErrorKind::StorageFull, "the browser gives no more room")),
        }
    }

    fn clear(&self) {
        // What is not given back now is with the next file, or when the worker ends.
        let _ = self.file().and_then(ScratchFile::clear);
    }
}
