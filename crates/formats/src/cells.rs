//! The cells of one sheet after the other, as many at a time as are asked for.
//!
//! The parser of a sheet holds on to its workbook. The two are kept together here, so that who reads can leave a sheet in its
//! middle, hand out what has come of it, and go on later.

use calamine::{Data, DataRef, Ods, Range, Reader, Xls, Xlsb, Xlsx};
use self_cell::{MutBorrow, self_cell};

use crate::FormatError;
use crate::guard::guarded;
use crate::sheet::{Cell, Row};
use sandglass_access::Cursor;

pub(crate) const XLSX: &str = "Excel workbook (xlsx)";
pub(crate) const XLSB: &str = "Excel workbook (xlsb)";
pub(crate) const XLS: &str = "Excel workbook (xls)";
pub(crate) const ODS: &str = "OpenDocument workbook";

/// An opened workbook.
pub(crate) enum Book {
    Xlsx(Box<Xlsx<Cursor>>),
    Xlsb(Box<Xlsb<Cursor>>),
    Xls(Box<Xls<Cursor>>),
    Ods(Box<Ods<Cursor>>),
}

/// A cell that has something, or nothing, with its row and column.
type Placed = ((u32, u32), Option<Cell>);

/// A parser that is in a sheet: hands out the next cell.
type NextCell<'a> = Box<dyn FnMut() -> Result<Option<Placed>, FormatError> + 'a>;

type BorrowedBook = MutBorrow<Book>;

self_cell!(
    /// A workbook with the parser that is in one of its sheets.
    struct Parsing {
        owner: BorrowedBook,
        #[not_covariant]
        dependent: NextCell,
    }
);

/// A sheet that is being read.
enum Open {
    Cells(Parsing),
    /// One that its parser makes a grid of, and the rows of it that are done with.
    Grid(Book, Range<Data>, usize),
}

/// The cells of a sheet, in the order in which they stand there.
pub(crate) struct Cells {
    open: Open,
    /// The number of the row that is being put together, and its cells so far.
    number: u32,
    row: Row,
    /// Whether the parser has come to the end: it is not to be asked again.
    ended: bool,
}

/// A row's number and its cells with their columns, all counted from 0.
pub(crate) type NumberedRow = (u32, Row);

impl Book {
    pub(crate) fn format(&self) -> &'static str {
        match self {
            Self::Xlsx(_) => XLSX,
            Self::Xlsb(_) => XLSB,
            Self::Xls(_) => XLS,
            Self::Ods(_) => ODS,
        }
    }

    pub(crate) fn sheets(&self) -> &[calamine::Sheet] {
        match self {
            Self::Xlsx(book) => book.sheets_metadata(),
            Self::Xlsb(book) => book.sheets_metadata(),
            Self::Xls(book) => book.sheets_metadata(),
            Self::Ods(book) => book.sheets_metadata(),
        }
    }

    /// Begins to read a sheet. When it cannot be read, the workbook comes back with the reason.
    pub(crate) fn open(self, name: &str) -> Result<Cells, (Self, FormatError)> {
        let format = self.format();
        let open = match self {
            Self::Xlsx(_) | Self::Xlsb(_) => {
                let parsing = Parsing::try_new_or_recover(MutBorrow::new(self), |book| {
                    book.borrow_mut().cells(format, name)
                });
                parsing.map(Open::Cells).map_err(|(book, error)| (book.into_inner(), error))?
            }
            mut grids => match guarded(format, || grids.grid(format, name)) {
                Ok(range) => Open::Grid(grids, range, 0),
                Err(error) => return Err((grids, error)),
            },
        };
        Ok(Cells { open, number: 0, row: Row::new(), ended: false })
    }

    /// The parser of a sheet that hands out its cells one by one.
    fn cells(&mut self, format: &'static str, name: &str) -> Result<NextCell<'_>, FormatError> {
        let name = name.to_owned();
        // Their parsers are of types that have no common name.
        macro_rules! cells {
            ($book:expr) => {{
                let cells = guarded(format, || {
                    $book.worksheet_cells_reader(&name).map_err(|error| damaged(format, &name, error))
                });
                let mut cells = cells?;
                Ok(Box::new(move || {
                    let cell = cells.next_cell().map_err(|error| damaged(format, &name, error))?;
                    Ok(cell.map(|cell| (cell.get_position(), of(cell.get_value()))))
                }))
            }};
        }
        match self {
            Self::Xlsx(book) => cells!(book),
            Self::Xlsb(book) => cells!(book),
            Self::Xls(_) | Self::Ods(_) => Ok(Box::new(|| Ok(None))),
        }
    }

    /// The grid of a sheet.
    fn grid(&mut self, format: &'static str, name: &str) -> Result<Range<Data>, FormatError> {
        match self {
            Self::Xlsx(book) => book.worksheet_range(name).map_err(|error| damaged(format, name, error)),
            Self::Xlsb(book) => book.worksheet_range(name).map_err(|error| damaged(format, name, error)),
            Self::Xls(book) => book.worksheet_range(name).map_err(|error| damaged(format, name, error)),
            Self::Ods(book) => book.worksheet_range(name).map_err(|error| damaged(format, name, error)),
        }
    }
}

fn damaged(format: &'static str, sheet: &str, error: impl std::fmt::Display) -> FormatError {
    FormatError::damaged(format, format_args!("{sheet}: {error}"))
}

fn of(data: &DataRef<'_>) -> Option<Cell> {
    Cell::of(data)
}

impl Cells {
    /// The next row that has cells; `None` at the end.
    pub(crate) fn next_row(&mut self) -> Result<Option<NumberedRow>, FormatError> {
        let Self { open, number, row, ended } = self;
        let parsing = match open {
            Open::Cells(parsing) => parsing,
            Open::Grid(_, range, done) => return Ok(grid_row(range, done)),
        };
        if *ended {
            return Ok(None);
        }
        parsing.with_dependent_mut(|_, next| {
            loop {
                let Some(((at, column), cell)) = next()? else {
                    *ended = true;
                    let row = std::mem::take(row);
                    return Ok((!row.is_empty()).then_some((*number, row)));
                };
                let before = std::mem::replace(number, at);
                let whole = if at == before { Row::new() } else { std::mem::take(row) };
                row.extend(cell.map(|cell| (column, cell)));
                if !whole.is_empty() {
                    return Ok(Some((before, whole)));
                }
            }
        })
    }

    /// The workbook, of which another sheet can be read then.
    pub(crate) fn close(self) -> Book {
        match self.open {
            Open::Cells(parsing) => parsing.into_owner().into_inner(),
            Open::Grid(book, ..) => book,
        }
    }
}

/// The next row of a grid that has cells.
fn grid_row(range: &Range<Data>, done: &mut usize) -> Option<NumberedRow> {
    let (top, left) = range.start()?;
    for cells in range.rows().skip(*done) {
        let number = top + *done as u32;
        *done += 1;
        let row: Row =
            (left..).zip(cells).filter_map(|(column, data)| Some((column, Cell::of_owned(data)?))).collect();
        if !row.is_empty() {
            return Some((number, row));
        }
    }
    None
}
