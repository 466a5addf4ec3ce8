//! Binary workbooks, written record by record as MS-XLSB describes them: nothing here reads what it writes.

use super::zip;

/// A cell's value, in the record that has it.
pub(crate) enum Value<'a> {
    /// A whole number in 30 bits, or that many hundredths.
    Rk(i32, bool),
    Real(f64),
    Bool(bool),
    /// By its number in the table of shared texts.
    Shared(u32),
    Text(&'a str),
    Error(u8),
    /// Results of formulas.
    FormulaText(&'a str),
    FormulaReal(f64),
    FormulaBool(bool),
}

/// A row's number, and its cells: column, number of the format, value.
pub(crate) type Row<'a> = (u32, Vec<(u32, u8, Value<'a>)>);

/// A workbook of one sheet. Format 1 is that of days, all others are general.
pub(crate) fn xlsb(sheet: &str, shared: &[&str], rows: &[Row<'_>]) -> Vec<u8> {
    let mut book = Vec::new();
    record(0x83, &[], &mut book);
    record(0x99, &[0; 12], &mut book);
    record(0x8f, &[], &mut book);
    record(0x9c, &[&[0, 0, 0, 0, 1, 0, 0, 0], &wide("rId1")[..], &wide(sheet)].concat(), &mut book);
    record(0x90, &[], &mut book);
    record(0x9d, &[0; 26], &mut book);
    record(0x84, &[], &mut book);

    let mut strings = Vec::new();
    record(0x9f, &[number(shared.len() as u32), number(shared.len() as u32)].concat(), &mut strings);
    for text in shared {
        record(0x13, &[&[0], &wide(text)[..]].concat(), &mut strings);
    }
    record(0xa0, &[], &mut strings);

    let mut styles = Vec::new();
    record(0x116, &[], &mut styles);
    record(0x269, &number(2), &mut styles);
    for format in [0, 14] {
        let mut style = [0; 16];
        style[2] = format;
        record(0x2f, &style, &mut styles);
    }
    record(0x26a, &[], &mut styles);
    record(0x117, &[], &mut styles);

    let mut cells = Vec::new();
    record(0x81, &[], &mut cells);
    let last = rows.last().map_or(0, |(row, _)| *row);
    record(0x94, &[number(0), number(last), number(0), number(16)].concat(), &mut cells);
    record(0x91, &[], &mut cells);
    for (row, values) in rows {
        record(0x00, &[&number(*row)[..], &[0; 13]].concat(), &mut cells);
        for (column, format, value) in values {
            let place = [&number(*column)[..], &[*format, 0, 0, 0]].concat();
            // No flags, and a formula without tokens.
            let formula = [0; 10];
            let (kind, data) = match value {
                Value::Rk(value, hundredths) => {
                    (2, ((value << 2) | 2 | i32::from(*hundredths)).to_le_bytes().to_vec())
                }
                Value::Error(code) => (3, vec![*code]),
                Value::Bool(value) => (4, vec![u8::from(*value)]),
                Value::Real(value) => (5, value.to_le_bytes().to_vec()),
                Value::Text(text) => (6, wide(text)),
                Value::Shared(at) => (7, number(*at).to_vec()),
                Value::FormulaText(text) => (8, [&wide(text)[..], &formula].concat()),
                Value::FormulaReal(value) => (9, [&value.to_le_bytes()[..], &formula].concat()),
                Value::FormulaBool(value) => (10, [&[u8::from(*value)], &formula[..]].concat()),
            };
            record(kind, &[place, data].concat(), &mut cells);
        }
    }
    record(0x92, &[], &mut cells);
    record(0x82, &[], &mut cells);

    let relations = br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.bin"/></Relationships>"#;
    zip(&[
        ("xl/workbook.bin", &book),
        ("xl/_rels/workbook.bin.rels", relations),
        ("xl/sharedStrings.bin", &strings),
        ("xl/styles.bin", &styles),
        ("xl/worksheets/sheet1.bin", &cells),
    ])
}

fn number(value: u32) -> [u8; 4] {
    value.to_le_bytes()
}

/// A text with its length, in UTF-16.
fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut bytes = number(units.len() as u32).to_vec();
    bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    bytes
}

/// A record: its kind and length in groups of seven bits, and its data.
fn record(kind: u16, data: &[u8], out: &mut Vec<u8>) {
    match kind {
        0..0x80 => out.push(kind as u8),
        _ => out.extend([(kind & 0x7f) as u8 | 0x80, (kind >> 7) as u8]),
    }
    let mut length = data.len();
    while length >= 0x80 {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(data);
}
