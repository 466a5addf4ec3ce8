//! Gives the module a larger stack: what plans a statement calls itself for every level of it.

/// Bytes. The linker's own choice is a megabyte.
const STACK: u32 = 8 << 20;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo:rustc-link-arg=-zstack-size={STACK}");
    }
}
