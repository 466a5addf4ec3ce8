//! Memory for a job, asked for in steps.
//!
//! The allocator of wasm asks the browser for as little as it needs now, and the browser takes long each time. When it had to ask, it is made
//! to ask for a step at once, which nobody touches before it is used.

use std::hint::black_box;

/// How much is asked for: some seconds' worth of rows would be too much for a small file, and this is not seen.
const STEP: usize = 4 << 20;

/// How much memory there was.
#[derive(Default)]
pub(super) struct Room {
    seen: usize,
}

impl Room {
    /// Looks whether there is more memory than before. If so, what there was is used up, and a step more is made ready.
    pub(super) fn see_to(&mut self) {
        let pages = core::arch::wasm32::memory_size::<0>();
        if pages > self.seen {
            // Not left out by the compiler, because it is shown what it cannot look into.
            drop(black_box(Vec::<u8>::with_capacity(black_box(STEP))));
            self.seen = core::arch::wasm32::memory_size::<0>();
        }
    }
}
