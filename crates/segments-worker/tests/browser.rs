//! Segments in the browser's own storage: written, read, shown, and found damaged.
#![cfg(target_family = "wasm")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use js_sys::{Array, Uint8Array};
use sandglass_ingest::wire::Parcel;
use sandglass_ingest::wire::rows_parcel;
use sandglass_opfs::Opfs;
use sandglass_segments_worker::{State, checksum};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// A worker, and what it has said.
struct Worker {
    state: State,
    said: Rc<RefCell<Vec<Array>>>,
}

impl Worker {
    async fn open(folder: &str) -> Self {
        let said = Rc::new(RefCell::new(Vec::new()));
        let keep = Rc::clone(&said);
        let mut worker =
            Self { state: State::new(move |said, _| keep.borrow_mut().push(said.clone())), said };
        let opened = worker.ask(&["open".into(), folder.into()]).await.unwrap();
        assert_eq!(opened[0].get(0), JsValue::from("opened"));
        worker
    }

    /// What it says to a message, or the kind of its failure.
    async fn ask(&mut self, words: &[JsValue]) -> Result<Vec<Array>, &'static str> {
        let answered = self.state.answer(&words.iter().collect()).await;
        let said = self.said.take();
        answered.map(|()| said).map_err(|failure| failure.0)
    }

    async fn write(&mut self, id: f64, path: &str, rows: &[RecordBatch]) -> Result<Vec<Array>, &'static str> {
        self.ask(&["write".into(), id.into(), path.into()]).await?;
        for rows in rows {
            let bytes = rows_parcel(rows.clone(), 1).unwrap();
            // A buffer that is used again may be longer than what is in it.
            let length = bytes.len() as u32;
            let buffer = Uint8Array::new_with_length(length + 64);
            buffer.subarray(0, length).copy_from(&bytes);
            let buffer = buffer.buffer();
            let words = ["rows".into(), id.into(), buffer.clone().into(), f64::from(length).into()];
            let said = self.ask(&words).await?;
            assert_eq!((said[0].get(0), said[0].get(2)), ("spare".into(), buffer.into()));
        }
        self.ask(&["end".into(), id.into()]).await
    }
}

fn rows(from: i64, count: i64) -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(from..from + count));
    let texts: ArrayRef = Arc::new(StringArray::from_iter(
        (from..from + count).map(|n| (n % 3 > 0).then(|| format!("text {n}"))),
    ));
    RecordBatch::try_from_iter_with_nullable([("id", ids, true), ("text", texts, true)]).unwrap()
}

fn number(value: &JsValue) -> f64 {
    value.as_f64().unwrap()
}

#[wasm_bindgen_test]
async fn rows_are_written_and_read() {
    let mut worker = Worker::open("rows").await;
    let written = [rows(0, 40_000), rows(40_000, 1000)];
    let said = worker.write(1.0, "votes/one.parquet", &written).await.unwrap();
    let bytes = Opfs::open("rows").await.unwrap().read("votes/one.parquet", None).await.unwrap();
    let said = &said[0];
    assert_eq!(said.get(0), JsValue::from("written"));
    assert_eq!([1, 2, 4].map(|at| number(&said.get(at))), [1.0, bytes.len() as f64, 41_000.0]);
    assert_eq!(said.get(3).as_string().unwrap(), checksum(&bytes));
    let id: Array = Array::from(&said.get(5)).get(0).unchecked_into();
    let bounds: Vec<String> = Array::from(&id.get(2)).iter().map(|word| word.as_string().unwrap()).collect();
    assert_eq!((id.get(0).as_string().unwrap(), number(&id.get(1))), ("id".to_owned(), 0.0));
    assert_eq!(bounds, ["integer", "0", "40999"]);

    let range = |kind: &str, columns: JsValue, from: f64, to: f64| {
        [kind.into(), 2.0.into(), "votes/one.parquet".into(), columns, from.into(), to.into()]
    };
    let said = worker.ask(&range("read", JsValue::NULL, 39_990.0, 40_010.0)).await.unwrap();
    let (done, parcels) = said.split_last().unwrap();
    assert_eq!(done.get(0), JsValue::from("done"));
    let mut read = Vec::new();
    for said in parcels {
        let Parcel::Batch(batch) = Parcel::decode(&Uint8Array::new(&said.get(2)).to_vec()).unwrap() else {
            panic!("rows")
        };
        read.extend((0..batch.rows.num_rows()).map(|row| batch.rows.slice(row, 1)));
    }
    let expected: Vec<RecordBatch> = (39_990..40_010).map(|n| rows(n, 1)).collect();
    assert_eq!(read, expected);

    let columns = Array::of2(&"text".into(), &"id".into());
    let said = worker.ask(&range("page", columns.into(), 2.0, 4.0)).await.unwrap();
    let page: Vec<JsValue> = Array::from(&said[0].get(3)).iter().collect();
    let cells: Vec<Vec<Option<String>>> =
        page.iter().map(|row| Array::from(row).iter().map(|cell| cell.as_string()).collect()).collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(cells, [vec![some("text 2"), some("2")], vec![None, some("3")]]);
}

#[wasm_bindgen_test]
async fn what_cannot_be_is_said() {
    let mut worker = Worker::open("failures").await;
    worker.write(1.0, "one", &[rows(0, 10)]).await.unwrap();
    assert_eq!(worker.write(2.0, "one", &[rows(0, 10)]).await, Err("exists"));
    assert_eq!(worker.write(3.0, "../two", &[rows(0, 10)]).await, Err("other"));
    assert_eq!(worker.write(4.0, "three", &[]).await, Err("other"));
    let read = |path: &str| ["read".into(), 5.0.into(), path.into(), JsValue::NULL, 0.0.into(), 9.0.into()];
    assert_eq!(worker.ask(&read("none")).await, Err("not found"));

    // One that is dropped leaves nothing, and neither does one whose rows do not fit together.
    worker.ask(&["write".into(), 6.0.into(), "dropped".into()]).await.unwrap();
    worker.ask(&["drop".into(), 6.0.into()]).await.unwrap();
    assert_eq!(worker.ask(&["end".into(), 6.0.into()]).await, Ok(Vec::new()));
    let other = rows(0, 10).project(&[0]).unwrap();
    assert_eq!(worker.write(7.0, "mixed", &[rows(0, 10), other]).await, Err("other"));
    assert_eq!(worker.ask(&["end".into(), 7.0.into()]).await, Ok(Vec::new()));

    let opfs = Opfs::open("failures").await.unwrap();
    let names: Vec<String> = opfs.list("").await.unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["one"]);

    let mut bytes = opfs.read("one", None).await.unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    opfs.write_new("damaged", &bytes).await.unwrap();
    assert_eq!(worker.ask(&read("damaged")).await, Err("damaged"));
    assert!(worker.ask(&read("one")).await.is_ok());
}
