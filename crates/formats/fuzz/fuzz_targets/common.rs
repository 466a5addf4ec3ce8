//! Reads a source to its end, whatever it is, and looks at the accounts.

use std::sync::{Arc, Once};

use sandglass_formats::{FormatError, Memory, Options, Source};
use sandglass_ingest::{Shape, SourceEvent};

/// The readers of others may panic, and that is made an error; whether ours may not is looked for here.
static QUIET: Once = Once::new();

pub fn read(bytes: Vec<u8>) -> Result<(), FormatError> {
    // libfuzzer ends at every panic, also at those that are caught.
    QUIET.call_once(|| std::panic::set_hook(Box::new(|panic| {
        let ours = panic.location().is_some_and(|place| place.file().contains("crates/") && !place.file().contains(".cargo"));
        if ours {
            eprintln!("{panic}");
            std::process::abort();
        }
    })));
    let mut source = Source::open(Arc::new(Memory::from(bytes)), "fuzz", &Options::default())?;
    let (mut shape, mut batches, mut records) = (Shape::default(), Vec::new(), 0);
    while let Some(event) = source.next()? {
        match event {
            SourceEvent::Part(_) => {
                (shape, records) = (Shape::default(), 0);
                batches.clear();
            }
            SourceEvent::Batch(batch) => {
                assert_eq!(batch.records, (batch.rows.num_rows() + batch.rejects.len()) as u64);
                records += batch.records;
                shape.widen(&batch.rows, &batch.origins);
                batches.push(batch);
            }
            SourceEvent::End(summary) => {
                assert_eq!(summary.records, records);
                for batch in &batches {
                    shape.cast(&batch.rows, &batch.origins).expect("a wider type");
                }
            }
            SourceEvent::PartFailed { .. } | SourceEvent::Note(_) => {}
        }
    }
    Ok(())
}
