//! Files and folders that were dropped or chosen, as a [`Selection`].
//!
//! Only handles are taken; no byte is read here. A folder is walked with the entries interface, which every browser
//! has, while the newer handles are missing in some.

use std::future::Future;
use std::pin::Pin;

use js_sys::{Array, Promise};
use sandglass_ui::browser::error_text;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry,
    HtmlInputElement,
};

use crate::selection::Selection;

/// What a drop carries. The handles must be taken while the event is being handled; walking them comes after.
pub(crate) struct Dropped {
    items: Vec<Item>,
}

enum Item {
    Entry(FileSystemEntry),
    File(File),
}

impl Dropped {
    /// Takes the handles out of a drop.
    pub(crate) fn take(transfer: &DataTransfer) -> Self {
        let list = transfer.items();
        let items = (0..list.length())
            .filter_map(|index| list.get(index))
            .filter(|item| item.kind() == "file")
            .filter_map(|item| match item.webkit_get_as_entry() {
                Ok(Some(entry)) => Some(Item::Entry(entry)),
                _ => item.get_as_file().ok().flatten().map(Item::File),
            })
            .collect();
        Self { items }
    }

    /// Whether the drop had no file in it, but text or a link.
    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Walks the folders and returns the files in the order of dropping, those of a folder in the order of their names.
    pub(crate) async fn walk(self) -> Selection<File> {
        let mut selection = Selection::default();
        for item in self.items {
            match item {
                Item::File(file) => add(&mut selection, &file.name(), file),
                Item::Entry(entry) => {
                    let start = selection.len();
                    walk(&entry, &mut selection).await;
                    if entry.is_directory() {
                        selection.sort_from(start);
                        selection.end_folder(&entry.name(), start);
                    }
                }
            }
        }
        selection
    }
}

/// The files of a file or folder dialog. The field is emptied, so that the same file can be chosen again.
pub(crate) fn chosen(input: &HtmlInputElement) -> Selection<File> {
    let mut selection = Selection::default();
    let files: Vec<File> = input.files().map(|list: FileList| list_files(&list)).unwrap_or_default();
    for file in files {
        let path = js_sys::Reflect::get(&file, &JsValue::from_str("webkitRelativePath")).ok();
        let path = path.and_then(|path| path.as_string()).filter(|path| !path.is_empty());
        add(&mut selection, &path.unwrap_or_else(|| file.name()), file);
    }
    if input.webkitdirectory() {
        selection.sort_from(0);
    }
    input.set_value("");
    selection
}

fn list_files(list: &FileList) -> Vec<File> {
    (0..list.length()).filter_map(|index| list.get(index)).collect()
}

fn add(selection: &mut Selection<File>, name: &str, file: File) {
    let bytes = file.size() as u64;
    selection.add_file(name, bytes, file);
}

/// Adds an entry, and everything below it.
fn walk<'a>(
    entry: &'a FileSystemEntry,
    selection: &'a mut Selection<File>,
) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
    Box::pin(async move {
        let path = entry.full_path();
        let outcome = if entry.is_directory() {
            children(entry.unchecked_ref()).await
        } else {
            file(entry.unchecked_ref()).await.map(|file| {
                add(selection, &path, file);
                Vec::new()
            })
        };
        match outcome {
            Ok(children) => {
                for child in children {
                    walk(&child, selection).await;
                }
            }
            Err(error) => selection.add_unreadable(&path, &error_text(&error)),
        }
    })
}

async fn file(entry: &FileSystemFileEntry) -> Result<File, JsValue> {
    let promise =
        Promise::new(&mut |resolve, reject| entry.file_with_callback_and_callback(&resolve, &reject));
    JsFuture::from(promise).await.map(JsCast::unchecked_into)
}

/// The entries of a folder. A browser hands them out in batches, the last of which is empty.
async fn children(folder: &FileSystemDirectoryEntry) -> Result<Vec<FileSystemEntry>, JsValue> {
    let reader = folder.create_reader();
    let mut children = Vec::new();
    loop {
        let promise = Promise::new(&mut |resolve, reject| {
            if let Err(error) = reader.read_entries_with_callback_and_callback(&resolve, &reject) {
                let _ = reject.call1(&JsValue::UNDEFINED, &error);
            }
        });
        let batch: Array = JsFuture::from(promise).await?.unchecked_into();
        if batch.length() == 0 {
            return Ok(children);
        }
        children.extend(batch.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}
