//! Any bytes as CSV and as a JSON document, with inferred types: however they are cut, the same comes of them, and the
//! accounts balance.
//!
//! `cargo +nightly fuzz run text` in `crates/ingest`.
#![no_main]

use arrow_array::RecordBatch;
use libfuzzer_sys::fuzz_target;
use sandglass_ingest::csv::{self, Dialect, Ragged};
use sandglass_ingest::{Batch, Reject, RecordSpec, Shape, document};

/// A decoder of either format.
trait Decode {
    fn decode(&mut self, bytes: &[u8]) -> usize;
    fn finish(&mut self);
    fn is_full(&self) -> bool;
    fn flush(&mut self) -> Option<Batch>;
}

macro_rules! decode {
    ($decoder:ty) => {
        impl Decode for $decoder {
            fn decode(&mut self, bytes: &[u8]) -> usize {
                self.decode(bytes)
            }
            fn finish(&mut self) {
                self.finish();
            }
            fn is_full(&self) -> bool {
                self.is_full()
            }
            fn flush(&mut self) -> Option<Batch> {
                self.flush().expect("columns keep Arrow's rules")
            }
        }
    };
}

decode!(csv::Decoder);
decode!(document::Decoder);

/// The rows one by one with the columns of all, and the rejects.
fn run(mut decoder: impl Decode, text: &[u8], slice: usize) -> (Vec<RecordBatch>, Vec<Reject>) {
    let mut batches = Vec::new();
    for mut piece in text.chunks(slice) {
        while !piece.is_empty() {
            let used = decoder.decode(piece);
            assert!(used == piece.len() || decoder.is_full(), "{used} of {} bytes used", piece.len());
            piece = &piece[used..];
            if decoder.is_full() {
                batches.extend(decoder.flush());
            }
        }
    }
    loop {
        decoder.finish();
        let more = decoder.is_full();
        batches.extend(decoder.flush());
        if !more {
            break;
        }
    }
    let mut shape = Shape::default();
    let mut rejects = Vec::new();
    for batch in &batches {
        assert_eq!(batch.records, (batch.rows.num_rows() + batch.rejects.len()) as u64);
        shape.widen(&batch.rows, &batch.origins);
        rejects.extend(batch.rejects.iter().cloned());
    }
    let tables = batches.iter().map(|batch| shape.cast(&batch.rows, &batch.origins).expect("a wider type"));
    let rows = tables.flat_map(|table| (0..table.num_rows()).map(move |row| table.slice(row, 1)));
    (rows.collect(), rejects)
}

fuzz_target!(|data: &[u8]| {
    let Some((&[options, slice, batch_rows], text)) = data.split_first_chunk() else { return };
    let (slice, batch_rows) = (1 + usize::from(slice), 1 + usize::from(batch_rows));
    let spec = RecordSpec::inferred();
    const LONGEST: usize = 1 << 20;
    if options & 1 == 0 {
        let dialect = Dialect { header: options & 2 == 0, ..Dialect::sniff(text, true) };
        let ragged = if options & 4 == 0 { Ragged::Reject } else { Ragged::Pad };
        let decoder = |rows| csv::Decoder::with_limits(&spec, dialect, ragged, rows, LONGEST);
        assert_eq!(run(decoder(1000), text, usize::MAX), run(decoder(batch_rows), text, slice));
    } else {
        let key = (options & 2 != 0).then(|| b"a".to_vec());
        let decoder = |rows| document::Decoder::with_limits(&spec, key.clone(), rows, LONGEST);
        assert_eq!(run(decoder(1000), text, usize::MAX), run(decoder(batch_rows), text, slice));
    }
});
