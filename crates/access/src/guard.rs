//! Readers that others wrote, and that may panic when their input is damaged.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `read`, and lets `defect` make an error of a panic, whose message it is given. What was in the hands of `read` must
/// not be used any more then.
///
/// In wasm, and wherever else panics end the program, this does nothing.
///
/// # Errors
/// Those of `read`, and that of `defect`.
pub fn guarded<T, E>(read: impl FnOnce() -> Result<T, E>, defect: impl FnOnce(String) -> E) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|payload| {
        let said = payload.downcast_ref::<&str>().map(|said| (*said).to_owned());
        let what = said.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(defect(what.chars().take(200).collect()))
    })
}
