//! Messages: from the page to the engine and back.

mod file;
mod job;
mod scope;
mod source;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Array;
use sandglass_protocol::{Counts, Event, JobId, REHEARSAL, Report, Request, VERSION};
use sandglass_warehouse_worker::Engine;
use wasm_bindgen::prelude::*;
use web_sys::{File, MessageEvent};

use job::Job;
use source::{Source, sample, selected_files};

/// What the worker has between two messages.
#[derive(Default)]
struct Worker {
    engine: RefCell<Engine>,
    /// The job that is under way, with the flag that stops it.
    running: RefCell<Option<Running>>,
}

struct Running {
    job: JobId,
    cancelled: Rc<Cell<bool>>,
}

/// Answers the page's requests for as long as the page lives.
pub(crate) fn serve() {
    std::panic::set_hook(Box::new(|panic| {
        scope::post(&Event::Crashed { message: panic.to_string() });
    }));
    let worker = Rc::new(Worker::default());
    let rehearsal = Box::new(rehearsal());
    let handler = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        receive(&worker, &message);
    });
    scope::on_message(&handler);
    // The handler lives as long as the worker.
    handler.forget();
    scope::post(&Event::Ready { version: VERSION.to_owned(), rehearsal });
}

/// Goes through all that a job does, so that it is compiled before the first one.
fn rehearsal() -> Event {
    let (weekly, table) = Engine::warm_up();
    let total = Counts { read: 1, stored: 1, ..Counts::default() };
    let report = Report { sources: Vec::new(), total, elapsed_ms: 0.0 };
    Event::Finished { job: REHEARSAL, report, weekly, table }
}

fn receive(worker: &Rc<Worker>, message: &MessageEvent) {
    let parts = Array::from(&message.data());
    let files: Vec<File> =
        Array::from(&parts.get(1)).iter().filter_map(|file| file.dyn_into().ok()).collect();
    match serde_wasm_bindgen::from_value(parts.get(0)) {
        Ok(request) => answer(worker, request, files),
        // Only a page of another version can send what cannot be understood; it learns that from `Ready` already.
        Err(error) => {
            scope::post(&Event::Crashed { message: format!("a message that makes no sense: {error}") })
        }
    }
}

fn answer(worker: &Rc<Worker>, request: Request, files: Vec<File>) {
    let engine = &worker.engine;
    match request {
        Request::Ingest { job, sources } => start(worker, job, selected_files(sources, files)),
        Request::Sample { job, rows, seed } => start(worker, job, vec![sample(rows, seed)]),
        Request::Cancel { job } => {
            if let Some(running) = worker.running.borrow().as_ref().filter(|running| running.job == job) {
                running.cancelled.set(true);
            }
        }
        Request::SetView(options) => {
            let view = engine.borrow_mut().set_view(options);
            scope::post(&Event::Weekly(view));
        }
        Request::Rows { first, count } => scope::post(&Event::Rows(engine.borrow().rows(first, count))),
        Request::Rejects { first, count } => {
            scope::post(&Event::Rejects(engine.borrow().rejects(first, count)));
        }
        Request::Conflicts { first, count } => {
            scope::post(&Event::Conflicts(engine.borrow().conflicts(first, count)));
        }
        Request::ExportRejects => {
            let bytes = engine.borrow().export_rejects();
            scope::post_file("rejects.ndjson", "application/x-ndjson", &bytes);
        }
        Request::ExportWeeks { outliers_only } => {
            let bytes = engine.borrow().export_weeks(outliers_only);
            let name = if outliers_only { "outlier_weeks.csv" } else { "weeks.csv" };
            scope::post_file(name, "text/csv", &bytes);
        }
        Request::Clear => {
            // A job that is under way stands on the table as it was, and must not bring it back.
            if let Some(running) = worker.running.borrow().as_ref() {
                running.cancelled.set(true);
            }
            engine.borrow_mut().clear();
            scope::post(&Event::Cleared);
        }
    }
}

/// Starts a job, unless one is under way.
fn start(worker: &Rc<Worker>, job: JobId, sources: Vec<Source>) {
    if worker.running.borrow().is_some() {
        let reason = "another file is being read; wait for it to end, or cancel it".to_owned();
        scope::post(&Event::Refused { job, reason });
        return;
    }
    let cancelled = Rc::new(Cell::new(false));
    *worker.running.borrow_mut() = Some(Running { job, cancelled: cancelled.clone() });
    let worker = worker.clone();
    let task = Job::new(job, cancelled, sources, &worker.engine.borrow());
    wasm_bindgen_futures::spawn_local(async move {
        let event = task.run(&worker.engine).await;
        *worker.running.borrow_mut() = None;
        scope::post(&event);
    });
}
