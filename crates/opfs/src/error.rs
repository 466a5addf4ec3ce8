//! What can go wrong with files of the browser.

use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DomException;

/// What went wrong.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpfsError {
    /// There is no such file.
    #[error("there is no file {0}")]
    NotFound(String),
    /// There is a file of that name.
    #[error("there is a file {0} already")]
    Exists(String),
    /// The browser gives no more room.
    #[error("there is no room for {0}: free some on this device, or remove tables that are not needed")]
    NoSpace(String),
    /// Somebody else writes the file.
    #[error("{0} is in use by another tab or worker; close it and try again")]
    Busy(String),
    /// The browser gives no storage to this page.
    #[error("the browser gives this page no storage: {0}")]
    Refused(String),
    /// A path has a part that is no name.
    #[error("{0:?} is no path of a file (a defect of this program)")]
    Path(String),
    /// Anything else, as the browser tells it.
    #[error("{path}: {reason}")]
    Other {
        /// The file.
        path: String,
        /// What the browser said.
        reason: String,
    },
}

impl OpfsError {
    /// What the browser says of a file.
    pub(crate) fn of(path: &str, error: &JsValue) -> Self {
        let path = path.to_owned();
        let exception = error.dyn_ref::<DomException>();
        match exception.map(|exception| exception.name()).as_deref() {
            Some("NotFoundError") => Self::NotFound(path),
            Some("QuotaExceededError") => Self::NoSpace(path),
            Some("NoModificationAllowedError" | "InvalidStateError") => Self::Busy(path),
            Some("SecurityError" | "NotAllowedError") => Self::refused(error),
            // A file stands where a folder should be, or the other way round.
            Some("TypeMismatchError") => Self::Exists(path),
            _ => Self::Other { path, reason: said(error) },
        }
    }

    /// What the browser says of its storage.
    pub(crate) fn refused(error: &JsValue) -> Self {
        Self::Refused(format!("{}; private windows and some settings are the reason", said(error)))
    }
}

/// The words of an exception.
pub(crate) fn said(error: &JsValue) -> String {
    if let Some(exception) = error.dyn_ref::<DomException>() {
        return format!("{}: {}", exception.name(), exception.message());
    }
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.to_string()),
        None => format!("{error:?}"),
    }
}
