//! What the two modules of the page have in common: the page itself (`sandglass-app`) and the SQL screen
//! (`sandglass-sql-screen`), which is fetched when it is first wanted.
//!
//! It knows nothing of either but the messages between them ([`screen`]). What only one of them needs belongs into that one.
//! What needs no browser is compiled and tested natively as well.

#![forbid(unsafe_code)]

pub mod format;
pub mod message;
pub mod screen;
pub mod template;
pub mod tsv;

#[cfg(target_family = "wasm")]
pub mod browser;
#[cfg(target_family = "wasm")]
pub mod feed;
#[cfg(target_family = "wasm")]
pub mod icon;
#[cfg(target_family = "wasm")]
pub mod keys;
#[cfg(target_family = "wasm")]
pub mod link;
#[cfg(target_family = "wasm")]
pub mod port;
#[cfg(target_family = "wasm")]
pub mod voice;
