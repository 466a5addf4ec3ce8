//! How fast votes become columns: this reader, arrow-json, and serde_json line by line.
//!
//! `cargo bench -p sandglass-ingest`; all of them read the same 100,000 votes from memory on one thread, and all get
//! the same types. Only this reader also numbers lines, keeps what it could not take, and takes keys that nobody knew
//! of.

#![allow(clippy::expect_used)] // on what the benchmark itself made

#[cfg(target_family = "wasm")]
fn main() {}

#[cfg(not(target_family = "wasm"))]
#[path = "../tests/support/mod.rs"]
mod support;

#[cfg(not(target_family = "wasm"))]
mod native {
    use std::fmt::Write as _;
    use std::hint::black_box;
    use std::sync::Arc;

    use arrow_schema::{Field, Schema};
    use criterion::{Criterion, Throughput, criterion_group};
    use sandglass_ingest::{Batch, FieldSpec, Reader, RecordSpec, SourceError};
    use sandglass_weekly::{Timestamp, civil_from_days};
    use serde::Deserialize;

    const VOTES: u64 = 100_000;
    /// Bytes that the reader is given at a time, as the command line does.
    const SLICE: usize = 64 << 10;

    /// Votes as the public data dumps have them: one in twenty names who voted, one in fifty has a bounty as well.
    fn votes() -> String {
        let mut state = 1_u64;
        let mut below = |limit: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        };
        let mut text = String::new();
        let mut id = 0;
        for line in 0..VOTES {
            id += 1 + below(3);
            let (post, kind) = (1 + below(1 + id / 3), 1 + below(16));
            write!(text, "{{\"Id\":\"{id}\"").expect("memory");
            let named = below(20) == 0;
            if named {
                write!(text, ",\"UserId\":\"{}\"", 1 + below(60_000)).expect("memory");
            }
            if named && below(2) == 0 {
                write!(text, ",\"BountyAmount\":\"{}\"", 50 * (1 + below(10))).expect("memory");
            }
            let day = civil_from_days(17_225 + (line * 1650 / VOTES) as i32);
            let rest = format!("\"VoteTypeId\":\"{kind}\",\"CreationDate\":\"{day}T00:00:00.000\"}}");
            writeln!(text, ",\"PostId\":\"{post}\",{rest}").expect("memory");
        }
        text
    }

    fn this_reader(spec: &RecordSpec, text: &[u8]) -> u64 {
        let mut rows = 0;
        let mut sink = |batch: Batch| {
            rows += black_box(batch).rows.num_rows() as u64;
            Ok::<_, SourceError>(())
        };
        let mut reader = Reader::new(spec);
        text.chunks(SLICE).for_each(|slice| reader.push(slice, &mut sink).expect("good votes"));
        reader.finish(&mut sink).expect("good votes");
        rows
    }

    fn arrow_json(schema: &Arc<Schema>, text: &[u8]) -> u64 {
        let reader = arrow_json::ReaderBuilder::new(schema.clone())
            .with_batch_size(sandglass_ingest::BATCH_ROWS)
            .build(text)
            .expect("a schema that it can read");
        reader.map(|batch| black_box(batch).expect("good votes").num_rows() as u64).sum()
    }

    /// What a program would declare that knows its data.
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Vote<'a> {
        id: &'a str,
        post_id: &'a str,
        vote_type_id: &'a str,
        creation_date: &'a str,
        user_id: Option<&'a str>,
        bounty_amount: Option<&'a str>,
    }

    fn serde_json_structs(text: &str) -> u64 {
        let number = |text: &str| text.parse::<i64>().expect("digits");
        let mut columns: [Vec<Option<i64>>; 6] = Default::default();
        for line in text.lines() {
            let vote: Vote<'_> = serde_json::from_str(line).expect("a vote");
            let instant: Timestamp = vote.creation_date.parse().expect("a timestamp");
            let row = [
                Some(number(vote.id)),
                Some(number(vote.post_id)),
                Some(number(vote.vote_type_id)),
                Some(instant.micros()),
                vote.user_id.map(number),
                vote.bounty_amount.map(number),
            ];
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
        black_box(columns)[0].len() as u64
    }

    fn serde_json_values(text: &str) -> u64 {
        text.lines()
            .map(|line| black_box(serde_json::from_str::<serde_json::Value>(line)).map_or(0, |_| 1))
            .sum()
    }

    fn reading(c: &mut Criterion) {
        let text = votes();
        let spec = crate::support::votes();
        let field =
            |field: &FieldSpec| Field::new(&field.name, field.kind.kind().data_type(), !field.required);
        let schema = Arc::new(Schema::new(spec.fields().iter().map(field).collect::<Vec<_>>()));
        let mut group = c.benchmark_group("100,000 votes");
        group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
        type Way<'a> = (&'a str, Box<dyn Fn() -> u64 + 'a>);
        let ways: [Way<'_>; 4] = [
            ("this reader", Box::new(|| this_reader(&spec, text.as_bytes()))),
            ("arrow-json", Box::new(|| arrow_json(&schema, text.as_bytes()))),
            ("serde_json to structs", Box::new(|| serde_json_structs(&text))),
            ("serde_json to values", Box::new(|| serde_json_values(&text))),
        ];
        for (name, way) in &ways {
            assert_eq!(way(), VOTES, "{name} reads every vote");
            group.bench_function(*name, |b| b.iter(way));
        }
        group.finish();
    }

    criterion_group!(benches, reading);
}

#[cfg(not(target_family = "wasm"))]
criterion::criterion_main!(native::benches);
