//! Files of the browser, for workers: those of its origin-private file system (`Opfs`), those that the page lends where there
//! is none (`Lent`), a folder of either (`Folder`), any `File` or `Blob` as random access to bytes (`FileBytes`), and a file for what
//! need not last (`ScratchFile`).
//!
//! Files are written once and never changed. `write_new` returns when the bytes are durable; a file that is there
//! is not touched. Paths have folders between slashes; whoever makes names of what people typed encodes them before. It
//! knows nothing of what is in the files. A folder is a warehouse's `Storage`.
//!
//! There is nothing here on other targets than wasm.

#![forbid(unsafe_code)]
#![cfg(target_family = "wasm")]

mod bytes;
mod error;
mod folder;
mod lent;
mod line;
mod opfs;
mod quota;
mod scratch;
mod storage;
mod watch;

pub use bytes::FileBytes;
pub use error::OpfsError;
pub use folder::Folder;
pub use lent::Lent;
pub use opfs::{Entry, Opfs};
pub use quota::{Usage, persist, persisted, usage};
pub use scratch::ScratchFile;
pub use storage::storage_error;
pub use watch::Watched;
