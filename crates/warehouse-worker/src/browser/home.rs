//! Where the tables stay: the warehouse of this origin, in the browser's own storage, or that of this page, where the browser
//! gives none.
//!
//! It is opened when the worker starts, beside the page, and nothing waits for it but jobs. Whatever reads or changes the
//! warehouse takes its turn, because all of that waits for files; answers from memory do not.

mod lend;
mod lock;
mod news;
mod segments;

use std::rc::Rc;

use futures_util::lock::{Mutex, MutexGuard};
use sandglass_opfs::{Folder, usage};
use sandglass_protocol::{Event, Keeping, Space, Task, Upkept, VERSION, VOTES};
use sandglass_warehouse::manifest::TableId as TableName;
use sandglass_warehouse::store::{Mode, Moment, page_from};
use sandglass_warehouse::{LogEntry, Piece};
use sandglass_warehouse_worker::{Keeper, MOST};
use web_sys::File;

pub(super) use self::lend::{Lending, lend};
use self::lock::Lock;
use self::news::News;
pub(super) use self::segments::SegmentsWorker;
use super::{Worker, scope};

/// The folder of its files.
const FOLDER: &str = "warehouse";

/// The warehouse as the browser has it.
pub(super) type Warehouse = Keeper<Folder, SegmentsWorker>;

/// The warehouse, if there is one, behind a queue of those who use it.
pub(super) struct Home {
    keeper: Mutex<Option<Warehouse>>,
    pub(super) segments: SegmentsWorker,
    pub(super) lending: Lending,
    news: News,
}

impl Default for Home {
    fn default() -> Self {
        Self {
            keeper: Mutex::new(None),
            segments: SegmentsWorker::new(FOLDER),
            lending: Lending::default(),
            news: News::default(),
        }
    }
}

impl Home {
    /// Waits for a turn.
    pub(super) async fn turn(&self) -> MutexGuard<'_, Option<Warehouse>> {
        self.keeper.lock().await
    }
}

/// The present time, and this program.
pub(super) fn now() -> Moment<'static> {
    at(js_sys::Date::now())
}

/// The time of so many milliseconds since 1970.
pub(super) fn at(milliseconds: f64) -> Moment<'static> {
    Moment { micros: (milliseconds * 1000.0) as i64, engine: VERSION }
}

/// Opens the warehouse and hands its tables to the page.
pub(super) async fn open(worker: Rc<Worker>) {
    // The turn is taken before anything is waited for, so that the first job comes behind.
    let mut keeper = worker.home.turn().await;
    scope::post(&Event::Keeping(Keeping::Opening));
    let listening = Rc::downgrade(&worker);
    worker.home.news.listen(move |snapshot| {
        if let Some(worker) = listening.upgrade() {
            wasm_bindgen_futures::spawn_local(look_again(worker, snapshot));
        }
    });
    let opened = open_first(&worker).await;
    settle(&mut keeper, opened);
}

/// Opens the warehouse to write, or to look on where another tab has it.
async fn open_first(worker: &Rc<Worker>) -> Result<Warehouse, String> {
    if let Folder::Lent(_) = folder().await? {
        // No other tab can have these files, and one that has the others needs the lock.
        return opened(worker, Mode::Write).await;
    }
    let lock = Lock::ask()?;
    if lock.is_given().await? {
        return opened(worker, Mode::Write).await;
    }
    wasm_bindgen_futures::spawn_local(take_over(Rc::clone(worker), lock));
    opened(worker, Mode::Read).await
}

async fn folder() -> Result<Folder, String> {
    Folder::open(FOLDER).await.map_err(|error| error.to_string())
}

/// Waits until no other tab has the warehouse, and opens it once more, to write.
async fn take_over(worker: Rc<Worker>, lock: Lock) {
    if lock.wait().await.is_ok() {
        let mut keeper = worker.home.turn().await;
        let opened = opened(&worker, Mode::Write).await;
        settle(&mut keeper, opened);
    }
}

/// Another tab has made this snapshot: opens the warehouse once more, if this one only looks on.
async fn look_again(worker: Rc<Worker>, snapshot: u64) {
    let mut turn = worker.home.turn().await;
    let Some(keeper) = &mut *turn else { return };
    if keeper.is_writable() || keeper.snapshot() == snapshot {
        return;
    }
    if snapshot < keeper.snapshot() {
        // All was removed, and names are given again: it must not take one file for another.
        worker.home.segments.end();
    }
    // What cannot be read now is there still as it was, and looked at again with the next change.
    if let Ok(opened) = open_files(&worker, Mode::Read).await {
        let told = fill(&worker, &opened).await;
        *keeper = opened;
        tell_tables(&worker, told);
    }
}

fn settle(keeper: &mut Option<Warehouse>, opened: Result<Warehouse, String>) {
    match opened {
        Ok(opened) => *keeper = Some(opened),
        Err(reason) => scope::post(&Event::Keeping(Keeping::Nowhere { reason })),
    }
}

async fn open_files(worker: &Worker, mode: Mode) -> Result<Warehouse, String> {
    let segments = worker.home.segments.clone();
    Keeper::open(folder().await?, segments, mode, now()).await.map_err(|error| error.to_string())
}

async fn opened(worker: &Worker, mode: Mode) -> Result<Warehouse, String> {
    Ok(filled(worker, open_files(worker, mode).await?).await)
}

/// Hands the tables of a warehouse to the engine and to the page.
async fn filled(worker: &Worker, keeper: Warehouse) -> Warehouse {
    let warnings = fill(worker, &keeper).await;
    tell_tables(worker, warnings);
    tell_keeping(worker, &keeper).await;
    keeper
}

/// Hands the tables of a warehouse to the engine; what is wrong with it.
async fn fill(worker: &Worker, keeper: &Warehouse) -> Vec<String> {
    let log = keeper.fill(&worker.engine).await;
    let mut warnings = keeper.warnings().to_vec();
    warnings.extend(log.err().map(|error| error.to_string()));
    worker.sources.borrow_mut().clear();
    warnings
}

/// Tells the page which tables there are now.
fn tell_tables(worker: &Worker, warnings: Vec<String>) {
    let engine = worker.engine.borrow();
    let tables = worker.tables(&engine);
    // That of the pipeline, or the largest.
    let largest = || tables.iter().max_by_key(|table| table.rows).map(|table| table.id);
    let votes = tables.iter().find(|table| table.id == VOTES).map(|table| table.id);
    let table = votes.or_else(largest).unwrap_or(VOTES);
    scope::post(&Event::Opened { weekly: engine.weekly(table), tables, table, warnings });
}

/// Tells the page whether its tables stay, and other tabs what they are now.
pub(super) async fn tell_keeping(worker: &Worker, keeper: &Warehouse) {
    let keeping = match keeper.storage() {
        _ if !keeper.is_writable() => Keeping::Looking,
        Folder::Lent(lent) => {
            let used = keeper.storage().list_all("").await.unwrap_or_default();
            let used = used.iter().map(|file| file.bytes).sum();
            Keeping::Window { reason: lent.reason().to_owned(), used, saving: false }
        }
        Folder::Kept(_) => {
            worker.home.news.tell(keeper.snapshot());
            // What the browser does not tell is not shown.
            let space = usage()
                .await
                .map_or(Space { used: 0, quota: 0 }, |usage| Space { used: usage.used, quota: usage.quota });
            Keeping::Kept(space)
        }
    };
    scope::post(&Event::Keeping(keeping));
}

/// Saves what is not saved, and tells the page. `finish` makes the entries of the log whole.
pub(super) async fn save<F: Future<Output = Vec<LogEntry>>>(
    worker: &Worker,
    keeper: &mut Warehouse,
    finish: impl FnOnce(Vec<LogEntry>) -> F,
) -> Result<(), String> {
    if !keeper.is_pending() {
        return Ok(());
    }
    scope::post(&Event::Keeping(Keeping::Saving));
    match keeper.save(finish, now()).await {
        Ok(()) => {
            tell_keeping(worker, keeper).await;
            Ok(())
        }
        Err(error) => {
            let reason = error.to_string();
            scope::post(&Event::Keeping(Keeping::Unsaved { reason: reason.clone() }));
            Err(reason)
        }
    }
}

/// Saves once more what could not be saved.
pub(super) async fn save_again(worker: Rc<Worker>) {
    if let Some(keeper) = &mut *worker.home.turn().await {
        // The page is told what comes of it.
        let _ = save(&worker, keeper, |entries| async { entries }).await;
    }
}

/// Removes tables that the page has forgotten.
pub(super) async fn remove(worker: Rc<Worker>, names: Vec<TableName>) {
    if let Some(keeper) = &mut *worker.home.turn().await {
        match keeper.remove(&names, now()).await {
            Ok(()) => tell_keeping(&worker, keeper).await,
            Err(error) => {
                let reason = format!("the tables could not be removed for good: {error}");
                scope::post(&Event::Keeping(Keeping::Unsaved { reason }));
            }
        }
    }
}

/// Removes everything that is kept, its history as well.
pub(super) async fn clear(worker: Rc<Worker>) {
    let mut turn = worker.home.turn().await;
    if turn.is_none() {
        return;
    }
    // Names are given again, and it must not take one file for another.
    worker.home.segments.end();
    let cleared = match Folder::open(FOLDER).await {
        Ok(folder) => folder.clear().await,
        Err(error) => Err(error),
    };
    if let Err(error) = cleared {
        let reason = format!("not all could be removed: {error}; load the page again, and try once more");
        return scope::post(&Event::Failed { reason });
    }
    *turn = match open_files(&worker, Mode::Write).await {
        Ok(opened) => {
            tell_keeping(&worker, &opened).await;
            Some(opened)
        }
        Err(reason) => {
            scope::post(&Event::Keeping(Keeping::Nowhere { reason }));
            None
        }
    };
}

/// Tells the page some rows of a table. Those in memory are told at once, others are read.
pub(super) fn tell_rows(worker: &Rc<Worker>, id: u32, first: u64, count: u32) {
    let table = worker.engine.borrow().table(id);
    let count = count.min(MOST) as usize;
    let plan = table.borrow().plan(first, count);
    let tell = move |worker: &Worker, rows| {
        scope::post(&Event::Rows(worker.engine.borrow().rows(id, first, rows)));
    };
    if plan.iter().all(|piece| matches!(piece, Piece::Here(_))) {
        return tell(worker, table.borrow().page(first, count));
    }
    let columns = table.borrow().columns();
    let worker = Rc::clone(worker);
    wasm_bindgen_futures::spawn_local(async move {
        match page_from(&worker.home.segments, &columns, plan).await {
            Ok(rows) => tell(&worker, rows),
            Err(error) => scope::post(&Event::Failed { reason: error.to_string() }),
        }
    });
}

/// Loads what the warehouse lists of a table, if that is not there yet, and goes on then.
pub(super) fn with_lists(worker: &Rc<Worker>, id: u32, go_on: impl FnOnce(&Worker) + 'static) {
    let Some(state) = worker.engine.borrow().lists_wanted(id) else { return go_on(worker) };
    let worker = Rc::clone(worker);
    wasm_bindgen_futures::spawn_local(async move {
        let lists = match &*worker.home.turn().await {
            Some(keeper) => keeper.lists(&state).await,
            None => return,
        };
        match lists {
            Ok(lists) => worker.engine.borrow_mut().put_lists(id, lists),
            Err(error) => return scope::post(&Event::Failed { reason: error.to_string() }),
        }
        go_on(&worker);
    });
}

/// Has the warehouse as a whole done something to, and tells the page what came of it.
pub(super) async fn upkeep(worker: Rc<Worker>, task: Task, file: Option<File>) {
    let told = done(&worker, &task, file).await;
    if let Err(reason) = told {
        scope::post(&Event::Upkept(Upkept::Refused { reason }));
    }
}

async fn done(worker: &Rc<Worker>, task: &Task, file: Option<File>) -> Result<(), String> {
    if task.writes() && worker.running.borrow().is_some() {
        return Err("a file is being read; wait for it to end, or cancel it".to_owned());
    }
    let mut turn = worker.home.turn().await;
    let Some(keeper) = &mut *turn else {
        return Err(
            "the browser gives this page no storage, so there is no history, and nothing to move".to_owned()
        );
    };
    if task.writes() && !keeper.is_writable() {
        return Err("another tab has these tables, and only that one can change them".to_owned());
    }
    // It is done to what is stored.
    save(worker, keeper, |entries| async { entries }).await?;
    let asked = serde_wasm_bindgen::to_value(task).map_err(|error| error.to_string())?;
    let (event, blob) = worker.home.segments.upkeep(&asked, file).await.map_err(|error| error.to_string())?;
    if task.writes() {
        // The other worker has written: what stands here is the state before.
        let again = reopened(worker, task.changes_tables()).await?;
        *keeper = again;
    }
    scope::post_words(&event, &blob);
    Ok(())
}

/// Opens the warehouse once more; if its tables may be others, the page is told these.
async fn reopened(worker: &Worker, with_tables: bool) -> Result<Warehouse, String> {
    if with_tables {
        return opened(worker, Mode::Write).await;
    }
    let keeper = open_files(worker, Mode::Write).await?;
    tell_keeping(worker, &keeper).await;
    Ok(keeper)
}
