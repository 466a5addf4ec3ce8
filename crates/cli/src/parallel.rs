//! Sources read by several threads, with batches in the order of the sources and of their records.
//!
//! A large file is cut into ranges ([`Plan`]); of small files several are read at a time. Threads read and decode, and
//! whoever asks for a source takes its batches in order, in one place: keys and duplicates need no locks.
//!
//! What waits is bounded: of a large file no more than some ranges are read ahead, and a thread that reads a whole file
//! waits once some of its batches do.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Scope, available_parallelism};

use anyhow::{Result, anyhow};
use sandglass_ingest::ranges::{Merge, Plan, PlanLimits, RANGE, RangeEvent, RangeReader, RangeTask};
use sandglass_ingest::{Batch, ReadOptions, Reader, RecordSpec, SourceError, SourceSummary};

use crate::input::{Input, SLICE, Stamp, each_slice};
use crate::parts;
use crate::progress::Progress;

/// A file of at least so many bytes is cut; others are read whole.
const LARGE: u64 = 4 << 20;

/// The least bytes of a range.
const LEAST_RANGE: u64 = 1 << 20;

/// For so many bytes there is one thread more, unless the number is given.
const BYTES_PER_THREAD: u64 = 2 << 20;

/// Batches of a file that is read whole that may wait.
const WAITING: usize = 4;

/// How sources are read.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    /// The first bytes of standard input, which can be read only once.
    head: Mutex<Vec<u8>>,
    pub(crate) inputs: &'a [Input],
    pub(crate) spec: RecordSpec,
    pub(crate) options: &'a ReadOptions,
    pub(crate) progress: &'a Progress,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(
        inputs: &'a [Input],
        spec: RecordSpec,
        options: &'a ReadOptions,
        progress: &'a Progress,
    ) -> Self {
        Self { head: Mutex::default(), inputs, spec, options, progress }
    }

    /// Keeps bytes of standard input until there are enough to tell what it is.
    fn keep_head(&self, input: &Input, bytes: &[u8]) {
        if *input == Input::StandardInput {
            let mut head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
            if head.len() < parts::HEAD {
                head.extend_from_slice(bytes);
            }
        }
    }

    /// What has been read of an input that cannot be read again.
    pub(crate) fn take_head(&self, input: &Input) -> Vec<u8> {
        match input {
            Input::StandardInput => {
                std::mem::take(&mut self.head.lock().unwrap_or_else(PoisonError::into_inner))
            }
            Input::File(_) => Vec::new(),
        }
    }
}

/// Threads that read sources; without any, whoever asks for a source reads it.
#[derive(Debug)]
pub(crate) struct Readers<'a> {
    reading: &'a Reading<'a>,
    threads: usize,
    jobs: Option<Sender<Job>>,
    /// Sources that are read whole and given out already, in their order.
    ahead: VecDeque<(usize, Receiver<Said>)>,
    /// The first source that is not given out.
    next: usize,
}

/// What a thread is to do.
#[derive(Debug)]
enum Job {
    Whole { source: usize, said: SyncSender<Said> },
    Range { source: usize, task: RangeTask, said: Sender<(u64, RangeEvent)>, stop: Arc<AtomicBool> },
}

/// What is said of a source that is read whole.
#[derive(Debug)]
enum Said {
    Batch(Batch),
    End(Result<SourceSummary>),
}

/// How many threads read these sources: as many as were asked for, or else as many as are worth it.
pub(crate) fn threads(asked: Option<NonZeroUsize>, inputs: &[Input]) -> usize {
    if let Some(asked) = asked {
        return asked.get();
    }
    let bytes: u64 = inputs.iter().filter_map(Input::size).sum();
    let worth = usize::try_from(bytes / BYTES_PER_THREAD).unwrap_or(usize::MAX).max(1);
    available_parallelism().map_or(1, NonZeroUsize::get).min(worth)
}

impl<'a> Readers<'a> {
    /// Starts so many threads; one is no more than the one that is there.
    pub(crate) fn start<'scope>(
        scope: &'scope Scope<'scope, 'a>,
        reading: &'a Reading<'a>,
        threads: usize,
    ) -> Self {
        let mut readers = Self { reading, threads, jobs: None, ahead: VecDeque::new(), next: 0 };
        if threads > 1 {
            let (jobs, queue) = channel();
            let queue = Arc::new(Mutex::new(queue));
            for _ in 0..threads {
                let queue: Arc<Mutex<Receiver<Job>>> = Arc::clone(&queue);
                scope.spawn(move || {
                    loop {
                        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        match job {
                            Ok(job) => work(reading, job),
                            Err(_) => return,
                        }
                    }
                });
            }
            readers.jobs = Some(jobs);
        }
        readers
    }

    /// Reads a source and hands its batches to `take` in their order. Sources are asked for one behind the other.
    ///
    /// # Errors
    /// When it cannot be read to its end, and whatever error `take` returns.
    pub(crate) fn read(
        &mut self,
        source: usize,
        mut take: impl FnMut(Batch) -> Result<()>,
    ) -> Result<SourceSummary> {
        let Some(jobs) = self.jobs.clone() else { return read_whole(self.reading, source, take) };
        self.give_out(source, &jobs);
        if let Some((_, said)) = self.ahead.pop_front_if(|(given_out, _)| *given_out == source) {
            return receive(&said, take);
        }
        let reading = self.reading;
        match plan(reading, &reading.inputs[source], self.threads)? {
            Some(plan) => self.read_ranges(source, plan, &jobs, take),
            None => {
                let (said, heard) = sync_channel(WAITING);
                let _ = jobs.send(Job::Whole { source, said });
                receive(&heard, &mut take)
            }
        }
    }

    /// Gives out this source and those behind it, as far as they are small.
    fn give_out(&mut self, source: usize, jobs: &Sender<Job>) {
        self.next = self.next.max(source);
        while self.ahead.len() < 2 * self.threads
            && let Some(input) = self.reading.inputs.get(self.next)
            && input.size().is_some_and(|size| size < LARGE)
        {
            let (said, heard) = sync_channel(WAITING);
            let _ = jobs.send(Job::Whole { source: self.next, said });
            self.ahead.push_back((self.next, heard));
            self.next += 1;
        }
    }

    fn read_ranges(
        &self,
        source: usize,
        plan: Plan,
        jobs: &Sender<Job>,
        mut take: impl FnMut(Batch) -> Result<()>,
    ) -> Result<SourceSummary> {
        let before = self.stamp(source)?;
        let mut merge = Merge::new(plan, self.threads + 2);
        let (said, heard) = channel();
        let mut running: Vec<(u64, Arc<AtomicBool>)> = Vec::new();
        while !merge.is_done() {
            while running.len() <= self.threads
                && let Some(task) = merge.next_task()
            {
                let stop = Arc::new(AtomicBool::new(false));
                running.push((task.id, Arc::clone(&stop)));
                let _ = jobs.send(Job::Range { source, task, said: said.clone(), stop });
            }
            let (task, event) = heard.recv().map_err(|_| stopped())?;
            if !matches!(event, RangeEvent::Batch(_)) {
                running.retain(|(id, _)| *id != task);
            }
            merge.accept(task, event, &mut take)?;
            for (id, stop) in &running {
                if !merge.is_wanted(*id) {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        }
        if let (Some(before), Some(after)) = (before, self.stamp(source)?) {
            before.check(after)?;
        }
        Ok(merge.finish()?)
    }

    fn stamp(&self, source: usize) -> Result<Option<Stamp>> {
        let Input::File(path) = &self.reading.inputs[source] else { return Ok(None) };
        Ok(Some(Stamp::of(&File::open(path)?)?))
    }
}

/// Takes what a thread says of a source.
fn receive(heard: &Receiver<Said>, mut take: impl FnMut(Batch) -> Result<()>) -> Result<SourceSummary> {
    loop {
        match heard.recv().map_err(|_| stopped())? {
            Said::Batch(batch) => take(batch)?,
            Said::End(result) => return result,
        }
    }
}

fn stopped() -> anyhow::Error {
    anyhow!("the thread that read it has stopped (a defect of this program)")
}

/// Does what a thread is to do. When nobody listens any more it ends early.
fn work(reading: &Reading<'_>, job: Job) {
    match job {
        Job::Whole { source, said } => {
            let result = read_whole(reading, source, |batch| {
                said.send(Said::Batch(batch)).map_err(|_| anyhow!("nobody listens"))
            });
            let _ = said.send(Said::End(result));
        }
        Job::Range { source, task, said, stop } => {
            let id = task.id;
            if let Err(error) = read_range(reading, source, task, &said, &stop) {
                let _ = said.send((id, RangeEvent::Failed(SourceError::Told(format!("{error:#}")))));
            }
        }
    }
}

fn read_whole(
    reading: &Reading<'_>,
    source: usize,
    mut take: impl FnMut(Batch) -> Result<()>,
) -> Result<SourceSummary> {
    let mut reader = Reader::with_options(&reading.spec, reading.options);
    let input = &reading.inputs[source];
    input.read(reading.progress, |bytes| {
        reading.keep_head(input, bytes);
        reader.push(bytes, &mut take)
    })?;
    reader.finish(&mut take)
}

fn read_range(
    reading: &Reading<'_>,
    source: usize,
    task: RangeTask,
    said: &Sender<(u64, RangeEvent)>,
    stop: &AtomicBool,
) -> Result<()> {
    let Input::File(path) = &reading.inputs[source] else { return Err(stopped()) };
    let id = task.id;
    let mut say = |event| said.send((id, event)).map_err(|_| anyhow!("nobody listens"));
    let mut reader = RangeReader::new(task);
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(reader.task().read_from()))?;
    each_slice(&mut file, &mut vec![0; SLICE], |bytes| {
        if stop.load(Ordering::Relaxed) {
            return Err(anyhow!("it is not wanted any more"));
        }
        reading.progress.advance(bytes.len() as u64);
        reader.push(bytes, &mut say)
    })?;
    reader.finish(&mut say)
}

/// How a file is cut, if it is one that is worth it.
fn plan(reading: &Reading<'_>, input: &Input, threads: usize) -> Result<Option<Plan>> {
    let (Input::File(path), Some(size)) = (input, input.size()) else { return Ok(None) };
    if size < LARGE {
        return Ok(None);
    }
    let range = size.div_ceil(threads as u64).clamp(LEAST_RANGE, RANGE);
    let limits = PlanLimits { range, ..PlanLimits::default() };
    let head = head(path)?;
    Ok(Plan::with_limits(&head, size, &reading.spec, reading.options, limits))
}

/// The first bytes of a file.
pub(crate) fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(Plan::HEAD);
    File::open(path)?.take(Plan::HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}
