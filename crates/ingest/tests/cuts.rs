//! That a source comes in slices leaves no trace: not even in what is known of how its numbers were written. A batch of which
//! one number seems to be written in another way than all others keeps the texts of all, which takes twice the time.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used)] // a test that panics is one that fails

use proptest::prelude::*;
use sandglass_ingest::csv::{self, Dialect, Ragged};
use sandglass_ingest::{RecordSpec, ndjson};

/// What is known of the columns of a source that comes in two slices.
fn origins(is_csv: bool, (before, behind): (&[u8], &[u8])) -> String {
    let spec = RecordSpec::inferred();
    let batch = if is_csv {
        let mut decoder = csv::Decoder::new(&spec, Dialect::default(), Ragged::Reject);
        assert_eq!((decoder.decode(before), decoder.decode(behind)), (before.len(), behind.len()));
        decoder.finish();
        decoder.flush()
    } else {
        let mut decoder = ndjson::Decoder::new(&spec);
        assert_eq!((decoder.decode(before), decoder.decode(behind)), (before.len(), behind.len()));
        decoder.finish();
        decoder.flush()
    };
    format!("{:?}", batch.unwrap().unwrap().origins)
}

/// Prices with two digits behind the point, shares as the shortest that there is, and numbers that are times as well.
fn rows() -> impl Strategy<Value = Vec<(u32, u32, u32)>> {
    prop::collection::vec((0..100_000_u32, 0..10_000_u32, 0..86_400_u32), 10..14)
}

fn price(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn share(of: u32) -> String {
    format!("{:?}", f64::from(of) / 8.0)
}

fn time(seconds: u32) -> String {
    format!("2024-05-06T{:02}:{:02}:{:02}.5", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn ndjson(rows: &[(u32, u32, u32)]) -> String {
    let line = |&(cents, of, seconds): &(u32, u32, u32)| {
        let (price, share, time) = (price(cents), share(of), time(seconds));
        format!(
            "{{\"price\":{price},\"parts\":[{{\"share\":{share}}},{{\"share\":{share}}}],\"time\":\"{time}\",\"share\":{share}}}\n"
        )
    };
    rows.iter().map(line).collect()
}

fn csv(rows: &[(u32, u32, u32)]) -> String {
    let line = |&(cents, of, seconds): &(u32, u32, u32)| {
        format!("{},{},{},{}\n", price(cents), share(of), time(seconds), price(of))
    };
    rows.iter().fold("price,share,time,other\n".to_owned(), |text, row| text + &line(row))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn where_a_source_is_cut_is_not_seen_in_how_numbers_are_written(rows in rows()) {
        for (is_csv, text) in [(false, ndjson(&rows)), (true, csv(&rows))] {
            let expected = origins(is_csv, (text.as_bytes(), b""));
            prop_assert!(!expected.contains("Kept"), "{}", expected);
            for cut in 0..text.len() {
                let found = origins(is_csv, text.as_bytes().split_at(cut));
                prop_assert_eq!(&found, &expected, "cut at byte {} of\n{}", cut, text);
            }
        }
    }
}
