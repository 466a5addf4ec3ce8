//! Whether a file is still the last of those that are numbered, told in one step of the browser's instead of one for each file.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FileSystemDirectoryHandle, FileSystemFileHandle};

use crate::{Opfs, OpfsError};

/// A file that is looked at again and again, with the handles that this needs.
#[derive(Debug, Clone)]
pub struct Watched {
    path: String,
    folder: FileSystemDirectoryHandle,
    file: FileSystemFileHandle,
    /// Its length, and when it was written.
    is: (f64, f64),
}

impl Watched {
    /// Begins to watch a file.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn new(opfs: &Opfs, path: &str) -> Result<Self, OpfsError> {
        let (folder, file) = opfs.handles(path).await?;
        let of = |error| OpfsError::of(path, &error);
        let is: File = JsFuture::from(file.get_file()).await.map_err(of)?.unchecked_into();
        Ok(Self { path: path.to_owned(), folder, file, is: facts(&is) })
    }

    /// Its path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is as it was, and another name in its folder is not taken.
    pub async fn is_last(&self, next: &str) -> bool {
        // Both questions are on their way before one waits for an answer.
        let (next, file) = (self.folder.get_file_handle(next), self.file.get_file());
        let next = JsFuture::from(next).await;
        let file = JsFuture::from(file).await.map(JsCast::unchecked_into::<File>);
        let is_free =
            matches!(next.map_err(|error| OpfsError::of(&self.path, &error)), Err(OpfsError::NotFound(_)));
        is_free && file.is_ok_and(|file| facts(&file) == self.is)
    }
}

fn facts(file: &File) -> (f64, f64) {
    (file.size(), file.last_modified())
}
