//! The origin-private file system.

use std::ops::Range;

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemHandle, FileSystemHandleKind, FileSystemReadWriteOptions,
    FileSystemRemoveOptions, FileSystemSyncAccessHandle,
};

use crate::OpfsError;
use crate::quota::storage;

/// A folder of the origin-private file system, and all that is in it.
#[derive(Debug, Clone)]
pub struct Opfs {
    root: FileSystemDirectoryHandle,
}

/// A file in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, without the folder's.
    pub name: String,
    /// Its length.
    pub bytes: u64,
}

impl Opfs {
    /// Opens a folder, which is made if it is not there.
    ///
    /// # Errors
    /// When the browser gives no storage.
    pub async fn open(folder: &str) -> Result<Self, OpfsError> {
        let root = JsFuture::from(storage()?.get_directory()).await;
        let root = root.map_err(|error| OpfsError::refused(&error))?;
        let opfs = Self { root: root.unchecked_into() };
        let root = opfs.folder(folder, true).await?;
        Ok(Self { root })
    }

    /// Opens a folder as [`Opfs::open`] does, and sees whether files can be written there: some browsers give a folder and
    /// refuse that. Where something lies already, they can.
    ///
    /// # Errors
    /// When the browser gives no storage.
    pub(crate) async fn try_out(folder: &str) -> Result<(), OpfsError> {
        let opfs = Self::open(folder).await?;
        if opfs.entries("").await? != Default::default() {
            return Ok(());
        }
        // Another tab may do the same now.
        let name = format!("tried-{}", js_sys::Math::random());
        opfs.write_new(&name, b"1").await.map_err(|error| match error {
            error @ (OpfsError::Refused(_) | OpfsError::NoSpace(_)) => error,
            error => OpfsError::Refused(error.to_string()),
        })?;
        // One that stays is in nobody's way.
        let _ = opfs.remove(&name).await;
        Ok(())
    }

    /// The files in a folder, by name. One that is not there has none.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub async fn list(&self, folder: &str) -> Result<Vec<Entry>, OpfsError> {
        let (files, _) = self.entries(folder).await?;
        Ok(files)
    }

    /// The files in a folder and in all folders within, by their names from this folder on.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub async fn list_all(&self, folder: &str) -> Result<Vec<Entry>, OpfsError> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let (files, within) = self.entries(&folder).await?;
            let path =
                |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            found.extend(files.iter().map(|file| Entry { name: path(&file.name), bytes: file.bytes }));
            folders.extend(within.iter().map(|name| path(name)));
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    }

    /// The files in a folder, and the names of the folders in it.
    async fn entries(&self, folder: &str) -> Result<(Vec<Entry>, Vec<String>), OpfsError> {
        let of = |error| OpfsError::of(folder, &error);
        let handle = match self.folder(folder, false).await {
            Err(OpfsError::NotFound(_)) => return Ok(Default::default()),
            handle => handle?,
        };
        let handles = handle.values();
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        loop {
            let next = JsFuture::from(handles.next().map_err(of)?).await.map_err(of)?;
            if Reflect::get(&next, &"done".into()).map_err(of)?.is_truthy() {
                break;
            }
            let handle: FileSystemHandle = Reflect::get(&next, &"value".into()).map_err(of)?.unchecked_into();
            let name = handle.name();
            if handle.kind() == FileSystemHandleKind::Directory {
                folders.push(name);
                continue;
            }
            let file: FileSystemFileHandle = handle.unchecked_into();
            let file = JsFuture::from(file.get_file()).await.map_err(of)?;
            files.push(Entry { name, bytes: file.unchecked_into::<File>().size() as u64 });
        }
        files.sort_by(|one: &Entry, other| one.name.cmp(&other.name));
        Ok((files, folders))
    }

    /// A file, whose bytes can be had by [`FileBytes`](crate::FileBytes). Any number of readers can have one.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn file(&self, path: &str) -> Result<File, OpfsError> {
        let (_, handle) = self.handles(path).await?;
        let file = JsFuture::from(handle.get_file()).await;
        Ok(file.map_err(|error| OpfsError::of(path, &error))?.unchecked_into())
    }

    /// The handles of a file's folder and of the file.
    pub(crate) async fn handles(
        &self,
        path: &str,
    ) -> Result<(FileSystemDirectoryHandle, FileSystemFileHandle), OpfsError> {
        let (folder, name) = split(path)?;
        let folder = self.folder(folder, false).await.map_err(|error| named(error, path))?;
        let handle = JsFuture::from(folder.get_file_handle(name)).await;
        let handle = handle.map_err(|error| OpfsError::of(path, &error))?;
        Ok((folder, handle.unchecked_into()))
    }

    /// The bytes of a file, or those of a range of them that there are.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub async fn read(&self, path: &str, range: Option<Range<u64>>) -> Result<Vec<u8>, OpfsError> {
        read(self.file(path).await?.into(), path, range).await
    }

    /// Writes a file that is not there yet, with the folders that it needs. It is durable when this returns. If it cannot be
    /// written whole, it is removed.
    ///
    /// # Errors
    /// When it is there already, there is no room, or it cannot be written.
    pub async fn write_new(&self, path: &str, bytes: &[u8]) -> Result<(), OpfsError> {
        let (folder, name) = split(path)?;
        let folder = self.folder(folder, true).await.map_err(|error| named(error, path))?;
        let of = |error| OpfsError::of(path, &error);
        match JsFuture::from(folder.get_file_handle(name)).await.map_err(of) {
            Ok(_) => return Err(OpfsError::Exists(path.to_owned())),
            Err(OpfsError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        let create = FileSystemGetFileOptions::new();
        create.set_create(true);
        let handle = JsFuture::from(folder.get_file_handle_with_options(name, &create)).await.map_err(of)?;
        let handle: FileSystemFileHandle = handle.unchecked_into();
        let written = match JsFuture::from(handle.create_sync_access_handle()).await {
            Ok(access) => {
                let access: FileSystemSyncAccessHandle = access.unchecked_into();
                let written = write_whole(&access, path, bytes);
                access.close();
                written
            }
            Err(error) => Err(of(error)),
        };
        if written.is_err() {
            // The reason is the one to tell. What stays behind is a part of a file that nobody names.
            let _ = JsFuture::from(folder.remove_entry(name)).await;
        }
        written
    }

    /// Removes a file.
    ///
    /// # Errors
    /// When it is not there, or in use.
    pub async fn remove(&self, path: &str) -> Result<(), OpfsError> {
        let (folder, name) = split(path)?;
        let folder = self.folder(folder, false).await.map_err(|error| named(error, path))?;
        let removed = JsFuture::from(folder.remove_entry(name)).await;
        removed.map(|_| ()).map_err(|error| OpfsError::of(path, &error))
    }

    /// Removes everything that is in this folder.
    ///
    /// # Errors
    /// When something of it is in use.
    pub async fn clear(&self) -> Result<(), OpfsError> {
        let (files, folders) = self.entries("").await?;
        let options = FileSystemRemoveOptions::new();
        options.set_recursive(true);
        for name in files.into_iter().map(|file| file.name).chain(folders) {
            let removed = JsFuture::from(self.root.remove_entry_with_options(&name, &options)).await;
            removed.map_err(|error| OpfsError::of(&name, &error))?;
        }
        Ok(())
    }

    /// The handle of this folder.
    pub(crate) fn root(&self) -> &FileSystemDirectoryHandle {
        &self.root
    }

    /// A folder within this one.
    async fn folder(&self, path: &str, create: bool) -> Result<FileSystemDirectoryHandle, OpfsError> {
        let options = FileSystemGetDirectoryOptions::new();
        options.set_create(create);
        let mut folder = self.root.clone();
        for name in path.split('/').filter(|_| !path.is_empty()) {
            check(name, path)?;
            let next = JsFuture::from(folder.get_directory_handle_with_options(name, &options)).await;
            folder = next.map_err(|error| OpfsError::of(path, &error))?.unchecked_into();
        }
        Ok(folder)
    }
}

/// The bytes of a file, or those of a range of them that there are.
pub(crate) async fn read(file: Blob, path: &str, range: Option<Range<u64>>) -> Result<Vec<u8>, OpfsError> {
    let of = |error| OpfsError::of(path, &error);
    let part = match range {
        Some(Range { start, end }) => {
            file.slice_with_f64_and_f64(start as f64, end.max(start) as f64).map_err(of)?
        }
        None => file,
    };
    let buffer = JsFuture::from(part.array_buffer()).await.map_err(of)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Writes all bytes and waits until they are durable.
fn write_whole(access: &FileSystemSyncAccessHandle, path: &str, bytes: &[u8]) -> Result<(), OpfsError> {
    let of = |error| OpfsError::of(path, &error);
    let mut done = 0;
    while done < bytes.len() {
        let options = FileSystemReadWriteOptions::new();
        options.set_at(done as f64);
        let written = access.write_with_u8_array_and_options(&bytes[done..], &options).map_err(of)?;
        // Some browsers write what there is room for, and say so only by that.
        if written < 1.0 {
            return Err(OpfsError::NoSpace(path.to_owned()));
        }
        done += written as usize;
    }
    access.flush().map_err(of)?;
    // Chromium says that it has written all where the quota ended in the middle.
    let size = access.get_size().map_err(of)?;
    if size == bytes.len() as f64 { Ok(()) } else { Err(OpfsError::NoSpace(path.to_owned())) }
}

/// The folder and the name of a file.
pub(crate) fn split(path: &str) -> Result<(&str, &str), OpfsError> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    check(name, path)?;
    // `/x` has a folder without a name.
    if path.starts_with('/') { Err(OpfsError::Path(path.to_owned())) } else { Ok((folder, name)) }
}

/// Refuses what is no name.
pub(crate) fn check(name: &str, path: &str) -> Result<(), OpfsError> {
    match name {
        "" | "." | ".." => Err(OpfsError::Path(path.to_owned())),
        _ => Ok(()),
    }
}

/// What is said of a file's folder, said of the file.
fn named(error: OpfsError, path: &str) -> OpfsError {
    match error {
        OpfsError::NotFound(_) => OpfsError::NotFound(path.to_owned()),
        other => other,
    }
}
