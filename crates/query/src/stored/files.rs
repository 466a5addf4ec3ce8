//! Files that a query names, by their paths.

use std::path::PathBuf;
use std::sync::Arc;

use sandglass_access::FileBytes;

use super::Gathered;
use crate::tables::GivenFile;
use crate::{ErrorKind, Pace, QueryError};

/// Nobody waits for a thread that reads.
#[derive(Debug)]
struct Unpaced;

impl Pace for Unpaced {
    fn is_over(&self) -> bool {
        false
    }
}

/// The rows of a file, or of all files that a pattern such as `data/*.csv` matches, if they are one table.
pub(super) async fn open(name: &str, format: Option<&str>) -> Result<GivenFile, QueryError> {
    let paths = paths(name)?;
    let mut gathered = Gathered::new(name);
    for path in &paths {
        let name = path.display().to_string();
        let bytes = FileBytes::open(path)
            .map_err(|error| QueryError::new(ErrorKind::Data, format!("{name} cannot be read: {error}")))?;
        gathered.read(Arc::new(bytes), &name, format, &Unpaced).await?;
    }
    gathered.table()
}

/// The files that a name stands for.
fn paths(name: &str) -> Result<Vec<PathBuf>, QueryError> {
    let path = PathBuf::from(name);
    let missing = || {
        QueryError::new(
            ErrorKind::Name,
            format!("there is no file {name}; paths begin where the program was started"),
        )
    };
    if !name.contains(['*', '?', '[']) || path.exists() {
        return if path.is_file() { Ok(vec![path]) } else { Err(missing()) };
    }
    let found = glob::glob(name)
        .map_err(|error| QueryError::new(ErrorKind::Name, format!("{name} is no pattern: {error}")))?;
    let found: Vec<PathBuf> = found.filter_map(Result::ok).filter(|path| path.is_file()).collect();
    if found.is_empty() { Err(missing()) } else { Ok(found) }
}
