//! `sandglass sql`: questions in SQL, to the tables of a warehouse and to files.

mod complete;
mod output;
mod shell;
mod table;

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use sandglass_query::stored::{Runtime, StoredTables};
use sandglass_query::{CancelFlag, Engine, Options, Outcome, Pace, Parsed, QueryError, Tables, statements};

use crate::Done;
use crate::print::{note, thousands};
use crate::warehouse::Place;
use output::Output;

/// Ask in SQL
///
/// Over the tables of the warehouse, and over files named in the query: SELECT * FROM 'file.csv'. Several statements are separated by
/// semicolons. Ctrl-C ends the query.
#[derive(Debug, Args)]
pub(crate) struct Sql {
    /// The statements; - for standard input
    #[arg(value_name = "SQL", required_unless_present_any = ["file", "interactive"])]
    sql: Option<String>,
    /// Read the statements from a file
    #[arg(short, long, value_name = "FILE", conflicts_with = "sql")]
    file: Option<PathBuf>,
    /// Ask and be asked again, with history and completion; \? lists what else there is
    #[arg(short, long)]
    interactive: bool,
    /// The form of results; a table unless told otherwise, or what the ending of the output file says
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// Write the result of the last query into this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Rows of a table that are shown on a terminal; 0 for all
    #[arg(long, value_name = "ROWS", default_value = "100")]
    rows: usize,
    /// Mebibytes that a query may take before it uses temporary files, or fails
    #[arg(long, value_name = "MIB", default_value = "2048")]
    memory: usize,
    /// Threads for parts of a query; as many as there are cores unless told otherwise
    #[arg(long, value_name = "COUNT")]
    threads: Option<usize>,
    #[command(flatten)]
    place: Place,
}

/// The forms of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Aligned columns for people
    Table,
    /// A header line and comma-separated values
    Csv,
    /// An array of objects
    Json,
    /// An object on every line
    Ndjson,
    /// A table in Markdown
    Markdown,
    /// A Parquet file
    Parquet,
    /// An Arrow IPC file
    Arrow,
    /// CREATE TABLE and INSERT statements
    Inserts,
}

impl Form {
    /// The form that the ending of a file says.
    fn of(path: &std::path::Path) -> Option<Self> {
        Some(match path.extension()?.to_str()?.to_lowercase().as_str() {
            "csv" => Self::Csv,
            "json" => Self::Json,
            "ndjson" | "jsonl" => Self::Ndjson,
            "md" | "markdown" => Self::Markdown,
            "parquet" => Self::Parquet,
            "arrow" | "feather" | "ipc" => Self::Arrow,
            "sql" => Self::Inserts,
            "txt" => Self::Table,
            _ => return None,
        })
    }

    /// Whether it is no text, and so nothing for a terminal.
    fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }
}

/// How long a query runs before it is looked whether somebody wants it to end.
const MOMENT: Duration = Duration::from_millis(20);

/// Lets a query give way a few times in a second: what waits for Ctrl-C has its turn then.
#[derive(Debug)]
struct Moments {
    begun: Instant,
    /// Milliseconds from there to the last time.
    last: AtomicU64,
}

impl Moments {
    fn begin() -> Self {
        Self { begun: Instant::now(), last: AtomicU64::new(0) }
    }
}

impl Pace for Moments {
    fn is_over(&self) -> bool {
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let is_over = now - self.last.load(Ordering::Relaxed).min(now) >= MOMENT.as_millis() as u64;
        if is_over {
            self.last.store(now, Ordering::Relaxed);
        }
        is_over
    }
}

/// What statements are carried out with.
struct Session {
    engine: Engine,
    runtime: Runtime,
    /// The form of results, and the rows that are shown of them on a terminal.
    form: Form,
    rows: usize,
    output: Option<PathBuf>,
}

impl Sql {
    pub(crate) fn run(self) -> Result<Done> {
        let threads =
            self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        let tables = StoredTables::open(self.place.path()).with_context(|| self.place.name())?;
        let options = Options {
            memory: self.memory.saturating_mul(1 << 20),
            partitions: threads,
            ..Options::default()
        };
        let engine =
            Engine::new(Arc::new(tables) as Arc<dyn Tables>, &options)?.paced(Arc::new(Moments::begin()));
        let form = self.format.or_else(|| self.output.as_deref().and_then(Form::of)).unwrap_or(Form::Table);
        if form.is_binary() && self.output.is_none() && std::io::stdout().is_terminal() {
            bail!("this form is nothing for a terminal; name a file with -o FILE");
        }
        let runtime = Runtime::new(threads)?;
        let mut session = Session { engine, runtime, form, rows: self.rows, output: self.output.clone() };
        if let Some(text) = self.text()? {
            session.script(&text)?;
        }
        if self.interactive {
            shell::run(&mut session)?;
        }
        Ok(Done::Well)
    }

    fn text(&self) -> Result<Option<String>> {
        if let Some(file) = &self.file {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("{} cannot be read", file.display()))?;
            return Ok(Some(text));
        }
        match self.sql.as_deref() {
            Some("-") => {
                let mut text = String::new();
                std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
                Ok(Some(text))
            }
            sql => Ok(sql.map(str::to_owned)),
        }
    }
}

impl Session {
    /// Carries out all statements. With an output file, the rows of the last one that has some go there.
    fn script(&mut self, text: &str) -> Result<()> {
        let parsed = statements(text).map_err(|error| shown(text, &error))?;
        let last = parsed.len().saturating_sub(1);
        for (at, parsed) in parsed.iter().enumerate() {
            self.statement(text, parsed, at == last)?;
        }
        Ok(())
    }

    fn statement(&mut self, text: &str, parsed: &Parsed, is_last: bool) -> Result<()> {
        let begun = Instant::now();
        let flag = CancelFlag::default();
        let to_file = self.output.as_deref().filter(|_| is_last);
        let (form, most) = (self.form, self.rows);
        let form = if self.output.is_some() && !is_last { Form::Table } else { form };
        let engine = &self.engine;
        let work = async {
            let interrupted = async {
                // Without a signal to wait for, nobody can interrupt.
                if tokio::signal::ctrl_c().await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            let carried_out = carry_out(engine, parsed, &flag, form, to_file, most);
            tokio::select! {
                done = carried_out => done,
                () = interrupted => {
                    flag.cancel();
                    Err(QueryError::cancelled().into())
                }
            }
        };
        let done = self.runtime.block_on(work)?;
        let report = done.map_err(|error| match error.downcast_ref::<QueryError>() {
            Some(error) => shown(text, error),
            None => error,
        })?;
        report.tell(begun.elapsed().as_secs_f64());
        Ok(())
    }
}

/// What came of a statement.
struct Report {
    rows: Option<u64>,
    shown: Option<u64>,
    words: Vec<String>,
}

impl Report {
    fn tell(&self, seconds: f64) {
        for words in &self.words {
            note(words);
        }
        let Some(rows) = self.rows else { return note(format_args!("{seconds:.3} s")) };
        let name = if rows == 1 { "row" } else { "rows" };
        let shown = match self.shown {
            Some(shown) if shown < rows => {
                format!(", {} of them shown; --rows 0 shows all", thousands(shown))
            }
            _ => String::new(),
        };
        note(format_args!("{} {name}{shown}; {seconds:.3} s", thousands(rows)));
    }
}

async fn carry_out(
    engine: &Engine,
    parsed: &Parsed,
    flag: &CancelFlag,
    form: Form,
    to_file: Option<&std::path::Path>,
    most: usize,
) -> Result<Report> {
    let mut rows = match engine.run(parsed, flag).await? {
        Outcome::Done(words) => return Ok(Report { rows: None, shown: None, words: vec![words] }),
        Outcome::Rows(rows) => rows,
    };
    let words = rows.notes().to_vec();
    let mut output = Output::begin(form, rows.schema(), to_file, most)?;
    while let Some(batch) = rows.next().await {
        output.write(&batch?)?;
    }
    let (rows, shown) = output.finish()?;
    Ok(Report { rows: Some(rows), shown: Some(shown), words })
}

/// An error with the line that it is in.
fn shown(text: &str, error: &QueryError) -> anyhow::Error {
    let Some(place) = error.place else { return anyhow::Error::new(error.clone()) };
    let line = text.lines().nth(place.line.saturating_sub(1) as usize).unwrap_or_default();
    // Long lines are cut to what is around the place.
    let column = place.column.saturating_sub(1) as usize;
    let first = column.saturating_sub(60);
    let cut: String =
        line.chars().skip(first).take(120).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let length = match place.end_line == place.line {
        true => (place.end_column.saturating_sub(place.column) as usize).clamp(1, 60),
        false => 1,
    };
    let under = format!("{}{}", " ".repeat(column - first), "^".repeat(length));
    eprintln!("  {cut}\n  {under}");
    anyhow::Error::new(error.clone())
}
