//! The page. It takes files from the user, has the warehouse worker read them, and shows what the worker says.
//!
//! It must not read a byte of a file, calculate a count, or hold a table: it speaks `sandglass-protocol` and knows
//! nothing of what is behind it. What needs no browser (the state, the texts, the chart's specification) is compiled and
//! tested natively as well.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(target_family = "wasm"),
    allow(dead_code, unused_imports, reason = "natively, only the tests use what the page is made of")
)]

mod chart_spec;
mod day;
mod selection;
mod store;
mod table;

#[cfg(target_family = "wasm")]
mod actions;
#[cfg(target_family = "wasm")]
mod browser;
#[cfg(target_family = "wasm")]
mod components;
#[cfg(target_family = "wasm")]
mod hooks;
#[cfg(target_family = "wasm")]
mod sql_screen;
#[cfg(target_family = "wasm")]
mod worker;

#[cfg(target_family = "wasm")]
fn main() {
    // First of all: the worker loads while the page is being drawn.
    let client = worker::Client::start();
    let props = components::AppProps { client };
    match sandglass_ui::browser::document().get_element_by_id("app") {
        Some(root) => yew::Renderer::<components::App>::with_root_and_props(root, props).render(),
        None => yew::Renderer::<components::App>::with_props(props).render(),
    };
}

#[cfg(not(target_family = "wasm"))]
fn main() {
    println!("This is the page of Sandglass, made for the browser. Run `cargo xtask serve` to see it.");
}
