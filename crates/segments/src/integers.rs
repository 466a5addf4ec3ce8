//! Columns of integers and timestamps that are not nested, which are most of what there is: straight from Arrow's vectors
//! to pages.
//!
//! The writer of the `parquet` crate makes a level and a decision of every value first, and knows no checksums. For a million
//! votes, which are all such columns, it takes 48 ms of a core, and this takes 32 with checksums.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef};
use arrow_buffer::{BooleanBufferBuilder, ScalarBuffer};
use arrow_schema::{DataType, TimeUnit};
use parquet::basic::{BoundaryOrder, Compression, Encoding, PageType, Type};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use crate::chunk::Chunk;
use crate::{PAGE_ROWS, delta, levels, page};

/// The values of a column that is written here; `None` for any other.
pub(crate) fn values(array: &ArrayRef) -> Option<&ScalarBuffer<i64>> {
    match array.data_type() {
        DataType::Int64 => Some(array.as_primitive_opt::<Int64Type>()?.values()),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            Some(array.as_primitive_opt::<TimestampMicrosecondType>()?.values())
        }
        _ => None,
    }
}

/// A page before it is decided whether it is compressed.
struct Page {
    rows: usize,
    nulls: usize,
    bounds: Option<(i64, i64)>,
    plain: Vec<u8>,
    packed: Vec<u8>,
}

/// Writes a column; `None` if it is not one that is written here.
pub(crate) fn write(column: ColumnDescPtr, arrays: &[ArrayRef]) -> Result<Option<Chunk>, ParquetError> {
    let mut pages = Pages {
        nullable: column.max_def_level() > 0,
        values: Vec::with_capacity(PAGE_ROWS),
        valid: None,
        rows: 0,
        done: Vec::new(),
        codec: snap::raw::Encoder::new(),
    };
    for array in arrays {
        let Some(values) = values(array) else { return Ok(None) };
        pages.add(array, values)?;
    }
    pages.end_page()?;
    chunk(column, &pages.done).map(Some)
}

/// Pages in the making.
struct Pages {
    nullable: bool,
    /// The values of the present page, without nulls.
    values: Vec<i64>,
    valid: Option<BooleanBufferBuilder>,
    rows: usize,
    done: Vec<Page>,
    codec: snap::raw::Encoder,
}

impl Pages {
    fn add(&mut self, array: &ArrayRef, values: &[i64]) -> Result<(), ParquetError> {
        let mut at = 0;
        while at < values.len() {
            let count = (values.len() - at).min(PAGE_ROWS - self.rows);
            let nulls = array.nulls().map(|nulls| nulls.slice(at, count)).filter(|n| n.null_count() > 0);
            let values = &values[at..at + count];
            if self.nullable {
                let valid = self.valid.get_or_insert_with(|| BooleanBufferBuilder::new(PAGE_ROWS));
                match &nulls {
                    Some(nulls) => valid.append_buffer(nulls.inner()),
                    None => valid.append_n(count, true),
                }
            }
            match &nulls {
                Some(nulls) => self.values.extend(nulls.valid_indices().map(|row| values[row])),
                None => self.values.extend_from_slice(values),
            }
            self.rows += count;
            at += count;
            if self.rows == PAGE_ROWS {
                self.end_page()?;
            }
        }
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), ParquetError> {
        if self.rows == 0 {
            return Ok(());
        }
        let nulls = self.rows - self.values.len();
        let mut plain = Vec::with_capacity(self.values.len() * 2 + PAGE_ROWS / 8);
        if let Some(mut valid) = self.valid.take() {
            levels::encode(&valid.finish(), nulls, &mut plain);
        }
        delta::encode(&self.values, &mut plain);
        let packed = self.codec.compress_vec(&plain).map_err(|error| ParquetError::External(error.into()))?;
        let least = self.values.iter().copied().min();
        let bounds = least.zip(self.values.iter().copied().max());
        self.done.push(Page { rows: self.rows, nulls, bounds, plain, packed });
        self.values.clear();
        self.rows = 0;
        Ok(())
    }
}

/// Puts the pages one behind the other.
fn chunk(column: ColumnDescPtr, pages: &[Page]) -> Result<Chunk, ParquetError> {
    let plain: usize = pages.iter().map(|page| page.plain.len()).sum();
    let packed: usize = pages.iter().map(|page| page.packed.len()).sum();
    // What is hardly smaller for it is not worth unpacking.
    let compress = packed * 10 < plain * 9;

    let (mut bytes, mut headers, mut unpacked) =
        (Vec::with_capacity(plain.min(packed) + 1024), Vec::new(), 0);
    let (mut places, mut bounds) = (OffsetIndexBuilder::new(), ColumnIndexBuilder::new(Type::INT64));
    for page in pages {
        let body = if compress { &page.packed } else { &page.plain };
        let header = page::header(page.rows, page.plain.len(), body);
        places.append_row_count(page.rows as i64);
        places.append_offset_and_size(bytes.len() as i64, (header.len() + body.len()) as i32);
        // A page of nulls has no bounds, and empty ones stand for that.
        let [least, greatest] = match page.bounds {
            Some((least, greatest)) => [least, greatest].map(|value| value.to_le_bytes().to_vec()),
            None => Default::default(),
        };
        bounds.append(page.bounds.is_none(), least, greatest, page.nulls as i64);
        headers.push(crc32fast::hash(&header));
        unpacked += header.len() + page.plain.len();
        bytes.extend_from_slice(&header);
        bytes.extend_from_slice(body);
    }
    bounds.set_boundary_order(order(pages));

    let rows: usize = pages.iter().map(|page| page.rows).sum();
    let nulls: usize = pages.iter().map(|page| page.nulls).sum();
    let known = pages.iter().filter_map(|page| page.bounds);
    let least = known.clone().map(|(least, _)| least).min();
    let greatest = known.map(|(_, greatest)| greatest).max();
    let metadata = ColumnChunkMetaData::builder(column)
        .set_encodings(vec![Encoding::DELTA_BINARY_PACKED, Encoding::RLE])
        .set_page_encoding_stats(vec![PageEncodingStats {
            page_type: PageType::DATA_PAGE,
            encoding: Encoding::DELTA_BINARY_PACKED,
            count: pages.len() as i32,
        }])
        .set_compression(if compress { Compression::SNAPPY } else { Compression::UNCOMPRESSED })
        .set_num_values(rows as i64)
        .set_total_compressed_size(bytes.len() as i64)
        .set_total_uncompressed_size(unpacked as i64)
        .set_data_page_offset(0)
        .set_statistics(Statistics::int64(least, greatest, None, Some(nulls as u64), false))
        .build()?;
    let close = ColumnCloseResult {
        bytes_written: bytes.len() as u64,
        rows_written: rows as u64,
        metadata,
        bloom_filter: None,
        column_index: Some(bounds.build()?),
        offset_index: Some(places.build()),
    };
    Ok(Chunk { bytes: bytes.into(), close, headers })
}

/// Whether the bounds of the pages ascend, so that a reader can search among them.
fn order(pages: &[Page]) -> BoundaryOrder {
    let mut known = pages.iter().filter_map(|page| page.bounds);
    let Some(mut before) = known.next() else { return BoundaryOrder::UNORDERED };
    for bounds in known {
        if bounds.0 < before.0 || bounds.1 < before.1 {
            return BoundaryOrder::UNORDERED;
        }
        before = bounds;
    }
    BoundaryOrder::ASCENDING
}
