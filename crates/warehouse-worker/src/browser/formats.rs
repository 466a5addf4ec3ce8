//! A source of a rarer format, read by a worker of another module, which is fetched for it.

use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use sandglass_ingest::wire::{Parcel, encode_options};
use sandglass_ingest::{ReadOptions, SourceSummary};
use wasm_bindgen::prelude::*;
use web_sys::{File, Worker};

use super::beside::{Beside, Inbox, from_page};
use super::cancel::Cancel;

/// What is said of the source.
pub(super) enum Said {
    /// A part begins; one that is a table of a database is a table of its own.
    Part { name: String, is_table: bool },
    /// The next records of the part.
    Batch(Box<sandglass_ingest::Batch>),
    /// The part has ended.
    Summary(SourceSummary),
    /// A part cannot be read.
    PartFailed { name: String, reason: String },
    /// Something worth knowing of the source.
    Note(String),
    /// So many bytes are done with.
    Position(u64),
    /// The source has ended.
    End,
    /// It cannot be read on.
    Failed(String),
}

/// The worker that reads the source.
pub(super) struct Formats {
    inbox: Rc<Inbox<JsValue>>,
    /// It lives as long as this.
    _worker: Beside,
}

impl Formats {
    /// Starts a worker that reads this file as the options say, with the columns of the pipeline or with those that it has.
    ///
    /// # Errors
    /// When the browser refuses.
    pub(super) fn read(
        name: &str,
        of_pipeline: bool,
        file: &File,
        options: &ReadOptions,
    ) -> Result<Self, String> {
        let options = Uint8Array::from(&encode_options(options)[..]);
        let address =
            |name| from_page(name).ok_or("this page was built without the readers of rarer formats");
        let (bindings, module) = (address("sandglassFormats")?, address("sandglassFormatsModule")?);
        let inbox = Rc::new(Inbox::default());
        let question = Array::of4(&name.into(), &of_pipeline.into(), file, &options);
        let said = {
            let inbox = Rc::clone(&inbox);
            move |worker: &Worker, said: JsValue| {
                if word(&said, 0).as_deref() == Some("ready") {
                    // A file and some words; nothing in it can fail to be sent.
                    let _ = worker.post_message(&question);
                } else {
                    inbox.push(said);
                }
            }
        };
        let failed = {
            let inbox = Rc::clone(&inbox);
            move |message: Option<String>| {
                let reason = match message {
                    Some(message) => format!("its reader stopped: {message}"),
                    None => "its reader could not be loaded".to_owned(),
                };
                inbox.push(Array::of2(&"failed".into(), &reason.into()).into());
            }
        };
        let worker = Beside::start("sandglass-formats", &bindings, &module, said, failed)
            .map_err(|error| format!("the browser refuses to start its reader: {error:?}"))?;
        Ok(Self { inbox, _worker: worker })
    }

    /// What is said next; that it has ended if the job is to end.
    pub(super) async fn next(&self, cancelled: &Cancel) -> Said {
        self.inbox.wait(cancelled).await;
        self.inbox.take().map_or(Said::End, understand)
    }
}

/// A word of a message that is a list of them.
fn word(message: &JsValue, at: u32) -> Option<String> {
    message.dyn_ref::<Array>().and_then(|words| words.get(at).as_string())
}

fn understand(message: JsValue) -> Said {
    if let Some(buffer) = message.dyn_ref::<ArrayBuffer>() {
        return match Parcel::decode(&Uint8Array::new(buffer).to_vec()) {
            Ok(Parcel::Batch(batch)) => Said::Batch(Box::new(batch)),
            Ok(Parcel::Summary(summary)) => Said::Summary(summary),
            Ok(_) => {
                Said::Failed("its reader has sent what it should not (a defect of this program)".to_owned())
            }
            Err(error) => Said::Failed(error.to_string()),
        };
    }
    let text = |at| word(&message, at).unwrap_or_default();
    let at = |at: u32| message.dyn_ref::<Array>().map_or(JsValue::UNDEFINED, |words| words.get(at));
    match text(0).as_str() {
        "part" => Said::Part { name: text(1), is_table: at(2).is_truthy() },
        "part failed" => Said::PartFailed { name: text(1), reason: text(2) },
        "note" => Said::Note(text(1)),
        "position" => Said::Position(at(1).as_f64().unwrap_or_default() as u64),
        "end" => Said::End,
        "failed" => Said::Failed(text(1)),
        _ => Said::Failed("its reader has said something unknown (a defect of this program)".to_owned()),
    }
}
