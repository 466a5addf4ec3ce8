//! What a drop or a file dialog gave, sorted into what is read and what is left out.
//!
//! Generic over the handle of a file, so that the rules can be tested without a browser. Leaving something out is
//! never silent: [`Selection::remarks`] says what and why.

use sandglass_protocol::SourceInfo;
use sandglass_ui::format;
use sandglass_ui::message::{Draft, Tone};

/// How many names a remark lists before it only counts.
const NAMES_SHOWN: usize = 3;

/// Files to read, in order, and what was left out.
#[derive(Debug)]
pub(crate) struct Selection<F> {
    files: Vec<(SourceInfo, F)>,
    hidden: Vec<String>,
    empty_folders: Vec<String>,
    unreadable: Vec<(String, String)>,
}

impl<F> Default for Selection<F> {
    fn default() -> Self {
        Self { files: Vec::new(), hidden: Vec::new(), empty_folders: Vec::new(), unreadable: Vec::new() }
    }
}

impl<F> Selection<F> {
    /// Takes a file, unless it is one that systems put into folders unasked. `name` has the path from the dropped
    /// folder on, `bytes` is its size.
    pub(crate) fn add_file(&mut self, name: &str, bytes: u64, file: F) {
        let name = name.trim_start_matches('/');
        if is_hidden(name) {
            self.hidden.push(name.to_owned());
        } else {
            self.files.push((SourceInfo { name: name.to_owned(), bytes }, file));
        }
    }

    /// Whether nothing was taken yet from this folder, hidden files aside; called when it has been walked.
    pub(crate) fn end_folder(&mut self, name: &str, files_before: usize) {
        if self.files.len() == files_before {
            self.empty_folders.push(name.trim_start_matches('/').to_owned());
        }
    }

    /// A file or folder that the browser would not give.
    pub(crate) fn add_unreadable(&mut self, name: &str, reason: &str) {
        self.unreadable.push((name.trim_start_matches('/').to_owned(), reason.to_owned()));
    }

    /// How many files there are to read.
    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// Puts the files from `start` on in the order of their names, digits by their value: a browser lists a folder in
    /// any order, and which of two duplicates is stored must not depend on it.
    pub(crate) fn sort_from(&mut self, start: usize) {
        if let Some(files) = self.files.get_mut(start..) {
            files.sort_by_cached_key(|(source, _)| natural_key(&source.name));
        }
    }

    /// What there is to say about what was left out.
    pub(crate) fn remarks(&self) -> Vec<Draft> {
        let mut remarks = Vec::new();
        for folder in &self.empty_folders {
            remarks.push(Draft::new(
                Tone::Warning,
                format!("The folder {folder} has no files to read"),
                "It is empty, or holds hidden files only. Choose the folder that has the data in it.",
            ));
        }
        for (name, reason) in &self.unreadable {
            remarks.push(Draft::new(
                Tone::Error,
                format!("{name} could not be opened"),
                format!("The browser says: {reason}. Check that it is still there and may be read, then drop it again."),
            ));
        }
        if !self.hidden.is_empty() {
            let number = self.hidden.len() as u64;
            remarks.push(Draft::new(
                Tone::Info,
                format!("Skipped {}", format::counted(number, "hidden file")),
                names(self.hidden.iter().map(String::as_str)),
            ));
        }
        remarks
    }

    /// The files to read, in order.
    pub(crate) fn into_files(self) -> Vec<(SourceInfo, F)> {
        self.files
    }
}

/// A few names, and how many more there are.
pub(crate) fn names<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(NAMES_SHOWN);
    let mut text = names.take(NAMES_SHOWN).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {} more", format::count(more as u64)));
    }
    text
}

/// Whether any part of the path is one that systems and tools write unasked.
fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| {
        part.starts_with('.')
            || part == "__MACOSX"
            || part.eq_ignore_ascii_case("thumbs.db")
            || part.eq_ignore_ascii_case("desktop.ini")
    })
}

/// A name cut into runs of digits, by value, and other text.
fn natural_key(name: &str) -> Vec<(String, u128)> {
    let mut key = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let text_end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (text, after) = rest.split_at(text_end);
        let digits_end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (digits, after) = after.split_at(digits_end);
        // A run of digits too long for a number sorts last among its peers; its order does not matter to anyone.
        key.push((text.to_owned(), digits.parse().unwrap_or(u128::MAX)));
        rest = after;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(names: &[&str]) -> Selection<()> {
        let mut selection = Selection::default();
        for name in names {
            selection.add_file(name, 1, ());
        }
        selection
    }

    fn kept(selection: Selection<()>) -> Vec<String> {
        selection.into_files().into_iter().map(|(source, ())| source.name).collect()
    }

    #[test]
    fn hidden_files_are_left_out_and_named() {
        let selection =
            chosen(&["/a/.DS_Store", "/a/x.jsonl", "a/.git/config", "a/Thumbs.db", "__MACOSX/a/x.jsonl"]);
        let remarks = selection.remarks();
        assert_eq!(remarks.len(), 1);
        assert_eq!(remarks[0].title.replace(format::NBSP, " "), "Skipped 4 hidden files");
        assert_eq!(remarks[0].text, "a/.DS_Store, a/.git/config, a/Thumbs.db and 1 more");
        assert_eq!(kept(selection), ["a/x.jsonl"]);
    }

    #[test]
    fn a_folder_without_files_is_named() {
        let mut selection = chosen(&["empty/.DS_Store"]);
        selection.end_folder("/empty", 0);
        assert!(selection.remarks()[0].title.contains("The folder empty has no files"));
    }

    #[test]
    fn a_folder_with_a_file_is_not_empty() {
        let mut selection = chosen(&["before.jsonl"]);
        let before = selection.len();
        selection.add_file("full/a.jsonl", 1, ());
        selection.end_folder("full", before);
        assert!(selection.remarks().is_empty());
    }

    #[test]
    fn files_of_a_folder_come_in_the_order_of_their_numbers() {
        let mut selection = chosen(&["z.jsonl", "d/part-10.jsonl", "d/part-9.jsonl", "d/part-1.jsonl"]);
        selection.sort_from(1);
        assert_eq!(kept(selection), ["z.jsonl", "d/part-1.jsonl", "d/part-9.jsonl", "d/part-10.jsonl"]);
    }

    #[test]
    fn what_could_not_be_opened_is_named_with_its_reason() {
        let mut selection = chosen(&[]);
        selection.add_unreadable("/a/b.jsonl", "NotFoundError");
        let remark = &selection.remarks()[0];
        assert_eq!(remark.tone, Tone::Error);
        assert!(remark.title.starts_with("a/b.jsonl") && remark.text.contains("NotFoundError"));
    }
}
