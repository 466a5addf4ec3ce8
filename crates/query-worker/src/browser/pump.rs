//! Slices of time: queries run for a moment, then whatever else has come is looked after.
//!
//! The engine starts tasks of a tokio runtime, so one has to be entered whenever it is polled. A slice runs that runtime until its
//! time is over, nothing is left to be done, or all that is left waits for the browser. Between two slices control goes
//! back to the event loop, by a message to itself, because timers wait.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures::Stream as _;
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use sandglass_query::Pace;
use tokio::runtime::{Builder, Runtime};

use super::scope;

/// How long a slice lasts, in milliseconds.
const SLICE: f64 = 25.0;

/// After so many slices in which all waited for the browser it is asked less often.
const PATIENT: u32 = 200;

thread_local! {
    /// When the present slice is over.
    static END: Cell<f64> = const { Cell::new(f64::INFINITY) };
    /// Wakes whoever runs the slice.
    static WAKER: RefCell<Option<Waker>> = const { RefCell::new(None) };
    /// Whether the runtime had nothing to do.
    static IDLE: Cell<bool> = const { Cell::new(false) };
    /// Whether a job has gone on.
    static WENT_ON: Cell<bool> = const { Cell::new(false) };
}

/// Tells the engine when a slice is over.
#[derive(Debug, Clone, Copy)]
pub struct Clock;

impl Pace for Clock {
    fn is_over(&self) -> bool {
        let is_over = scope::now() >= END.get();
        if is_over {
            // Who asks may be a task of the runtime, which would run it again and again and never look whether the slice has ended.
            wake();
        }
        is_over
    }
}

/// Has whoever runs the slice look at it.
fn wake() {
    WAKER.with_borrow(|waker| waker.iter().for_each(Waker::wake_by_ref));
}

/// What came of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slice {
    /// Its time is over.
    Over,
    /// All that is left waits for the browser.
    Waiting,
    /// Nothing is left.
    Done,
}

type Jobs = FuturesUnordered<LocalBoxFuture<'static, ()>>;

/// Runs what is asked for, in slices.
pub struct Pump {
    runtime: Runtime,
    jobs: Rc<RefCell<Jobs>>,
    new: RefCell<Vec<LocalBoxFuture<'static, ()>>>,
    is_running: Cell<bool>,
    between: Box<dyn Fn()>,
}

impl std::fmt::Debug for Pump {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pump").field("is_running", &self.is_running).finish_non_exhaustive()
    }
}

impl Pump {
    /// One that does this between slices.
    ///
    /// # Errors
    /// When there can be no runtime.
    pub fn new(between: impl Fn() + 'static) -> std::io::Result<Self> {
        let mut builder = Builder::new_current_thread();
        // It must not sleep, because nobody else could wake it: it says that it would, and the slice ends.
        builder.on_thread_park(|| {
            IDLE.set(true);
            wake();
        });
        Ok(Self {
            runtime: builder.build()?,
            jobs: Rc::default(),
            new: RefCell::default(),
            is_running: Cell::new(false),
            between: Box::new(between),
        })
    }

    /// Starts something, which runs beside what was started before.
    pub fn start(self: &Rc<Self>, job: impl Future<Output = ()> + 'static) {
        let mut job = Box::pin(job);
        // Only jobs that something has woken are polled.
        self.new.borrow_mut().push(Box::pin(std::future::poll_fn(move |context| {
            WENT_ON.set(true);
            job.as_mut().poll(context)
        })));
        if !self.is_running.replace(true) {
            wasm_bindgen_futures::spawn_local(Rc::clone(self).drive());
        }
    }

    async fn drive(self: Rc<Self>) {
        let mut waited = 0_u32;
        loop {
            for job in self.new.take() {
                self.jobs.borrow_mut().push(job);
            }
            let slice = self.slice();
            if WENT_ON.replace(false) {
                waited = 0;
            }
            match slice {
                Slice::Done if self.new.borrow().is_empty() => break self.is_running.set(false),
                Slice::Done => continue,
                Slice::Over => {
                    (self.between)();
                    scope::give_way().await;
                }
                // What the browser was asked for has mostly come when it had control once.
                Slice::Waiting if waited < PATIENT => {
                    waited += 1;
                    scope::give_way().await;
                }
                Slice::Waiting => {
                    (self.between)();
                    scope::after(4).await;
                }
            }
        }
    }

    fn slice(&self) -> Slice {
        END.set(scope::now() + SLICE);
        IDLE.set(false);
        let mut jobs = self.jobs.borrow_mut();
        let mut idle = 0;
        let mut is_over = false;
        let step = |context: &mut Context<'_>| Self::step(&mut jobs, &mut idle, &mut is_over, context);
        let came = self.runtime.block_on(std::future::poll_fn(step));
        WAKER.set(None);
        END.set(f64::INFINITY);
        came
    }

    /// Goes on with the jobs that can. Tasks that the engine has started run between two steps. `idle` counts after how many
    /// steps there was nothing to do for those.
    fn step(jobs: &mut Jobs, idle: &mut u32, is_over: &mut bool, context: &mut Context<'_>) -> Poll<Slice> {
        WAKER.set(Some(context.waker().clone()));
        *idle = if IDLE.replace(false) { *idle + 1 } else { 0 };
        if *is_over {
            return Poll::Ready(Slice::Over);
        }
        loop {
            match Pin::new(&mut *jobs).poll_next(context) {
                // Tasks that were given up end when they are run once more.
                Poll::Ready(None) if *idle >= 1 => return Poll::Ready(Slice::Done),
                Poll::Ready(None) => return Poll::Pending,
                Poll::Ready(Some(())) => *idle = 0,
                Poll::Pending => break,
            }
        }
        if scope::now() >= END.get() {
            // The runtime keeps back whom it wakes later, and would forget them if it ended here.
            *is_over = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        // After the first time a job may have gone on; after the second none has, and no task either.
        if *idle >= 2 { Poll::Ready(Slice::Waiting) } else { Poll::Pending }
    }
}
