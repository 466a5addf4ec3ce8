//! Files in the browser's own file system, and those that a page lends, in a worker, which is where they can be written durably.
//! What holds for the ones holds for the others.
#![cfg(target_family = "wasm")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test that panics is one that fails

use js_sys::{Array, Function, Promise, Reflect};
use sandglass_access::{Bytes, read_exact_at};
use sandglass_opfs::{Entry, FileBytes, Folder, Opfs, OpfsError, ScratchFile, Watched, usage};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

fn entry(name: &str, bytes: u64) -> Entry {
    Entry { name: name.to_owned(), bytes }
}

/// The script of the page, which is as well off in a worker: what asks for a port.
fn page() -> Function {
    js_sys::eval(include_str!("../../../www/lend-files.js")).unwrap();
    Reflect::get(&js_sys::global(), &"sandglassLend".into()).unwrap().unchecked_into()
}

fn port(page: &Function) -> web_sys::MessagePort {
    page.call0(&JsValue::UNDEFINED).unwrap().unchecked_into()
}

/// A folder of each kind; that which is kept has this name for itself.
async fn folders(name: &str) -> [Folder; 2] {
    let lent = Folder::given(name, Some(port(&page()))).await.unwrap();
    [Folder::given(name, None).await.unwrap(), lent]
}

/// Bytes that say where they are.
fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 % 251) as u8).collect()
}

#[wasm_bindgen_test]
async fn what_is_written_is_read() {
    for folder in folders("written/here").await {
        assert_eq!(folder.list("").await.unwrap(), []);
        assert_eq!(folder.list("no/such").await.unwrap(), []);
        let bytes = content(3_000_000);
        folder.write_new("a/b/one", &bytes).await.unwrap();
        folder.write_new("a/none", &[]).await.unwrap();
        folder.write_new("ab/two", b"two").await.unwrap();
        folder.write_new("%2e", b"dot").await.unwrap();
        assert_eq!(folder.list("a/b").await.unwrap(), [entry("one", 3_000_000)]);
        assert_eq!(folder.list("a").await.unwrap(), [entry("none", 0)]);
        assert_eq!(folder.list("").await.unwrap(), [entry("%2e", 3)]);
        let all = [entry("%2e", 3), entry("a/b/one", 3_000_000), entry("a/none", 0), entry("ab/two", 3)];
        assert_eq!(folder.list_all("").await.unwrap(), all);
        assert_eq!(folder.list_all("a").await.unwrap(), all[1..3]);
        assert!(folder.read("a/b/one", None).await.unwrap() == bytes);
        assert_eq!(folder.read("a/b/one", Some(70_000..70_010)).await.unwrap(), &bytes[70_000..70_010]);
        assert_eq!(folder.read("a/b/one", Some(2_999_999..4_000_000)).await.unwrap(), &bytes[2_999_999..]);
        assert_eq!(folder.read("a/none", None).await.unwrap(), b"");

        // Another worker sees the same.
        let again = Folder::given("written/here", folder.to_give().await.unwrap()).await.unwrap();
        assert_eq!(again.read("%2e", None).await.unwrap(), b"dot");
        again.clear().await.unwrap();
        assert_eq!(folder.list_all("").await.unwrap(), []);
        assert!(matches!(folder.read("%2e", None).await, Err(OpfsError::NotFound(_))));
    }
}

#[wasm_bindgen_test]
async fn a_folder_is_cleared_without_those_beside_it() {
    let page = page();
    let one = Folder::given("one", Some(port(&page))).await.unwrap();
    let other = Folder::given("one more", Some(port(&page))).await.unwrap();
    one.write_new("file", b"1").await.unwrap();
    other.write_new("file", b"2").await.unwrap();
    one.clear().await.unwrap();
    assert_eq!(one.list("").await.unwrap(), []);
    assert_eq!(other.read("file", None).await.unwrap(), b"2");
}

#[wasm_bindgen_test]
async fn a_file_is_written_once() {
    for folder in folders("once").await {
        folder.write_new("file", b"first").await.unwrap();
        assert!(matches!(folder.write_new("file", b"second").await, Err(OpfsError::Exists(_))));
        assert_eq!(folder.read("file", None).await.unwrap(), b"first");
        folder.remove("file").await.unwrap();
        assert!(matches!(folder.read("file", None).await, Err(OpfsError::NotFound(_))));
        assert!(matches!(folder.remove("file").await, Err(OpfsError::NotFound(_))));
        assert!(matches!(folder.read("no/such/file", None).await, Err(OpfsError::NotFound(_))));
        folder.write_new("file", b"second").await.unwrap();
        assert_eq!(folder.read("file", None).await.unwrap(), b"second");
    }
}

#[wasm_bindgen_test]
async fn what_is_no_path_is_refused() {
    for folder in folders("paths").await {
        for path in ["", ".", "..", "/", "/a", "a//b", "../x", "a/../b", "a/"] {
            let written = folder.write_new(path, b"").await;
            assert!(matches!(written, Err(OpfsError::Path(_))), "{path:?}: {written:?}");
        }
        assert_eq!(folder.list_all("").await.unwrap(), []);
    }
}

#[wasm_bindgen_test]
async fn bytes_are_had_where_they_are_asked_for() {
    for folder in folders("bytes").await {
        let (one, other) = (content(200_000), content(100));
        folder.write_new("one", &one).await.unwrap();
        folder.write_new("other", &other).await.unwrap();
        let first = FileBytes::reading_ahead(folder.file("one").await.unwrap(), 1024);
        let second = FileBytes::of(folder.file("other").await.unwrap());
        // Who has a file that is removed can read it to its end where a page has lent it.
        if matches!(folder, Folder::Lent(_)) {
            folder.remove("one").await.unwrap();
        }
        assert_eq!((first.len(), second.len()), (200_000, 100));
        for (offset, length) in [(199_000, 1000), (0, 10), (5, 5000), (1024, 1), (100_000, 70_000)] {
            let mut buffer = vec![0; length];
            read_exact_at(&first, offset as u64, &mut buffer).unwrap();
            assert!(buffer == one[offset..offset + length], "{length} bytes from {offset}");
        }
        let mut buffer = [0; 100];
        read_exact_at(&second, 0, &mut buffer).unwrap();
        assert_eq!(buffer[..], other[..]);
        assert!(read_exact_at(&second, 1, &mut buffer).is_err());
    }
}

/// What a page says that was asked by hand.
async fn asked(page: &Function, words: &[JsValue]) -> JsValue {
    let port = port(page);
    let words: Array = words.iter().collect();
    let answer = Promise::new(&mut |resolve, _| {
        port.set_onmessage(Some(&resolve));
        port.post_message(&words).unwrap();
    });
    let message: web_sys::MessageEvent = JsFuture::from(answer).await.unwrap().unchecked_into();
    message.data()
}

#[wasm_bindgen_test]
async fn the_first_worker_that_asks_settles_where_files_are() {
    let page = page();
    let set = |name: &str, value: &JsValue| Reflect::set(&js_sys::global(), &name.into(), value).unwrap();
    set("sandglassFiles", &port(&page));
    js_sys::eval("navigator.storage.getDirectory = () => Promise.reject(new DOMException('made by a test', 'SecurityError'))")
        .unwrap();
    let first = Folder::open("settled").await.unwrap();
    js_sys::eval("delete navigator.storage.getDirectory").unwrap();
    let Folder::Lent(lent) = &first else { panic!("{first:?}") };
    assert!(
        lent.reason().contains("gives this page no storage: SecurityError: made by a test"),
        "{}",
        lent.reason()
    );
    first.write_new("file", b"here").await.unwrap();
    // It holds, whatever the browser says later, and for another worker as well.
    let again = Folder::open("settled").await.unwrap();
    assert_eq!(again.read("file", None).await.unwrap(), b"here");
    let told = asked(&page, &["settle".into(), JsValue::NULL]).await;
    assert_eq!(told.as_string().as_deref(), Some(lent.reason()));
    // Another page settles it anew.
    let other = self::page();
    assert!(asked(&other, &["settle".into(), JsValue::NULL]).await.is_null());
    assert!(asked(&other, &["settle".into(), "later".into()]).await.is_null());
}

#[wasm_bindgen_test]
async fn room_is_told() {
    let usage = usage().await.unwrap();
    assert!(usage.quota > usage.used);
}

#[wasm_bindgen_test]
async fn a_file_that_is_watched_is_the_last_until_it_is_not() {
    let opfs = Opfs::open("watched").await.unwrap();
    opfs.clear().await.unwrap();
    opfs.write_new("list/1", b"first").await.unwrap();
    let watched = Watched::new(&opfs, "list/1").await.unwrap();
    assert!(watched.is_last("2").await);
    opfs.write_new("list/2", b"second").await.unwrap();
    assert!(!watched.is_last("2").await);
    let watched = Watched::new(&opfs, "list/2").await.unwrap();
    assert!(watched.is_last("3").await);
    // All of it goes, and others come by the same names.
    opfs.clear().await.unwrap();
    assert!(!watched.is_last("3").await);
    opfs.write_new("list/2", b"another").await.unwrap();
    assert!(!watched.is_last("3").await);
    assert!(Watched::new(&opfs, "list/7").await.is_err());
}

#[wasm_bindgen_test]
async fn a_scratch_file_is_read_and_written_anywhere() {
    let folder = Opfs::open("scratched").await.unwrap();
    folder.write_new("left", b"by another").await.unwrap();
    let scratch = ScratchFile::open(&folder).await.unwrap();
    // What others have left is gone.
    let names =
        || async { folder.list("").await.unwrap().into_iter().map(|file| file.name).collect::<Vec<_>>() };
    let own = names().await;
    assert!(own.len() == 1 && own[0] != "left", "{own:?}");
    let bytes = content(1_000_000);
    assert_eq!(scratch.write(500_000, &bytes).unwrap(), bytes.len());
    assert_eq!(scratch.write(0, &bytes[..10]).unwrap(), 10);
    let mut read = vec![0; bytes.len()];
    assert_eq!(scratch.read(500_000, &mut read).unwrap(), bytes.len());
    assert!(read == bytes);
    assert_eq!(scratch.read(1_499_990, &mut read[..20]).unwrap(), 10);
    scratch.clear().unwrap();
    assert_eq!(scratch.read(0, &mut read[..10]).unwrap(), 0);
    // One that is in use is not touched.
    let other = ScratchFile::open(&folder).await.unwrap();
    assert_eq!(names().await.len(), 2);
    drop(scratch);
    drop(other);
    let _last = ScratchFile::open(&folder).await.unwrap();
    assert_eq!(names().await.len(), 1);
}
