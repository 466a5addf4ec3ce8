//! Any bytes as a message of another worker: they are an error, or a message that is of use.
//!
//! `cargo +nightly fuzz run wire` in `crates/ingest`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sandglass_ingest::ranges::RangeReader;
use sandglass_ingest::wire::Parcel;
use sandglass_ingest::{Shape, SourceError};

fuzz_target!(|data: &[u8]| {
    let Ok(parcel) = Parcel::decode(data) else { return };
    // What was understood is understood again.
    let bytes = parcel.encode().expect("columns that were read can be written");
    assert!(Parcel::decode(&bytes).is_ok());
    match parcel {
        Parcel::Batch(batch) if batch.rows.num_rows() < 1 << 16 => {
            let mut shape = Shape::default();
            shape.widen(&batch.rows, &batch.origins);
            let _ = shape.cast(&batch.rows, &batch.origins);
        }
        Parcel::Task(task) => {
            let mut reader = RangeReader::new(task);
            let _ = reader.push(b"{\"a\":1}\n1,2\n", |_| Ok::<_, SourceError>(()));
        }
        _ => {}
    }
});
