//! Workbooks: xlsx, xlsb, xls and OpenDocument, whose sheets are tables.
//!
//! The parser is `calamine`. What it holds in memory without a limit is measured before it is let loose: how much a workbook
//! unpacks to (`archive.rs`), and how large the sheets are that it makes a grid of (`grids.rs`). How the cells of
//! a sheet are had some at a time is in `cells.rs`.

use std::collections::VecDeque;
use std::sync::Arc;

use calamine::{Ods, OdsError, Reader, SheetType, SheetVisible, Xls, XlsError, Xlsb, Xlsx, XlsxError};
use sandglass_access::{Cursor, HELD_MAX};
use sandglass_ingest::SourceEvent;

use crate::archive::Member;
use crate::cells::{Book, Cells, ODS, XLS, XLSB, XLSX};
use crate::guard::guarded;
use crate::part::{Context, Parts};
use crate::sheet::Sheet;
use crate::{Bytes, FormatError, grids};

/// The kinds of workbooks that are zip archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Xlsx,
    Xlsb,
    Ods,
}

/// Whether a member of a workbook is one that its parser reads: not pictures and the like.
pub(crate) fn is_needed(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(ending.as_str(), "xml" | "rels" | "bin") && !name.to_ascii_lowercase().contains("vba")
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

/// A workbook that is being read.
struct Workbook {
    /// `None` while one of its sheets is being read.
    book: Option<Book>,
    format: &'static str,
    sheets: VecDeque<calamine::Sheet>,
    /// The sheet that has been announced.
    present: Option<calamine::Sheet>,
    /// The sheet that is being read, with what it is called and what has come of it.
    reading: Option<(String, Cells, Sheet)>,
    events: VecDeque<SourceEvent>,
    context: Context,
}

impl Workbook {
    fn new(book: Book, context: Context) -> Self {
        let sheets = book.sheets().iter().cloned().collect();
        let format = book.format();
        let (present, reading, events) = (None, None, VecDeque::new());
        Self { book: Some(book), format, sheets, present, reading, events, context }
    }

    /// Begins to read a sheet.
    fn begin(&mut self, name: String) -> Result<(), FormatError> {
        let Some(book) = self.book.take() else {
            let what = format!("{name}: another sheet is being read");
            return Err(FormatError::Defect { format: self.format, what });
        };
        let cells = book.open(&name).map_err(|(book, error)| {
            self.book = Some(book);
            error
        })?;
        let sheet = Sheet::new(&name, self.format, &self.context);
        self.reading = Some((name, cells, sheet));
        Ok(())
    }

    /// Reads on in a sheet until some of its rows can be handed out, or to its end.
    fn read_on(&mut self, name: String, mut cells: Cells, mut sheet: Sheet) -> Result<(), FormatError> {
        let more = guarded(self.format, || {
            while let Some((number, row)) = cells.next_row()? {
                sheet.row(number, row)?;
                if sheet.has_batches() {
                    return Ok(true);
                }
            }
            Ok(false)
        });
        if let Ok(true) = more {
            self.events.extend(sheet.take_batches().map(SourceEvent::Batch));
            self.reading = Some((name, cells, sheet));
            return Ok(());
        }
        self.book = Some(cells.close());
        more?;
        let (batches, summary) = sheet.finish(&self.context)?;
        self.events.extend(batches.into_iter().map(SourceEvent::Batch));
        self.events.push_back(SourceEvent::End(summary));
        Ok(())
    }

    fn failed(&self, name: &str, error: &FormatError) -> SourceEvent {
        SourceEvent::PartFailed { part: self.context.part(name), reason: error.to_string() }
    }
}

impl Parts for Workbook {
    fn next(&mut self) -> Result<Option<SourceEvent>, FormatError> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            if let Some((name, cells, sheet)) = self.reading.take() {
                if let Err(error) = self.read_on(name.clone(), cells, sheet) {
                    return Ok(Some(self.failed(&name, &error)));
                }
                continue;
            }
            if let Some(sheet) = self.present.take() {
                if let Err(error) = self.begin(sheet.name.clone()) {
                    return Ok(Some(self.failed(&sheet.name, &error)));
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
