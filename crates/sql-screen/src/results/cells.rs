//! How a value is written: in a cell of a grid, for the clipboard, and how wide a column is for that.

use std::borrow::Cow;

use sandglass_protocol::sql::{ColumnKind, SqlColumn};
use sandglass_ui::tsv::line;

use crate::results::pages::Row;

/// More characters than a cell can show, however wide its column is.
const SHOWN: usize = 600;

/// What a cell shows of a text: one line, and no more than can be seen of it.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    let cut = text.char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| at);
    let text = &text[..cut];
    if text.contains(['\n', '\r', '\t']) {
        Cow::Owned(text.replace("\r\n", "⏎").replace(['\n', '\r'], "⏎").replace('\t', " "))
    } else {
        Cow::Borrowed(text)
    }
}

/// The class of a cell by what it holds.
pub(crate) fn class(kind: ColumnKind, is_null: bool) -> &'static str {
    match (kind, is_null) {
        (ColumnKind::Number, true) => "cell number is-null",
        (_, true) => "cell is-null",
        (ColumnKind::Number, false) => "cell number",
        (ColumnKind::Nested, false) => "cell nested",
        _ => "cell",
    }
}

/// What a value is, in words, for the panel that shows it whole.
pub(crate) fn about(value: Option<&str>) -> String {
    match value {
        None => "NULL: no value".to_owned(),
        Some("") => "Empty text".to_owned(),
        Some(text) => {
            let lines = text.lines().count() as u64;
            let characters = sandglass_ui::format::counted(text.chars().count() as u64, "character");
            match lines {
                0 | 1 => characters,
                _ => format!("{characters} in {}", sandglass_ui::format::counted(lines, "line")),
            }
        }
    }
}

/// The narrowest that a column can be made, in pixels.
pub(crate) const NARROWEST: f64 = 40.0;

/// The widest that a column can be made.
pub(crate) const WIDEST: f64 = 2_000.0;

/// The width that a column has at first is no more than this.
pub(crate) const WIDE: f64 = 340.0;

/// The width of a column for its head and these rows, up to `most`. `font` is the size of the text in pixels.
pub(crate) fn width<'a>(
    column: &SqlColumn,
    index: usize,
    rows: impl Iterator<Item = &'a Row>,
    font: f64,
    most: f64,
) -> f64 {
    let length = |text: &str| text.chars().take(200).count();
    let values =
        rows.map(|row| row.get(index).and_then(Option::as_deref).map_or(4, length)).max().unwrap_or(0);
    // The name is bold and has the sign of its order beside it; the type is small.
    let name = length(&column.name) + 3;
    // Capitals are wide, and smaller here.
    let kind = length(&column.sql_type);
    let characters = values.max(name).max(kind) as f64;
    let share = if column.kind == ColumnKind::Nested { 0.62 } else { 0.56 };
    (characters * font * share + 26.0).clamp(72.0, most).round()
}

/// The form of a copied selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Tab-separated text, which every spreadsheet takes.
    Tsv,
    /// A table in Markdown.
    Markdown,
}

/// The head of a copied selection.
pub(crate) fn head<'a>(form: Form, columns: impl Iterator<Item = &'a SqlColumn> + Clone) -> String {
    let names = columns.clone().map(|column| column.name.as_str());
    match form {
        Form::Tsv => line(names),
        Form::Markdown => {
            let mut text = markdown_line(names.map(Some));
            text.push('|');
            for column in columns {
                text.push_str(if column.kind == ColumnKind::Number { " ---: |" } else { " --- |" });
            }
            text.push('\n');
            text
        }
    }
}

/// A row of a copied selection. `NULL` is an empty cell for a spreadsheet; in Markdown it is written.
pub(crate) fn copied(form: Form, cells: &[Option<String>]) -> String {
    match form {
        Form::Tsv => line(cells.iter().map(|cell| cell.as_deref().unwrap_or(""))),
        Form::Markdown => markdown_line(cells.iter().map(Option::as_deref)),
    }
}

fn markdown_line<'a>(cells: impl Iterator<Item = Option<&'a str>>) -> String {
    let mut text = String::from("|");
    for cell in cells {
        text.push(' ');
        match cell {
            // Set apart from a text that says so.
            None => text.push_str("*NULL*"),
            Some(cell) => markdown_cell(cell, &mut text),
        }
        text.push_str(" |");
    }
    text.push('\n');
    text
}

/// What Markdown would read as something else is escaped, and a line break is one in HTML, since a cell has one line.
fn markdown_cell(cell: &str, text: &mut String) {
    let mut characters = cell.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\r' => text.push_str("<br>"),
            '\t' => text.push(' '),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            '|' | '\\' | '*' | '_' | '`' | '[' | ']' | '~' | '#' => {
                text.push('\\');
                text.push(character);
            }
            _ => text.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, kind: ColumnKind) -> SqlColumn {
        SqlColumn { name: name.to_owned(), sql_type: "VARCHAR".to_owned(), kind }
    }

    fn cells(values: &[Option<&str>]) -> Row {
        values.iter().map(|value| value.map(str::to_owned)).collect()
    }

    #[test]
    fn a_cell_is_one_line_and_not_longer_than_it_can_show() {
        assert_eq!(shown("plain"), "plain");
        assert_eq!(shown("a\r\nb\nc\td"), "a⏎b⏎c d");
        assert_eq!(shown(&"é".repeat(10_000)).chars().count(), SHOWN);
    }

    #[test]
    fn no_value_is_not_an_empty_one() {
        assert_eq!(about(None), "NULL: no value");
        assert_eq!(about(Some("")), "Empty text");
        assert_eq!(about(Some("NULL")).replace('\u{a0}', " "), "4 characters");
        assert_eq!(about(Some("a\nb")).replace('\u{a0}', " "), "3 characters in 2 lines");
        assert_ne!(class(ColumnKind::Text, true), class(ColumnKind::Text, false));
    }

    #[test]
    fn a_spreadsheet_gets_one_line_a_row() {
        let columns = [column("a\tb", ColumnKind::Text), column("n", ColumnKind::Number)];
        assert_eq!(head(Form::Tsv, columns.iter()), "a b\tn\n");
        assert_eq!(copied(Form::Tsv, &cells(&[Some("x\ny"), None])), "x y\t\n");
    }

    #[test]
    fn markdown_stays_a_table() {
        let columns = [column("a|b", ColumnKind::Text), column("n", ColumnKind::Number)];
        assert_eq!(head(Form::Markdown, columns.iter()), "| a\\|b | n |\n| --- | ---: |\n");
        let row = cells(&[Some("x|y\r\nz <b> *_`"), None, Some("NULL"), Some("")]);
        assert_eq!(copied(Form::Markdown, &row), "| x\\|y<br>z &lt;b&gt; \\*\\_\\` | *NULL* | NULL |  |\n");
    }

    #[test]
    fn a_column_is_as_wide_as_its_values_within_reason() {
        let rows = [cells(&[Some("1")]), cells(&[Some(&"x".repeat(1_000))])];
        let narrow = width(&column("n", ColumnKind::Number), 0, rows[..1].iter(), 15.0, WIDE);
        let wide = width(&column("n", ColumnKind::Text), 0, rows.iter(), 15.0, WIDE);
        assert!((72.0..110.0).contains(&narrow), "{narrow}");
        assert_eq!(wide, WIDE);
    }
}
