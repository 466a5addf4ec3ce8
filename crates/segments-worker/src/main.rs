//! A worker that writes tables' rows as segments into the browser's storage, or what the page has instead, and reads them again.
//!
//! Its module is fetched behind the first answer, because of what Parquet adds to it. Messages are lists that begin with a
//! word; it handles one after the other, in their order. `id` is a number of whoever asks.
//!
//! | it is sent | what for |
//! | --- | --- |
//! | `["open", folder, MessagePort or undefined]` | first, once: the folder with the segments, and the port for it where the page lends its files |
//! | `["write", id, path]` | a segment begins |
//! | `["rows", id, ArrayBuffer, length]` | rows of it, as a [`Parcel`](sandglass_ingest::wire::Parcel) of so many bytes; all with the same columns |
//! | `["end", id]` | it has all of its rows, and is to be written |
//! | `["drop", id]` | it is not wanted any more |
//! | `["read", id, path, columns or null, from, to]` | rows of a segment, counted from 0 |
//! | `["page", id, path, columns or null, from, to]` | the same as text |
//! | `["upkeep", id, task, File or undefined]` | a [`Task`](sandglass_protocol::Task) for the warehouse as a whole, and the file of an import |
//!
//! | it says | what |
//! | --- | --- |
//! | `["ready"]` | it listens |
//! | `["opened"]` | there is storage |
//! | `["spare", id, ArrayBuffer]` | the buffer of a parcel, whose bytes are not needed any more |
//! | `["written", id, bytes, checksum, rows, columns]` | the segment is durable; of each column `[name, nulls, null or [kind, least, greatest]]` |
//! | `["rows", id, ArrayBuffer]` | some of the rows that were asked for, as a parcel |
//! | `["done", id]` | there are no more of them |
//! | `["page", id, names, rows]` | rows, each a list of texts and nulls |
//! | `["upkept", id, event, Blob or undefined]` | what became of a task, as the page is told it, and the bytes of an export |
//! | `["failed", id, kind, reason]` | what was asked for cannot be had; `id` is null if that is storage, or this worker as a whole. The kind is one of `no space`, `not found`, `exists`, `busy`, `refused`, `damaged`, `broken` and `other` |
//!
//! Checksums are XXH3 of 128 bits over the whole file, in hexadecimal. A write that has failed leaves no file.

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
