//! How large the grids are that a parser of workbooks makes of their sheets, told before it makes them.
//!
//! A file of a few bytes can have a cell in the first and one in the last corner of a sheet, and a grid has room for all cells
//! between.

use std::io::{Read, Seek};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use sandglass_access::HELD_MAX;

use crate::FormatError;
use crate::stream::{Ahead, Stream};

/// Cells that all grids of a workbook may have together: each takes up to 64 bytes.
const CELLS_MAX: u64 = HELD_MAX / 64;

/// Columns of a sheet.
const COLUMNS: u64 = 16_384;

const XLS: &str = "Excel workbook (xls)";
const ODS: &str = "OpenDocument workbook";

fn too_large() -> FormatError {
    FormatError::TooLarge { what: "with the room between its cells it would have".to_owned() }
}

/// Rows and columns of a sheet that are used.
#[derive(Debug, Default)]
struct Area {
    rows: Option<(u64, u64)>,
    columns: Option<(u64, u64)>,
}

impl Area {
    fn add(&mut self, row: (u64, u64), column: (u64, u64)) {
        let join = |all: Option<(u64, u64)>, one: (u64, u64)| {
            Some(all.map_or(one, |(first, last)| (first.min(one.0), last.max(one.1))))
        };
        self.rows = join(self.rows, row);
        self.columns = join(self.columns, column);
    }

    fn cells(&self) -> u64 {
        let length =
            |range: Option<(u64, u64)>| range.map_or(0, |(first, last)| last.saturating_sub(first) + 1);
        length(self.rows).saturating_mul(length(self.columns))
    }
}

/// Looks at the cells of an xls file.
pub(crate) fn check_xls(file: impl Read + Seek) -> Result<(), FormatError> {
    let damaged = |error: std::io::Error| FormatError::damaged(XLS, error);
    let mut file = cfb::CompoundFile::open(file).map_err(damaged)?;
    if file.exists("/EncryptedPackage") {
        return Err(FormatError::Encrypted);
    }
    let Some(path) = ["/Workbook", "/Book", "/WORKBOOK", "/BOOK"].into_iter().find(|path| file.exists(path))
    else {
        return Err(FormatError::Unsupported("an old Office document without tables".to_owned()));
    };
    let mut stream = file.open_stream(path).map_err(damaged)?;
    let mut text = Vec::new();
    stream.read_to_end(&mut text).map_err(damaged)?;
    let mut areas: Vec<Area> = vec![Area::default()];
    let mut rest = &text[..];
    while let Some((&[a, b, c, d], behind)) = rest.split_first_chunk() {
        let (record, length) = (u16::from_le_bytes([a, b]), usize::from(u16::from_le_bytes([c, d])));
        let Some((data, behind)) = behind.split_at_checked(length) else { break };
        rest = behind;
        match (record, data) {
            // A sheet begins.
            (0x0809 | 0x0409 | 0x0209 | 0x0009, _) => areas.push(Area::default()),
            // Cells: formula, number, label, truth or error, rk, several rks or blanks, rich text, shared text.
            (
                0x0006 | 0x0206 | 0x0406 | 0x0003 | 0x0203 | 0x0004 | 0x0204 | 0x0005 | 0x0205 | 0x027e
                | 0x007e | 0x00bd | 0x00be | 0x00d6 | 0x00fd | 0x0201,
                [a, b, c, d, .., e, f],
            ) => {
                let number = |low: u8, high: u8| u64::from(u16::from_le_bytes([low, high]));
                let (row, first) = (number(*a, *b), number(*c, *d));
                let last = if matches!(record, 0x00bd | 0x00be) { number(*e, *f) } else { first };
                if let Some(area) = areas.last_mut() {
                    area.add((row, row), (first.min(last), last.max(first)));
                }
            }
            _ => {}
        }
    }
    if areas.iter().map(Area::cells).sum::<u64>() > CELLS_MAX { Err(too_large()) } else { Ok(()) }
}

/// Looks at the cells of an OpenDocument workbook.
pub(crate) fn check_ods(content: Ahead) -> Result<(), FormatError> {
    let mut reader =
        Reader::from_reader(std::io::BufReader::new(AsRead { stream: content, ready: Vec::new(), at: 0 }));
    let mut buffer = Vec::new();
    let mut all = 0_u64;
    // Cells as they are listed before they are put into a grid, and that grid.
    let (mut listed, mut pending, mut area) = (0_u64, 0_u64, Area::default());
    let (mut row, mut rows, mut column) = (0_u64, 1_u64, 0_u64);
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        match event.map_err(|error| FormatError::damaged(ODS, format_args!("content.xml: {error}")))? {
            Event::Eof => return Ok(()),
            Event::Start(tag) => match tag.name().as_ref() {
                "table:table" => (listed, area, row) = (0, Area::default(), 0),
                "table:table-row" => (rows, column) = (repeated(&tag, "table:number-rows-repeated"), 0),
                "table:table-cell" | "table:covered-table-cell" => {
                    let more = repeated(&tag, "table:number-columns-repeated");
                    listed =
                        listed.saturating_add(std::mem::take(&mut pending)).saturating_add(more.min(COLUMNS));
                    let end = column.saturating_add(more);
                    area.add((row, row.saturating_add(rows)), (column, end.min(COLUMNS)));
                    column = end;
                }
                _ => {}
            },
            Event::Empty(tag)
                if matches!(tag.name().as_ref(), "table:table-cell" | "table:covered-table-cell") =>
            {
                let more = repeated(&tag, "table:number-columns-repeated");
                column = column.saturating_add(more);
                let has_value = tag.attributes().flatten().any(|one| {
                    let key = one.key.as_ref();
                    key.starts_with("office:") || key == "table:formula"
                });
                // Empty cells are listed when there is another one behind them.
                listed = listed.saturating_add(std::mem::replace(&mut pending, more.min(COLUMNS)));
                if has_value {
                    listed = listed.saturating_add(std::mem::take(&mut pending));
                    area.add(
                        (row, row.saturating_add(rows)),
                        (column - more.min(column), column.min(COLUMNS)),
                    );
                }
            }
            Event::End(tag) => match tag.name().as_ref() {
                "table:table-row" => (row, pending) = (row.saturating_add(rows), 0),
                "table:table" => all = all.saturating_add(area.cells()),
                _ => {}
            },
            _ => {}
        }
        if all.saturating_add(listed).saturating_add(area.cells()) > CELLS_MAX {
            return Err(too_large());
        }
    }
}

fn repeated(tag: &BytesStart<'_>, name: &str) -> u64 {
    let found = tag.attributes().flatten().find(|one| one.key.as_ref() == name);
    let value = found.and_then(|one| one.value.trim().parse().ok());
    value.unwrap_or(1)
}

/// A stream as what the parser of XML reads from.
struct AsRead {
    stream: Ahead,
    ready: Vec<u8>,
    at: usize,
}

impl Read for AsRead {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.ready.len() {
            self.ready.clear();
            self.at = 0;
            self.stream.read(&mut self.ready).map_err(std::io::Error::other)?;
        }
        let from = &self.ready[self.at..];
        let length = from.len().min(buffer.len());
        buffer[..length].copy_from_slice(&from[..length]);
        self.at += length;
        Ok(length)
    }
}
