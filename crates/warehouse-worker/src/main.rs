//! The warehouse worker as a program: it joins the [`Engine`](sandglass_warehouse_worker::Engine) to the browser.
//!
//! Messages come in through [`browser::serve`], which answers at once what can be answered at once, and starts a job
//! for what takes time. A panic ends the module: the page is told before and starts a new worker.

#![forbid(unsafe_code)]

#[cfg(target_family = "wasm")]
mod browser;

#[cfg(target_family = "wasm")]
fn main() {
    browser::serve();
}

#[cfg(not(target_family = "wasm"))]
fn main() {
    eprintln!("This program runs in a web worker; `cargo xtask build` builds it for wasm32.");
    std::process::exit(2);
}
