//! What is known of a source's columns at a place in it: what one reader that came from its beginning would know there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::task::Step;
use crate::columns::seed::{Seed, SeedColumn};
use crate::columns::{ELEMENT, MAX_COLUMNS, MAX_MEMBERS, place};
use crate::{ChosenKind, Drift, DriftChange, FieldKind, Kind, RecordSpec};

/// The columns of a source up to a place in it, those of the spec first.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// In the order in which they turned up, also those that are no more.
    pub(super) columns: Vec<Column>,
    pub(super) roots: Vec<usize>,
    keys: HashMap<String, usize>,
    pub(super) expected: usize,
    others: FieldKind,
    /// The kinds that were chosen for other columns than those of the spec, by their paths.
    chosen: Arc<[(String, ChosenKind)]>,
}

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    within: Option<usize>,
    in_array: bool,
    pub(super) kind: Kind,
    parts: Vec<usize>,
    keys: HashMap<String, usize>,
}

/// Why what a range says of its columns cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conflict {
    /// With the columns that are known here its rows would have been others.
    Rows,
    /// No range says so: a defect.
    Steps,
}

/// The columns of a range by their numbers there.
#[derive(Debug, Clone)]
pub(super) struct Numbers {
    columns: Vec<usize>,
    /// Whether there were timestamps that one reader would have taken for text.
    pub(super) times_in_text: bool,
}

impl Numbers {
    pub(super) fn get(&self, number: usize) -> Option<&usize> {
        self.columns.get(number)
    }
}

impl Known {
    /// What is known at the beginning.
    pub(super) fn new(spec: &RecordSpec) -> Self {
        let mut known = Self {
            columns: Vec::new(),
            roots: Vec::new(),
            keys: HashMap::new(),
            expected: spec.fields().len(),
            others: spec.others(),
            chosen: spec.chosen().into(),
        };
        for field in spec.fields() {
            known.add(None, &field.name, field.kind.kind());
        }
        known
    }

    fn add(&mut self, within: Option<usize>, name: &str, kind: Kind) -> usize {
        let index = self.columns.len();
        let name = name.to_owned();
        let parent = within.map(|parent| &self.columns[parent]);
        let in_array = parent.is_some_and(|parent| parent.in_array || parent.kind == Kind::List);
        let (parts, keys) = match within.map(|parent| &mut self.columns[parent]) {
            Some(Column { parts, keys, .. }) => (parts, keys),
            None => (&mut self.roots, &mut self.keys),
        };
        parts.push(index);
        keys.insert(name.clone(), index);
        self.columns.push(Column { name, within, in_array, kind, parts: Vec::new(), keys: HashMap::new() });
        index
    }

    pub(super) fn find(&self, within: Option<usize>, name: &str) -> Option<usize> {
        within.map_or(&self.keys, |parent| &self.columns[parent].keys).get(name).copied()
    }

    /// The names of the columns of the records that are not in the spec.
    pub(super) fn new_columns(&self) -> impl Iterator<Item = &str> {
        self.roots.iter().skip(self.expected).map(|&column| self.columns[column].name.as_str())
    }

    /// Whether a column of the records has a kind that does not come from its values.
    pub(super) fn is_declared(&self, column: usize) -> bool {
        let chosen = || self.chosen.iter().any(|(path, _)| *path == self.columns[column].name);
        column < self.expected || self.others != FieldKind::Inferred || chosen()
    }

    /// The paths of columns whose kinds were chosen, and which have not turned up.
    pub(super) fn chosen_in_vain(&self) -> Vec<String> {
        if self.chosen.is_empty() {
            return Vec::new();
        }
        let columns = (0..self.columns.len()).filter(|&column| !self.columns[column].in_array);
        let there: HashSet<String> = columns.map(|column| self.path(column)).collect();
        let paths = self.chosen.iter().map(|(path, _)| path);
        let mut missing: Vec<String> = paths.filter(|path| !there.contains(*path)).cloned().collect();
        missing.sort();
        missing.dedup();
        missing
    }

    /// Whether one reader takes objects for text here that a range with these columns may have looked into: their members
    /// need to be of the kinds that were chosen for them only as long as they are columns.
    pub(super) fn has_objects_in_text(&self, seed: &Seed) -> bool {
        let may_be_object = |kind| matches!(kind, Kind::Null | Kind::Struct);
        self.chosen.iter().any(|(path, _)| {
            path.match_indices('.').any(|(end, _)| {
                let name = &path[..end];
                let in_range =
                    seed.columns.iter().find(|column| column.within.is_none() && column.name == name);
                let here = self.find(None, name).map(|column| self.columns[column].kind);
                here.is_some_and(|kind| !may_be_object(kind))
                    && in_range.is_none_or(|column| may_be_object(column.kind))
            })
        })
    }

    /// The numbers of a range that begins where the source does.
    pub(super) fn map_spec(&self) -> Numbers {
        Numbers { columns: (0..self.expected).collect(), times_in_text: false }
    }

    /// The columns for a range that begins here, and the number that each has there.
    pub(super) fn seed(&self) -> (Seed, HashMap<usize, usize>) {
        let mut numbers: HashMap<usize, usize> = (0..self.expected).map(|column| (column, column)).collect();
        let mut columns = Vec::new();
        let mut next: Vec<usize> = self.roots.iter().skip(self.expected).rev().copied().collect();
        while let Some(index) = next.pop() {
            let Column { name, within, kind, parts, .. } = &self.columns[index];
            numbers.insert(index, self.expected + columns.len());
            let within = within.and_then(|parent| numbers.get(&parent).copied());
            columns.push(SeedColumn { name: name.clone(), within, kind: *kind });
            next.extend(parts.iter().rev());
        }
        let gone = self.columns.len() - numbers.len();
        (Seed { columns, gone }, numbers)
    }

    /// The numbers of a range that begins here and knew these columns, which are at most those that are known here.
    pub(super) fn map(&self, seed: &Seed) -> Result<Numbers, Conflict> {
        let mut numbers = self.map_spec();
        for SeedColumn { name, within, kind } in &seed.columns {
            let within = match within {
                Some(number) => Some(*numbers.get(*number).ok_or(Conflict::Steps)?),
                None => None,
            };
            // A part that is no more was one of something that is text now.
            let column = self.find(within, name).ok_or(Conflict::Rows)?;
            let now = self.columns[column].kind;
            if has_parts(*kind) && now != *kind {
                return Err(Conflict::Rows);
            }
            numbers.times_in_text |= matches!(kind, Kind::Timestamp { .. }) && !is_time(now);
            numbers.columns.push(column);
        }
        Ok(numbers)
    }

    /// Takes in how the columns of a range have changed. `exact` says that the range knew all columns that are known here.
    pub(super) fn take_in(
        &mut self,
        steps: &[Step],
        numbers: &mut Numbers,
        exact: bool,
        mut changed: impl FnMut(Drift),
    ) -> Result<(), Conflict> {
        let mut changes = Vec::new();
        for record in steps.chunk_by(|one, other| one.line == other.line) {
            for step in record {
                self.step(step, numbers, exact, &mut changes)?;
            }
            changes.sort_by_cached_key(|&(column, _)| place(column, |column| self.columns[column].within));
            for (column, change) in changes.drain(..) {
                changed(Drift { line: record[0].line, column: self.path(column), change });
            }
        }
        Ok(())
    }

    fn step(
        &mut self,
        step: &Step,
        numbers: &mut Numbers,
        exact: bool,
        changes: &mut Vec<(usize, DriftChange)>,
    ) -> Result<(), Conflict> {
        if let Some((within, name)) = &step.new {
            if step.column != numbers.columns.len() {
                return Err(Conflict::Steps);
            }
            let within = match within {
                Some(number) => Some(*numbers.get(*number).ok_or(Conflict::Steps)?),
                None => None,
            };
            if within.is_some_and(|parent| self.columns[parent].kind != Kind::Struct) {
                return Err(Conflict::Steps);
            }
            let column = self.find(within, name).unwrap_or_else(|| {
                let column = self.add(within, name, step.to);
                changes.push((column, DriftChange::New));
                column
            });
            numbers.columns.push(column);
            let siblings = within.map_or(0, |parent| self.columns[parent].parts.len());
            // One reader would have had too many columns here.
            let too_many = self.columns.len() > MAX_COLUMNS || siblings > MAX_MEMBERS;
            return if too_many && !exact { Err(Conflict::Rows) } else { Ok(()) };
        }
        let column = *numbers.get(step.column).ok_or(Conflict::Steps)?;
        let before = self.columns[column].kind;
        // The members of an object that becomes text are written in the order of the columns, those of one that comes when
        // the column is text already as they stand there.
        let other_text =
            has_parts(step.from) || (has_parts(step.to) && before != Kind::Null && before != step.to);
        if other_text && !exact {
            return Err(Conflict::Rows);
        }
        let now = before.join(step.to);
        numbers.times_in_text |= matches!(step.to, Kind::Timestamp { .. }) && !is_time(before);
        self.columns[column].kind = now;
        if now != before {
            if has_parts(before) {
                self.columns[column].parts.clear();
                self.columns[column].keys.clear();
            }
            // As with one reader: what had no values has not changed, and large numbers are numbers.
            if before != Kind::Null && !matches!((before, now), (Kind::Int64 { .. }, Kind::Int64 { .. })) {
                changes.push((column, DriftChange::Widened { from: before, to: now }));
            }
        }
        if step.to == Kind::List && now == Kind::List {
            let element = self.find(Some(column), ELEMENT);
            let element = element.unwrap_or_else(|| self.add(Some(column), ELEMENT, Kind::Null));
            numbers.columns.push(element);
        }
        Ok(())
    }

    fn path(&self, column: usize) -> String {
        let Column { name, within, .. } = &self.columns[column];
        match within.map(|within| (self.path(within), self.columns[within].kind)) {
            None => name.clone(),
            Some((within, Kind::List)) => format!("{within}[]"),
            Some((within, _)) => format!("{within}.{name}"),
        }
    }
}

fn has_parts(kind: Kind) -> bool {
    matches!(kind, Kind::Struct | Kind::List)
}

/// Whether a column of this kind takes a timestamp for one.
fn is_time(kind: Kind) -> bool {
    matches!(kind, Kind::Null | Kind::Date | Kind::Timestamp { .. })
}
