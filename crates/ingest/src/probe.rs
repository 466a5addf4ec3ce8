//! A look at the beginning of a source: which columns it has, before anyone decides what to make of it.

use crate::csv::Ragged;
use crate::gzip::Gunzip;
use crate::sniff::{self, RareFormat, Sniffed};
use crate::text::TextDecoder;
use crate::{Kind, ReadOptions, Reader, RecordSpec, SourceError};

/// How many of a source's first bytes are looked at, before and after decompression; or all when there are fewer.
pub const PROBE: usize = 64 << 10;

/// The columns of the records that begin in the first [`PROBE`] bytes of a source, by name and with their kinds so far.
///
/// None when it has no records, or is nothing that is read: reading it then says why.
#[inline(never)]
pub fn columns(head: &[u8]) -> Vec<(String, Kind)> {
    let head = &head[..head.len().min(PROBE)];
    match sniff::sniff(&head[..head.len().min(sniff::HEAD)]) {
        Sniffed::Text => columns_of_text(head, head.len() < PROBE),
        Sniffed::Gzip => {
            let mut gunzip = Gunzip::new();
            let (mut text, mut rest) = (Vec::new(), head);
            // What is damaged here is told when it is read.
            while !rest.is_empty() && text.len() < PROBE {
                let Ok(used) = gunzip.decompress(rest) else { break };
                rest = &rest[used..];
                text.append(gunzip.output());
            }
            text.truncate(PROBE);
            columns_of_text(&text, gunzip.finish().is_ok())
        }
        _ => Vec::new(),
    }
}

/// The format of a source that is read elsewhere if it is read so, by all of its bytes.
pub fn rare(source: &[u8], options: &ReadOptions) -> Option<RareFormat> {
    let mut reader = Reader::with_options(&RecordSpec::inferred(), options);
    let pushed = reader.push_into(source, &mut |_| Ok(()));
    match pushed.and_then(|()| reader.finish_into(&mut |_| Ok(()))) {
        Err(SourceError::Rare(rare)) => Some(rare),
        _ => None,
    }
}

fn columns_of_text(text: &[u8], whole: bool) -> Vec<(String, Kind)> {
    let options = ReadOptions { ragged: Ragged::Pad, ..ReadOptions::default() };
    let (mut decoder, before) = TextDecoder::of(text, whole, &RecordSpec::inferred(), &options);
    let mut rest = &text[before..];
    let mut columns: Vec<(String, Kind)> = Vec::new();
    loop {
        rest = &rest[decoder.decode(rest)..];
        let full = decoder.intake().is_full();
        if !full {
            // The last record is not all there, but mostly there are others.
            decoder.finish();
        }
        if let Ok(Some(batch)) = decoder.intake_mut().flush() {
            columns = batch
                .rows
                .schema_ref()
                .fields()
                .iter()
                .zip(&batch.origins)
                .map(|(field, origin)| (field.name().clone(), origin.kind()))
                .collect();
        }
        if !full {
            return columns;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn names(head: &[u8]) -> Vec<String> {
        columns(head).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn sees_the_columns_of_any_format() {
        let votes = "{\"Id\":1,\"CreationDate\":\"2020-01-01\"}\n{\"Id\":2,\"UserId\":3}\n{\"Id\":3,\"Cut";
        assert_eq!(names(votes.as_bytes()), ["Id", "CreationDate", "UserId"]);
        assert_eq!(columns(votes.as_bytes())[1].1, Kind::Date);
        assert_eq!(names(b"Id;Name\n1;x\n"), ["Id", "Name"]);
        assert_eq!(names(b"[{\"a\":1}]"), ["a"]);
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&votes.repeat(5000).into_bytes()).unwrap();
        let gz = gz.finish().unwrap();
        assert_eq!(names(&gz), ["Id", "CreationDate", "UserId"]);
        assert_eq!(names(&gz[..gz.len() / 2]), ["Id", "CreationDate", "UserId"]);
        for nothing in [&b""[..], b"\x89PNG\r\n\x1a\n", b"\x1f\x8b\x08\0", b"not json\n{"] {
            assert_eq!(columns(nothing), []);
        }
    }

    #[test]
    fn ends_with_more_records_than_a_batch_holds() {
        let text = "{}\n".repeat(40_000);
        assert_eq!(columns(text.as_bytes()), []);
        let text = "{\"a\":1}\n".repeat(40_000);
        assert_eq!(names(text.as_bytes()), ["a"]);
    }
}
