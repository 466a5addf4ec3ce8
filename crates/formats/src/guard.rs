//! Readers that others wrote, and that may panic when their input is damaged.

use crate::FormatError;

/// Runs `read`, and makes an error of a panic, where panics do not end the program. What was in the hands of `read` must not
/// be used any more then.
pub(crate) fn guarded<T>(
    format: &'static str,
    read: impl FnOnce() -> Result<T, FormatError>,
) -> Result<T, FormatError> {
    sandglass_access::guarded(read, |what| FormatError::Defect { format, what })
}
