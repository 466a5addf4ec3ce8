//! A reject as a line of JSON: the form in which page and command line hand rejects out.

use sandglass_ingest::Reject;

/// Appends a reject as one line of NDJSON: `{"source":…,"line":…,"byte_offset":…,"reason":…,"raw":…,"raw_bytes":…}`.
///
/// `raw` is the beginning of the record as text; bytes that are not UTF-8 stand there as U+FFFD.
pub fn reject_line(source: &str, reject: &Reject, out: &mut Vec<u8>) {
    let line = serde_json::json!({
        "source": source,
        "line": reject.line,
        "byte_offset": reject.byte_offset,
        "reason": reject.reason.to_string(),
        "raw": reject.raw_text(),
        "raw_bytes": reject.raw_bytes,
    });
    out.extend_from_slice(line.to_string().as_bytes());
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use sandglass_ingest::{Batch, Reader, SourceError};

    #[test]
    fn a_reject_is_one_line_whatever_is_in_it() {
        let bad = b"{\"Id\":\"1\",\"PostId\":\"\\n\xff\x00</script>\r\n\n";
        let mut reader = Reader::new(&crate::votes::pipeline().records);
        let mut out = Vec::new();
        let mut sink = |batch: Batch| {
            batch.rejects.iter().for_each(|reject| reject_line("a \"b\"\n.jsonl", reject, &mut out));
            Ok::<_, SourceError>(())
        };
        reader.push(bad, &mut sink).unwrap();
        reader.finish(&mut sink).unwrap();
        assert_eq!(out.iter().filter(|&&byte| byte == b'\n').count(), 1);
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value["source"], "a \"b\"\n.jsonl");
        assert_eq!((value["line"].as_u64(), value["byte_offset"].as_u64()), (Some(1), Some(0)));
        assert_eq!(value["raw_bytes"], bad.len() - 3);
        assert_eq!(value["reason"], "byte 23 of the line is not UTF-8");
    }
}
