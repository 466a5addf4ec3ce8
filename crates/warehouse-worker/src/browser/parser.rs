//! The other role of this module: a parse worker, which reads ranges of files and sends back what it finds.
//!
//! A message to it is `[task, File]`, the task as the bytes of a [`Parcel`]. It answers with a buffer for every parcel, and
//! with a message that is no buffer when it is ready for the next task.

use js_sys::{Array, Uint8Array};
use sandglass_ingest::SourceError;
use sandglass_ingest::ranges::{RangeEvent, RangeReader, RangeTask};
use sandglass_ingest::wire::Parcel;
use wasm_bindgen::prelude::*;
use web_sys::{File, MessageEvent};

use super::file::RangeSlices;
use super::scope;

/// Reads what it is given for as long as it is let live.
pub(crate) fn serve() {
    let handler = Closure::<dyn FnMut(MessageEvent)>::new(|message: MessageEvent| {
        let parts = Array::from(&message.data());
        let task = Uint8Array::new(&parts.get(0)).to_vec();
        let file: File = parts.get(1).unchecked_into();
        wasm_bindgen_futures::spawn_local(async move {
            let said = match Parcel::decode(&task) {
                Ok(Parcel::Task(task)) => {
                    read(task, &file).await;
                    JsValue::NULL
                }
                Ok(_) => "a parse worker was sent something else than a task".into(),
                Err(error) => error.to_string().into(),
            };
            scope::post_value(&said);
        });
    });
    scope::on_message(&handler);
    // The handler lives as long as the worker.
    handler.forget();
    scope::post_value(&JsValue::NULL);
}

async fn read(task: RangeTask, file: &File) {
    let id = task.id;
    if let Err(error) = read_range(task, file).await {
        say(id, RangeEvent::Failed(error));
    }
}

async fn read_range(task: RangeTask, file: &File) -> Result<(), SourceError> {
    let id = task.id;
    let mut slices = RangeSlices::open(file, task.read_from(), task.end);
    let mut reader = RangeReader::new(task);
    let mut buffer = Vec::new();
    loop {
        let length = slices.next(&mut buffer).await.map_err(SourceError::Told)?;
        if length == 0 || !push(&mut reader, id, &buffer[..length])? {
            break;
        }
    }
    finish(reader, id)
}

// Not inlined into the future, so that what is run for every row is compiled by itself.

#[inline(never)]
fn push(reader: &mut RangeReader, id: u64, bytes: &[u8]) -> Result<bool, SourceError> {
    reader.push(bytes, |event| {
        say(id, event);
        Ok(())
    })
}

#[inline(never)]
fn finish(reader: RangeReader, id: u64) -> Result<(), SourceError> {
    reader.finish(|event| {
        say(id, event);
        Ok(())
    })
}

fn say(id: u64, event: RangeEvent) {
    match Parcel::Range(id, event).encode() {
        Ok(bytes) => scope::post_buffer(&Uint8Array::from(&bytes[..]).buffer()),
        Err(error) => scope::post_value(&error.to_string().into()),
    }
}
