//! What was wrong with a script, at its places in the text of the tab.

use super::{Outcome, Run};

/// Something that is wrong. Places are in UTF-16 units, as the editor counts.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Problem {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) message: String,
}

/// What was wrong with the statements of a run, if what was run is in its place in the text still. A statement in which no place is
/// known is marked as a whole.
pub(crate) fn problems(text: &str, run: &Run) -> Vec<Problem> {
    if !after(text, run.from).starts_with(&*run.sql) {
        return Vec::new();
    }
    let failed = run.ended.iter().filter_map(|ended| match &ended.outcome {
        Outcome::Failed(error) => Some((error.place.unwrap_or(ended.place), &error.message)),
        _ => None,
    });
    let problem = |(place, message): (sandglass_protocol::sql::Place, &String)| Problem {
        from: run.from + utf16(&run.sql, place.from),
        to: run.from + utf16(&run.sql, place.to),
        message: message.clone(),
    };
    failed.map(problem).collect()
}

/// How many UTF-16 units the first `characters` of a text have.
pub(crate) fn utf16(text: &str, characters: u32) -> u32 {
    text.chars().take(characters as usize).map(|character| character.len_utf16() as u32).sum()
}

/// What comes behind so many UTF-16 units of a text.
fn after(text: &str, units: u32) -> &str {
    let mut left = units as usize;
    for (at, character) in text.char_indices() {
        if left == 0 {
            return &text[at..];
        }
        left = left.saturating_sub(character.len_utf16());
    }
    ""
}

/// The line and the column of a character, both from 1.
pub(crate) fn line_and_column(text: &str, character: u32) -> (u64, u64) {
    let before: Vec<char> = text.chars().take(character as usize).collect();
    let line = before.iter().filter(|character| **character == '\n').count() as u64 + 1;
    let column = before.iter().rev().take_while(|character| **character != '\n').count() as u64 + 1;
    (line, column)
}

/// The beginning of a statement, on one line.
pub(crate) fn summary(text: &str, from: u32, to: u32, longest: usize) -> String {
    let characters = text.chars().skip(from as usize).take(to.saturating_sub(from) as usize);
    // Enough for what is shown, however long it is.
    let beginning: String = characters.take(longest * 4).collect();
    let words = beginning.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = words.chars().take(longest).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    short
}
