//! Copying a selection. Its rows are not all on the page, so it is put together from the pages as they come.

use sandglass_protocol::sql::{ResultInfo, SqlSort};
use sandglass_ui::format;

use crate::results::cells::{Form, copied, head};
use crate::results::pages::Pages;
use crate::results::range::Range;

/// The most cells that are copied. More would take browsers and spreadsheets long; a file is better for that.
const MOST: u64 = 1_000_000;

/// A selection that is being copied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Copying {
    form: Form,
    range: Range,
    sort: Option<SqlSort>,
    next: u64,
    text: String,
}

impl Copying {
    /// Begins to copy, or says why that is not done. A single cell is copied as it is, more of them with their names.
    pub(crate) fn begin(
        form: Form,
        range: Range,
        sort: Option<SqlSort>,
        info: &ResultInfo,
    ) -> Result<Self, String> {
        let (rows, columns) = range.size();
        if rows.saturating_mul(columns) > MOST {
            return Err(format!(
                "The selection has {} in {}. At most {} are copied at once: select fewer, or export the result as a file.",
                format::counted(rows, "row"),
                format::counted(columns, "column"),
                format::counted(MOST, "cell"),
            ));
        }
        let (left, right) = range.columns();
        let names = info.columns.get(left..=right).unwrap_or_default();
        let text =
            if range.is_many() || form == Form::Markdown { head(form, names.iter()) } else { String::new() };
        Ok(Self { form, range, sort, next: range.rows().0, text })
    }

    /// Goes on with the rows that are there. Returns the next row that is wanted, or nothing at the end.
    pub(crate) fn go_on(&mut self, pages: &Pages) -> Option<u64> {
        let (_, last) = self.range.rows();
        let (left, right) = self.range.columns();
        while self.next <= last {
            let Some(row) = pages.row(self.next, self.sort) else { return Some(self.next) };
            let cells = row.get(left..=right.min(row.len().saturating_sub(1))).unwrap_or_default();
            match (self.range.is_many(), self.form) {
                (false, Form::Tsv) => self.text = cells.first().cloned().flatten().unwrap_or_default(),
                _ => self.text.push_str(&copied(self.form, cells)),
            }
            self.next += 1;
        }
        None
    }

    /// What is being copied.
    pub(crate) fn range(&self) -> Range {
        self.range
    }

    /// The order that its rows are in.
    pub(crate) fn sort(&self) -> Option<SqlSort> {
        self.sort
    }

    /// The text, and what it is.
    pub(crate) fn end(self) -> (String, String) {
        let (rows, columns) = self.range.size();
        let things = match (rows, columns) {
            (1, 1) => "one cell".to_owned(),
            _ => format!("{} of {}", format::counted(rows, "row"), format::counted(columns, "column")),
        };
        (self.text, things)
    }
}

#[cfg(test)]
mod tests {
    use sandglass_protocol::sql::{ColumnKind, SqlColumn};

    use super::*;
    use crate::results::range::Spot;

    fn info(rows: u64) -> ResultInfo {
        let column = |name: &str, kind| SqlColumn { name: name.to_owned(), sql_type: String::new(), kind };
        ResultInfo {
            result: 1,
            columns: vec![column("n", ColumnKind::Number), column("t", ColumnKind::Text)],
            rows,
            is_whole: true,
            first: vec![],
            notes: vec![],
        }
    }

    fn row(number: u64) -> Vec<Option<String>> {
        vec![Some(number.to_string()), (number != 1).then(|| format!("text {number}"))]
    }

    #[test]
    fn a_selection_is_put_together_from_pages_as_they_come() {
        let range = Range { anchor: Spot { row: 3, column: 1 }, cursor: Spot { row: 1, column: 0 } };
        let mut copying = Copying::begin(Form::Tsv, range, None, &info(10)).unwrap();
        let mut pages = Pages::default();
        assert_eq!(copying.go_on(&pages), Some(1));
        pages.take(0, None, vec![row(0), row(1)]);
        assert_eq!(copying.go_on(&pages), Some(2));
        pages.take(2, None, vec![row(2), row(3)]);
        assert_eq!(copying.go_on(&pages), None);
        let (text, things) = copying.end();
        assert_eq!(text, "n\tt\n1\t\n2\ttext 2\n3\ttext 3\n");
        assert_eq!(things.replace('\u{a0}', " "), "3 rows of 2 columns");
    }

    #[test]
    fn one_cell_is_copied_as_it_is() {
        let mut pages = Pages::default();
        pages.take(0, None, vec![vec![Some("a\tb\nc".to_owned()), None]]);
        let copy = |column| {
            let range = Range::one(Spot { row: 0, column });
            let mut copying = Copying::begin(Form::Tsv, range, None, &info(1)).unwrap();
            assert_eq!(copying.go_on(&pages), None);
            copying.end().0
        };
        assert_eq!(copy(0), "a\tb\nc");
        assert_eq!(copy(1), "");
    }

    #[test]
    fn markdown_always_has_its_head() {
        let mut copying = Copying::begin(Form::Markdown, Range::default(), None, &info(1)).unwrap();
        let mut pages = Pages::default();
        pages.take(0, None, vec![row(0)]);
        assert_eq!(copying.go_on(&pages), None);
        assert_eq!(copying.end().0, "| n |\n| ---: |\n| 0 |\n");
    }

    #[test]
    fn too_much_is_refused_in_words() {
        let range = Range { anchor: Spot::default(), cursor: Spot { row: 999_999, column: 1 } };
        let refused = Copying::begin(Form::Tsv, range, None, &info(1_000_000)).unwrap_err();
        assert!(refused.contains("export the result"), "{refused}");
    }
}
