//! Results as a table for people.

use std::io::{self, Write};

use sandglass_query::arrow::array::RecordBatch;
use sandglass_query::arrow::datatypes::SchemaRef;
use sandglass_query::{display, type_name};

use crate::print::line;

/// Rows by which the widths of columns are decided; those behind may be wider.
const LOOKED_AT: usize = 1_000;
/// The most letters of a cell on a terminal.
const WIDEST: usize = 60;

/// A table on its way out.
pub(crate) struct Table {
    names: Vec<String>,
    types: Vec<String>,
    numbers: Vec<bool>,
    /// Rows that wait until widths are decided.
    waiting: Vec<Vec<Option<String>>>,
    widths: Option<Vec<usize>>,
    is_terminal: bool,
    /// Whether the rows are plans, whose lines are wide and belong below each other.
    is_plan: bool,
}

impl Table {
    pub(crate) fn new(schema: &SchemaRef, is_terminal: bool) -> Self {
        let fields = schema.fields();
        Self {
            names: fields.iter().map(|field| line(field.name()).into_owned()).collect(),
            types: fields.iter().map(|field| type_name(field.data_type()).to_lowercase()).collect(),
            numbers: fields.iter().map(|field| display::is_number(field.data_type())).collect(),
            waiting: Vec::new(),
            widths: None,
            is_terminal,
            is_plan: fields.iter().map(|field| field.name().as_str()).eq(["plan_type", "plan"]),
        }
    }

    pub(crate) fn write(&mut self, batch: &RecordBatch, out: &mut impl Write) -> io::Result<()> {
        for row in 0..batch.num_rows() {
            if self.is_plan {
                plan(batch, row, out)?;
                continue;
            }
            let cell = |column| display::cell(column, row).map(|text| self.cut(&text));
            let cells: Vec<Option<String>> = batch.columns().iter().map(cell).collect();
            match &self.widths {
                Some(widths) => self.row(&cells, widths, out)?,
                None => {
                    self.waiting.push(cells);
                    if self.waiting.len() >= LOOKED_AT {
                        self.head(out)?;
                    }
                }
            }
        }
        Ok(())
    }

    pub(crate) fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.widths.is_none() && !self.is_plan { self.head(out) } else { Ok(()) }
    }

    /// A text that stays in its cell.
    fn cut(&self, text: &str) -> String {
        let text = line(text);
        if self.is_terminal && text.chars().count() > WIDEST {
            let mut cut: String = text.chars().take(WIDEST - 1).collect();
            cut.push('…');
            return cut;
        }
        text.into_owned()
    }

    /// Decides the widths, and writes the head and what waits.
    fn head(&mut self, out: &mut impl Write) -> io::Result<()> {
        let mut widths: Vec<usize> =
            self.names.iter().zip(&self.types).map(|(name, of)| width(name).max(width(of))).collect();
        for row in &self.waiting {
            for (own, cell) in widths.iter_mut().zip(row) {
                *own = (*own).max(cell.as_deref().map_or(4, width));
            }
        }
        let texts = |texts: &[String]| texts.iter().cloned().map(Some).collect::<Vec<_>>();
        self.row(&texts(&self.names), &widths, out)?;
        self.row(&texts(&self.types), &widths, out)?;
        let rule: Vec<String> = widths.iter().map(|&width| "─".repeat(width)).collect();
        writeln!(out, "{}", rule.join("──"))?;
        for row in std::mem::take(&mut self.waiting) {
            self.row(&row, &widths, out)?;
        }
        self.widths = Some(widths);
        Ok(())
    }

    fn row(&self, cells: &[Option<String>], widths: &[usize], out: &mut impl Write) -> io::Result<()> {
        let last = cells.len().saturating_sub(1);
        for (at, ((cell, &wide), &is_number)) in cells.iter().zip(widths).zip(&self.numbers).enumerate() {
            let text = cell.as_deref().unwrap_or("NULL");
            let padding = " ".repeat(wide.saturating_sub(width(text)));
            // No value looks otherwise than the text NULL.
            let text = match (cell, self.is_terminal) {
                (None, true) => format!("\u{1b}[2m{text}\u{1b}[0m"),
                _ => text.to_owned(),
            };
            if at > 0 {
                write!(out, "  ")?;
            }
            match (is_number, at == last) {
                (true, _) => write!(out, "{padding}{text}")?,
                (false, true) => write!(out, "{text}")?,
                (false, false) => write!(out, "{text}{padding}")?,
            }
        }
        writeln!(out)
    }
}

/// What kind of plan it is, and its steps below that.
fn plan(batch: &RecordBatch, row: usize, out: &mut impl Write) -> io::Result<()> {
    let texts = batch.columns().iter().filter_map(|column| display::cell(column, row));
    for (at, text) in texts.enumerate() {
        for step in text.lines() {
            writeln!(out, "{}{}", if at == 0 { "" } else { "  " }, line(step))?;
        }
    }
    Ok(())
}

/// How many places a text takes on a terminal, as far as letters tell.
fn width(text: &str) -> usize {
    text.chars().count()
}
