//! The file that rejects are written to.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sandglass_ingest::Batch;
use sandglass_pipelines::reject_line;

use crate::input::Input;

/// The file that rejects are written to, if one was asked for.
#[derive(Debug)]
pub(crate) struct RejectFile {
    path: PathBuf,
    out: Option<BufWriter<File>>,
    /// How many more are written.
    left: u64,
    line: Vec<u8>,
    /// Batches are observed in the middle of reading, where a failure to write cannot be reported.
    error: Option<io::Error>,
}

impl RejectFile {
    /// The file at this path, which gets no more than so many.
    pub(crate) fn create(path: Option<&Path>, inputs: &[Input], limit: u64) -> Result<Self> {
        let out = match path {
            None => None,
            Some(path) => {
                if inputs.iter().any(|input| input.is(path)) {
                    bail!("{} is one of the sources; write the rejects to another file", path.display());
                }
                let file =
                    File::create(path).with_context(|| format!("{} cannot be written", path.display()))?;
                Some(BufWriter::new(file))
            }
        };
        let left = if out.is_some() { limit } else { 0 };
        Ok(Self { path: path.map(Into::into).unwrap_or_default(), out, left, line: Vec::new(), error: None })
    }

    /// How many more can be written.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    pub(crate) fn write(&mut self, source: &str, batch: &Batch) {
        let Some(out) = &mut self.out else { return };
        for reject in batch.rejects.iter().take(usize::try_from(self.left).unwrap_or(usize::MAX)) {
            self.left -= 1;
            self.line.clear();
            reject_line(source, reject, &mut self.line);
            if let Err(error) = out.write_all(&self.line) {
                self.error = Some(error);
                return;
            }
        }
    }

    /// Reports a failure to write, if there was one.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.error.take() {
            Some(error) => Err(error).with_context(|| format!("{} cannot be written", self.path.display())),
            None => Ok(()),
        }
    }

    pub(crate) fn finish(&mut self) -> Result<()> {
        if let Some(out) = &mut self.out
            && let Err(error) = out.flush()
        {
            self.error = Some(error);
        }
        self.check()
    }
}
