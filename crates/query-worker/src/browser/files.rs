//! Files that the user has given, which queries may name.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use sandglass_access::Bytes as _;
use sandglass_ingest::dataset::DatasetSource;
use sandglass_ingest::{Batch, ReadOptions, Reader, RecordSpec, SourceError, TextFormat};
use sandglass_opfs::FileBytes;
use sandglass_query::stored::Gathered;
use sandglass_query::{ErrorKind, GivenFile, Pace as _, QueryError};
use web_sys::File;

use super::pump::Clock;

/// Bytes that are read between two looks at the clock.
const PIECE: usize = 1 << 20;

/// The files, by their names. Copies have the same.
#[derive(Clone, Default)]
pub struct GivenFiles(Rc<RefCell<BTreeMap<String, File>>>);

impl fmt::Debug for GivenFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.borrow().keys()).finish()
    }
}

impl GivenFiles {
    /// More files; one that has the name of another takes its place.
    pub fn put(&self, names: Vec<String>, files: Vec<File>) {
        self.0.borrow_mut().extend(names.into_iter().zip(files));
    }

    fn find(&self, name: &str) -> Result<File, QueryError> {
        let files = self.0.borrow();
        if let Some(file) = files.get(name) {
            return Ok(file.clone());
        }
        // `./votes.csv`, or a name in another case, where only one can be meant.
        let plain = name.trim_start_matches("./").to_lowercase();
        let mut alike = files.iter().filter(|(own, _)| own.to_lowercase() == plain);
        if let (Some((_, file)), None) = (alike.next(), alike.next()) {
            return Ok(file.clone());
        }
        let there: Vec<&str> = files.keys().map(String::as_str).take(10).collect();
        let there = match there.as_slice() {
            [] => "no file was opened yet".to_owned(),
            some => format!("these were opened: {}", some.join(", ")),
        };
        Err(QueryError::new(
            ErrorKind::Name,
            format!("there is no file {name} here ({there}); open it on the page first"),
        ))
    }

    /// The rows of a file, of a format if the query says so.
    ///
    /// # Errors
    /// When there is no such file, or it cannot be read.
    pub async fn read(&self, name: &str, format: Option<&str>) -> Result<GivenFile, QueryError> {
        if name.contains(['*', '?']) {
            return Err(QueryError::new(
                ErrorKind::Unsupported,
                "patterns of file names are for the command line; name one file",
            ));
        }
        let file = self.find(name)?;
        let failed = |error: &dyn fmt::Display| {
            QueryError::new(ErrorKind::Data, format!("{name} cannot be read: {error}"))
        };
        let chosen = (format == Some("csv")).then_some(TextFormat::Csv);
        let options = ReadOptions { format: chosen, ..ReadOptions::default() };
        let mut reader = Reader::with_options(&RecordSpec::inferred(), &options);
        let mut gathered = Gathered::new(name);
        let mut source = DatasetSource::new(name);
        let mut rejected = 0;
        let mut take = |batch: Batch| {
            rejected += batch.rejected;
            source.add(&batch).map_err(SourceError::from)
        };
        let rare = |error: SourceError| match error {
            SourceError::Rare(of) => {
                let what =
                    format!("it is {of}, which is no text: drop it on the page, and it becomes a table");
                QueryError::new(ErrorKind::Unsupported, format!("{name} cannot be read here: {what}"))
            }
            other => failed(&other),
        };
        let bytes = FileBytes::reading_ahead(file, 4 * PIECE as u64);
        let mut piece = vec![0; PIECE];
        let mut at = 0;
        loop {
            let read = bytes.read_at(at, &mut piece).map_err(|error| failed(&error))?;
            if read == 0 {
                break;
            }
            reader.push_into(&piece[..read], &mut take).map_err(rare)?;
            at += read as u64;
            if Clock.is_over() {
                tokio::task::yield_now().await;
            }
        }
        let summary = reader.finish_into(&mut take).map_err(rare)?;
        if let Some(wanted) = format.filter(|wanted| !summary.format.to_lowercase().contains(*wanted)) {
            return Err(failed(&format!(
                "it is {} and not {wanted}; write FROM '{name}' for any format",
                summary.format
            )));
        }
        gathered.reject(rejected);
        gathered.add(source);
        gathered.table()
    }
}
