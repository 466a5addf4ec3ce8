//! What the ingestion log says of a source that was read.

use sandglass_warehouse::LogEntry;
use sandglass_warehouse::manifest::TableId;

use crate::SourceOutcome;

/// The whole entry of a source: `entry` has what was known before it was read, `outcome` what became of it in the table
/// `id`, if it went to one. `pipeline` is the one that it went through.
pub fn log_entry(
    entry: LogEntry,
    outcome: &SourceOutcome,
    id: Option<&TableId>,
    pipeline: Option<&str>,
    milliseconds: u64,
) -> LogEntry {
    let tally = outcome.tally();
    // Where nothing was found nothing says where more would go.
    let can_grow = outcome.failure.is_none() && tally.read() > 0;
    LogEntry {
        resume: outcome.resume.clone().filter(|resume| can_grow && resume.byte == entry.size),
        format: outcome.format.clone(),
        pipeline: pipeline.map(str::to_owned),
        schema: id.map(|id| id.schema.clone()),
        table: id.map(|id| id.name.clone()),
        drift: outcome.drift.clone(),
        read: tally.read(),
        stored: tally.stored(),
        duplicates: tally.duplicates(),
        conflicts: outcome.receipt.conflicts,
        rejects: tally.rejected(),
        milliseconds,
        failure: outcome.failure.clone(),
        ..entry
    }
}
