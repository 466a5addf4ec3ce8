//! What workers send each other: it arrives as it was, and damaged bytes are an error.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

mod support;

use proptest::prelude::*;
use sandglass_ingest::csv::{DialectChoice, Escape, Ragged};
use sandglass_ingest::ranges::{Merge, Plan, PlanLimits, RangeEvent, RangeReader};
use sandglass_ingest::wire::{Parcel, decode_options, encode_options};
use sandglass_ingest::{
    Batch, ChosenKind, Encoding, Expansion, ReadOptions, Reader, RecordSpec, Shape, SourceError,
    SourceSummary, TextFormat,
};
use support::lines::{Choices, file};
use support::votes;

/// Every kind of column, and everything that is kept of how values were written.
const NESTED: &str = "\
{\"b\":true,\"i\":1,\"w\":9007199254740993,\"d\":9223372036854775808,\"f\":1.50,\"k\":1e3,\"s\":\"x\"}\n\
{\"day\":\"2021-09-04\",\"t\":\"2021-09-04 10:00\",\"z\":\"2021-09-04T23:30:00.125-02:00\",\"n\":null}\n\
{\"o\":{\"p\":[1,[2,null],{\"q\":\"\u{e9}\"}],\"r\":{}},\"l\":[],\"m\":[{\"a\":1},{\"b\":[false]}],\"k\":1.5,\"x\":7}\n\
{\"l\":[null,\"y\"],\"x\":\"text\",\"z\":\"2021-09-04T23:30:00Z\",\"i\":-1,\"bad\":}\n\
{\"b\":false,\"f\":2.25,\"d\":-1,\"o\":{\"p\":[]},\"m\":null}\n";

fn read(spec: &RecordSpec, source: &[u8]) -> Option<(Vec<Batch>, SourceSummary)> {
    let mut batches = Vec::new();
    let mut sink = |batch| {
        batches.push(batch);
        Ok::<_, SourceError>(())
    };
    let mut reader = Reader::new(spec);
    reader.push(source, &mut sink).ok()?;
    let summary = reader.finish(&mut sink).ok()?;
    Some((batches, summary))
}

/// Sends a message; it must be the same when it is sent once more.
fn sent(parcel: &Parcel) -> Parcel {
    let bytes = parcel.encode().unwrap();
    assert_eq!(bytes.len() % 8, 0);
    let received = Parcel::decode(&bytes).unwrap();
    assert_eq!(received.encode().unwrap(), bytes);
    received
}

fn check(batches: Vec<Batch>, summary: SourceSummary) {
    for batch in batches {
        let Parcel::Batch(received) = sent(&Parcel::Batch(batch.clone())) else { panic!("another message") };
        assert_eq!(received.rows, batch.rows);
        assert_eq!((&received.lines, received.records), (&batch.lines, batch.records));
        assert_eq!(received.rejects.len(), batch.rejects.len());
        for (one, other) in received.rejects.iter().zip(&batch.rejects) {
            assert_eq!(
                (one.line, one.byte_offset, one.raw_bytes),
                (other.line, other.byte_offset, other.raw_bytes)
            );
            assert_eq!((one.reason.to_string(), &one.raw), (other.reason.to_string(), &other.raw));
        }
        // As text the values must be what they were in the file: that is what the origins are for.
        let text = texts(&batch);
        let mut shape = Shape::default();
        shape.widen(&batch.rows, &batch.origins);
        shape.join(&text);
        let cast = |batch: &Batch| shape.cast(&batch.rows, &batch.origins).unwrap();
        assert_eq!(cast(&received), cast(&batch));
    }
    let Parcel::Summary(received) = sent(&Parcel::Summary(summary.clone())) else {
        panic!("another message")
    };
    assert_eq!(received, summary);
}

#[test]
fn options_arrive_as_they_were() {
    let none = ReadOptions::default();
    let marks = DialectChoice { quote: Some(None), comment: Some(None), ..DialectChoice::default() };
    let all = ReadOptions {
        format: Some(TextFormat::Csv),
        encoding: Some(Encoding::Windows1252),
        dialect: DialectChoice {
            delimiter: Some(b';'),
            quote: Some(Some(b'\'')),
            escape: Some(Escape::Backslash),
            header: Some(false),
            comment: Some(Some(b'%')),
        },
        ragged: Ragged::Pad,
        types: ChosenKind::ALL.iter().map(|kind| (format!("a {kind}"), *kind)).collect(),
        rejects_kept: 0,
        stop_at_first_reject: true,
        max_expansion: Expansion { ratio: u64::MAX, size: 1 },
    };
    for options in [all, ReadOptions { dialect: marks, ..none.clone() }, none] {
        let bytes = encode_options(&options);
        assert_eq!(decode_options(&bytes).unwrap(), options);
        (0..bytes.len()).for_each(|length| assert!(decode_options(&bytes[..length]).is_err()));
        assert!(decode_options(&[&bytes[..], &[0; 8]].concat()).is_err());
    }
}

/// A shape in which all columns of a batch are text.
fn texts(batch: &Batch) -> Shape {
    let mut source = String::new();
    for (at, field) in batch.rows.schema_ref().fields().iter().enumerate() {
        source.push_str(if at > 0 { "," } else { "{" });
        sandglass_ingest::write_string(field.name(), &mut source);
        source.push_str(":\"x\"");
    }
    source.push_str(if source.is_empty() { "{}" } else { "}" });
    let mut shape = Shape::default();
    for batch in read(&RecordSpec::inferred(), source.as_bytes()).unwrap().0 {
        shape.widen(&batch.rows, &batch.origins);
    }
    shape
}

#[test]
fn every_kind_of_column_arrives() {
    let (batches, summary) = read(&RecordSpec::inferred(), NESTED.as_bytes()).unwrap();
    assert_eq!((summary.records, batches[0].rejects.len()), (5, 1));
    check(batches, summary);
    let fields = "a,b,c\n1,\"\",x\n\"\",2021-09-04,\"\"\n3\n4,2021-09-04 01:00,\"y\n";
    let (batches, summary) = read(&RecordSpec::inferred(), fields.as_bytes()).unwrap();
    assert_eq!(batches[0].rejects.len(), 2);
    check(batches, summary);
}

#[test]
fn a_part_of_a_batch_arrives_as_that_part() {
    let source: String = (0..40)
        .map(|n| {
            format!(
                "{{\"n\":{n},\"s\":\"{n}\",\"b\":{},\"l\":[{n},null,{n}],\"o\":{{\"p\":{}}}}}\n",
                n % 3 == 0,
                if n % 2 == 0 { "null" } else { "1.5" }
            )
        })
        .collect();
    let (batches, _) = read(&RecordSpec::inferred(), source.as_bytes()).unwrap();
    for (from, count) in [(0, 40), (3, 20), (9, 1), (17, 23), (40, 0)] {
        let rows = batches[0].rows.slice(from, count);
        let part = Batch { rows, records: count as u64, ..batches[0].clone() };
        let Parcel::Batch(received) = sent(&Parcel::Batch(part.clone())) else { panic!("another message") };
        assert_eq!(received.rows, part.rows);
    }
}

#[test]
fn other_messages_arrive() {
    let Parcel::Part(name) = sent(&Parcel::Part("sheet <1>".into())) else { panic!("another message") };
    assert_eq!(name, "sheet <1>");
    let Parcel::Failed(error) = sent(&Parcel::Failed(SourceError::Empty)) else { panic!("another message") };
    assert_eq!(error.to_string(), SourceError::Empty.to_string());
    let failed = RangeEvent::Failed(SourceError::Shorter { size: 9, ended: 8 });
    let Parcel::Range(7, RangeEvent::Failed(error)) = sent(&Parcel::Range(7, failed)) else {
        panic!("another message")
    };
    assert_eq!(error.to_string(), SourceError::Shorter { size: 9, ended: 8 }.to_string());
}

/// Some messages of every kind.
fn messages() -> Vec<Vec<u8>> {
    let mut messages = vec![
        Parcel::Part("x".into()).encode().unwrap(),
        Parcel::Failed(SourceError::Empty).encode().unwrap(),
    ];
    let (batches, summary) = read(&RecordSpec::inferred(), NESTED.as_bytes()).unwrap();
    messages.extend(batches.into_iter().map(|batch| Parcel::Batch(batch).encode().unwrap()));
    messages.push(Parcel::Summary(summary).encode().unwrap());
    for source in [NESTED, "a,b\n1,\"x\ny\"\n2,3\n4,5\n6\n"] {
        let limits = PlanLimits { range: 20, head: 10, ..PlanLimits::default() };
        let (source, size) = (source.as_bytes(), source.len() as u64);
        let plan =
            Plan::with_limits(source, size, &votes_or_inferred(source), &ReadOptions::default(), limits)
                .unwrap();
        let mut merge = Merge::new(plan, 99);
        while let Some(task) = merge.next_task() {
            messages.push(Parcel::Task(task.clone()).encode().unwrap());
            let (id, from) = (task.id, task.read_from() as usize);
            let mut reader = RangeReader::new(task);
            let mut sink = |event| {
                messages.push(Parcel::Range(id, event).encode().unwrap());
                Ok::<_, SourceError>(())
            };
            reader.push(&source[from..], &mut sink).unwrap();
            reader.finish(&mut sink).unwrap();
        }
    }
    messages
}

fn votes_or_inferred(source: &[u8]) -> RecordSpec {
    if source.starts_with(b"{") { RecordSpec::inferred() } else { RecordSpec::new([]) }
}

/// Reads bytes that are perhaps a message. What is one must be of use.
fn try_out(bytes: &[u8]) {
    match Parcel::decode(bytes) {
        Ok(Parcel::Batch(batch)) => {
            if batch.rows.num_rows() < 1 << 16 {
                let mut shape = Shape::default();
                shape.widen(&batch.rows, &batch.origins);
                let _ = shape.cast(&batch.rows, &batch.origins);
            }
        }
        Ok(Parcel::Task(task)) => {
            let mut reader = RangeReader::new(task);
            let sink = |_| Ok::<_, SourceError>(());
            let _ = reader.push(b"{\"a\":1}\n1,2\n", sink);
        }
        Ok(other) => drop(other.encode()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

#[test]
fn nulls_without_end_ask_for_no_memory() {
    let (batches, _) = read(&RecordSpec::inferred(), b"{\"l\":[null,null,null,null,null]}\n").unwrap();
    let mut message = Parcel::Batch(batches[0].clone()).encode().unwrap();
    // The number of the elements, which have no bytes.
    let at = message.chunks(8).rposition(|word| word == 5_u64.to_le_bytes()).unwrap();
    message[8 * at..8 * at + 8].copy_from_slice(&(1_u64 << 50).to_le_bytes());
    let error = Parcel::decode(&message).unwrap_err();
    assert!(error.to_string().contains("column of that length"), "{error}");
}

#[test]
fn damaged_bytes_are_an_error_and_no_panic() {
    for message in messages() {
        for length in 0..message.len() {
            assert!(Parcel::decode(&message[..length]).is_err(), "{length} of {} bytes", message.len());
        }
        for at in (0..message.len()).step_by(if message.len() > 4000 { 8 } else { 1 }) {
            for byte in [0, 1, 0x7f, 0x80, 0xff, message[at] ^ 1] {
                let mut damaged = message.clone();
                damaged[at] = byte;
                try_out(&damaged);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_batch_arrives(choices in prop::collection::vec(any::<u8>(), 0..900), inferred in any::<bool>()) {
        let source = file(&mut Choices::new(&choices));
        let spec = if inferred { RecordSpec::inferred() } else { votes() };
        if let Some((batches, summary)) = read(&spec, &source) {
            check(batches, summary);
        }
    }

    #[test]
    fn any_damage_is_an_error_and_no_panic(
        which in any::<prop::sample::Index>(),
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut messages = messages();
        let mut message = messages.swap_remove(which.index(messages.len()));
        for (place, byte) in places {
            let at = place.index(message.len());
            message[at] = byte;
        }
        try_out(&message);
    }
}
