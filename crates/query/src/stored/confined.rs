//! How what waits for a storage becomes what the engine can have.
//!
//! The engine wants everything to be `Send`. Natively it is, and a storage never waits, so a future of it is run to its end at
//! once. In a browser values of JavaScript belong to the one thread that there is, and a wrapper holds them to that.

#[cfg(not(target_family = "wasm"))]
mod native {
    use std::future::{Ready, ready};

    /// What may be used by the threads of an engine.
    pub trait Shareable: Send + Sync {}
    impl<T: Send + Sync> Shareable for T {}

    pub(in crate::stored) type Confined<T> = T;

    pub(in crate::stored) fn confined<T>(value: T) -> T {
        value
    }

    pub(in crate::stored) fn released<T>(value: T) -> T {
        value
    }

    /// What comes of a future that never waits.
    pub(in crate::stored) fn settled<F: Future>(future: F) -> Ready<F::Output> {
        ready(sandglass_warehouse::storage::block_on(future))
    }
}

#[cfg(target_family = "wasm")]
mod browser {
    use send_wrapper::SendWrapper;

    /// What may be used by the engine: in its one thread, anything.
    pub trait Shareable {}
    impl<T> Shareable for T {}

    pub(in crate::stored) type Confined<T> = SendWrapper<T>;

    pub(in crate::stored) fn confined<T>(value: T) -> SendWrapper<T> {
        SendWrapper::new(value)
    }

    pub(in crate::stored) fn released<T>(value: SendWrapper<T>) -> T {
        value.take()
    }

    /// A future that stays in this thread.
    pub(in crate::stored) fn settled<F: Future>(future: F) -> SendWrapper<F> {
        SendWrapper::new(future)
    }
}

#[cfg(target_family = "wasm")]
pub(super) use browser::{Confined, confined, released, settled};
#[cfg(not(target_family = "wasm"))]
pub(super) use native::{Confined, confined, released, settled};

#[cfg(target_family = "wasm")]
pub use browser::Shareable;
#[cfg(not(target_family = "wasm"))]
pub use native::Shareable;
