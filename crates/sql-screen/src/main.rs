//! The SQL screen: scripts in tabs, what came of running them, the catalog and the queries beside them. A module of its own, which
//! the page fetches when the screen is first wanted.
//!
//! It owns the query worker and whatever concerns queries, and knows the page by the messages of [`sandglass_ui::screen`] alone. It must
//! not know of tables beyond what the query worker tells. What needs no browser (the state, the texts, the charts' specifications) is
//! compiled and tested natively as well.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(target_family = "wasm"),
    allow(dead_code, unused_imports, reason = "natively, only the tests use what the screen is made of")
)]

mod results;
mod store;
mod workspace;

#[cfg(target_family = "wasm")]
mod actions;
#[cfg(target_family = "wasm")]
mod browser;
#[cfg(target_family = "wasm")]
mod components;
#[cfg(target_family = "wasm")]
mod entry;
#[cfg(target_family = "wasm")]
mod memory;
#[cfg(target_family = "wasm")]
mod queries;
#[cfg(target_family = "wasm")]
mod worker;

/// Nothing: the page calls [`entry::open`] when the module is there.
#[cfg(target_family = "wasm")]
fn main() {}

#[cfg(not(target_family = "wasm"))]
fn main() {
    println!("This is the SQL screen of Sandglass, made for the browser. Run `cargo xtask serve` to see it.");
}
