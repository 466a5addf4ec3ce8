//! What the engine's events, and its end, do to the state.

use std::rc::Rc;

use sandglass_protocol::{
    Event, JobId, Keeping, Report, TableId, TableInfo, Upkept, VERSION, VOTES, WeeklyView,
};
use sandglass_ui::format;
use sandglass_ui::message::{Draft, Remedy, Tone};

use super::{Data, Engine, Ingestion, Quality, Screen, State, Tab};

/// How many failed sources get a message each; the summary has them all.
const FAILURES_TOLD: usize = 3;

impl State {
    pub(super) fn hear(&mut self, event: Event) {
        match event {
            Event::Ready { version, .. } => self.ready(&version),
            Event::Finished { job, report, tables, table, weekly } => {
                self.finished(job, report, tables, table, weekly);
            }
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
            Event::Weekly { table, weekly } => {
                if let Some(data) = self.data_of(table) {
                    data.weekly = Some(Rc::new(weekly));
                }
            }
            Event::Rows(page) => {
                if let Some(data) = self.data_of(page.table) {
                    data.rows = Some(Rc::new(page));
                }
            }
            Event::Rejects(page) => {
                if let Some(data) = self.data_of(page.table) {
                    data.rejects = Some(Rc::new(page));
                }
            }
            Event::Conflicts(page) => {
                if let Some(data) = self.data_of(page.table) {
                    data.conflicts = Some(Rc::new(page));
                }
            }
            Event::Forgotten { table } => self.forgotten(table),
            Event::Cleared => {
                self.data = None;
                self.screen = Screen::Start;
                self.tab = Tab::Outliers;
                self.messages.clear();
                self.announcement = Rc::from("All tables were cleared.");
            }
            Event::Opened { tables, table, weekly, warnings } => {
                self.opened(tables, table, weekly, &warnings);
            }
            Event::Tables { tables } => self.told_again(tables),
            Event::Keeping(keeping) => self.keeping(keeping),
            Event::Upkept(upkept) => self.upkept(upkept),
            Event::Failed { reason } => {
                self.tell(Draft::new(Tone::Error, "That cannot be shown", format::sentence(&reason)));
            }
            Event::Crashed { message } => self.stopped(&message),
            // These change nothing that is kept here.
            Event::Progress(_) | Event::Exported { .. } | Event::Lent { .. } => {}
        }
    }

    /// What is known of a table, if that is the one that is looked at. An answer may come when another is.
    fn data_of(&mut self, table: TableId) -> Option<&mut Data> {
        self.data.as_mut().filter(|data| data.table.id == table)
    }

    fn forgotten(&mut self, id: TableId) {
        let Some(data) = &mut self.data else { return };
        let Some(gone) = data.tables.iter().find(|table| table.id == id).cloned() else { return };
        let left: Vec<_> = data.tables.iter().filter(|table| table.id != id).cloned().collect();
        match left.first() {
            Some(first) if data.table.id == id => data.look_at(Rc::clone(first)),
            Some(_) => {}
            None => {
                self.data = None;
                self.screen = Screen::Start;
            }
        }
        if let Some(data) = &mut self.data {
            data.tables = Rc::new(left);
        }
        self.announcement = Rc::from(format!("The table {} was forgotten.", gone.name));
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

    fn finished(
        &mut self,
        id: JobId,
        report: Report,
        tables: Vec<TableInfo>,
        table: TableId,
        weekly: WeeklyView,
    ) {
        // A job of an engine that is gone.
        let Some(job) = self.end(id) else { return };
        self.tell_failures(&report);
        // It is saved behind the answer.
        if matches!(self.keeping, Keeping::Kept(_) | Keeping::Window { .. }) {
            self.keeping = self.keeping.while_saving();
        }

        let read_something = report.total.read > 0;
        let all_rejected = read_something && report.total.rejected == report.total.read;
        let tables: Vec<_> = tables.into_iter().map(Rc::new).collect();
        // A job that read nothing does not turn the page to another table.
        let stays = self.data.as_ref().filter(|_| !read_something).map(|data| data.table.id);
        let table = stays.unwrap_or(table);
        let shown = tables.iter().find(|info| info.id == table).or(tables.first()).cloned();
        if let Some(shown) = shown {
            let looked_at = self.data.as_ref().filter(|_| self.screen == Screen::Results);
            let same = looked_at.is_some_and(|data| data.table.id == shown.id && data.table.rows > 0);
            self.announcement = Rc::from(outcome(&report, &shown, &weekly));
            let mut ingestions = vec![Rc::new(Ingestion { job, report })];
            let before = self.data.take();
            if let Some(before) = &before {
                ingestions.extend(before.ingestions.iter().cloned());
            }
            let rejects = shown.rejected;
            let weekly = match (stays, &before) {
                (Some(_), Some(before)) => before.weekly.clone(),
                _ => (shown.id == table).then(|| Rc::new(weekly)),
            };
            self.versions += 1;
            self.data = Some(Data {
                version: self.versions,
                tables: Rc::new(tables),
                table: shown,
                weekly,
                ingestions: Rc::new(ingestions),
                rows: None,
                rejects: None,
                conflicts: None,
                quality: None,
            });
            // Who writes queries goes on doing so: the new table is in their catalog.
            if read_something && self.screen != Screen::Sql {
                self.screen = Screen::Results;
            }
            if all_rejected && rejects > 0 {
                self.tab = Tab::Rejects;
            } else if !same {
                self.tab = if table == VOTES { Tab::Outliers } else { Tab::Rows };
            }
        }
        self.begin_next();
    }

    /// The tables of the warehouse, in place of all that were there.
    fn opened(&mut self, tables: Vec<TableInfo>, table: TableId, weekly: WeeklyView, warnings: &[String]) {
        for warning in warnings.iter().take(FAILURES_TOLD) {
            self.tell(Draft::new(
                Tone::Warning,
                "Not all that was kept can be had",
                format::sentence(warning),
            ));
        }
        let tables: Vec<_> = tables.into_iter().map(Rc::new).collect();
        // Who looks at a table goes on looking at it.
        let before = self.data.take();
        let at = |id: TableId| tables.iter().find(|info| info.id == id).cloned();
        let looked_at = before.as_ref().and_then(|before| at(before.table.id));
        let Some(shown) = looked_at.or_else(|| at(table)).or_else(|| tables.first().cloned()) else {
            if before.is_some() && self.screen == Screen::Results {
                self.screen = Screen::Start;
            }
            return;
        };
        if before.is_none() {
            self.tab = if shown.id == VOTES { Tab::Outliers } else { Tab::Rows };
            if self.screen == Screen::Start {
                self.screen = Screen::Results;
            }
            let rows = tables.iter().map(|table| table.rows).sum();
            let (rows, tables) =
                (format::counted(rows, "row"), format::counted(tables.len() as u64, "table"));
            self.announcement = Rc::from(format!("{rows} in {tables} were kept from before."));
        }
        self.versions += 1;
        self.data = Some(Data {
            version: self.versions,
            weekly: (shown.id == table).then(|| Rc::new(weekly)),
            tables: Rc::new(tables),
            table: shown,
            ingestions: before.map(|before| before.ingestions).unwrap_or_default(),
            rows: None,
            rejects: None,
            conflicts: None,
            quality: None,
        });
    }

    /// Something is different that is told of the tables.
    fn told_again(&mut self, tables: Vec<TableInfo>) {
        let Some(data) = &mut self.data else { return };
        let tables: Vec<_> = tables.into_iter().map(Rc::new).collect();
        if let Some(table) = tables.iter().find(|table| table.id == data.table.id) {
            data.table = Rc::clone(table);
            data.tables = Rc::new(tables);
        }
    }

    /// Something was done to the warehouse as a whole.
    fn upkept(&mut self, upkept: Upkept) {
        match upkept {
            Upkept::History { snapshots, log } => self.upkeep.history = Some(Rc::new((snapshots, log))),
            Upkept::Compared { before, after, tables } => {
                self.upkeep.compared = Some(Rc::new((before, after, tables)));
            }
            Upkept::Quality { table, findings } => {
                let is_it =
                    |data: &&mut Data| (&data.table.schema, &data.table.name) == (&table.schema, &table.name);
                if let Some(data) = self.data.as_mut().filter(is_it) {
                    data.quality = Some(Rc::new(Quality { findings }));
                }
            }
            Upkept::Done { words } => {
                self.upkeep.done += 1;
                self.upkeep.compared = None;
                self.announcement = Rc::from(words.as_str());
                self.tell(Draft::new(Tone::Info, "Done", words));
            }
            Upkept::Refused { reason } => {
                self.tell(Draft::new(Tone::Error, "That was not done", format::sentence(&reason)));
            }
            Upkept::Exported { .. } => {}
        }
    }

    /// Whether tables stay has changed.
    fn keeping(&mut self, keeping: Keeping) {
        match &keeping {
            Keeping::Unsaved { reason } => self.tell(Draft::new(
                Tone::Error,
                "What was read last is not saved",
                format!("It is in this tab still. {}", format::sentence(reason)),
            )),
            Keeping::Looking => self.tell(Draft::new(
                Tone::Info,
                "Another tab has these tables",
                "This one shows them, and takes over when the other is closed.",
            )),
            _ => {}
        }
        self.keeping = if keeping == Keeping::Saving { self.keeping.while_saving() } else { keeping };
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
            // What is known has a table, and nothing was read of it.
            let known = report.sources.iter().filter_map(|source| Some((source, source.table.as_ref()?)));
            self.tell(match known.collect::<Vec<_>>().as_slice() {
                [] => Draft::new(
                    Tone::Warning,
                    "There was nothing to read",
                    "No record was found. Drop a file with rows in it: JSON, NDJSON or CSV.",
                ),
                [(source, table)] => Draft::new(
                    Tone::Info,
                    format!("{} was read before", source.name),
                    format!("Its rows are in the table {table}, and nothing was added."),
                ),
                several => Draft::new(
                    Tone::Info,
                    format!("{} were read before", format::counted(several.len() as u64, "file")),
                    "Their rows are in your tables, and nothing was added.",
                ),
            });
        }
    }

    pub(super) fn stopped(&mut self, why: &str) {
        let lost = self.running.take();
        let had_data = self.data.take().is_some();
        self.cancelling = false;
        self.engine = Engine::Starting;
        self.generation += 1;
        if self.screen != Screen::Sql {
            self.screen = Screen::Start;
        }
        let during = lost.map_or_else(String::new, |job| format!(" while reading {}", job.title()));
        let gone = match (had_data, &self.keeping) {
            (false, _) => "",
            (true, Keeping::Kept(_) | Keeping::Looking) => " Your tables were saved and are there again.",
            (true, Keeping::Window { saving: false, .. }) => " Your tables are there again.",
            (true, Keeping::Saving | Keeping::Window { .. }) => {
                " Tables that were saved are there again; what was read last may be gone."
            }
            (true, _) => " The tables that were in memory are gone.",
        };
        self.keeping = Keeping::Opening;
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
fn outcome(report: &Report, table: &TableInfo, weekly: &WeeklyView) -> String {
    let counts = &report.total;
    let read = format!(
        "Read {}: {} stored, {} duplicates, {} rejected, in {}.",
        format::counted(counts.read, "record"),
        format::count(counts.stored),
        format::count(counts.duplicates),
        format::count(counts.rejected),
        format::duration(report.elapsed_ms),
    );
    if table.time.is_none() {
        return read;
    }
    let outliers = weekly.weeks.iter().filter(|week| week.outlier).count() as u64;
    let weeks = format::counted(weekly.weeks.len() as u64, "week");
    format!("{read} {} of {weeks} are outliers.", format::count(outliers))
}
