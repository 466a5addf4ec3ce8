//! How fast a million votes become a segment, and how fast rows come out of one.
//!
//! `cargo bench -p sandglass-segments`. The writer of the `parquet` crate with the same encodings, pages and codec is
//! beside ours; it writes neither checksums nor a seal. What `encode` is not to take longer than is 60 ms.
#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;
use std::sync::Arc;

use arrow_array::RecordBatch;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::WriterProperties;
use sandglass_access::Memory;
use sandglass_ingest::{Batch, Reader as Ingest, SourceError};
use sandglass_pipelines::{Sample, votes};
use sandglass_segments::{Encoder, Reader, encode};

const ROWS: u64 = 1_000_000;

/// The votes as the reader of the engine hands them out, and how long they were as NDJSON.
fn batches() -> (Vec<RecordBatch>, usize) {
    let (mut sample, mut text) = (Sample::new(ROWS, 1), Vec::new());
    while sample.fill(&mut text, usize::MAX) {}
    let (mut reader, mut batches) = (Ingest::new(&votes::pipeline().records), Vec::new());
    let mut take = |batch: Batch| -> Result<(), SourceError> {
        batches.push(batch.rows);
        Ok(())
    };
    for slice in text.chunks(1 << 20) {
        reader.push(slice, &mut take).unwrap();
    }
    reader.finish(&mut take).unwrap();
    (batches, text.len())
}

fn of_the_crate(batches: &[RecordBatch]) -> usize {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_dictionary_enabled(false)
        .set_encoding(Encoding::DELTA_BINARY_PACKED)
        .set_data_page_row_count_limit(16_384)
        .set_max_row_group_row_count(Some(131_072))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batches[0].schema(), Some(properties)).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap().len()
}

fn benches(criterion: &mut Criterion) {
    let (batches, text) = batches();
    let segment = encode(&batches).unwrap();
    println!(
        "{} rows, {} bytes: {:.4} of the NDJSON; the crate's writer makes {}",
        segment.rows,
        segment.bytes.len(),
        segment.bytes.len() as f64 / text as f64,
        of_the_crate(&batches)
    );
    let mut group = criterion.benchmark_group("votes");
    group.throughput(Throughput::Elements(segment.rows)).sample_size(20);
    group.bench_function("encode", |bencher| bencher.iter(|| encode(black_box(&batches)).unwrap()));
    group.bench_function("parquet crate", |bencher| bencher.iter(|| of_the_crate(black_box(&batches))));
    for column in 0..batches[0].num_columns() {
        let name = batches[0].schema_ref().field(column).name().clone();
        let alone: Vec<RecordBatch> = batches.iter().map(|b| b.project(&[column]).unwrap()).collect();
        group.bench_function(format!("encode {name}"), |bencher| {
            bencher.iter(|| {
                let mut encoder = Encoder::new(alone[0].schema_ref()).unwrap();
                alone.iter().for_each(|batch| encoder.push(batch).unwrap());
                encoder.finish().unwrap()
            });
        });
    }
    let bytes = Memory::from(segment.bytes);
    let open = || Reader::open(Arc::new(bytes.clone())).unwrap();
    group.bench_function("read all", |bencher| bencher.iter(|| open().read(None, 0..ROWS).unwrap()));
    group.bench_function("read Id", |bencher| bencher.iter(|| open().read(Some(&["Id"]), 0..ROWS).unwrap()));
    group.finish();
    let mut group = criterion.benchmark_group("page");
    group.sample_size(20);
    group.bench_function("open", |bencher| bencher.iter(open));
    let reader = open();
    let rows = 700_000..700_200;
    group.bench_function("200 rows", |bencher| bencher.iter(|| reader.read(None, rows.clone()).unwrap()));
    group.finish();
}

criterion_group!(votes_benches, benches);
criterion_main!(votes_benches);
