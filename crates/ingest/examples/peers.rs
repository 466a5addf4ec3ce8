//! One file to Arrow batches on one thread, by this reader or by a peer; for `tests/bench/tables.py`, which times DuckDB and
//! Polars with the same file.
//!
//! `peers sandglass|arrow-csv|arrow-json FILE` prints the rows and the seconds as JSON. The peers infer the types from the
//! first thousand records; this reader finds them out as it reads. All batches are kept to the end.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::sync::Arc;
use std::time::Instant;

use arrow_array::RecordBatch;
use sandglass_ingest::{BATCH_ROWS, Reader, RecordSpec, SourceError};

/// Bytes read at a time.
const SLICE: usize = 64 << 10;
/// Records that the peers infer the types from.
const INFERRED: usize = 1000;

type Batches = Result<Vec<RecordBatch>, Box<dyn Error>>;

fn sandglass(mut file: File) -> Batches {
    let mut batches = Vec::new();
    let mut keep = |batch: sandglass_ingest::Batch| {
        batches.push(batch.rows);
        Ok::<_, SourceError>(())
    };
    let mut reader = Reader::new(&RecordSpec::inferred());
    let mut buffer = vec![0; SLICE];
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        reader.push(&buffer[..length], &mut keep)?;
    }
    reader.finish(&mut keep)?;
    Ok(batches)
}

fn arrow_csv(mut file: File) -> Batches {
    let format = arrow_csv::reader::Format::default().with_header(true);
    let (schema, _) = format.infer_schema(BufReader::with_capacity(SLICE, &file), Some(INFERRED))?;
    file.rewind()?;
    let builder = arrow_csv::ReaderBuilder::new(Arc::new(schema)).with_header(true);
    let reader = builder.with_batch_size(BATCH_ROWS).build_buffered(BufReader::with_capacity(SLICE, file))?;
    Ok(reader.collect::<Result<_, _>>()?)
}

fn arrow_json(mut file: File) -> Batches {
    let (schema, _) =
        arrow_json::reader::infer_json_schema(BufReader::with_capacity(SLICE, &file), Some(INFERRED))?;
    file.rewind()?;
    let builder = arrow_json::ReaderBuilder::new(Arc::new(schema)).with_batch_size(BATCH_ROWS);
    let reader = builder.build(BufReader::with_capacity(SLICE, file))?;
    Ok(reader.collect::<Result<_, _>>()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [who, path] = arguments.as_slice() else {
        return Err("sandglass, arrow-csv or arrow-json, and a file".into());
    };
    let file = File::open(path)?;
    let begun = Instant::now();
    let batches = match who.as_str() {
        "sandglass" => sandglass(file)?,
        "arrow-csv" => arrow_csv(file)?,
        "arrow-json" => arrow_json(file)?,
        other => return Err(format!("nobody is called {other}").into()),
    };
    let seconds = begun.elapsed().as_secs_f64();
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    println!("{{\"rows\": {rows}, \"seconds\": {seconds}}}");
    Ok(())
}
