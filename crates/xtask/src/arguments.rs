//! The command line of `cargo xtask`, read by hand: a parser crate would take longer to compile than all the rest.

use anyhow::{Result, bail};

use crate::bench::Bench;
use crate::page::Mode;
use crate::serve::Options;
use crate::test::Step;

/// What `cargo xtask help` prints.
pub(crate) const USAGE: &str = "\
Sets up what is missing, says what it installs, and then does one of these:

  cargo xtask serve [--release | --dev] [--port 8080] [--base /some/path/]
                          build the page and serve it; --dev rebuilds when a file changes
  cargo xtask build [--dev]
                          leave the static site in dist/
  cargo xtask test [--only fmt,clippy,docs,native,wasm,size,e2e] [--thorough]
                          run every check, or some; the long ones at their full length
  cargo xtask bench [native | warehouse | tables | tpch | browser | ingest | kept | sql] [-- OPTIONS]
                          measure; the options go to the script in tests/bench
  cargo xtask slt PATH... run files of statements in the form of sqllogictest (.slt, .test), or all in a folder
  cargo xtask setup       only install what is missing

CARGO_TARGET_DIR          where build products go, instead of target/
SANDGLASS_CACHE           where tools are kept, instead of ~/.cache/sandglass
SANDGLASS_TOOLCHAIN       rustup or debian, to use no other Rust than this
CHROME, CHROMEDRIVER      the browser of the tests and its driver";

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(crate) enum Task {
    /// Print the usage.
    Help,
    /// Build the page and serve it.
    Serve(Options),
    /// Build the page.
    Build {
        /// How.
        mode: Mode,
    },
    /// Run the checks.
    Test {
        /// These steps; all of them when empty.
        only: Vec<Step>,
        /// Whether long tests run at their full length.
        thorough: bool,
    },
    /// Measure.
    Bench {
        /// One benchmark; all of them when `None`.
        which: Option<Bench>,
        /// What the scripts are given.
        rest: Vec<String>,
    },
    /// Run files of SQL statements, and say which of them did as they should.
    Slt {
        /// Files and folders.
        paths: Vec<String>,
    },
    /// Install everything that any task needs.
    Setup,
    /// A hook of Trunk, before the build: bundle the scripts.
    Bundle,
    /// A hook of Trunk, after the build: hash, and write the content security policy.
    Finish,
}

/// Reads the words after `cargo xtask`.
///
/// # Errors
/// A word that nothing knows, or an option without its value.
pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Task> {
    let mut words = words.into_iter();
    let Some(task) = words.next() else { return Ok(Task::Help) };
    // `--option=value` is the same as `--option value`.
    let rest: Vec<String> = words
        .flat_map(|word| match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => vec![name.to_owned(), value.to_owned()],
            _ => vec![word],
        })
        .collect();
    let mut rest = Words(rest.into_iter());
    let task = match task.as_str() {
        "help" | "--help" | "-h" => Task::Help,
        "serve" => Task::Serve(serve(&mut rest)?),
        "build" => Task::Build { mode: mode(&mut rest)? },
        "test" => test(&mut rest)?,
        "bench" => bench(&mut rest)?,
        "slt" => slt(&mut rest)?,
        "setup" => Task::Setup,
        "bundle" => Task::Bundle,
        "finish" => Task::Finish,
        other => bail!("there is no task `{other}`"),
    };
    match rest.0.next() {
        Some(word) => bail!("`{word}` is not an option of this task"),
        None => Ok(task),
    }
}

/// The words that are left.
struct Words(std::vec::IntoIter<String>);

impl Words {
    fn next_if(&mut self, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let first = self.0.as_slice().first()?;
        wanted(first).then(|| self.0.next()).flatten()
    }

    fn value(&mut self, option: &str) -> Result<String> {
        self.0.next().ok_or_else(|| anyhow::anyhow!("{option} needs a value"))
    }
}

fn serve(words: &mut Words) -> Result<Options> {
    let mut options = Options { mode: Mode::Release, port: 8080, base: "/".to_owned() };
    while let Some(option) = words.next_if(|word| word.starts_with("--")) {
        match option.as_str() {
            "--release" => options.mode = Mode::Release,
            "--dev" => options.mode = Mode::Dev,
            "--port" => {
                let port = words.value("--port")?;
                options.port = port.parse().map_err(|_| anyhow::anyhow!("`{port}` is not a port"))?;
            }
            "--base" => options.base = words.value("--base")?,
            other => bail!("`{other}` is not an option of serve"),
        }
    }
    if options.mode == Mode::Dev && options.base != "/" {
        bail!("--base goes with the release build only");
    }
    Ok(options)
}

fn mode(words: &mut Words) -> Result<Mode> {
    let mut mode = Mode::Release;
    while let Some(option) = words.next_if(|word| word.starts_with("--")) {
        mode = match option.as_str() {
            "--release" => Mode::Release,
            "--dev" => Mode::Dev,
            other => bail!("`{other}` is not an option of build"),
        };
    }
    Ok(mode)
}

fn test(words: &mut Words) -> Result<Task> {
    let (mut only, mut thorough) = (Vec::new(), false);
    while let Some(option) = words.next_if(|word| word == "--only" || word == "--thorough") {
        if option == "--thorough" {
            thorough = true;
            continue;
        }
        for name in words.value("--only")?.split(',') {
            match Step::named(name) {
                Some(step) => only.push(step),
                None => bail!("there is no step `{name}`"),
            }
        }
    }
    Ok(Task::Test { only, thorough })
}

fn bench(words: &mut Words) -> Result<Task> {
    let which = match words.next_if(|word| !word.starts_with('-')).as_deref() {
        None => None,
        Some("native") => Some(Bench::Native),
        Some("warehouse") => Some(Bench::Warehouse),
        Some("tables") => Some(Bench::Tables),
        Some("tpch") => Some(Bench::Tpch),
        Some("browser") => Some(Bench::Browser),
        Some("ingest") => Some(Bench::Ingest),
        Some("kept") => Some(Bench::Kept),
        Some("sql") => Some(Bench::Sql),
        Some(other) => bail!("there is no benchmark `{other}`"),
    };
    let mut rest = Vec::new();
    if words.next_if(|word| word == "--").is_some() {
        rest.extend(words.0.by_ref());
    }
    Ok(Task::Bench { which, rest })
}

fn slt(words: &mut Words) -> Result<Task> {
    let paths: Vec<String> = words.0.by_ref().collect();
    if paths.is_empty() {
        bail!("slt needs a file or a folder, such as tests/slt");
    }
    Ok(Task::Slt { paths })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task> {
        parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn the_release_build_is_served_unless_told_otherwise() {
        let options = |mode, port, base: &str| Task::Serve(Options { mode, port, base: base.to_owned() });
        assert_eq!(parsed("serve").unwrap(), options(Mode::Release, 8080, "/"));
        assert_eq!(parsed("serve --dev --port 1234").unwrap(), options(Mode::Dev, 1234, "/"));
        assert_eq!(parsed("serve --release --base=/a/").unwrap(), options(Mode::Release, 8080, "/a/"));
    }

    #[test]
    fn steps_are_chosen_by_name() {
        assert_eq!(parsed("test").unwrap(), Task::Test { only: vec![], thorough: false });
        assert_eq!(
            parsed("test --only fmt,e2e --thorough").unwrap(),
            Task::Test { only: vec![Step::Fmt, Step::EndToEnd], thorough: true }
        );
    }

    #[test]
    fn files_of_statements_are_named() {
        assert_eq!(parsed("slt a b.slt").unwrap(), Task::Slt { paths: vec!["a".into(), "b.slt".into()] });
        assert!(parsed("slt").is_err());
    }

    #[test]
    fn what_follows_two_dashes_goes_to_the_benchmark() {
        let expected = Task::Bench { which: Some(Bench::Native), rest: vec!["--rows".into(), "16".into()] };
        assert_eq!(parsed("bench native -- --rows 16").unwrap(), expected);
    }

    #[test]
    fn unknown_words_are_refused() {
        for line in [
            "fly",
            "serve --fast",
            "serve --port",
            "serve --port x",
            "test --only all",
            "build dist",
            "bench -x",
        ] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
