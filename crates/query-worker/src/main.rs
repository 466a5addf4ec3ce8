//! The query worker as a program.

#![forbid(unsafe_code)]

/// Plans are made of many small pieces, and the allocator that Rust has for wasm takes long for each.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

#[cfg(target_family = "wasm")]
fn main() {
    sandglass_query_worker::browser::serve();
}

#[cfg(not(target_family = "wasm"))]
fn main() {
    eprintln!("This program runs in a web worker; `cargo xtask build` builds it for wasm32.");
    std::process::exit(2);
}
