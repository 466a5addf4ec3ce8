//! The worker in a browser: messages from the page, and back.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `files` | files that the user has given |
//! | `home` | the warehouse of this origin, and turns at changing it |
//! | `pump` | slices of time |
//! | `scope` | the worker's global scope |
//! | `scratch` | where queries put aside what does not fit into memory |

mod files;
mod home;
mod pump;
mod scope;
mod scratch;

use std::rc::Rc;
use std::sync::Arc;

use js_sys::Array;
use sandglass_opfs::Folder;
use sandglass_protocol::VERSION;
use sandglass_protocol::sql::{SqlEvent, SqlRequest};
use sandglass_query::stored::Stored;
use sandglass_query::{Engine, Options, Spill, Tables};
use wasm_bindgen::prelude::*;
use web_sys::{File, MessageEvent};

pub use files::GivenFiles;
pub use home::{Home, Turns};
pub use pump::{Clock, Pump};
pub use scope::Page;

use crate::{Limits, Session};
use scratch::LateScratch;

/// The folder of the warehouse.
const FOLDER: &str = "warehouse";

/// What queries may hold: with what is kept of columns and results, and what is on its way, it stays below what a module can have.
const MEMORY: usize = 1 << 30;

/// The folder beside it for what need not last.
const SCRATCH: &str = "scratch";

/// Columns that are kept for the next query.
const CACHE: usize = 256 << 20;

/// What the worker has between two messages.
struct Worker {
    session: Rc<Session>,
    pump: Rc<Pump>,
    turns: Rc<Turns>,
    files: GivenFiles,
}

/// Answers the page's requests for as long as the page lives.
pub fn serve() {
    std::panic::set_hook(Box::new(|panic| {
        scope::post(&SqlEvent::Crashed { message: panic.to_string() });
    }));
    wasm_bindgen_futures::spawn_local(async {
        if let Err(reason) = begin().await {
            scope::post(&SqlEvent::Crashed { message: reason });
        }
    });
}

/// An engine over a folder of the browser, whose queries may hold so many bytes. Another folder is for what they put
/// aside.
///
/// # Errors
/// When the engine cannot be made.
pub async fn engine(
    (folder, scratch): (&str, &str),
    memory: usize,
    turns: Rc<Turns>,
    files: GivenFiles,
) -> Result<Engine, String> {
    // Without storage there are no tables, and queries over files that were given work all the same.
    let folder = Folder::open(folder).await.map_err(|error| error.to_string());
    let late = Arc::new(LateScratch::default());
    if matches!(folder, Ok(Folder::Kept(_))) {
        wasm_bindgen_futures::spawn_local(Arc::clone(&late).open(Rc::from(scratch)));
    }
    let tables: Arc<dyn Tables> = Arc::new(Stored::at(Home::new(folder, turns, files)));
    let options = Options { memory, cache: CACHE, partitions: 1, spill: Spill::Scratch(late) };
    let engine = Engine::new(tables, &options).map_err(|error| error.to_string())?;
    Ok(engine.paced(Arc::new(Clock)))
}

async fn begin() -> Result<(), String> {
    let turns = Rc::new(Turns::new(|event| scope::post(&event)));
    let files = GivenFiles::default();
    let engine = engine((FOLDER, SCRATCH), MEMORY, Rc::clone(&turns), files.clone()).await?;
    let session = Rc::new(Session::new(engine, Rc::new(Page), Limits::default()));
    let told = Rc::clone(&session);
    let pump = Pump::new(move || told.tell_progress()).map_err(|error| error.to_string())?;
    let worker = Worker { session, pump: Rc::new(pump), turns, files };
    let handler = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        receive(&worker, &message);
    });
    scope::on_message(&handler);
    // The handler lives as long as the worker.
    handler.forget();
    scope::post(&SqlEvent::Ready { version: VERSION.to_owned() });
    Ok(())
}

fn receive(worker: &Worker, message: &MessageEvent) {
    let parts = Array::from(&message.data());
    let files: Vec<File> =
        Array::from(&parts.get(1)).iter().filter_map(|file| file.dyn_into().ok()).collect();
    match serde_wasm_bindgen::from_value(parts.get(0)) {
        Ok(request) => answer(worker, request, files),
        // Only a page of another version can send what cannot be understood; it learns that from `Ready` already.
        Err(error) => {
            scope::post(&SqlEvent::Crashed { message: format!("a message that makes no sense: {error}") });
        }
    }
}

fn answer(worker: &Worker, request: SqlRequest, files: Vec<File>) {
    let session = Rc::clone(&worker.session);
    match request {
        SqlRequest::Catalog => worker.pump.start(async move { session.tell_catalog().await }),
        SqlRequest::Run { run, sql } => worker.pump.start(async move { session.run(run, &sql).await }),
        SqlRequest::Cancel { run } => {
            if session.cancel(run) {
                worker.turns.give_up();
            }
        }
        SqlRequest::Page { result, first, count, sort } => session.tell_page(result, first, count, sort),
        SqlRequest::Explore { of } => worker.pump.start(async move { session.explore(of).await }),
        SqlRequest::Chart { result, ask, sql } => {
            worker.pump.start(async move { session.chart(result, ask, &sql).await });
        }
        SqlRequest::Export { result, form } => {
            worker.pump.start(async move { session.export(result, form).await });
        }
        SqlRequest::Release { result } => session.release(result),
        SqlRequest::Files { names } => worker.files.put(names, files),
        SqlRequest::Turn { refused } => worker.turns.answer(refused),
    }
}
