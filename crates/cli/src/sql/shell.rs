//! `sandglass sql -i`: asking again and again.

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum as _;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};

use super::complete::Names;
use super::{Form, Session};
use crate::print::note;

const HELP: &str = "\\d            tables and views
\\d TABLE      the columns of a table
\\s TABLE      a summary of every column
\\df           functions
\\f FORM       the form of results: table, csv, json, ndjson, markdown
\\o FILE       write results into a file; without a name, show them again
\\i FILE       carry out the statements of a file
\\q            leave
Statements end with a semicolon. Ctrl-C ends a query, Ctrl-D leaves.";

/// Reads statements and carries them out until there are no more.
pub(crate) fn run(session: &mut Session) -> Result<()> {
    let config = Config::builder().completion_type(CompletionType::List).auto_add_history(true).build();
    let mut editor: Editor<Names, FileHistory> = Editor::with_config(config)?;
    let history = history();
    if let Some(path) = &history {
        // There is none the first time.
        let _ = editor.load_history(path);
    }
    note("statements end with a semicolon; \\? for help, \\q to leave");
    loop {
        let catalog = session.runtime.block_on(session.engine.catalog())?;
        let names =
            catalog.map(|catalog| Names::new(&catalog, &session.engine.function_names())).unwrap_or_default();
        editor.set_helper(Some(names));
        match editor.readline("sql> ") {
            Ok(line) if line.trim() == "\\q" => break,
            Ok(line) => {
                if let Some(path) = &history {
                    let _ = editor.append_history(path);
                }
                if let Err(error) = session.line(line.trim()) {
                    note(format_args!("{error:#}"));
                }
            }
            // What was begun is given up, and not the program.
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Where lines are kept for the next time.
fn history() -> Option<PathBuf> {
    let folder = match std::env::var_os("XDG_STATE_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".local/state"),
    };
    let folder = folder.join("sandglass");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("sql_history"))
}

impl Session {
    fn line(&mut self, line: &str) -> Result<()> {
        let Some(command) = line.strip_prefix('\\') else { return self.script(line) };
        let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim().trim_end_matches(';');
        match (name, rest) {
            ("?" | "h" | "help", _) => {
                HELP.lines().for_each(note);
                Ok(())
            }
            ("d" | "dt" | "dv", "") => self.script("SHOW TABLES"),
            ("d", table) => self.script(&format!("DESCRIBE {table}")),
            ("s", table) => self.script(&format!("SUMMARIZE {table}")),
            ("df", _) => self.script("SELECT * FROM system.functions"),
            ("f", form) => {
                match Form::from_str(form, true) {
                    Ok(form) if form.is_binary() && self.output.is_none() => {
                        note("name a file first: \\o FILE");
                    }
                    Ok(form) => self.form = form,
                    Err(_) => note("forms are table, csv, json, ndjson, markdown, parquet, arrow"),
                }
                Ok(())
            }
            ("o", "") => {
                self.output = None;
                self.form = Form::Table;
                Ok(())
            }
            ("o", file) => {
                let path = PathBuf::from(file);
                self.form = Form::of(&path).unwrap_or(self.form);
                self.output = Some(path);
                Ok(())
            }
            ("i", file) => self.script(&std::fs::read_to_string(file)?),
            _ => {
                note(format_args!("there is no \\{name}; \\? lists what there is"));
                Ok(())
            }
        }
    }
}
