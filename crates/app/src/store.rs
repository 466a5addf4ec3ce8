//! The one state of the page, and the only place where it changes.
//!
//! Pure: [`State::apply`] takes an [`Action`] and says what holds afterwards. It starts nothing and sends nothing; the
//! page looks at the state and keeps the engine in step with it. Progress is not in here, because it changes ten
//! times a second and concerns one component only.

mod engine;
mod jobs;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::rc::Rc;

use sandglass_protocol::{
    ConflictPage, DifferenceInfo, Event, FindingInfo, JobId, Keeping, KeyChoice, LogInfo, RejectPage, Report,
    RowPage, SnapshotInfo, TableId, TableInfo, Threshold, ViewOptions, WeekRule, WeeklyView,
};
use sandglass_ui::format;
use sandglass_ui::message::{Draft, Tone};

pub(crate) use self::jobs::{Job, Work};

/// The threshold's denominator: the page sets it in tenths of a percent.
pub(crate) const TENTHS: u32 = 1000;

/// The most that the threshold can be set to, in tenths of a percent.
pub(crate) const MAX_TENTHS: u32 = 10_000;

/// Messages kept on the page; older ones go.
const MESSAGES_KEPT: usize = 6;

/// A message on the page. It stands above what is shown and never replaces it; the user puts it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its number, which is never used again.
    pub(crate) id: u32,
    /// What it says.
    pub(crate) draft: Draft,
}

/// What can happen to the page.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// The user gave something to read; it is read when the engine is free.
    Enqueue(Job),
    /// The user wants a job to end, running or waiting.
    Cancel(JobId),
    /// The engine said something. Progress and exports do not come this way.
    Heard(Event),
    /// The engine stopped by itself; a new one is starting.
    Stopped(String),
    /// The engine cannot be started.
    CannotStart(String),
    /// The engine is being started once more, because the user asked.
    Restarting,
    /// Cut the weeks by this rule.
    UseRule(WeekRule),
    /// Flag weeks further from the mean than this, in tenths of a percent.
    UseThreshold(u32),
    /// The same, with a threshold that much larger or smaller.
    StepThreshold(i32),
    /// Look at one of the tables.
    ShowTable(TableId),
    /// Open one of the lists below the chart.
    OpenTab(Tab),
    /// Go to the first view, to the results, or to the warehouse.
    Show(Screen),
    /// Something was asked of the warehouse as a whole: messages about what was asked before go.
    Upkeep,
    /// Tell the user something.
    Tell(Draft),
    /// Say something to those who cannot see it.
    Announce(String),
    /// Put a message away.
    Dismiss(u32),
    /// The module of the SQL screen is there.
    SqlLoaded,
    /// It cannot be loaded, for this reason.
    SqlNotLoaded(String),
    /// It has come to its end by a defect, and said this.
    SqlStopped(String),
}

/// Whether the engine takes requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    /// It has been started and has not said that it is ready.
    Starting,
    /// It takes requests.
    Ready,
    /// It cannot be used, and the user has been told why.
    Failed,
}

/// What fills the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    /// The sentence, the drop zone and the samples.
    Start,
    /// The summary, the chart and the tables.
    Results,
    /// The warehouse as a whole.
    Warehouse,
    /// The SQL screen.
    Sql,
}

/// How far the module of the SQL screen is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sql {
    /// Nobody has wanted it.
    Absent,
    /// It is being loaded.
    Loading,
    /// It is there.
    There,
    /// It is not there; this is why, and what to do.
    Failed(Rc<str>),
}

/// What is shown of a table, under its chart if it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    /// The weeks far from the mean.
    Outliers,
    /// All weeks.
    Weeks,
    /// Stored rows.
    Rows,
    /// Its columns, and how it could be read instead.
    Columns,
    /// Records that could not be taken.
    Rejects,
    /// Duplicates that differ from the stored row.
    Conflicts,
    /// What is expected of it, and whether it holds.
    Quality,
}

/// A job that has ended, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ingestion {
    /// The job.
    pub(crate) job: Job,
    /// Its records.
    pub(crate) report: Report,
}

/// What is in the tables, as far as the page knows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Data {
    /// Counts the states of the tables; pages of rows asked for before the present one are out of date.
    pub(crate) version: u32,
    /// The tables, in the order of the catalog.
    pub(crate) tables: Rc<Vec<Rc<TableInfo>>>,
    /// The one that is looked at.
    pub(crate) table: Rc<TableInfo>,
    /// Its weeks, as soon as the engine has told them.
    pub(crate) weekly: Option<Rc<WeeklyView>>,
    /// The jobs that ended, newest first.
    pub(crate) ingestions: Rc<Vec<Rc<Ingestion>>>,
    /// The page of rows that came last.
    pub(crate) rows: Option<Rc<RowPage>>,
    /// The page of rejects that came last.
    pub(crate) rejects: Option<Rc<RejectPage>>,
    /// The page of conflicts that came last.
    pub(crate) conflicts: Option<Rc<ConflictPage>>,
    /// What was found when its checks were held against its rows.
    pub(crate) quality: Option<Rc<Quality>>,
}

impl Data {
    /// Looks at another table: what is known of the one before goes.
    fn look_at(&mut self, table: Rc<TableInfo>) {
        if table.id != self.table.id {
            self.weekly = None;
            self.rows = None;
            self.rejects = None;
            self.conflicts = None;
            self.quality = None;
        }
        self.table = table;
    }
}

impl Tab {
    /// What can be shown of a table.
    pub(crate) fn of(table: &TableInfo) -> impl Iterator<Item = Self> {
        let (timed, keyed) = (table.time.is_some(), table.key != KeyChoice::None);
        [
            Self::Outliers,
            Self::Weeks,
            Self::Rows,
            Self::Columns,
            Self::Rejects,
            Self::Conflicts,
            Self::Quality,
        ]
        .into_iter()
        .filter(move |tab| match tab {
            Self::Outliers | Self::Weeks => timed,
            Self::Conflicts => keyed,
            Self::Rows | Self::Columns | Self::Rejects | Self::Quality => true,
        })
    }
}

/// The report on a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Quality {
    /// A finding for each check.
    pub(crate) findings: Vec<FindingInfo>,
}

/// What is known of the warehouse as a whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Upkeep {
    /// Its snapshots and its log, the newest first.
    pub(crate) history: Option<Rc<(Vec<SnapshotInfo>, Vec<LogInfo>)>>,
    /// Two snapshots that were compared last, and how their tables differ.
    pub(crate) compared: Option<Rc<(u64, u64, Vec<DifferenceInfo>)>>,
    /// Counts what was done.
    pub(crate) done: u32,
}

/// Everything that the page shows, progress aside. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    /// Whether requests can be sent.
    pub(crate) engine: Engine,
    /// How often the engine was started; what belongs to an earlier one is gone.
    pub(crate) generation: u32,
    /// The job that the engine has, or will have as soon as it is told.
    pub(crate) running: Option<Job>,
    /// Whether the running job has been asked to end.
    pub(crate) cancelling: bool,
    /// The jobs after it.
    pub(crate) waiting: VecDeque<Job>,
    /// The rule and threshold of the controls. [`Data::weekly`] follows.
    pub(crate) options: ViewOptions,
    /// The tables; `None` while nothing has been read.
    pub(crate) data: Option<Data>,
    /// Whether they stay when the page is closed.
    pub(crate) keeping: Keeping,
    /// The warehouse as a whole.
    pub(crate) upkeep: Upkeep,
    /// The module of the SQL screen.
    pub(crate) sql: Sql,
    /// What fills the page.
    pub(crate) screen: Screen,
    /// Which table is open.
    pub(crate) tab: Tab,
    /// Messages, oldest first.
    pub(crate) messages: Vec<Message>,
    /// What was said last to those who cannot see it.
    pub(crate) announcement: Rc<str>,
    next_message: u32,
    /// Versions of the tables so far.
    versions: u32,
}

impl State {
    /// The list that is open: the one that was opened last, or another where the table has no such list.
    pub(crate) fn open_tab(&self) -> Tab {
        let Some(data) = &self.data else { return self.tab };
        if Tab::of(&data.table).any(|tab| tab == self.tab) { self.tab } else { Tab::Rows }
    }

    /// The page before anything has happened, with the controls as the user left them the last time.
    pub(crate) fn new(options: ViewOptions) -> Self {
        Self {
            engine: Engine::Starting,
            generation: 1,
            running: None,
            cancelling: false,
            waiting: VecDeque::new(),
            options,
            data: None,
            keeping: Keeping::Opening,
            upkeep: Upkeep::default(),
            sql: Sql::Absent,
            screen: Screen::Start,
            tab: Tab::Outliers,
            messages: Vec::new(),
            announcement: Rc::from(""),
            next_message: 1,
            versions: 0,
        }
    }

    /// The same at a screen that is there from the beginning.
    pub(crate) fn at(screen: Screen, options: ViewOptions) -> Self {
        let mut state = Self::new(options);
        state.show(screen);
        state
    }

    /// What holds after `action`.
    pub(crate) fn apply(&mut self, action: Action) {
        match action {
            Action::Enqueue(job) => self.enqueue(job),
            Action::Cancel(id) => self.cancel(id),
            Action::Heard(event) => self.hear(event),
            Action::Stopped(why) => self.stopped(&why),
            Action::CannotStart(why) => self.cannot_start(why),
            Action::Restarting => self.restarting(),
            Action::UseRule(rule) => self.options.rule = rule,
            Action::UseThreshold(tenths) => self.use_threshold(tenths),
            Action::StepThreshold(step) => {
                self.use_threshold(tenths(self.options.threshold).saturating_add_signed(step));
            }
            Action::ShowTable(id) => self.show_table(id),
            Action::OpenTab(tab) => self.tab = tab,
            Action::Show(screen) => self.show(screen),
            Action::Upkeep => self.messages.retain(|message| message.draft.tone != Tone::Info),
            Action::Tell(draft) => self.tell(draft),
            Action::Announce(text) => self.announcement = Rc::from(text),
            Action::Dismiss(id) => self.messages.retain(|message| message.id != id),
            Action::SqlLoaded => self.sql = Sql::There,
            Action::SqlNotLoaded(why) => self.sql_not_loaded(&why),
            Action::SqlStopped(why) => self.sql_stopped(&why),
        }
    }

    fn sql_not_loaded(&mut self, why: &str) {
        self.sql = Sql::Failed(Rc::from(format!(
            "The SQL screen could not be loaded. {} Check that there is a network, and load it again. If that does not help, a newer \
             Sandglass may have been published: load the page again.",
            format::sentence(why)
        )));
    }

    fn sql_stopped(&mut self, why: &str) {
        self.sql = Sql::Failed(Rc::from("The SQL screen stopped. What you wrote is kept."));
        self.tell(Draft::new(
            Tone::Error,
            "The SQL screen stopped",
            format!(
                "Your tables are intact, and what you wrote is kept. Load the screen again to go on. It said: {}",
                format::sentence(why)
            ),
        ));
    }

    fn use_threshold(&mut self, tenths: u32) {
        self.options.threshold = Threshold { numerator: tenths.min(MAX_TENTHS), denominator: TENTHS };
    }

    fn show_table(&mut self, id: TableId) {
        let Some(data) = &mut self.data else { return };
        if let Some(table) = data.tables.iter().find(|table| table.id == id).cloned() {
            data.look_at(table);
            self.screen = Screen::Results;
        }
    }

    fn show(&mut self, screen: Screen) {
        // Forward may lead to results that were cleared since.
        let leads_nowhere = screen == Screen::Results && self.data.is_none();
        if screen == Screen::Sql {
            self.want_sql();
        }
        self.screen = if leads_nowhere { Screen::Start } else { screen };
    }

    /// The module of the SQL screen is to be there.
    fn want_sql(&mut self) {
        if matches!(self.sql, Sql::Absent | Sql::Failed(_)) {
            self.sql = Sql::Loading;
        }
    }

    fn tell(&mut self, draft: Draft) {
        // Saying the same again would only push other messages out.
        self.messages.retain(|message| message.draft != draft);
        self.messages.push(Message { id: self.next_message, draft });
        self.next_message += 1;
        if self.messages.len() > MESSAGES_KEPT {
            self.messages.remove(0);
        }
    }
}

/// A threshold in tenths of a percent.
pub(crate) fn tenths(threshold: Threshold) -> u32 {
    let tenths = u64::from(threshold.numerator) * u64::from(TENTHS) / u64::from(threshold.denominator.max(1));
    u32::try_from(tenths).unwrap_or(u32::MAX)
}

#[cfg(target_family = "wasm")]
impl yew::Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut next = (*self).clone();
        next.apply(action);
        if next == *self { self } else { Rc::new(next) }
    }
}
