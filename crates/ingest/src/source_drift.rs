//! How the columns of a source differ from those of the sources before it that are in the same table.
//!
//! How columns change within a source is [`Drift`](crate::Drift). This is said once for a source, and not for its rows.
//! Nothing is renamed and no columns are put together here: who reads it can see what to do about it.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::{Kind, Shape};

/// A column of a source that is not as it was in the sources before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceDrift {
    /// The column; those within objects and arrays by their path, such as `order_lines[].price`.
    pub column: String,
    /// What is different.
    pub change: SourceChange,
}

/// What is different in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceChange {
    /// The sources before have the column, and this one does not.
    Missing,
    /// This one has the column, and the sources before do not.
    New,
    /// It holds values of another type.
    OfType {
        /// What it held in the sources before, taken together.
        before: Kind,
        /// What it holds in this one.
        here: Kind,
    },
    /// It is new, and another one is missing that it may have been before.
    ProbablyRenamed {
        /// The column that is missing.
        from: String,
        /// Why it may have been that one.
        because: Likeness,
    },
    /// It is beside a column whose name differs only in case. They are two columns.
    BesideOtherCase {
        /// That column.
        other: String,
    },
    /// A table has columns of these names but for their spelling. The source is not in that table.
    Apart {
        /// The table's first source.
        from: String,
    },
}

/// What a column that is missing and one that is new have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// Their names, but for case, spaces and underscores.
    Name,
    /// Their place and their type.
    Place,
}

impl fmt::Display for SourceDrift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, change } = self;
        match change {
            SourceChange::Missing => write!(f, "{column} is missing, which the sources before have"),
            SourceChange::New => write!(f, "{column} is new, the sources before do not have it"),
            SourceChange::OfType { before, here } => {
                write!(f, "{column} is {here} here and {before} in the sources before")
            }
            SourceChange::ProbablyRenamed { from, because: Likeness::Name } => {
                write!(
                    f,
                    "{column} is new and {from} missing: probably renamed, because they are spelled alike"
                )
            }
            SourceChange::ProbablyRenamed { from, because: Likeness::Place } => write!(
                f,
                "{column} is new and {from} missing: probably renamed, because place and type are the same"
            ),
            SourceChange::BesideOtherCase { other } => {
                write!(f, "{column} differs from {other} only in case: they are kept as two columns")
            }
            SourceChange::Apart { from } => write!(
                f,
                "its columns are those of {from} but for case, spaces or underscores: it is a table of its own"
            ),
        }
    }
}

/// A name without what is mostly changed in it.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|&c| c != '_' && !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// How the columns of a source differ from those of the sources before, taken together.
pub(crate) fn between(before: &Shape, here: &Shape) -> Vec<SourceDrift> {
    let mut drift = Vec::new();
    let (columns_before, columns_here) = (before.paths(), here.paths());
    let know = |columns: &[Column]| -> HashMap<String, Kind> {
        columns.iter().map(|column| (column.path.clone(), column.kind)).collect()
    };
    let (known_before, known_here) = (know(&columns_before), know(&columns_here));
    // What is within a column that is not there, or that has no parts, is not there either, and need not be said.
    let gone = |columns: &[Column], others: &HashMap<String, Kind>| -> Vec<Column> {
        let is_gone = |column: &&Column| {
            let nested = |path: &String| matches!(others.get(path), Some(Kind::Struct | Kind::List));
            column.within.as_ref().is_none_or(nested) && !others.contains_key(&column.path)
        };
        columns.iter().filter(is_gone).cloned().collect()
    };
    let mut missing = gone(&columns_before, &known_here);
    let new = gone(&columns_here, &known_before);
    for column in &columns_here {
        let Some(&kind) = known_before.get(&column.path) else { continue };
        if !same(kind, column.kind) {
            let change = SourceChange::OfType { before: kind, here: column.kind };
            drift.push(SourceDrift { column: column.path.clone(), change });
        }
    }
    // Names first: what is spelled alike is not to be taken by one that only stands there.
    let mut from: Vec<Option<(String, Likeness)>> = vec![None; new.len()];
    for likeness in [Likeness::Name, Likeness::Place] {
        let key = |column: &Column| match likeness {
            Likeness::Name => (column.within.clone(), plain(&column.name), 0, Kind::Null),
            Likeness::Place => (column.within.clone(), String::new(), column.place, narrowed(column.kind)),
        };
        let mut at: HashMap<_, usize> =
            missing.iter().enumerate().map(|(at, column)| (key(column), at)).collect();
        let mut taken = HashSet::new();
        for (column, from) in new.iter().zip(&mut from).filter(|(_, from)| from.is_none()) {
            // Nothing is known of a column without values but its place.
            if likeness == Likeness::Place && column.kind == Kind::Null {
                continue;
            }
            if let Some(found) = at.remove(&key(column)) {
                *from = Some((missing[found].path.clone(), likeness));
                taken.insert(found);
            }
        }
        let mut place = 0..;
        missing.retain(|_| !taken.contains(&place.next().unwrap_or_default()));
    }
    for column in missing {
        drift.push(SourceDrift { column: column.path, change: SourceChange::Missing });
    }
    for (column, from) in new.into_iter().zip(from) {
        let change = match from {
            Some((from, because)) => SourceChange::ProbablyRenamed { from, because },
            None => SourceChange::New,
        };
        drift.push(SourceDrift { column: column.path, change });
    }
    drift
}

/// The columns of a source that differ from others only in case, of its own or of the sources before; not those that
/// were told of these sources already.
pub(crate) fn other_cases(before: &Shape, here: &Shape) -> Vec<SourceDrift> {
    let mut drift = Vec::new();
    let mut spellings: HashMap<(Option<String>, String), String> = HashMap::new();
    let key = |column: &Column| (column.within.clone(), column.name.to_lowercase());
    let before = before.paths();
    for column in &before {
        spellings.entry(key(column)).or_insert_with(|| column.path.clone());
    }
    let known: HashSet<&str> = before.iter().map(|column| column.path.as_str()).collect();
    for column in here.paths() {
        let other = spellings.entry(key(&column)).or_insert_with(|| column.path.clone());
        if *other != column.path && !known.contains(column.path.as_str()) {
            let change = SourceChange::BesideOtherCase { other: other.clone() };
            drift.push(SourceDrift { column: column.path, change });
        }
    }
    drift
}

/// A column of a shape, parts included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) path: String,
    pub(crate) name: String,
    /// The path of what it is a part of.
    pub(crate) within: Option<String>,
    /// Its place among those that are there.
    pub(crate) place: usize,
    pub(crate) kind: Kind,
}

/// A kind without what does not change the type of a column.
fn narrowed(kind: Kind) -> Kind {
    match kind {
        Kind::Int64 { .. } => Kind::Int64 { wide: false },
        other => other,
    }
}

fn same(one: Kind, two: Kind) -> bool {
    // Nothing but nulls can be of any type.
    one == Kind::Null || two == Kind::Null || narrowed(one) == narrowed(two)
}
