//! The pages of a column in a row group.

use bytes::Bytes;
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use sandglass_access::parquet::page_claims;

use crate::page;

/// The pages, one behind the other, and what the file says of them.
pub(crate) struct Chunk {
    pub(crate) bytes: Bytes,
    /// Places in it are counted from the beginning of `bytes`.
    pub(crate) close: ColumnCloseResult,
    /// The checksum of what stands before each page.
    pub(crate) headers: Vec<u32>,
}

impl Chunk {
    /// A column that the `parquet` crate has written, with checksums. `bytes` are its pages.
    pub(crate) fn with_checksums(bytes: &[u8], close: ColumnCloseResult) -> Result<Self, ParquetError> {
        let defect = || ParquetError::General("a page was not written as expected".to_owned());
        let mut out = Vec::with_capacity(bytes.len() + 16);
        let (mut headers, mut places) = (Vec::new(), Vec::new());
        let mut data_from = None;
        let mut rest = bytes;
        while !rest.is_empty() {
            let claims = page_claims(rest).ok_or_else(defect)?;
            let within = page::body(&claims, rest).ok_or_else(defect)?;
            let body = &rest[within.clone()];
            let header = page::with_checksum(&rest[..within.start], body).ok_or_else(defect)?;
            headers.push(crc32fast::hash(&header));
            if !claims.is_dictionary {
                data_from.get_or_insert(out.len());
                places.push((out.len() as i64, (header.len() + body.len()) as i32));
            }
            out.extend_from_slice(&header);
            out.extend_from_slice(body);
            rest = &rest[within.end..];
        }
        let added = (out.len() - bytes.len()) as i64;
        let data_from = data_from.unwrap_or(0);
        let mut close = close;
        if let Some(index) = &mut close.offset_index {
            if index.page_locations.len() != places.len() {
                return Err(defect());
            }
            for (location, (offset, size)) in index.page_locations.iter_mut().zip(places) {
                (location.offset, location.compressed_page_size) = (offset, size);
            }
        }
        close.bytes_written = out.len() as u64;
        let metadata = close.metadata;
        let (packed, unpacked) = (metadata.compressed_size() + added, metadata.uncompressed_size() + added);
        close.metadata = metadata
            .into_builder()
            .set_total_compressed_size(packed)
            .set_total_uncompressed_size(unpacked)
            .set_data_page_offset(data_from as i64)
            .set_dictionary_page_offset((data_from > 0).then_some(0))
            .build()?;
        Ok(Self { bytes: out.into(), close, headers })
    }
}
