//! Tells the linker what to leave in the stripped module.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY")
        .is_ok_and(|family| family.split(',').any(|name| name == "wasm"))
    {
        // The profile `page` strips everything that is not run, which is a quarter of the module: the names of its
        // functions. wasm-bindgen reads this section to know what it may use in its bindings, and drops it then.
        println!("cargo::rustc-link-arg=--keep-section=target_features");
    }
}
