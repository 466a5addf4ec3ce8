//! Tab-separated text, which every spreadsheet takes from the clipboard.

/// Cells as one line of tab-separated text. There is no escape that every spreadsheet knows, so a tab or a line break
/// inside a cell becomes a space.
pub fn line<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.map(|cell| cell.replace(['\t', '\n', '\r'], " ")).collect();
    let mut text = cells.join("\t");
    text.push('\n');
    text
}
