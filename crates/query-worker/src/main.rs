//! The query worker as a program.

#![forbid(unsafe_code)]

#[cfg(target_family = "wasm")]
fn main() {
    sandglass_query_worker::browser::serve();
}

#[cfg(not(target_family = "wasm"))]
fn main() {
    eprintln!("This program runs in a web worker; `cargo xtask build` builds it for wasm32.");
    std::process::exit(2);
}
