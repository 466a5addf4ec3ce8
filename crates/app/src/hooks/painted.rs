//! Telling the engine that its answer is on the screen.

use sandglass_protocol::{JobId, REHEARSAL, Request};
use sandglass_ui::browser::timing::{after_paint, mark};
use yew::prelude::*;

use crate::actions::use_actions;

/// Notes when this state of the tables, which came of this job or was kept, is painted, and lets the engine go on with what is to
/// be done behind the answer.
#[hook]
pub(crate) fn use_painted(version: u32, job: Option<JobId>) {
    let actions = use_actions();
    // Asked for while drawing and not in an effect: Yew puts effects off when drawing took long, and the frame that has
    // the tables in it would be over. They are all in the document by then, because drawing is not interrupted. The
    // chart is not: it comes after this frame.
    use_memo((version, job), |(_, job)| {
        let job = *job;
        if job != Some(REHEARSAL) {
            after_paint(move || {
                mark(if job.is_some() { "answer" } else { "opened" }, job);
                if let Some(job) = job {
                    actions.client().send(&Request::Painted { job });
                }
            });
        }
    });
}
