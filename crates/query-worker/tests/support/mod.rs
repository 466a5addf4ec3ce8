//! What tests in the browser have in common: a worker without the worker around it, and what it tells.
#![allow(dead_code, unreachable_pub, reason = "every test uses some of it")]

pub mod slt;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use futures::channel::oneshot;
use js_sys::Promise;
use sandglass_opfs::Opfs;
use sandglass_protocol::sql::{RunId, SqlCost, SqlEvent, SqlOutcome};
use sandglass_query_worker::browser::{GivenFiles, Pump, Turns, engine};
use sandglass_query_worker::{FileOut, Limits, Session, World};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// What a session has told.
#[derive(Default)]
pub struct Told {
    pub events: RefCell<Vec<SqlEvent>>,
    pub files: RefCell<BTreeMap<String, Vec<u8>>>,
}

pub struct TestWorld(Rc<Told>);

impl World for TestWorld {
    fn tell(&self, event: SqlEvent) {
        self.0.events.borrow_mut().push(event);
    }

    fn begin_file(&self, _: &str) -> Box<dyn FileOut> {
        Box::new(Bytes { told: Rc::clone(&self.0), bytes: Vec::new() })
    }

    fn now(&self) -> f64 {
        now()
    }

    fn memory(&self) -> u64 {
        1
    }
}

struct Bytes {
    told: Rc<Told>,
    bytes: Vec<u8>,
}

impl FileOut for Bytes {
    fn push(&mut self, bytes: Vec<u8>) {
        self.bytes.extend(bytes);
    }

    fn end(self: Box<Self>, event: SqlEvent) {
        if let SqlEvent::Exported { file_name, .. } = &event {
            self.told.files.borrow_mut().insert(file_name.clone(), self.bytes);
        }
        self.told.events.borrow_mut().push(event);
    }
}

/// Milliseconds.
pub fn now() -> f64 {
    js_sys::Date::now()
}

/// Waits for so many milliseconds.
pub async fn after(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        let scope: web_sys::DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
        scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds).unwrap();
    });
    JsFuture::from(promise).await.unwrap();
}

/// Bytes that queries may hold, where nothing else is said.
const MEMORY: usize = 1 << 30;

/// A worker over a folder of its own, where every turn that is asked for is given a little later.
pub struct Db {
    pub session: Rc<Session>,
    pub pump: Rc<Pump>,
    pub told: Rc<Told>,
    pub files: GivenFiles,
    /// What was said about turns.
    pub turns: Rc<RefCell<Vec<SqlEvent>>>,
    last: RefCell<RunId>,
}

impl Db {
    pub async fn new(folder: &str) -> Self {
        Self::with(folder, Limits::default(), None).await
    }

    /// `refused` is why no turn is given.
    pub async fn with(folder: &str, limits: Limits, refused: Option<&'static str>) -> Self {
        // What a run before has left in this browser.
        Opfs::open(folder).await.unwrap().clear().await.unwrap();
        Self::again(folder, limits, refused).await
    }

    /// One over what is there.
    pub async fn again(folder: &str, limits: Limits, refused: Option<&'static str>) -> Self {
        Self::small(folder, MEMORY, limits, refused).await
    }

    /// One whose queries may hold so many bytes.
    pub async fn small(folder: &str, memory: usize, limits: Limits, refused: Option<&'static str>) -> Self {
        let said: Rc<RefCell<Vec<SqlEvent>>> = Rc::default();
        let hears = Rc::clone(&said);
        let turns: Rc<RefCell<Option<Rc<Turns>>>> = Rc::default();
        let gives = Rc::clone(&turns);
        let tell = move |event: SqlEvent| {
            if event == SqlEvent::TurnWanted {
                let gives = Rc::clone(&gives);
                wasm_bindgen_futures::spawn_local(async move {
                    after(5).await;
                    let turns = gives.borrow().clone().unwrap();
                    turns.answer(refused.map(str::to_owned));
                });
            }
            hears.borrow_mut().push(event);
        };
        let own = Rc::new(Turns::new(tell));
        *turns.borrow_mut() = Some(Rc::clone(&own));
        let files = GivenFiles::default();
        let scratch = format!("{folder}-scratch");
        let engine = engine((folder, &scratch), memory, own, files.clone()).await.unwrap();
        let told = Rc::new(Told::default());
        let session = Rc::new(Session::new(engine, Rc::new(TestWorld(Rc::clone(&told))), limits));
        let tells = Rc::clone(&session);
        let pump = Rc::new(Pump::new(move || tells.tell_progress()).unwrap());
        Self { session, pump, told, files, turns: said, last: RefCell::new(0) }
    }

    /// Runs something to its end.
    pub async fn wait<T: 'static>(&self, job: impl Future<Output = T> + 'static) -> T {
        let (send, receive) = oneshot::channel();
        self.pump.start(async move {
            let _ = send.send(job.await);
        });
        receive.await.unwrap()
    }

    /// Starts a script.
    pub fn start(&self, sql: &str) -> (RunId, oneshot::Receiver<()>) {
        *self.last.borrow_mut() += 1;
        let run = *self.last.borrow();
        let (session, sql) = (Rc::clone(&self.session), sql.to_owned());
        let (send, receive) = oneshot::channel();
        self.pump.start(async move {
            session.run(run, &sql).await;
            let _ = send.send(());
        });
        (run, receive)
    }

    /// Carries out a script, and hands out what came of each statement.
    pub async fn run(&self, sql: &str) -> Vec<(SqlOutcome, SqlCost)> {
        let (run, ended) = self.start(sql);
        ended.await.unwrap();
        self.outcomes(run)
    }

    /// What came of the statements of a script.
    pub fn outcomes(&self, of: RunId) -> Vec<(SqlOutcome, SqlCost)> {
        let events = self.told.events.borrow();
        let found = events.iter().filter_map(|event| match event {
            SqlEvent::Statement { run, outcome, cost, .. } if *run == of => {
                Some((outcome.clone(), cost.clone()))
            }
            _ => None,
        });
        found.collect()
    }

    /// The rows of the last statement of a script, as lines.
    pub async fn lines(&self, sql: &str) -> Vec<String> {
        match self.run(sql).await.pop() {
            Some((SqlOutcome::Rows(info), _)) => lines(&info.first),
            other => panic!("{sql}\n{other:?}"),
        }
    }

    /// The event that came last.
    pub fn last_event(&self) -> SqlEvent {
        self.told.events.borrow().last().cloned().unwrap()
    }
}

pub fn lines(rows: &[Vec<Option<String>>]) -> Vec<String> {
    let cell = |cell: &Option<String>| cell.clone().unwrap_or_else(|| "NULL".to_owned());
    rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join("|")).collect()
}
