//! How much room there is, and whether the browser may take it back.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{StorageEstimate, StorageManager, WorkerGlobalScope};

use crate::OpfsError;

/// How much of the page's storage is used; browsers round both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Bytes used.
    pub used: u64,
    /// Bytes that there may be.
    pub quota: u64,
}

/// The storage of this worker's page.
pub(crate) fn storage() -> Result<StorageManager, OpfsError> {
    let scope: WorkerGlobalScope =
        js_sys::global().dyn_into().map_err(|_| OpfsError::Refused("not in a worker".to_owned()))?;
    let storage = scope.navigator().storage();
    // It is undefined where the page did not come over a safe connection.
    if storage.is_undefined() {
        let reason = "the page did not come over a safe connection (https, or this machine itself)";
        Err(OpfsError::Refused(reason.to_owned()))
    } else {
        Ok(storage)
    }
}

/// How much of the page's storage is used.
///
/// # Errors
/// When the browser does not tell.
pub async fn usage() -> Result<Usage, OpfsError> {
    let promise = storage()?.estimate().map_err(refused)?;
    let estimate: StorageEstimate = JsFuture::from(promise).await.map_err(refused)?.unchecked_into();
    let bytes = |number: Option<f64>| number.unwrap_or_default() as u64;
    Ok(Usage { used: bytes(estimate.get_usage()), quota: bytes(estimate.get_quota()) })
}

/// Asks that what is stored be kept when the device runs out of room, and tells whether it will be. Some browsers ask the
/// user then. Only some give this to workers; the page can always ask.
///
/// # Errors
/// When the browser has no such thing.
pub async fn persist() -> Result<bool, OpfsError> {
    let promise = storage()?.persist().map_err(refused)?;
    Ok(JsFuture::from(promise).await.map_err(refused)?.is_truthy())
}

/// Whether what is stored will be kept when the device runs out of room.
///
/// # Errors
/// When the browser does not tell.
pub async fn persisted() -> Result<bool, OpfsError> {
    let promise = storage()?.persisted().map_err(refused)?;
    Ok(JsFuture::from(promise).await.map_err(refused)?.is_truthy())
}

fn refused(error: JsValue) -> OpfsError {
    OpfsError::refused(&error)
}
