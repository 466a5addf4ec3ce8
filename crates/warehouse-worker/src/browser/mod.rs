//! Messages: from the page to the engine and back.

mod ahead;
mod beside;
mod cancel;
mod file;
mod formats;
mod hash;
mod home;
mod job;
mod parser;
mod pool;
mod ranges;
mod rehearsal;
mod report;
mod room;
mod scope;
mod source;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use futures_util::FutureExt as _;
use js_sys::Array;
use sandglass_pipelines::{KeyChoice, ReadAs, TableChoice, TimeChoice};
use sandglass_protocol::{
    self as protocol, Counts, Event, JobId, List, REHEARSAL, Report, Request, TableId, VERSION, VOTES,
};
use sandglass_warehouse_worker::{Changes, Engine, read_options};
use wasm_bindgen::prelude::*;
use web_sys::{File, MessageEvent};

use beside::Inbox;
use cancel::Cancel;
use home::Home;
use job::Job;
use pool::Pool;
use source::{Source, sample, selected_files};

/// How long the page may take to paint an answer before it is saved all the same, in milliseconds.
const PAINTED_WITHIN: i32 = 1_000;

/// What the worker has between two messages.
#[derive(Default)]
struct Worker {
    engine: RefCell<Engine>,
    /// The job that is under way, with the flag that stops it.
    running: RefCell<Option<Running>>,
    /// The sources of each table, to read them once more.
    sources: RefCell<HashMap<TableId, Vec<Rc<Source>>>>,
    /// Workers for large files.
    pool: RefCell<Pool>,
    /// Where the tables stay.
    home: Home,
    /// The jobs whose answers are painted.
    painted: Inbox<JobId>,
    /// Ends the rehearsal: something was asked for.
    rehearsal: Rc<Cancel>,
    /// Whether it is there for a rehearsal, of which the page hears nothing.
    is_stage: bool,
}

struct Running {
    job: JobId,
    cancelled: Rc<Cancel>,
}

impl Worker {
    /// Starts a parse worker, so that it is there when a large file comes.
    fn prepare_pool(self: &Rc<Self>) {
        let worker = Rc::clone(self);
        wasm_bindgen_futures::spawn_local(async move {
            scope::give_way().await;
            if Pool::is_possible() {
                worker.pool.borrow_mut().grow(1);
            }
        });
    }

    /// Waits until the page has painted the answer of a job. One that nobody sees is not painted, and not waited for long.
    async fn wait_until_painted(&self, job: JobId) {
        let painted = async { while self.painted.next().await != job {} };
        let waited = wasm_bindgen_futures::JsFuture::from(scope::after(PAINTED_WITHIN));
        futures_util::future::select(std::pin::pin!(painted), waited).await;
    }

    /// The job that is under way has ended with this.
    fn end_job(&self, event: &Event) {
        *self.running.borrow_mut() = None;
        if !self.is_stage {
            scope::post(event);
        }
    }

    /// The tables, for the page.
    fn tables(&self, engine: &Engine) -> Vec<protocol::TableInfo> {
        let sources = self.sources.borrow();
        engine.tables(|id| sources.contains_key(&id))
    }

    /// Keeps what tables have been made of, after a job with these sources. Those of a table that was read again are kept with
    /// it even if they could not be read so: in another way they can.
    fn keep_sources(
        &self,
        engine: &Engine,
        sources: &[Rc<Source>],
        changes: &Changes,
        instead_of: Option<TableId>,
    ) {
        let mut kept = self.sources.borrow_mut();
        let again = instead_of.filter(|&id| id != VOTES && changes.tables.contains(&Some(id)));
        if let Some(id) = again {
            kept.remove(&id);
        }
        for (source, id) in sources.iter().zip(&changes.tables) {
            if let Some(id) = id.or(again) {
                kept.entry(id).or_default().push(Rc::clone(source));
            }
        }
        let tables = engine.tables(|_| true);
        kept.retain(|id, _| tables.iter().any(|table| table.id == *id));
    }
}

/// Takes the role that this instance of the module was started for.
pub(crate) fn serve() {
    let role = js_sys::Reflect::get(&js_sys::global(), &"sandglassRole".into());
    match role.ok().and_then(|role| role.as_string()).as_deref() {
        Some("parser") => parser::serve(),
        _ => serve_page(),
    }
}

/// Answers the page's requests for as long as the page lives.
fn serve_page() {
    std::panic::set_hook(Box::new(|panic| {
        scope::post(&Event::Crashed { message: panic.to_string() });
    }));
    let worker = Rc::new(Worker::default());
    let prepared = Rc::clone(&worker);
    let rehearsal = Box::new(finished());
    let handler = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        receive(&worker, &message);
    });
    scope::on_message(&handler);
    // The handler lives as long as the worker.
    handler.forget();
    scope::post(&Event::Ready { version: VERSION.to_owned(), rehearsal });
    wasm_bindgen_futures::spawn_local(home::open(Rc::clone(&prepared)));
    prepared.prepare_pool();
    wasm_bindgen_futures::spawn_local(async move {
        scope::give_way().await;
        hash::warm_up();
        rehearsal::rehearse(prepared).await;
    });
}

/// What a job ends with, after going through all that it does to rows, so that this is compiled before the first one.
fn finished() -> Event {
    let (weekly, tables) = Engine::warm_up();
    let total = Counts { read: 1, stored: 1, ..Counts::default() };
    let report = Report { sources: Vec::new(), total, elapsed_ms: 0.0 };
    Event::Finished { job: REHEARSAL, report, weekly, tables, table: VOTES }
}

fn receive(worker: &Rc<Worker>, message: &MessageEvent) {
    let parts = Array::from(&message.data());
    let files: Vec<File> =
        Array::from(&parts.get(1)).iter().filter_map(|file| file.dyn_into().ok()).collect();
    match serde_wasm_bindgen::from_value(parts.get(0)) {
        Ok(request) => answer(worker, request, files, parts.get(0)),
        // Only a page of another version can send what cannot be understood; it learns that from `Ready` already.
        Err(error) => {
            scope::post(&Event::Crashed { message: format!("a message that makes no sense: {error}") })
        }
    }
}

/// Answers a request; `asked` is as it was sent, for other workers.
fn answer(worker: &Rc<Worker>, request: Request, files: Vec<File>, asked: JsValue) {
    let engine = &worker.engine;
    match request {
        Request::Ingest { job, sources } => {
            start(worker, (job, JsValue::NULL), selected_files(sources, files), ReadAs::Recognised, None);
        }
        Request::Sample { job, rows, seed } => {
            start(worker, (job, JsValue::NULL), vec![sample(rows, seed)], ReadAs::Recognised, None);
        }
        Request::Reread { job, table, read_as } => {
            let sources = worker.sources.borrow().get(&table).cloned().unwrap_or_default();
            start(worker, (job, asked), sources, read_as_of(read_as), Some(table));
        }
        Request::Cancel { job } => {
            if let Some(running) = worker.running.borrow().as_ref().filter(|running| running.job == job) {
                running.cancelled.wish();
            }
        }
        Request::Look { table, options } => {
            let mut engine = engine.borrow_mut();
            engine.set_view(options);
            scope::post(&Event::Weekly { table, weekly: engine.weekly(table) });
        }
        Request::Page { table, list: List::Rows, first, count } => {
            home::tell_rows(worker, table, first, count);
        }
        Request::Page { table, list, first, count } => home::with_lists(worker, table, move |worker| {
            let engine = worker.engine.borrow();
            scope::post(&match list {
                List::Rejects => Event::Rejects(engine.rejects(table, first, count)),
                _ => Event::Conflicts(engine.conflicts(table, first, count)),
            });
        }),
        Request::ExportRejects { table } => home::with_lists(worker, table, move |worker| {
            let bytes = worker.engine.borrow().export_rejects(table);
            scope::post_file("rejects.ndjson", "application/x-ndjson", &bytes);
        }),
        Request::ExportWeeks { table, outliers_only } => {
            let bytes = engine.borrow().export_weeks(table, outliers_only);
            let name = if outliers_only { "outlier_weeks.csv" } else { "weeks.csv" };
            scope::post_file(name, "text/csv", &bytes);
        }
        Request::Upkeep(task) => {
            let file = files.into_iter().next();
            wasm_bindgen_futures::spawn_local(home::upkeep(Rc::clone(worker), task, file));
        }
        Request::Painted { job } => worker.painted.push(job),
        Request::Prepare => worker.home.segments.prepare(),
        Request::Lend => wasm_bindgen_futures::spawn_local(home::lend(Rc::clone(worker))),
        Request::TakeBack => worker.home.lending.take_back(),
        Request::SaveAgain => wasm_bindgen_futures::spawn_local(home::save_again(Rc::clone(worker))),
        Request::Forget { table } => {
            let name = engine.borrow().name_of(table).clone();
            engine.borrow_mut().forget(table);
            worker.sources.borrow_mut().remove(&table);
            scope::post(&Event::Forgotten { table });
            wasm_bindgen_futures::spawn_local(home::remove(Rc::clone(worker), vec![name]));
        }
        Request::Clear => {
            // A job that is under way stands on the table as it was, and must not bring it back.
            if let Some(running) = worker.running.borrow().as_ref() {
                running.cancelled.wish();
            }
            engine.borrow_mut().clear();
            worker.sources.borrow_mut().clear();
            scope::post(&Event::Cleared);
            wasm_bindgen_futures::spawn_local(home::clear(Rc::clone(worker)));
        }
    }
}

/// What the engine is to make of the sources of a request; null is one that does not say so.
fn read_as_of_request(asked: JsValue) -> Result<ReadAs, String> {
    let request = (!asked.is_null()).then(|| serde_wasm_bindgen::from_value(asked)).transpose();
    match request.map_err(|error| error.to_string())? {
        Some(Request::Reread { read_as, .. }) => Ok(read_as_of(read_as)),
        _ => Ok(ReadAs::Recognised),
    }
}

/// What the engine is to make of sources, in its own words.
fn read_as_of(read_as: protocol::ReadAs) -> ReadAs {
    let protocol::ReadAs::Table(choice) = read_as else { return ReadAs::Pipeline };
    ReadAs::Plain(TableChoice {
        key: match choice.key {
            protocol::KeyChoice::None => KeyChoice::None,
            protocol::KeyChoice::Row => KeyChoice::Row,
            protocol::KeyChoice::Columns(columns) => KeyChoice::Columns(columns),
        },
        time: choice.time.map_or(TimeChoice::None, TimeChoice::Column),
        options: read_options(&choice.types, &choice.reading),
    })
}

/// Starts a job, unless one is under way.
fn start(
    worker: &Rc<Worker>,
    (job, asked): (JobId, JsValue),
    sources: Vec<Rc<Source>>,
    read_as: ReadAs,
    instead_of: Option<TableId>,
) {
    if worker.running.borrow().is_some() {
        let reason = "another file is being read; wait for it to end, or cancel it".to_owned();
        scope::post(&Event::Refused { job, reason });
        return;
    }
    worker.rehearsal.wish();
    let cancelled = Rc::new(Cancel::default());
    *worker.running.borrow_mut() = Some(Running { job, cancelled: cancelled.clone() });
    let worker = worker.clone();
    wasm_bindgen_futures::spawn_local(async move {
        let cancel = Rc::clone(&cancelled);
        let begun = Job::begin((job, asked), cancelled, sources, read_as, instead_of, &worker);
        match begun.boxed_local().await {
            Ok(task) => task.run(&worker).await,
            Err(_) if cancel.is_wished() => worker.end_job(&Event::Cancelled { job }),
            Err(reason) => worker.end_job(&Event::Refused { job, reason }),
        }
    });
}
