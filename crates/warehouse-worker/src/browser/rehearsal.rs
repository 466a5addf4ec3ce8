//! Jobs that nobody has asked for, so that the first one that somebody asks for is done well.
//!
//! Browsers compile a function of wasm when it is called for the first time, quickly, and once more and well when they have
//! seen that it runs long, which takes as long as to read a large part of a file. Where there are two cores all of
//! that is taken from the job. So while nothing is asked for, this worker reads a file of votes that it has made, over and over,
//! in the way in which it would read one of the user's, but into tables that are forgotten, and says nothing of it.

use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use sandglass_pipelines::{ReadAs, Sample};
use sandglass_protocol::{REHEARSAL, SourceInfo};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::job::Job;
use super::source::selected_files;
use super::{Worker, scope};

/// Votes of the file: few enough that nobody waits for it to be made, and that they take little memory.
const ROWS: u64 = 24_000;

/// How often it is read. What has not run for long after that takes little of a million votes either.
const ROUNDS: usize = 24;

/// Between two rounds, in milliseconds: whatever else the page begins with comes first.
const PAUSE: i32 = 20;

/// Reads until it has been done often enough, or something is asked for.
pub(super) async fn rehearse(worker: Rc<Worker>) {
    // What was kept is shown first.
    drop(worker.home.turn().await);
    let Some(file) = file_of_votes() else { return };
    for _ in 0..ROUNDS {
        // Where there are no timers nobody waits.
        let _ = JsFuture::from(scope::after(PAUSE)).await;
        if worker.rehearsal.is_wished() {
            return;
        }
        let stage = Rc::new(Worker { is_stage: true, ..Worker::default() });
        let info = SourceInfo { name: String::new(), bytes: 0 };
        let sources = selected_files(vec![info], vec![file.clone()]);
        let (id, end) = ((REHEARSAL, JsValue::NULL), Rc::clone(&worker.rehearsal));
        // What is forgotten can always be added to.
        if let Ok(job) = Job::begin(id, end, sources, ReadAs::Recognised, None, &stage).await {
            job.run(&stage).await;
        }
    }
}

/// A file that the browser holds, as it holds those of the user.
fn file_of_votes() -> Option<File> {
    let mut text = Vec::new();
    Sample::new(ROWS, 0).fill(&mut text, usize::MAX);
    File::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(text.as_slice())), "").ok()
}
