//! Which column has which name, and what was chosen for it: finding columns and adding them.

use std::collections::{HashMap, HashSet};

use super::column::Column;
use super::kind::Kind;
use super::{Columns, MAX_COLUMNS, MAX_MEMBERS, ROOT};
use crate::{ChosenKind, FieldKind};

impl Columns {
    /// The column with this key, among those of the records or the members of an object.
    pub(crate) fn find(&self, within: Option<usize>, key: &[u8]) -> Option<usize> {
        let keys = within.map_or(&self.keys, |object| &self.columns[object].keys);
        keys.get(key).copied()
    }

    /// Whether there can be one more column there.
    pub(crate) fn has_room(&self, within: Option<usize>, more: usize) -> bool {
        let members = within.map(|object| self.columns[object].parts.len() + more);
        self.columns.len() + self.gone + more <= MAX_COLUMNS
            && members.is_none_or(|members| members <= MAX_MEMBERS)
    }

    /// The column with this key, which is made if it is not there.
    pub(crate) fn find_or_add(&mut self, within: Option<usize>, key: &[u8]) -> usize {
        self.find(within, key).unwrap_or_else(|| self.add(within, key))
    }

    /// Adds a column with this key, among those of the records or the members of an object; the rows so far have nulls
    /// there. Returns its index.
    pub(crate) fn add(&mut self, within: Option<usize>, key: &[u8]) -> usize {
        let name = String::from_utf8_lossy(key);
        let (group, others) = match within {
            Some(object) => (self.columns[object].group, FieldKind::Inferred),
            None => (ROOT, self.others),
        };
        let kind = self.chosen_kind(within, &name).map_or(others, FieldKind::from);
        let index = self.push(Column { within, ..Column::new(&name, group, kind, false) });
        let keys = match within {
            Some(object) => {
                self.columns[object].parts.push(index);
                &mut self.columns[object].keys
            }
            None => {
                self.roots.push(index);
                &mut self.keys
            }
        };
        keys.insert(key.into(), index);
        self.changed(index, None);
        index
    }

    /// The kind that was chosen for a column of this name, which may not be there yet. None is for columns within arrays.
    pub(crate) fn chosen_kind(&self, within: Option<usize>, name: &str) -> Option<ChosenKind> {
        if self.chosen.is_empty() {
            return None;
        }
        match within {
            None => self.chosen.get(name).copied(),
            Some(object) if self.columns[object].group == ROOT => {
                self.chosen.get(&format!("{}.{name}", self.path(object))).copied()
            }
            Some(_) => None,
        }
    }

    /// The kind of columns that nobody has declared or chosen.
    pub(crate) fn others(&self) -> FieldKind {
        self.others
    }

    /// The kinds that were chosen, by the paths of their columns.
    pub(crate) fn chosen(&self) -> &HashMap<String, ChosenKind> {
        &self.chosen
    }

    /// The paths of columns whose kinds were chosen, and which are not there.
    pub(crate) fn chosen_in_vain(&self) -> Vec<String> {
        if self.chosen.is_empty() {
            return Vec::new();
        }
        let there: HashSet<String> = (0..self.columns.len())
            .filter(|&column| self.columns[column].group == ROOT)
            .map(|column| self.path(column))
            .collect();
        let mut missing: Vec<String> =
            self.chosen.keys().filter(|path| !there.contains(*path)).cloned().collect();
        missing.sort();
        missing
    }

    /// The columns with these names, each another and none of `before`; those that are not there are made. Without a name they are numbered, and
    /// two columns with one name are two columns.
    pub(crate) fn of_names(&mut self, names: &[impl AsRef<str>], before: &[usize]) -> Vec<usize> {
        let mut named = Vec::with_capacity(names.len());
        let mut taken: HashSet<usize> = before.iter().copied().collect();
        // The number to try next for a name that is there more than once.
        let mut numbers: HashMap<String, usize> = HashMap::new();
        for (at, name) in names.iter().enumerate() {
            let name = match name.as_ref() {
                "" => &format!("column_{}", before.len() + at + 1),
                name => name,
            };
            let mut free = name.to_owned();
            while let Some(column) = self.find(None, free.as_bytes())
                && taken.contains(&column)
            {
                let number = numbers.entry(name.to_owned()).or_insert(2);
                free = format!("{name}_{number}");
                *number += 1;
            }
            let column = self.find_or_add(None, free.as_bytes());
            taken.insert(column);
            named.push(column);
        }
        named
    }

    /// The name and the kind of the column that [`add_numbered`](Self::add_numbered) puts at a place behind these.
    pub(crate) fn numbered(&self, before: &[usize], place: usize) -> (String, FieldKind) {
        let name = format!("column_{}", place + 1);
        let mut free = name.clone();
        let mut number = 2;
        while self.find(None, free.as_bytes()).is_some_and(|column| before.contains(&column)) {
            free = format!("{name}_{number}");
            number += 1;
        }
        let kind = match self.find(None, free.as_bytes()) {
            Some(column) => self.declared(column),
            None => self.chosen_kind(None, &free).map_or(self.others, FieldKind::from),
        };
        (free, kind)
    }

    /// Adds numbered columns until there are so many.
    pub(crate) fn add_numbered(&mut self, columns: &mut Vec<usize>, count: usize) {
        let more = vec![""; count.saturating_sub(columns.len())];
        let added = self.of_names(&more, columns);
        columns.extend(added);
    }

    /// The names of the columns of the records.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.roots.iter().map(|&column| self.columns[column].name.as_str())
    }

    pub(crate) fn name(&self, column: usize) -> &str {
        &self.columns[column].name
    }

    /// Where a column is: its name behind those of what it is in, as in `order_lines[].price`.
    pub(crate) fn path(&self, column: usize) -> String {
        let Column { name, within, .. } = &self.columns[column];
        match within.map(|within| (self.path(within), self.columns[within].kind)) {
            None => name.clone(),
            Some((within, Kind::List)) => format!("{within}[]"),
            Some((within, _)) => format!("{within}.{name}"),
        }
    }
}
