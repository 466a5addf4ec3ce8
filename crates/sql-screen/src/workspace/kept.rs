//! What of the workspace stays from one visit to the next: tabs, what ran, and saved queries, as JSON of a bounded size.
//!
//! Whatever is found in its place, something whole is made of it: what cannot be read is left out.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::{End, Past, SCRIPTS, Saved, Workspace};

/// Saved queries that are kept.
pub(crate) const SAVED: usize = 200;

/// Runs that are kept.
const PAST: usize = 200;

/// Bytes of the text of one script; those of longer ones are not kept.
const LONGEST: usize = 200_000;

/// Bytes of all texts of a kind.
const TEXTS: usize = 1_000_000;

/// Characters of a name.
const NAME: usize = 80;

/// A name that somebody typed, without what does not belong into one.
pub(crate) fn name(typed: &str) -> String {
    let words: Vec<&str> = typed.split_whitespace().collect();
    words.join(" ").chars().take(NAME).collect()
}

#[derive(Serialize, Deserialize)]
struct KeptScripts {
    open: usize,
    scripts: Vec<KeptText>,
}

#[derive(Serialize, Deserialize)]
struct KeptText {
    name: String,
    sql: String,
}

#[derive(Serialize, Deserialize)]
struct KeptPast {
    sql: String,
    at: f64,
    ms: f64,
    rows: Option<u64>,
    end: u8,
}

/// Leaves out what is too much of what ran, the oldest first.
pub(super) fn bound(past: &mut Vec<Past>) {
    past.truncate(PAST);
    let mut bytes = 0;
    past.retain(|past| {
        bytes += past.sql.len();
        bytes <= TEXTS && past.sql.len() <= LONGEST
    });
}

/// The tabs.
pub(crate) fn scripts(workspace: &Workspace) -> String {
    let open = workspace.scripts.iter().position(|script| script.id == workspace.open).unwrap_or(0);
    let texts = workspace.scripts.iter().map(|script| (&*script.name, &*script.text));
    json(&KeptScripts { open, scripts: texts_within(texts) })
}

/// What ran.
pub(crate) fn past(past: &[Past]) -> String {
    let kept: Vec<KeptPast> = past
        .iter()
        .map(|past| KeptPast {
            sql: past.sql.to_string(),
            at: past.at,
            ms: past.ms,
            rows: past.rows,
            end: match past.end {
                End::Done => 0,
                End::Failed => 1,
                End::Cancelled => 2,
            },
        })
        .collect();
    json(&kept)
}

/// The saved queries.
pub(crate) fn saved(saved: &[Saved]) -> String {
    json(&texts_within(saved.iter().map(|saved| (&*saved.name, &*saved.sql))))
}

/// The workspace with what was kept of it: the texts that the functions above have made.
pub(crate) fn restored(scripts: Option<&str>, past: Option<&str>, saved: Option<&str>) -> Workspace {
    let mut workspace = Workspace::default();
    if let Some(kept) = read::<KeptScripts>(scripts).filter(|kept| !kept.scripts.is_empty()) {
        workspace.scripts.clear();
        for script in kept.scripts.into_iter().take(SCRIPTS) {
            workspace.add(Some(&script.name), &script.sql);
        }
        workspace.open = workspace.scripts[kept.open.min(workspace.scripts.len() - 1)].id;
    }
    if let Some(kept) = read::<Vec<KeptPast>>(past) {
        let mut past: Vec<Past> = kept
            .into_iter()
            .map(|past| Past {
                sql: Rc::from(past.sql),
                at: past.at,
                ms: past.ms,
                rows: past.rows,
                end: match past.end {
                    0 => End::Done,
                    1 => End::Failed,
                    _ => End::Cancelled,
                },
            })
            .collect();
        bound(&mut past);
        workspace.past = past.into();
    }
    if let Some(kept) = read::<Vec<KeptText>>(saved) {
        let named =
            kept.into_iter().map(|text| Saved { name: Rc::from(name(&text.name)), sql: Rc::from(text.sql) });
        let saved: Vec<_> = named.filter(|saved| !saved.name.is_empty()).take(SAVED).collect();
        workspace.saved = saved.into();
    }
    workspace
}

fn texts_within<'a>(texts: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<KeptText> {
    let mut bytes = 0;
    texts
        .map(|(name, sql)| {
            let fits = sql.len() <= LONGEST && bytes + sql.len() <= TEXTS;
            let sql = if fits { sql } else { "" };
            bytes += sql.len();
            KeptText { name: name.to_owned(), sql: sql.to_owned() }
        })
        .collect()
}

fn json(value: &impl Serialize) -> String {
    // Numbers and texts: nothing of it can fail to become JSON.
    serde_json::to_string(value).unwrap_or_default()
}

fn read<T: for<'a> Deserialize<'a>>(text: Option<&str>) -> Option<T> {
    serde_json::from_str(text?).ok()
}
