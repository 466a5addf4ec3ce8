//! What the tests of the reader share: an independent model of it, a generator of lines, and ways to run the reader.
//!
//! Nothing here may use the reader's own JSON scanner or typing rules: what the two have in common, they could have
//! wrong in common.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // each test uses a part of it

pub(crate) mod lines;
pub(crate) mod model;
#[rustfmt::skip]
pub(crate) mod pieces;
pub(crate) mod ranges;
pub(crate) mod run;

use sandglass_ingest::ndjson::Decoder;
use sandglass_ingest::{Batch, FieldKind, FieldSpec, Reader, RecordSpec, SourceError};

/// The records of the votes pipeline.
pub(crate) fn votes() -> RecordSpec {
    RecordSpec::new([
        FieldSpec::required("Id", FieldKind::Integer),
        FieldSpec::required("PostId", FieldKind::Integer),
        FieldSpec::required("VoteTypeId", FieldKind::Integer),
        FieldSpec::required("CreationDate", FieldKind::Timestamp),
        FieldSpec::optional("UserId", FieldKind::Integer),
        FieldSpec::optional("BountyAmount", FieldKind::Integer),
    ])
}

/// Records in which every kind of column is there once as required and once as optional.
pub(crate) fn every_kind() -> RecordSpec {
    RecordSpec::new([
        FieldSpec::optional("UserId", FieldKind::Text),
        FieldSpec::required("PostId", FieldKind::Text),
        FieldSpec::optional("Seen", FieldKind::Timestamp),
        FieldSpec::required("Id", FieldKind::Integer),
        FieldSpec::optional("BountyAmount", FieldKind::Integer),
        FieldSpec::required("CreationDate", FieldKind::Timestamp),
    ])
}

/// The source with enough blank lines behind it that the quick walk, which wants to see far ahead, may read every record.
pub(crate) fn with_room_behind(source: &[u8]) -> Vec<u8> {
    [source, &[b'\n'; 1024]].concat()
}

/// Bytes as they can be read in a failure's message.
pub(crate) fn shown(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\n", "\\n\n").replace("\\\"", "\"")
}

/// Every reject's line and reason in words, and in order.
pub(crate) fn reasons(spec: &RecordSpec, source: &[u8]) -> Vec<(u64, String)> {
    let mut reasons = Vec::new();
    let mut sink = |batch: Batch| {
        reasons.extend(batch.rejects.into_iter().map(|reject| (reject.line, reject.reason.to_string())));
        Ok::<_, SourceError>(())
    };
    let mut reader = Reader::with_decoder(spec, Decoder::new(spec));
    reader.push(source, &mut sink).unwrap();
    reader.finish(&mut sink).unwrap();
    reasons
}
