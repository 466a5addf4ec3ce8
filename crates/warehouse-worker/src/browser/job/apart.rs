//! Sources that other workers read as a whole: what they have said is taken when their turn has come.

use sandglass_pipelines::RunError;

use super::{End, Job};
use crate::browser::ahead::Said;

impl Job {
    /// Takes a source that another worker reads; nothing if none does, or if that worker has stopped.
    pub(super) async fn read_apart(&mut self, index: usize) -> Option<End> {
        let mut begun = false;
        while self.ahead.has(index) {
            match self.take_apart(index, &mut begun) {
                Ok(Some(end)) => return Some(end),
                Ok(None) => self.ahead.wait(&self.cancelled).await,
                // What has come of it so far is forgotten when it is begun once more.
                Err(_) => return None,
            }
        }
        None
    }

    /// Takes all that is said of the source so far. The end, if it has ended.
    ///
    /// # Errors
    /// When a worker has stopped.
    #[inline(never)]
    fn take_apart(&mut self, index: usize, begun: &mut bool) -> Result<Option<End>, String> {
        loop {
            if self.cancelled.is_wished() {
                return Ok(Some(End::Job));
            }
            let said = self.ahead.take()?;
            // Who has said something may be ready for the next.
            self.ahead.give_out(index, &self.sources);
            let Some((bytes, said)) = said else { return Ok(None) };
            let of_pipeline = match &said {
                Said::Batch(of_pipeline, _) | Said::Summary(of_pipeline, _) => Some(*of_pipeline),
                Said::Failed(of_pipeline, _) => *of_pipeline,
                Said::Rare => None,
            };
            let taken = match (*begun, of_pipeline) {
                (false, Some(of_pipeline)) => self.begin_apart(index, of_pipeline),
                _ => Ok(()),
            };
            *begun |= of_pipeline.is_some();
            let end = match (taken, said) {
                (Err(error), _) => Err(error.to_string()),
                (Ok(()), Said::Batch(_, batch)) => match self.load.append(*batch) {
                    Ok(()) => {
                        self.progress.report(index, bytes, &self.load);
                        continue;
                    }
                    Err(error) => Err(error.to_string()),
                },
                (Ok(()), Said::Summary(_, summary)) => Ok(Some(summary)),
                (Ok(()), Said::Rare) => {
                    self.ahead.leave(index);
                    return Ok(Some(End::Rare));
                }
                (Ok(()), Said::Failed(_, reason)) => Err(reason),
            };
            self.ahead.leave(index);
            return Ok(Some(End::Source(bytes, end)));
        }
    }

    fn begin_apart(&mut self, index: usize, of_pipeline: bool) -> Result<(), RunError> {
        let name = &self.sources[index].info.name;
        self.load.begin_source(name);
        self.load.begin_apart(name, of_pipeline)
    }
}
