//! Jobs: what the user gave to read, one running and the others waiting in order.

use std::rc::Rc;

use sandglass_protocol::{JobId, ReadAs, Request, SourceInfo, TableId};
use sandglass_ui::format;
use sandglass_ui::message::{Draft, Remedy, Tone};

use super::{Engine, State};

/// Something to read into the tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    /// Its number.
    pub(crate) id: JobId,
    /// Where the records come from.
    pub(crate) work: Work,
}

/// Where the records of a job come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Work {
    /// Files; the handles are kept apart, under the job's number.
    Files(Rc<[SourceInfo]>),
    /// Votes made from a seed.
    Sample {
        /// Lines to make.
        rows: u64,
        /// What makes them the same every time.
        seed: u64,
    },
    /// The sources of a table once more, in another way.
    Again {
        /// The table.
        table: TableId,
        /// Its name.
        name: Rc<str>,
        /// The other way.
        read_as: ReadAs,
    },
}

impl Job {
    /// What it reads, in a few words, in the middle of a sentence.
    pub(crate) fn title(&self) -> String {
        match &self.work {
            Work::Sample { rows, .. } => format!("a sample of {}", format::counted(*rows, "line")),
            Work::Files(sources) => match &**sources {
                [only] => only.name.clone(),
                many => format::counted(many.len() as u64, "file"),
            },
            Work::Again { name, .. } => format!("{name} once more"),
        }
    }

    /// The same where no sentence is before it.
    pub(crate) fn heading(&self) -> String {
        match &self.work {
            Work::Sample { rows, .. } => format!("Sample of {}", format::counted(*rows, "line")),
            Work::Files(_) | Work::Again { .. } => self.title(),
        }
    }

    /// What to ask of the engine for it. The files travel beside the request.
    pub(crate) fn request(&self) -> Request {
        match &self.work {
            Work::Files(sources) => Request::Ingest { job: self.id, sources: sources.to_vec() },
            Work::Sample { rows, seed } => Request::Sample { job: self.id, rows: *rows, seed: *seed },
            Work::Again { table, read_as, .. } => {
                Request::Reread { job: self.id, table: *table, read_as: read_as.clone() }
            }
        }
    }
}

impl State {
    pub(super) fn enqueue(&mut self, job: Job) {
        // What was worth knowing about the last drop is not about this one. What failed stays until it is put away.
        self.messages.retain(|message| message.draft.tone == Tone::Error);
        if self.engine == Engine::Failed {
            let why = "There is no engine to read it. Load the page again, then drop it once more.";
            let draft = Draft::new(Tone::Error, format!("{} was not read", job.heading()), why);
            self.tell(draft.with_remedy(Remedy::Reload));
            return;
        }
        if let Some(running) = &self.running {
            self.announcement =
                Rc::from(format!("{} waits until {} has been read.", job.title(), running.title()));
        }
        self.waiting.push_back(job);
        self.begin_next();
    }

    pub(super) fn cancel(&mut self, id: JobId) {
        self.waiting.retain(|job| job.id != id);
        if self.running.as_ref().is_some_and(|job| job.id == id) {
            self.cancelling = true;
        }
    }

    /// Takes the running job away, when it is this one.
    pub(super) fn end(&mut self, id: JobId) -> Option<Job> {
        let ended = self.running.take_if(|job| job.id == id);
        if ended.is_some() {
            self.cancelling = false;
        }
        ended
    }

    /// Makes the next waiting job the running one, when the engine is free.
    pub(super) fn begin_next(&mut self) {
        if self.engine == Engine::Ready && self.running.is_none() {
            self.running = self.waiting.pop_front();
        }
    }

    /// The job to show while the engine is still starting: the first of those that wait for it.
    pub(crate) fn current(&self) -> Option<&Job> {
        self.running.as_ref().or_else(|| self.waiting.front().filter(|_| self.engine == Engine::Starting))
    }
}
