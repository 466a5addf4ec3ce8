//! Workbooks: xlsx, xlsb, xls and OpenDocument, whose sheets are tables.
//!
//! The parser is `calamine`. What it holds in memory without a limit is measured before it is let loose: how much a workbook
//! unpacks to (`archive.rs`), and how large the sheets are that it makes a grid of (`grids.rs`).

use std::collections::VecDeque;
use std::sync::Arc;

use calamine::{
    DataRef, Ods, OdsError, Reader, SheetType, SheetVisible, Xls, XlsError, Xlsb, Xlsx, XlsxError,
};
use sandglass_access::{Cursor, HELD_MAX};
use sandglass_ingest::SourceEvent;

use crate::archive::Member;
use crate::guard::guarded;
use crate::part::{Context, Parts};
use crate::sheet::{Cell, Row, Sheet};
use crate::{Bytes, FormatError, grids};

/// The kinds of workbooks that are zip archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Xlsx,
    Xlsb,
    Ods,
}

const XLSX: &str = "Excel workbook (xlsx)";
const XLSB: &str = "Excel workbook (xlsb)";
const XLS: &str = "Excel workbook (xls)";
const ODS: &str = "OpenDocument workbook";

/// Whether a member of a workbook is one that its parser reads: not pictures and the like.
pub(crate) fn is_needed(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(ending.as_str(), "xml" | "rels" | "bin") && !name.to_ascii_lowercase().contains("vba")
}

/// An opened workbook.
enum Book {
    Xlsx(Box<Xlsx<Cursor>>),
    Xlsb(Box<Xlsb<Cursor>>),
    Xls(Box<Xls<Cursor>>),
    Ods(Box<Ods<Cursor>>),
}

/// Opens a workbook that is a zip archive with these members.
pub(crate) fn open(
    bytes: Arc<dyn Bytes>,
    kind: Kind,
    members: &[Member],
    context: Context,
) -> Result<Box<dyn Parts>, FormatError> {
    if kind == Kind::Ods
        && let Some(content) = members.iter().find(|member| member.name == "content.xml")
    {
        grids::check_ods(content.open(&bytes, &context.budget)?)?;
    }
    let cursor = || Cursor::new(Arc::clone(&bytes));
    let book = match kind {
        Kind::Xlsx => {
            guarded(XLSX, || Xlsx::new(cursor()).map_err(xlsx).map(|book| Book::Xlsx(Box::new(book))))
        }
        Kind::Xlsb => guarded(XLSB, || {
            Xlsb::new(cursor())
                .map_err(|error| FormatError::damaged(XLSB, error))
                .map(|book| Book::Xlsb(Box::new(book)))
        }),
        Kind::Ods => guarded(ODS, || match Ods::new(cursor()) {
            Ok(book) => Ok(Book::Ods(Box::new(book))),
            Err(OdsError::Password) => Err(FormatError::Encrypted),
            Err(error) => Err(FormatError::damaged(ODS, error)),
        }),
    };
    Ok(Box::new(Workbook::new(book?, context)))
}

/// Opens a file of the time before 2007, or one that is encrypted, which looks the same.
pub(crate) fn open_old(bytes: Arc<dyn Bytes>, context: Context) -> Result<Box<dyn Parts>, FormatError> {
    if bytes.len() > HELD_MAX {
        return Err(FormatError::TooLarge { what: "it has".to_owned() });
    }
    guarded(XLS, || grids::check_xls(Cursor::new(Arc::clone(&bytes))))?;
    let book = guarded(XLS, || match Xls::new(Cursor::new(Arc::clone(&bytes))) {
        Ok(book) => Ok(Book::Xls(Box::new(book))),
        Err(XlsError::Password) => Err(FormatError::Encrypted),
        Err(error) => Err(FormatError::damaged(XLS, error)),
    })?;
    Ok(Box::new(Workbook::new(book, context)))
}

fn xlsx(error: XlsxError) -> FormatError {
    match error {
        XlsxError::Password => FormatError::Encrypted,
        error => FormatError::damaged(XLSX, error),
    }
}

impl Book {
    fn format(&self) -> &'static str {
        match self {
            Self::Xlsx(_) => XLSX,
            Self::Xlsb(_) => XLSB,
            Self::Xls(_) => XLS,
            Self::Ods(_) => ODS,
        }
    }

    fn sheets(&self) -> &[calamine::Sheet] {
        match self {
            Self::Xlsx(book) => book.sheets_metadata(),
            Self::Xlsb(book) => book.sheets_metadata(),
            Self::Xls(book) => book.sheets_metadata(),
            Self::Ods(book) => book.sheets_metadata(),
        }
    }

    /// Reads all rows of a sheet.
    fn read(&mut self, name: &str, sheet: &mut Sheet) -> Result<(), FormatError> {
        let format = self.format();
        let damaged =
            |error: &dyn std::fmt::Display| FormatError::damaged(format, format_args!("{name}: {error}"));
        match self {
            Self::Xlsx(book) => {
                let mut cells = book.worksheet_cells_reader(name).map_err(|error| damaged(&error))?;
                rows(sheet, || {
                    let cell = cells.next_cell().map_err(|error| damaged(&error))?;
                    Ok(cell.map(|cell| (cell.get_position(), of(cell.get_value()))))
                })
            }
            Self::Xlsb(book) => {
                let mut cells = book.worksheet_cells_reader(name).map_err(|error| damaged(&error))?;
                rows(sheet, || {
                    let cell = cells.next_cell().map_err(|error| damaged(&error))?;
                    Ok(cell.map(|cell| (cell.get_position(), of(cell.get_value()))))
                })
            }
            Self::Xls(book) => {
                let range = book.worksheet_range(name).map_err(|error| damaged(&error))?;
                grid(sheet, &range)
            }
            Self::Ods(book) => {
                let range = book.worksheet_range(name).map_err(|error| damaged(&error))?;
                grid(sheet, &range)
            }
        }
    }
}

fn of(data: &DataRef<'_>) -> Option<Cell> {
    Cell::of(data)
}

/// Hands the rows of a grid to a sheet.
fn grid(sheet: &mut Sheet, range: &calamine::Range<calamine::Data>) -> Result<(), FormatError> {
    let (top, left) = range.start().unwrap_or_default();
    let mut cells = range.used_cells();
    rows(sheet, || {
        Ok(cells
            .next()
            .map(|(row, column, data)| ((top + row as u32, left + column as u32), Cell::of_owned(data))))
    })
}

/// Puts cells together to rows.
fn rows(
    sheet: &mut Sheet,
    mut next: impl FnMut() -> Result<Option<((u32, u32), Option<Cell>)>, FormatError>,
) -> Result<(), FormatError> {
    let (mut number, mut row) = (0, Row::new());
    while let Some(((at, column), cell)) = next()? {
        if at != number {
            sheet.row(number, std::mem::take(&mut row))?;
            number = at;
        }
        row.extend(cell.map(|cell| (column, cell)));
    }
    sheet.row(number, row)
}

/// A workbook that is being read.
struct Workbook {
    book: Book,
    sheets: VecDeque<calamine::Sheet>,
    /// The sheet that has been announced.
    present: Option<calamine::Sheet>,
    events: VecDeque<SourceEvent>,
    context: Context,
}

impl Workbook {
    fn new(book: Book, context: Context) -> Self {
        let sheets = book.sheets().iter().cloned().collect();
        Self { book, sheets, present: None, events: VecDeque::new(), context }
    }

    /// Reads a sheet to its end: its parser cannot be left in the middle.
    fn read(&mut self, name: &str) -> Result<(), FormatError> {
        let format = self.book.format();
        let mut sheet = Sheet::new(name, format, &self.context);
        guarded(format, || self.book.read(name, &mut sheet))?;
        let (batches, summary) = sheet.finish(&self.context)?;
        self.events.extend(batches.into_iter().map(SourceEvent::Batch));
        self.events.push_back(SourceEvent::End(summary));
        Ok(())
    }
}

impl Parts for Workbook {
    fn next(&mut self) -> Result<Option<SourceEvent>, FormatError> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            if let Some(sheet) = self.present.take() {
                if let Err(error) = self.read(&sheet.name) {
                    self.events.clear();
                    let part = self.context.part(&sheet.name);
                    return Ok(Some(SourceEvent::PartFailed { part, reason: error.to_string() }));
                }
                continue;
            }
            let Some(sheet) = self.sheets.pop_front() else { return Ok(None) };
            let part = self.context.part(&sheet.name);
            if sheet.typ != SheetType::WorkSheet {
                return Ok(Some(SourceEvent::Note(format!("{part} has no cells, and was left out"))));
            }
            if sheet.visible != SheetVisible::Visible {
                self.events.push_back(SourceEvent::Note(format!("{part} is a hidden sheet")));
            }
            self.present = Some(sheet);
            self.events.push_back(SourceEvent::Part(part));
        }
    }
}
