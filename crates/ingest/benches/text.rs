//! How fast records become columns whose types nobody declared: CSV and nested NDJSON, against arrow-csv, arrow-json and
//! serde_json.
//!
//! `cargo bench -p sandglass-ingest --bench text`; all of them read the same records from memory on one thread. The others
//! are told the types; this reader finds them out.

#![allow(clippy::expect_used)] // on what the benchmark itself made

#[cfg(target_family = "wasm")]
fn main() {}

#[cfg(not(target_family = "wasm"))]
mod native {
    use std::fmt::Write as _;
    use std::hint::black_box;
    use std::sync::Arc;

    use arrow_schema::SchemaRef;
    use criterion::{Criterion, Throughput, criterion_group};
    use sandglass_ingest::{BATCH_ROWS, Batch, Reader, RecordSpec, SourceError};

    const ROWS: u64 = 50_000;
    /// Bytes that the reader is given at a time, as the command line does.
    const SLICE: usize = 64 << 10;

    /// Numbers below a limit, always the same.
    fn numbers() -> impl FnMut(u64) -> u64 {
        let mut state = 1_u64;
        move |limit| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        }
    }

    fn uuid(below: &mut impl FnMut(u64) -> u64) -> String {
        let mut part = |digits: usize| format!("{:0digits$x}", below(1 << (4 * digits.min(7))));
        format!("{}-{}-{}-{}-{}{}", part(8), part(4), part(4), part(4), part(6), part(6))
    }

    /// Usage as a billing system exports it.
    fn billing() -> String {
        let mut below = numbers();
        let mut text = "timestamp,resource_id,user_id,credit_usage,region,tier,success,currency\n".to_owned();
        for _ in 0..ROWS {
            let (hour, minute, second) = (below(24), below(60), below(60));
            write!(text, "2025-04-29 {hour:02}:{minute:02}:{second:02},").expect("memory");
            write!(text, "{},{},", uuid(&mut below), 10_000 + below(500)).expect("memory");
            write!(text, "-{}.{:02},", below(100), below(100)).expect("memory");
            let region = ["de-fra1", "fi-hel1", "us-chi1", "pl-waw1"][below(4) as usize];
            let tier = ["free", "basic", "pro", "enterprise"][below(4) as usize];
            writeln!(text, "{region},{tier},{},EUR", below(9) > 0).expect("memory");
        }
        text
    }

    /// Orders with some lines each, as Python writes them.
    fn orders() -> String {
        let mut below = numbers();
        let mut text = String::new();
        for _ in 0..ROWS / 10 {
            write!(text, "{{\"order_id\": \"{}\", \"order_lines\": [", uuid(&mut below)).expect("memory");
            for line in 0..1 + below(20) {
                let comma = if line > 0 { ", " } else { "" };
                let (volume, price) = (below(100), below(10_000) as f64 / 100.0);
                let id = uuid(&mut below);
                write!(
                    text,
                    "{comma}{{\"product_id\": \"{id}\", \"volume\": {volume}, \"price\": {price:?}}}"
                )
                .expect("memory");
            }
            let second = below(60);
            writeln!(text, "], \"timestamp\": \"2022-09-26T14:44:{second:02}.321210\"}}").expect("memory");
        }
        text
    }

    fn this_reader(text: &[u8]) -> u64 {
        let mut rows = 0;
        let mut sink = |batch: Batch| {
            rows += black_box(batch).rows.num_rows() as u64;
            Ok::<_, SourceError>(())
        };
        let mut reader = Reader::new(&RecordSpec::inferred());
        text.chunks(SLICE).for_each(|slice| reader.push(slice, &mut sink).expect("good records"));
        reader.finish(&mut sink).expect("good records");
        rows
    }

    fn arrow_csv(schema: &SchemaRef, text: &[u8]) -> u64 {
        let reader = arrow_csv::ReaderBuilder::new(schema.clone())
            .with_header(true)
            .with_batch_size(BATCH_ROWS)
            .build(text)
            .expect("a schema that it can read");
        reader.map(|batch| black_box(batch).expect("good records").num_rows() as u64).sum()
    }

    fn arrow_json(schema: &SchemaRef, text: &[u8]) -> u64 {
        let reader = arrow_json::ReaderBuilder::new(schema.clone())
            .with_batch_size(BATCH_ROWS)
            .build(text)
            .expect("a schema that it can read");
        reader.map(|batch| black_box(batch).expect("good records").num_rows() as u64).sum()
    }

    fn serde_json_values(text: &str) -> u64 {
        text.lines()
            .map(|line| black_box(serde_json::from_str::<serde_json::Value>(line)).map_or(0, |_| 1))
            .sum()
    }

    type Way<'a> = (&'a str, Box<dyn Fn() -> u64 + 'a>);

    fn compare(c: &mut Criterion, what: &str, text: &str, rows: u64, ways: &[Way<'_>]) {
        let mut group = c.benchmark_group(what);
        group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
        for (name, way) in ways {
            assert_eq!(way(), rows, "{name} reads every record");
            group.bench_function(*name, |b| b.iter(way));
        }
        group.finish();
    }

    fn csv(c: &mut Criterion) {
        let text = billing();
        let format = arrow_csv::reader::Format::default().with_header(true);
        let schema = format.infer_schema(text.as_bytes(), Some(1000)).expect("columns").0;
        let schema = Arc::new(schema);
        let ways: [Way<'_>; 2] = [
            ("this reader", Box::new(|| this_reader(text.as_bytes()))),
            ("arrow-csv", Box::new(|| arrow_csv(&schema, text.as_bytes()))),
        ];
        compare(c, "billing, CSV", &text, ROWS, &ways);
    }

    fn nested(c: &mut Criterion) {
        let text = orders();
        let inferred = arrow_json::reader::infer_json_schema(text.as_bytes(), Some(1000));
        let schema = Arc::new(inferred.expect("columns").0);
        let ways: [Way<'_>; 3] = [
            ("this reader", Box::new(|| this_reader(text.as_bytes()))),
            ("arrow-json", Box::new(|| arrow_json(&schema, text.as_bytes()))),
            ("serde_json to values", Box::new(|| serde_json_values(&text))),
        ];
        compare(c, "orders, nested NDJSON", &text, ROWS / 10, &ways);
    }

    criterion_group!(benches, csv, nested);
}

#[cfg(not(target_family = "wasm"))]
criterion::criterion_main!(native::benches);
