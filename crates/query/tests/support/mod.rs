//! What tests of the engine have in common: a warehouse of their own, files put into it, and answers as text.
#![allow(dead_code, unreachable_pub, reason = "every test uses some of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

pub mod slt;
pub mod tpch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sandglass_formats::{FileBytes, Source};
use sandglass_ingest::SourceEvent;
use sandglass_ingest::dataset::{DatasetSource, tables};
use sandglass_query::stored::{Runtime, StoredTables};
use sandglass_query::{
    CancelFlag, Engine, Options, Outcome, QueryError, StoredView, TableName, Tables, Target, display,
    statements,
};

/// Real inputs, which are not there everywhere.
pub fn data(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if !found.exists() {
        eprintln!("skipped: there is no {}", found.display());
        return None;
    }
    Some(found)
}

/// A warehouse and an engine over it.
pub struct Db {
    pub engine: Engine,
    pub tables: Arc<StoredTables>,
    pub runtime: Runtime,
    pub root: PathBuf,
    _folder: Option<tempfile::TempDir>,
}

/// Rows as text, a row for each line and a tab between values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<String>>>,
    pub notes: Vec<String>,
    /// Which columns are of numbers.
    pub numbers: Vec<bool>,
}

impl Answer {
    pub fn lines(&self) -> Vec<String> {
        let cell = |cell: &Option<String>| cell.clone().unwrap_or_else(|| "NULL".to_owned());
        self.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join("|")).collect()
    }
}

impl Db {
    pub fn new() -> Self {
        Self::with(&Options { memory: 256 << 20, ..Options::default() })
    }

    pub fn with(options: &Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_path_buf();
        Self { _folder: Some(folder), ..Self::at(&root, options) }
    }

    pub fn at(root: &Path, options: &Options) -> Self {
        let tables = Arc::new(StoredTables::open(root).unwrap());
        let engine = Engine::new(Arc::clone(&tables) as Arc<dyn Tables>, options).unwrap();
        let runtime = Runtime::new(1).unwrap();
        Self { engine, tables, runtime, root: root.to_path_buf(), _folder: None }
    }

    /// Carries out a script, and hands out what came of its last statement that has rows.
    pub fn run(&self, script: &str) -> Result<Answer, QueryError> {
        self.runtime
            .block_on(async {
                let mut answer =
                    Answer { columns: Vec::new(), rows: Vec::new(), notes: Vec::new(), numbers: Vec::new() };
                for parsed in statements(script)? {
                    match self.engine.run(&parsed, &CancelFlag::default()).await? {
                        Outcome::Done(words) => answer.notes = vec![words],
                        Outcome::Rows(rows) => {
                            let columns = rows.schema().fields().iter().map(|field| field.name().clone());
                            let (columns, notes) = (columns.collect(), rows.notes().to_vec());
                            let of_number =
                                |field: &Arc<arrow::datatypes::Field>| display::is_number(field.data_type());
                            let numbers = rows.schema().fields().iter().map(of_number).collect();
                            let mut all = Vec::new();
                            for batch in rows.collect().await? {
                                for row in 0..batch.num_rows() {
                                    all.push(
                                        batch
                                            .columns()
                                            .iter()
                                            .map(|column| display::cell(column, row))
                                            .collect(),
                                    );
                                }
                            }
                            answer = Answer { columns, rows: all, notes, numbers };
                        }
                    }
                }
                Ok(answer)
            })
            .and_then(|result| result)
    }

    /// The rows of a query, which has to work.
    pub fn lines(&self, script: &str) -> Vec<String> {
        match self.run(script) {
            Ok(answer) => answer.lines(),
            Err(error) => panic!("{script}\n{error}"),
        }
    }

    /// Why a script does not work.
    pub fn error(&self, script: &str) -> QueryError {
        match self.run(script) {
            Ok(answer) => panic!("{script}\nworked: {:?}", answer.lines()),
            Err(error) => error,
        }
    }

    /// Puts the tables of a file into a schema, under the name that is given if there is one.
    pub fn import(&self, path: &Path, schema: &str, name: Option<&str>) {
        self.import_as(path, schema, name, &sandglass_formats::Options::default());
    }

    pub fn import_as(
        &self,
        path: &Path,
        schema: &str,
        name: Option<&str>,
        options: &sandglass_formats::Options,
    ) {
        let name_of_file = path.display().to_string();
        let mut source =
            Source::open(Arc::new(FileBytes::open(path).unwrap()), &name_of_file, options).unwrap();
        let (mut sources, mut part) = (Vec::new(), None);
        while let Some(event) = source.next().unwrap() {
            match event {
                SourceEvent::Part(name) => {
                    let begun = DatasetSource::new(&name);
                    part = Some(if source.is_table() { begun.apart() } else { begun });
                }
                SourceEvent::Batch(batch) => part.as_mut().unwrap().add(&batch).unwrap(),
                SourceEvent::End(_) => sources.extend(part.take()),
                other => panic!("{other:?}"),
            }
        }
        self.runtime
            .block_on(async {
                for table in tables(sources) {
                    let batches = table.rows().unwrap();
                    let target = TableName::new(schema, name.unwrap_or(&table.name));
                    let target = Target::New { name: target, replace: false };
                    let mut writer = self.tables.write(target, batches[0].schema(), "a file").await.unwrap();
                    for batch in batches {
                        writer.push(batch).await.unwrap();
                    }
                    writer.finish().await.unwrap();
                }
            })
            .unwrap();
    }

    /// Votes with their views.
    pub fn import_votes(&self, path: &Path) {
        let pipeline = sandglass_pipelines::votes::pipeline();
        let spec = pipeline.records.clone();
        let options = sandglass_formats::Options { spec, ..Default::default() };
        self.import_as(path, "blog_analysis", Some("votes"), &options);
        for view in pipeline.views {
            let name = TableName::new(&*pipeline.schema, view.name);
            let view = StoredView { name, sql: view.sql };
            self.runtime.block_on(self.tables.define_view(view)).unwrap().unwrap();
        }
    }
}
