//! Files that the user has given, which queries may name.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use sandglass_opfs::FileBytes;
use sandglass_query::stored::Gathered;
use sandglass_query::{ErrorKind, GivenFile, QueryError};
use web_sys::File;

use super::pump::Clock;

/// Bytes that are fetched of a file at a time.
const AHEAD: u64 = 4 << 20;

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
        let bytes = FileBytes::reading_ahead(self.find(name)?, AHEAD);
        let mut gathered = Gathered::new(name);
        gathered.read(Arc::new(bytes), name, format, &Clock).await?;
        gathered.table()
    }
}
