//! Child processes: with which variables they run, and what becomes of what they print.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The variables that child processes get: those of this process, with changes.
#[derive(Clone)]
pub(crate) struct Environment {
    /// Folders to search for programs before those of `PATH`.
    path: Vec<PathBuf>,
    /// Variables to set, or (`None`) to remove.
    changes: BTreeMap<OsString, Option<OsString>>,
}

impl Environment {
    /// The variables of this process, without those that would make builds differ from what the repository says.
    pub(crate) fn inherited() -> Self {
        let mut environment = Self { path: Vec::new(), changes: BTreeMap::new() };
        for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
            if env::var_os(name).is_some_and(|value| !value.is_empty()) {
                println!("setup: {name} is ignored, it would replace the flags in .cargo/config.toml");
            }
            environment.unset(name);
        }
        environment
    }

    /// Sets a variable.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.changes.insert(name.into(), Some(value.into()));
    }

    /// Removes a variable.
    pub(crate) fn unset(&mut self, name: &str) {
        self.changes.insert(name.into(), None);
    }

    /// The value that child processes see.
    pub(crate) fn get(&self, name: &str) -> Option<OsString> {
        match self.changes.get(OsStr::new(name)) {
            Some(change) => change.clone(),
            None => env::var_os(name),
        }
    }

    /// Searches this folder for programs before all others.
    pub(crate) fn prefer(&mut self, folder: impl Into<PathBuf>) {
        self.path.insert(0, folder.into());
    }

    /// The folders that are searched for programs, in order.
    fn search(&self) -> Vec<PathBuf> {
        let inherited = env::var_os("PATH").unwrap_or_default();
        self.path.iter().cloned().chain(env::split_paths(&inherited)).collect()
    }

    /// Where a program is, if it is on the path.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        let name = format!("{program}{}", env::consts::EXE_SUFFIX);
        self.search().iter().map(|folder| folder.join(&name)).find(|file| is_program(file))
    }

    /// A command with these variables. It reads nothing: CI has no one to answer.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        if !self.path.is_empty()
            && let Ok(path) = env::join_paths(self.search())
        {
            command.env("PATH", path);
        }
        for (name, value) in &self.changes {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.stdin(Stdio::null());
        command
    }
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

/// The command as a person would type it.
fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Runs a command to its end; what it prints is seen.
///
/// # Errors
/// It cannot be started, or says that it failed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("`{}` cannot be run", line(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", line(command));
    }
    Ok(())
}

/// Runs a command to its end and returns what it prints on stdout, without the white space around it.
///
/// # Errors
/// It cannot be started, or says that it failed: then with what it printed on stderr.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("`{}` cannot be run", line(command)))?;
    if !output.status.success() {
        bail!("`{}` failed ({}){}", line(command), output.status, last_words(&output));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// As [`read`], but gives up after some time.
///
/// # Errors
/// Those of [`read`], and that the time is over.
pub(crate) fn read_within(limit: Duration, command: &mut Command) -> Result<String> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{}` cannot be run", line(command)))?;
    let begun = Instant::now();
    // What such commands print fits into a pipe, so they end without being read from.
    while child.try_wait()?.is_none() {
        if begun.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!("`{}` did not end within {} s", line(command), limit.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("`{}` failed ({}){}", line(command), output.status, last_words(&output));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a command to its end; its stdout is seen and returned as well. `false` when it says that it failed.
///
/// # Errors
/// It cannot be started or read from.
pub(crate) fn tee(command: &mut Command) -> Result<(bool, String)> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{}` cannot be run", line(command)))?;
    let mut seen = String::new();
    if let Some(stdout) = child.stdout.take() {
        let mut stdout = BufReader::new(stdout);
        let mut bytes = Vec::new();
        while stdout.read_until(b'\n', &mut bytes)? > 0 {
            let text = String::from_utf8_lossy(&bytes);
            print!("{text}");
            std::io::stdout().flush()?;
            seen.push_str(&text);
            bytes.clear();
        }
    }
    Ok((child.wait()?.success(), seen))
}

/// The end of what a failed command printed, for an error message.
fn last_words(output: &Output) -> String {
    let bytes = if output.stderr.trim_ascii().is_empty() { &output.stdout } else { &output.stderr };
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.trim().lines().collect();
    let last = &lines[lines.len().saturating_sub(12)..];
    if last.is_empty() { String::new() } else { format!(":\n{}", last.join("\n")) }
}
