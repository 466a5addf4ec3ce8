//! What the engine's events, and its end, do to the state.

use std::rc::Rc;

use sandglass_protocol::{Event, JobId, Report, TableInfo, VERSION, WeeklyView};

use super::{Data, Engine, Ingestion, Screen, State, Tab};
use crate::format;
use crate::message::{Draft, Remedy, Tone};

/// How many failed sources get a message each; the summary has them all.
const FAILURES_TOLD: usize = 3;

impl State {
    pub(super) fn hear(&mut self, event: Event) {
        match event {
            Event::Ready { version, .. } => self.ready(&version),
            Event::Finished { job, report, weekly, table } => self.finished(job, report, weekly, table),
            Event::Cancelled { job } => {
                if let Some(job) = self.end(job) {
                    self.announcement = Rc::from(format!("Cancelled {}.", job.title()));
                    self.tell(Draft::new(
                        Tone::Info,
                        format!("Cancelled {}", job.title()),
                        "Nothing of it was kept. What was there before is untouched.",
                    ));
                }
                self.begin_next();
            }
            Event::Refused { job, reason } => {
                if let Some(job) = self.end(job) {
                    self.tell(Draft::new(
                        Tone::Error,
                        format!("{} was not read", job.heading()),
                        format::sentence(&reason),
                    ));
                }
                self.begin_next();
            }
            Event::Weekly(view) => {
                if let Some(data) = &mut self.data {
                    data.weekly = Rc::new(view);
                }
            }
            Event::Rows(page) => {
                if let Some(data) = &mut self.data {
                    data.rows = Some(Rc::new(page));
                }
            }
            Event::Rejects(page) => {
                if let Some(data) = &mut self.data {
                    data.rejects = Some(Rc::new(page));
                }
            }
            Event::Conflicts(page) => {
                if let Some(data) = &mut self.data {
                    data.conflicts = Some(Rc::new(page));
                }
            }
            Event::Cleared => {
                self.data = None;
                self.screen = Screen::Start;
                self.tab = Tab::Outliers;
                self.messages.clear();
                self.announcement = Rc::from("All tables were cleared.");
            }
            Event::Crashed { message } => self.stopped(&message),
            // These change nothing that is kept here.
            Event::Progress(_) | Event::Exported { .. } => {}
        }
    }

    fn ready(&mut self, version: &str) {
        if version == VERSION {
            self.engine = Engine::Ready;
            self.begin_next();
            return;
        }
        self.engine = Engine::Failed;
        self.waiting.clear();
        self.tell(
            Draft::new(
                Tone::Error,
                "The page and its engine do not belong together",
                format!(
                    "The page is version {VERSION}, the engine {version}: a newer Sandglass was published while this \
                     page was open or cached. Load the page again."
                ),
            )
            .with_remedy(Remedy::Reload),
        );
    }

    fn finished(&mut self, id: JobId, report: Report, weekly: WeeklyView, table: TableInfo) {
        // A job of an engine that is gone.
        let Some(job) = self.end(id) else { return };
        self.tell_failures(&report);

        let read_something = report.total.read > 0;
        let all_rejected = read_something && report.total.rejected == report.total.read;
        if read_something || self.data.is_some() {
            let first_results = self.screen != Screen::Results;
            self.announcement = Rc::from(outcome(&report, &weekly));
            let had_rows = self.data.as_ref().is_some_and(|data| data.table.rows > 0);
            let mut ingestions = vec![Rc::new(Ingestion { job, report })];
            if let Some(before) = self.data.take() {
                ingestions.extend(before.ingestions.iter().cloned());
            }
            self.data = Some(Data {
                table: Rc::new(table),
                weekly: Rc::new(weekly),
                ingestions: Rc::new(ingestions),
                rows: None,
                rejects: None,
                conflicts: None,
            });
            if read_something {
                self.screen = Screen::Results;
            }
            if all_rejected {
                self.tab = Tab::Rejects;
            } else if first_results || !had_rows {
                self.tab = Tab::Outliers;
            }
        }
        self.begin_next();
    }

    fn tell_failures(&mut self, report: &Report) {
        let failures: Vec<_> = report
            .sources
            .iter()
            .filter_map(|source| source.failure.as_deref().map(|reason| (source.name.as_str(), reason)))
            .collect();
        for (name, reason) in failures.iter().take(FAILURES_TOLD) {
            self.tell(Draft::new(Tone::Error, format!("{name} was not read"), format::sentence(reason)));
        }
        if failures.len() > FAILURES_TOLD {
            let more = (failures.len() - FAILURES_TOLD) as u64;
            self.tell(Draft::new(
                Tone::Error,
                format!("{} more could not be read", format::counted(more, "file")),
                "The summary lists every file with its reason.",
            ));
        }
        if failures.is_empty() && report.total.read == 0 {
            self.tell(Draft::new(
                Tone::Warning,
                "There was nothing to read",
                "No record was found. Drop a file that has one JSON object per line.",
            ));
        }
    }

    pub(super) fn stopped(&mut self, why: &str) {
        let lost = self.running.take();
        let had_data = self.data.take().is_some();
        self.cancelling = false;
        self.engine = Engine::Starting;
        self.generation += 1;
        self.screen = Screen::Start;
        let during = lost.map_or_else(String::new, |job| format!(" while reading {}", job.title()));
        let gone = if had_data { " The tables that were in memory are gone." } else { "" };
        self.tell(Draft::new(
            Tone::Error,
            format!("The engine stopped{during}"),
            format!(
                "Your files are untouched.{gone} The engine has been started again: drop the files once more. It \
                 said: {}",
                format::sentence(why)
            ),
        ));
    }

    pub(super) fn cannot_start(&mut self, why: String) {
        self.engine = Engine::Failed;
        self.running = None;
        self.cancelling = false;
        self.waiting.clear();
        self.tell(
            Draft::new(Tone::Error, "The engine could not be started", why).with_remedy(Remedy::Restart),
        );
    }

    pub(super) fn restarting(&mut self) {
        self.engine = Engine::Starting;
        self.generation += 1;
        self.data = None;
        self.screen = Screen::Start;
        self.messages.retain(|message| message.draft.remedy != Some(Remedy::Restart));
    }
}

/// What a job came to, in words, for those who cannot see it.
fn outcome(report: &Report, weekly: &WeeklyView) -> String {
    let counts = &report.total;
    let outliers = weekly.weeks.iter().filter(|week| week.outlier).count() as u64;
    format!(
        "Read {}: {} stored, {} duplicates, {} rejected, in {}. {} of {} are outliers.",
        format::counted(counts.read, "record"),
        format::count(counts.stored),
        format::count(counts.duplicates),
        format::count(counts.rejected),
        format::duration(report.elapsed_ms),
        format::count(outliers),
        format::counted(weekly.weeks.len() as u64, "week"),
    )
}
