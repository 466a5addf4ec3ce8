//! One source, from the message that asks for it to its last record.

use std::sync::Arc;

use js_sys::{Array, Uint8Array};
use sandglass_formats::{FormatError, Options, Source};
use sandglass_ingest::wire::{Parcel, decode_options};
use sandglass_ingest::{ReadOptions, RecordSpec, SourceError, SourceEvent};
use sandglass_opfs::FileBytes;
use sandglass_pipelines::votes;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

thread_local! {
    static SCOPE: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
}

/// Reads the source that it is asked for.
pub(crate) fn serve() {
    std::panic::set_hook(Box::new(|panic| {
        say(&["failed".into(), format!("its reader broke down: {panic}").into()]);
    }));
    let handler = Closure::<dyn FnMut(MessageEvent)>::new(|message: MessageEvent| {
        let parts = Array::from(&message.data());
        let name = parts.get(0).as_string().unwrap_or_default();
        let of_pipeline = parts.get(1).is_truthy();
        let file: File = parts.get(2).unchecked_into();
        let options = decode_options(&Uint8Array::from(parts.get(3)).to_vec())
            .map_err(|error| SourceError::Told(error.to_string()).into());
        match options.and_then(|options| read(&name, of_pipeline, file, options)) {
            Ok(()) => say(&["end".into()]),
            Err(error) => say(&["failed".into(), error.to_string().into()]),
        }
    });
    SCOPE.with(|scope| scope.set_onmessage(Some(handler.as_ref().unchecked_ref())));
    // The handler lives as long as the worker.
    handler.forget();
    // Whoever started it waits for this before it asks.
    say(&["ready".into()]);
}

fn read(name: &str, of_pipeline: bool, file: File, read: ReadOptions) -> Result<(), FormatError> {
    let spec = if of_pipeline { votes::pipeline().records } else { RecordSpec::inferred() };
    let options = Options { spec, read };
    let mut source = Source::open(Arc::new(FileBytes::of(file)), name, &options)?;
    let mut position = 0;
    while let Some(event) = source.next()? {
        match event {
            SourceEvent::Part(name) => say(&["part".into(), name.into(), source.is_table().into()]),
            SourceEvent::Batch(batch) => say_parcel(&Parcel::Batch(batch)),
            SourceEvent::End(summary) => say_parcel(&Parcel::Summary(summary)),
            SourceEvent::PartFailed { part, reason } => {
                say(&["part failed".into(), part.into(), reason.into()]);
            }
            SourceEvent::Note(text) => say(&["note".into(), text.into()]),
        }
        if source.position() != position {
            position = source.position();
            say(&["position".into(), (position as f64).into()]);
        }
    }
    Ok(())
}

fn say(words: &[JsValue]) {
    let message: Array = words.iter().collect();
    // Posting plain data to whoever made this worker does not fail while it is there.
    let _ = SCOPE.with(|scope| scope.post_message(&message));
}

/// Sends records, in a buffer that is handed over and not copied.
fn say_parcel(parcel: &Parcel) {
    match parcel.encode() {
        Ok(bytes) => {
            let buffer = Uint8Array::from(&bytes[..]).buffer();
            let _ = SCOPE.with(|scope| scope.post_message_with_transfer(&buffer, &Array::of1(&buffer)));
        }
        Err(error) => say(&["failed".into(), error.to_string().into()]),
    }
}
