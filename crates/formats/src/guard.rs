//! Readers that others wrote, and that may panic when their input is damaged.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::FormatError;

/// Runs `read`, and makes an error of a panic. What was in the hands of `read` must not be used any more then.
///
/// In wasm, and wherever else panics end the program, this does nothing.
pub(crate) fn guarded<T>(
    format: &'static str,
    read: impl FnOnce() -> Result<T, FormatError>,
) -> Result<T, FormatError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|payload| {
        let said = payload.downcast_ref::<&str>().map(|said| (*said).to_owned());
        let what = said.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(FormatError::Defect { format, what: what.chars().take(200).collect() })
    })
}
