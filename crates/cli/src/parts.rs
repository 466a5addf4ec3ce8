//! Sources of the rarer formats, which may have several parts: each part is a source of its own.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use sandglass_formats::{Bytes, FileBytes, HELD_MAX, Memory, Options, Source};
use sandglass_ingest::dataset::DatasetSource;
use sandglass_ingest::{SourceError, SourceEvent, SourceSummary};

use crate::input::Input;
use crate::print::note;
use crate::progress::Progress;
use crate::rejects::RejectFile;

/// A format is told by fewer first bytes of a source, however these are packed.
pub(crate) const HEAD: usize = 1 << 20;

/// Whether a source could not be read because it is of one of these formats.
pub(crate) fn is_rare(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(SourceError::Rare(_)))
}

/// Reads a source, of which `head` has been read if it cannot be read again, and hands its parts to `keep`. Returns how many
/// parts could not be used.
///
/// # Errors
/// When it cannot be read to its end. Parts before are kept.
pub(crate) fn read(
    input: &Input,
    head: Vec<u8>,
    options: &Options,
    rejects: &mut RejectFile,
    progress: &Progress,
    mut keep: impl FnMut(DatasetSource, SourceSummary),
) -> Result<usize> {
    let bytes: Arc<dyn Bytes> = match input {
        Input::File(path) => Arc::new(FileBytes::open(path)?),
        Input::StandardInput => Arc::new(collect(input, head, progress)?),
    };
    let mut source = Source::open(bytes, &input.name(), options)?;
    let mut failed = 0;
    let mut part: Option<DatasetSource> = None;
    let mut before = 0;
    while let Some(event) = source.next()? {
        match event {
            SourceEvent::Part(name) => {
                let begun = DatasetSource::with_types(&name, &options.read.types)?;
                part = Some(if source.is_table() { begun.apart() } else { begun });
            }
            SourceEvent::Batch(batch) => {
                if let Some(part) = &mut part {
                    rejects.write(&part.path, &batch);
                    part.add(&batch)?;
                }
            }
            SourceEvent::End(summary) => {
                if let Some(part) = part.take() {
                    keep(part, summary);
                }
            }
            SourceEvent::PartFailed { part: name, reason } => {
                part = None;
                failed += 1;
                note(format_args!("{name}: nothing was kept of it: {reason}"));
            }
            SourceEvent::Note(remark) => note(format_args!("{}: {remark}", input.name())),
        }
        rejects.check()?;
        let position = source.position();
        if *input != Input::StandardInput {
            progress.advance(position.saturating_sub(before));
        }
        before = position;
    }
    Ok(failed)
}

/// The whole of standard input, in memory.
fn collect(input: &Input, mut head: Vec<u8>, progress: &Progress) -> Result<Memory> {
    input
        .read(progress, |bytes| {
            head.extend_from_slice(bytes);
            if head.len() as u64 > HELD_MAX {
                bail!("it is not text and has more than {} MiB; name it as a file", HELD_MAX >> 20);
            }
            Ok(())
        })
        .context("standard input cannot be read")?;
    Ok(Memory::from(head))
}
