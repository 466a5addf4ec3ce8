//! Parquet against Arrow's own reader, which is the floor: whatever else is done comes on top of it.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray, TimestampMillisecondArray};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use sandglass_formats::{Memory, Options, Source};
use sandglass_ingest::{BATCH_ROWS, SourceEvent};

const ROWS: i32 = 500_000;

/// A table as people have them: narrow numbers, times in milliseconds, texts that repeat themselves.
fn file() -> Vec<u8> {
    let columns: [(&str, ArrayRef); 4] = [
        ("id", Arc::new(Int32Array::from_iter_values(0..ROWS))),
        ("price", Arc::new(Float64Array::from_iter_values((0..ROWS).map(|n| f64::from(n % 9973) / 100.0)))),
        (
            "when",
            Arc::new(TimestampMillisecondArray::from_iter_values(
                (0..ROWS).map(|n| 1_600_000_000_000 + i64::from(n) * 1000),
            )),
        ),
        ("name", Arc::new(StringArray::from_iter_values((0..ROWS).map(|n| format!("name {}", n % 1000))))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn read(criterion: &mut Criterion) {
    let file = file();
    let mut group = criterion.benchmark_group("parquet");
    group.throughput(Throughput::Elements(ROWS as u64)).sample_size(20);
    let shared = bytes::Bytes::from(file.clone());
    group.bench_function("arrow", |bencher| {
        bencher.iter(|| {
            let builder = ParquetRecordBatchReaderBuilder::try_new(shared.clone()).unwrap();
            let reader = builder.with_batch_size(BATCH_ROWS).build().unwrap();
            reader.map(|batch| batch.unwrap().num_rows()).sum::<usize>()
        });
    });
    let memory = Memory::from(file);
    group.bench_function("sandglass", |bencher| {
        bencher.iter(|| {
            let mut source = Source::open(Arc::new(memory.clone()), "file", &Options::default()).unwrap();
            let mut rows = 0;
            while let Some(event) = source.next().unwrap() {
                if let SourceEvent::Batch(batch) = event {
                    rows += batch.rows.num_rows();
                }
            }
            rows
        });
    });
    group.finish();
}

criterion_group!(benches, read);
criterion_main!(benches);
