//! A worker that reads a source of a rarer format: one source, and then it is ended by whoever started it.
//!
//! It is asked once, with `[name, of_pipeline, File, options]`, the options as bytes of [`wire`](sandglass_ingest::wire), and
//! answers with a message for everything that comes of the source:
//!
//! | message | what |
//! | --- | --- |
//! | an `ArrayBuffer` | a [`Parcel`](sandglass_ingest::wire::Parcel): records, or the summary of a part that has ended |
//! | `["part", name, is_table]` | a part begins |
//! | `["part failed", name, reason]` | a part cannot be read, which does not concern the next |
//! | `["note", text]` | something worth knowing of the source |
//! | `["position", bytes]` | how far it is |
//! | `["end"]` | the source has ended |
//! | `["failed", reason]` | the source cannot be read on |
//!
//! The parsers behind some formats can panic on damaged input. That ends this module, and is said before.

#![forbid(unsafe_code)]

#[cfg(target_family = "wasm")]
mod serve;

#[cfg(target_family = "wasm")]
fn main() {
    serve::serve();
}

#[cfg(not(target_family = "wasm"))]
fn main() {
    eprintln!("This program runs in a web worker; `cargo xtask build` builds it for wasm32.");
    std::process::exit(2);
}
