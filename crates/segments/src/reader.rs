//! Rows of a segment, of which only the pages are read that hold them.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData};
use sandglass_access::parquet::{Chunks, check_footer, check_page};
use sandglass_access::{Bytes, guarded, read_exact_at};

use crate::{MAX_ROWS, PAGE_ROWS, SegmentError, schema, seal};

/// A segment that is open.
#[derive(Debug)]
pub struct Reader {
    bytes: Arc<dyn Bytes>,
    metadata: ArrowReaderMetadata,
    /// The columns as they are to be seen.
    schema: SchemaRef,
    rows: u64,
    /// The first page of each column in each row group, counted over the whole file, and the checksum of what stands before
    /// each page.
    first_pages: Vec<Vec<usize>>,
    headers: Vec<u32>,
}

impl Reader {
    /// Opens a segment, and checks everything in it but its pages.
    ///
    /// # Errors
    /// When it cannot be read, or is not what was written.
    pub fn open(bytes: Arc<dyn Bytes>) -> Result<Self, SegmentError> {
        seal::check(&*bytes)?;
        check_footer(&*bytes)?;
        // Types of Arrow that stand in a file are not needed, and ours do not.
        let options = ArrowReaderOptions::new()
            .with_skip_arrow_metadata(true)
            .with_offset_index_policy(PageIndexPolicy::Optional);
        let chunks = Chunks(Arc::clone(&bytes));
        let metadata =
            protected(|| ArrowReaderMetadata::load(&chunks, options).map_err(SegmentError::damaged))?;
        let schema = Arc::new(Schema::new(schema::seen(metadata.schema().fields())));
        schema::check(schema.fields()).map_err(SegmentError::damaged)?;
        let rows = rows(metadata.metadata())
            .ok_or_else(|| SegmentError::damaged("its numbers of rows do not agree"))?;
        let headers = seal::read_headers(metadata.metadata());
        let first_pages = first_pages(metadata.metadata());
        let (headers, (first_pages, _)) = headers
            .zip(first_pages)
            .filter(|(headers, (_, pages))| headers.len() == *pages)
            .ok_or_else(|| SegmentError::damaged("its pages are not those that it says it has"))?;
        Ok(Self { bytes, metadata, schema, rows, first_pages, headers })
    }

    /// Its columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// What its footer says.
    pub(crate) fn metadata(&self) -> &ParquetMetaData {
        self.metadata.metadata()
    }

    /// Its rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Reads some rows, counted from 0, of some columns, or of all: the columns in the order in which they are asked for, the
    /// rows in batches of any size. Rows behind the last one are none.
    ///
    /// # Errors
    /// When there is no such column, or what is read is not what was written.
    pub fn read(&self, columns: Option<&[&str]>, rows: Range<u64>) -> Result<Vec<RecordBatch>, SegmentError> {
        let rows = rows.start.min(self.rows)..rows.end.min(self.rows);
        let wanted = match columns {
            Some(names) => names.iter().map(|name| self.column(name)).collect::<Result<Vec<_>, _>>()?,
            None => (0..self.schema.fields().len()).collect(),
        };
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let length = (rows.end - rows.start) as usize;
        let schema = Arc::new(self.schema.project(&wanted)?);
        if wanted.is_empty() {
            let options = RecordBatchOptions::new().with_row_count(Some(length));
            return Ok(vec![RecordBatch::try_new_with_options(schema, Vec::new(), &options)?]);
        }
        let roots: BTreeSet<usize> = wanted.iter().copied().collect();
        let (groups, offset) = self.check(&roots, &rows)?;
        let batches = protected(|| {
            let mask = ProjectionMask::roots(self.metadata.parquet_schema(), roots.iter().copied());
            let chunks = Chunks(Arc::clone(&self.bytes));
            let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(chunks, self.metadata.clone())
                .with_projection(mask)
                .with_row_groups(groups)
                .with_offset(offset)
                .with_limit(length)
                .with_batch_size(PAGE_ROWS)
                .build()
                .map_err(SegmentError::damaged)?;
            reader.map(|batch| batch.map_err(SegmentError::damaged)).collect::<Result<Vec<_>, _>>()
        })?;
        if batches.iter().map(RecordBatch::num_rows).sum::<usize>() != length {
            return Err(SegmentError::damaged("its pages do not have the rows that they should have"));
        }
        let there = Arc::new(self.schema.project(&roots.iter().copied().collect::<Vec<_>>())?);
        // Where each of the wanted columns is among those that were read.
        let order: Vec<usize> = wanted.iter().map(|column| roots.range(..column).count()).collect();
        let in_order = |batch| Ok(schema::to_seen(&batch, &there)?.project(&order)?);
        batches.into_iter().map(in_order).collect()
    }

    fn column(&self, name: &str) -> Result<usize, SegmentError> {
        self.schema.index_of(name).map_err(|_| SegmentError::NoColumn(name.to_owned()))
    }

    /// Looks at what stands before the pages with these rows of these columns. Returns the row groups that have them, and how
    /// many rows of the first of these come before.
    fn check(&self, roots: &BTreeSet<usize>, rows: &Range<u64>) -> Result<(Vec<usize>, usize), SegmentError> {
        let metadata = self.metadata.metadata();
        let damaged = || SegmentError::damaged("its pages are not where it says");
        let index = metadata.offset_index().ok_or_else(damaged)?;
        let (mut groups, mut offset) = (Vec::new(), 0);
        let mut start = 0;
        for (at, group) in metadata.row_groups().iter().enumerate() {
            let end = start + group.num_rows() as u64;
            let within = rows.start.max(start)..rows.end.min(end);
            if within.is_empty() {
                start = end;
                continue;
            }
            if groups.is_empty() {
                offset = (within.start - start) as usize;
            }
            groups.push(at);
            let within = (within.start - start) as i64..(within.end - start) as i64;
            for (leaf, column) in group.columns().iter().enumerate() {
                if !roots.contains(&metadata.file_metadata().schema_descr().get_column_root_idx(leaf)) {
                    continue;
                }
                let of_column = index.get(at).and_then(|group| group.get(leaf)).ok_or_else(damaged)?;
                let mut page = *self.first_pages.get(at).and_then(|g| g.get(leaf)).ok_or_else(damaged)?;
                if let Some(place) = column.dictionary_page_offset() {
                    self.check_header(place, page)?;
                    page += 1;
                }
                let places = of_column.page_locations();
                for (nth, place) in places.iter().enumerate() {
                    let next = places.get(nth + 1).map_or(group.num_rows(), |next| next.first_row_index);
                    if place.first_row_index < within.end && within.start < next {
                        self.check_header(place.offset, page + nth)?;
                    }
                }
            }
            start = end;
        }
        Ok((groups, offset))
    }

    /// Looks whether what stands before a page is what was written.
    fn check_header(&self, place: i64, page: usize) -> Result<(), SegmentError> {
        let damaged = || {
            SegmentError::damaged(format_args!(
                "what stands before the page at byte {place} is not what was written"
            ))
        };
        let place = u64::try_from(place).map_err(|_| damaged())?;
        let claims = check_page(&*self.bytes, place)?;
        let mut header = vec![0; claims.header as usize];
        read_exact_at(&*self.bytes, place, &mut header)?;
        if self.headers.get(page) == Some(&crc32fast::hash(&header)) { Ok(()) } else { Err(damaged()) }
    }
}

/// Runs a reader that is not ours, which should not panic on what has the right checksums.
fn protected<T>(read: impl FnOnce() -> Result<T, SegmentError>) -> Result<T, SegmentError> {
    guarded(read, |what| SegmentError::damaged(format_args!("its reader did not expect that ({what})")))
}

/// The rows of the file, if those of its row groups are as many, and no more than there can be.
fn rows(metadata: &ParquetMetaData) -> Option<u64> {
    let mut rows = 0_u64;
    for group in metadata.row_groups() {
        rows = rows.checked_add(u64::try_from(group.num_rows()).ok()?)?;
    }
    let said = u64::try_from(metadata.file_metadata().num_rows()).ok()?;
    (rows == said && rows <= MAX_ROWS).then_some(rows)
}

/// The first page of each column in each row group, and how many there are in all.
fn first_pages(metadata: &ParquetMetaData) -> Option<(Vec<Vec<usize>>, usize)> {
    let (mut first, mut pages) = (Vec::new(), 0);
    for (at, group) in metadata.row_groups().iter().enumerate() {
        let index = metadata.offset_index()?.get(at)?;
        let mut of_group = Vec::with_capacity(group.num_columns());
        for (column, index) in group.columns().iter().zip(index) {
            of_group.push(pages);
            pages += usize::from(column.dictionary_page_offset().is_some()) + index.page_locations().len();
        }
        first.push(of_group);
    }
    Some((first, pages))
}
