//! Small files that parse workers read as a whole, while this worker takes what has come of those before them.
//!
//! Files are taken in their order, so what comes of a job is what one worker makes of it. A file that no parse worker has
//! been given when its turn comes is read by this one.

use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use sandglass_ingest::wire::Parcel;
use sandglass_ingest::{Batch, SourceSummary};
use wasm_bindgen::prelude::*;
use web_sys::File;

use super::cancel::Cancel;
use super::pool::Pool;
use super::ranges::LARGE;
use super::source::Source;

/// For so many bytes there is one worker more; fewer are read by this one alone.
const BYTES_PER_WORKER: u64 = 2 << 20;

/// Bytes of files that may be given out: what comes of them may have to wait in memory.
const WINDOW: u64 = 64 << 20;

/// What is said of a file.
pub(super) enum Said {
    /// The next records, and whether they are for the pipeline.
    Batch(bool, Box<Batch>),
    /// It has been read to its end.
    Summary(bool, SourceSummary),
    /// It is of a rarer format.
    Rare,
    /// It cannot be read on. What it is may not have been decided.
    Failed(Option<bool>, String),
}

/// The files of a job that are given out.
pub(super) struct Ahead {
    /// The request to read tables again, if that is what the job does.
    asked: JsValue,
    pool: Option<Pool>,
    given: VecDeque<Given>,
    /// The first source that has not been given out.
    next: usize,
    /// Sources that may have been read before: they are held against the log first, when their turn comes.
    held_back: HashSet<usize>,
    /// Whether a worker has stopped: then there are no more.
    broken: bool,
}

/// A file that is given out.
struct Given {
    index: usize,
    bytes: u64,
    /// How many of its bytes have been read, and what was said then.
    said: VecDeque<(u64, JsValue)>,
}

impl Ahead {
    pub(super) fn new(asked: JsValue, held_back: HashSet<usize>) -> Self {
        Self { asked, pool: None, given: VecDeque::new(), next: 0, held_back, broken: false }
    }

    /// The turn of this source comes. When it is the first of several small ones, others are given out, if that is worth it:
    /// `pool` has the workers that are there already.
    #[inline(never)]
    pub(super) fn begin(&mut self, index: usize, sources: &[Rc<Source>], pool: &RefCell<Pool>) {
        let is_first = index.checked_sub(1).is_none_or(|before| small(&sources[before]).is_none());
        if is_first && self.pool.is_none() && !self.broken && Pool::is_possible() {
            let small = sources[index..].iter().map_while(|source| small(source).map(|_| source.info.bytes));
            let workers = small.skip(1).sum::<u64>() / BYTES_PER_WORKER;
            if workers > 0 {
                let mut pool = pool.take();
                pool.grow(usize::try_from(workers).unwrap_or(usize::MAX));
                self.pool = Some(pool);
            }
        }
        self.give_out(index, sources);
    }

    /// Gives out the small files behind this one, as far as there are workers for them.
    #[inline(never)]
    pub(super) fn give_out(&mut self, index: usize, sources: &[Rc<Source>]) {
        // A large file is read with all workers.
        let Some(pool) = self.pool.as_ref().filter(|_| small(&sources[index]).is_some()) else { return };
        self.next = self.next.max(index + 1);
        while let Some(source) = sources.get(self.next)
            && let Some(file) = small(source)
            && self.given.iter().map(|given| given.bytes).sum::<u64>() < WINDOW
            && let Some(idle) = pool.idle()
        {
            if self.held_back.contains(&self.next) {
                self.next += 1;
                continue;
            }
            pool.give_file(idle, self.next, file, &self.asked);
            let bytes = source.info.bytes;
            self.given.push_back(Given { index: self.next, bytes, said: VecDeque::new() });
            self.next += 1;
        }
    }

    /// Whether this source is given out. All before it have been taken.
    pub(super) fn has(&self, index: usize) -> bool {
        self.given.front().is_some_and(|given| given.index == index)
    }

    /// Takes what was said next of the first file that is given out, with how many bytes have been read; `None` if
    /// nothing is there now.
    ///
    /// # Errors
    /// When a worker has stopped. Then none is given out any more.
    #[inline(never)]
    pub(super) fn take(&mut self) -> Result<Option<(u64, Said)>, String> {
        let said = self.listen();
        if said.is_err() {
            self.broken = true;
            self.pool = None;
            self.given.clear();
        }
        said
    }

    fn listen(&mut self) -> Result<Option<(u64, Said)>, String> {
        let Some(pool) = &self.pool else { return Ok(None) };
        while let Some(said) = pool.take()? {
            let words: Array = said.dyn_into().map_err(|_| "a parse worker has said something unknown")?;
            let number = |at| words.get(at).as_f64().unwrap_or_default();
            let given = self.given.iter_mut().find(|given| given.index as f64 == number(0));
            if let Some(given) = given {
                given.said.push_back((number(1) as u64, words.into()));
            }
        }
        let said = self.given.front_mut().and_then(|given| given.said.pop_front());
        let said = said.map(|(bytes, words)| understand(&words.into()).map(|said| (bytes, said)));
        said.transpose()
    }

    /// What else is said of this source does not matter any more.
    pub(super) fn leave(&mut self, index: usize) {
        self.given.retain(|given| given.index != index);
    }

    /// Waits until something is said, or the job is to end.
    pub(super) async fn wait(&self, cancelled: &Cancel) {
        if let Some(pool) = &self.pool {
            pool.wait(cancelled).await;
        }
    }

    /// The workers, once all that is given out has been taken.
    pub(super) fn take_pool(&mut self) -> Option<Pool> {
        self.pool.take()
    }
}

/// The file that a source is, if it is one that is read as a whole.
fn small(source: &Source) -> Option<&File> {
    source.file().filter(|_| source.info.bytes < LARGE)
}

/// What [`message`] has been made of.
fn understand(words: &Array) -> Result<Said, String> {
    let (of_pipeline, what) = (words.get(2).as_bool(), words.get(3));
    if let Some(buffer) = what.dyn_ref::<ArrayBuffer>() {
        let of_pipeline = of_pipeline.unwrap_or_default();
        return match Parcel::decode(&Uint8Array::new(buffer).to_vec()) {
            Ok(Parcel::Batch(batch)) => Ok(Said::Batch(of_pipeline, Box::new(batch))),
            Ok(Parcel::Summary(summary)) => Ok(Said::Summary(of_pipeline, summary)),
            Ok(_) => Err("a parse worker has said something unknown".to_owned()),
            Err(error) => Err(error.to_string()),
        };
    }
    Ok(match what.as_string() {
        Some(reason) => Said::Failed(of_pipeline, reason),
        None => Said::Rare,
    })
}

/// What a parse worker says of the file with this number, of which it has read so many bytes: a buffer with a [`Parcel`], why
/// it cannot be read on, or null when it is of a rarer format.
pub(super) fn message(number: &JsValue, bytes: u64, of_pipeline: Option<bool>, what: &JsValue) -> Array {
    let of_pipeline = of_pipeline.map_or(JsValue::NULL, JsValue::from);
    Array::of4(number, &(bytes as f64).into(), &of_pipeline, what)
}
