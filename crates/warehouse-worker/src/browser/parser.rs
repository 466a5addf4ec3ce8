//! The other role of this module: a parse worker, which reads ranges of files, or whole files, and sends back what it finds.
//!
//! A message to it is `[task, File]`, the task as the bytes of a [`Parcel`], or `[number, File, request]` for a whole file of
//! a job, the request null when it does not say how files are read. It answers with a buffer for every parcel of a range and with a [`message`] of a file,
//! and with what is no object when it is ready for the next task.

use js_sys::{Array, Uint8Array};
use sandglass_ingest::ranges::{RangeEvent, RangeReader, RangeTask};
use sandglass_ingest::wire::Parcel;
use sandglass_ingest::{Batch, SourceError};
use sandglass_pipelines::{ApartReader, votes};
use wasm_bindgen::prelude::*;
use web_sys::{File, MessageEvent};

use super::ahead::message;
use super::file::{FileSlices, RangeSlices};
use super::{read_as_of_request, scope};

/// Reads what it is given for as long as it is let live.
pub(crate) fn serve() {
    let handler = Closure::<dyn FnMut(MessageEvent)>::new(|message: MessageEvent| {
        let parts = Array::from(&message.data());
        let (task, file) = (parts.get(0), parts.get(1).unchecked_into());
        let asked = parts.get(2);
        wasm_bindgen_futures::spawn_local(async move {
            let said = match task.as_f64() {
                Some(_) => read_file(&task, &file, asked).await,
                None => read_task(&Uint8Array::new(&task).to_vec(), &file).await,
            };
            scope::post_value(&said.map_or_else(|failure| failure.into(), |()| JsValue::NULL));
        });
    });
    scope::on_message(&handler);
    // The handler lives as long as the worker.
    handler.forget();
    scope::post_value(&JsValue::NULL);
}

async fn read_task(task: &[u8], file: &File) -> Result<(), String> {
    let Parcel::Task(task) = Parcel::decode(task).map_err(|error| error.to_string())? else {
        return Err("a parse worker was sent something else than a task".to_owned());
    };
    let id = task.id;
    if let Err(error) = read_range(task, file).await {
        say(id, RangeEvent::Failed(error));
    }
    Ok(())
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
    reader.push_into(bytes, &mut |event| {
        say(id, event);
        Ok(())
    })
}

#[inline(never)]
fn finish(reader: RangeReader, id: u64) -> Result<(), SourceError> {
    reader.finish_into(&mut |event| {
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

/// Reads a whole file.
async fn read_file(number: &JsValue, file: &File, asked: JsValue) -> Result<(), String> {
    let mut reader = ApartReader::new(votes::pipeline(), read_as_of_request(asked)?);
    let mut slices = FileSlices::open(file);
    let (mut buffer, mut bytes) = (Vec::new(), 0);
    loop {
        let read = slices.next(&mut buffer).await;
        bytes += *read.as_ref().unwrap_or(&0) as u64;
        let taken = match read {
            Ok(length) => take(&mut reader, number, bytes, &buffer[..length]),
            Err(error) => Err(SourceError::Told(error)),
        };
        let what = match taken {
            Ok(None) => continue,
            Ok(Some(summary)) => summary,
            Err(SourceError::Rare(_)) => JsValue::NULL,
            Err(error) => error.to_string().into(),
        };
        scope::post_value(&message(number, bytes, reader.is_of_pipeline(), &what));
        return Ok(());
    }
}

/// Takes the next bytes of a file; none is the end, of which the summary comes.
#[inline(never)]
fn take(
    reader: &mut ApartReader,
    number: &JsValue,
    bytes: u64,
    slice: &[u8],
) -> Result<Option<JsValue>, SourceError> {
    let mut sink = |of_pipeline, batch: Batch| {
        let buffer = buffer_of(&Parcel::Batch(batch))?;
        scope::post_with_buffer(&message(number, bytes, Some(of_pipeline), &buffer), &buffer);
        Ok(())
    };
    if slice.is_empty() {
        let summary = reader.finish(&mut sink)?;
        return buffer_of(&Parcel::Summary(summary)).map(Some);
    }
    reader.push(slice, &mut sink)?;
    Ok(None)
}

fn buffer_of(parcel: &Parcel) -> Result<JsValue, SourceError> {
    let bytes = parcel.encode().map_err(|error| SourceError::Told(error.to_string()))?;
    Ok(Uint8Array::from(&bytes[..]).buffer().into())
}
