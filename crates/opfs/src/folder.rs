//! A folder, wherever its files are: in the browser's own storage, or lent by the page.
//!
//! Which of the two holds for all workers of a page. The first that asks tells the page what the browser gives it, and the
//! others follow, also where a browser refuses only sometimes.

use std::cell::OnceCell;
use std::ops::Range;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{Blob, MessagePort};

use crate::line::Line;
use crate::opfs::read;
use crate::{Entry, Lent, Opfs, OpfsError};

thread_local! {
    /// Why files are lent; null where they are not.
    static SETTLED: OnceCell<Promise> = const { OnceCell::new() };
}

/// A folder of files that the workers of a page share.
#[derive(Debug, Clone)]
pub enum Folder {
    /// In the browser's storage: they stay.
    Kept(Opfs),
    /// Lent by the page: they are gone with it.
    Lent(Lent),
}

impl Folder {
    /// Opens a folder, which is made if it is not there.
    ///
    /// # Errors
    /// When the browser gives no storage, and the page lends none.
    pub async fn open(folder: &str) -> Result<Self, OpfsError> {
        if let Some(line) = Line::own()
            && let Some(reason) = settled(&line, folder).await
        {
            return Ok(Self::Lent(Lent::new(line, folder, Rc::from(reason))));
        }
        Ok(Self::Kept(Opfs::open(folder).await?))
    }

    /// The folder that another worker has opened and given this port for; without one it is in the browser's storage.
    ///
    /// # Errors
    /// When that is refused.
    pub async fn given(folder: &str, port: Option<MessagePort>) -> Result<Self, OpfsError> {
        match port {
            Some(port) => Ok(Self::Lent(Lent::new(Rc::new(Line::over(port)), folder, Rc::default()))),
            None => Ok(Self::Kept(Opfs::open(folder).await?)),
        }
    }

    /// What another worker is to be [`given`](Self::given) for this folder.
    ///
    /// # Errors
    /// When the page cannot be asked.
    pub async fn to_give(&self) -> Result<Option<MessagePort>, OpfsError> {
        match self {
            Self::Kept(_) => Ok(None),
            Self::Lent(lent) => lent.port().await.map(Some),
        }
    }

    /// The files in a folder, by name. One that is not there has none.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub async fn list(&self, folder: &str) -> Result<Vec<Entry>, OpfsError> {
        match self {
            Self::Kept(opfs) => opfs.list(folder).await,
            Self::Lent(lent) => lent.list(folder).await,
        }
    }

    /// The files in a folder and in all folders within, by their names from this folder on.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub async fn list_all(&self, folder: &str) -> Result<Vec<Entry>, OpfsError> {
        match self {
            Self::Kept(opfs) => opfs.list_all(folder).await,
            Self::Lent(lent) => {
                let mut all = lent.all().await?;
                all.retain(|entry| {
                    let rest = entry.name.strip_prefix(folder);
                    folder.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'))
                });
                Ok(all)
            }
        }
    }

    /// A file, whose bytes can be had by [`FileBytes`](crate::FileBytes). Any number of readers can have one.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn file(&self, path: &str) -> Result<Blob, OpfsError> {
        match self {
            Self::Kept(opfs) => opfs.file(path).await.map(Blob::from),
            Self::Lent(lent) => lent.file(path).await,
        }
    }

    /// The bytes of a file, or those of a range of them that there are.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub async fn read(&self, path: &str, range: Option<Range<u64>>) -> Result<Vec<u8>, OpfsError> {
        read(self.file(path).await?, path, range).await
    }

    /// Writes a file that is not there yet. It is as durable as it can be when this returns.
    ///
    /// # Errors
    /// When it is there already, there is no room, or it cannot be written.
    pub async fn write_new(&self, path: &str, bytes: &[u8]) -> Result<(), OpfsError> {
        match self {
            Self::Kept(opfs) => opfs.write_new(path, bytes).await,
            Self::Lent(lent) => lent.write_new(path, bytes).await,
        }
    }

    /// Removes a file.
    ///
    /// # Errors
    /// When it is not there, or in use.
    pub async fn remove(&self, path: &str) -> Result<(), OpfsError> {
        match self {
            Self::Kept(opfs) => opfs.remove(path).await,
            Self::Lent(lent) => lent.remove(path).await,
        }
    }

    /// Removes everything that is in this folder.
    ///
    /// # Errors
    /// When something of it is in use.
    pub async fn clear(&self) -> Result<(), OpfsError> {
        match self {
            Self::Kept(opfs) => opfs.clear().await,
            Self::Lent(lent) => lent.clear().await,
        }
    }
}

/// Why files are lent; `None` where they are not. It is asked once.
async fn settled(line: &Rc<Line>, folder: &str) -> Option<String> {
    let settled = SETTLED.with(|settled| {
        let settle = || {
            let (line, folder) = (Rc::clone(line), folder.to_owned());
            future_to_promise(async move {
                let refused = Opfs::try_out(&folder).await.err();
                let refused = refused.map_or(JsValue::NULL, |error| error.to_string().into());
                // A page that cannot be asked lends nothing.
                Ok(line.ask("settle", &[refused]).await.unwrap_or(JsValue::NULL))
            })
        };
        settled.get_or_init(settle).clone()
    });
    JsFuture::from(settled).await.ok()?.as_string()
}
