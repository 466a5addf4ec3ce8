//! The page's end of the SQL screen: loads its module when it is first wanted, talks to it, and puts an end to it when it breaks down.
//!
//! It stands between the screen and the warehouse worker, which lends its tables, and keeps the files of this visit for a screen that is
//! still to come. Otherwise it keeps no state of the page.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use js_sys::{Array, Promise, Reflect};
use sandglass_protocol::Request;
use sandglass_ui::browser::listener::Listener;
use sandglass_ui::browser::{
    document, editor_address, error_text, import_module, meta, preload, resolve, window,
};
use sandglass_ui::message::Said;
use sandglass_ui::port::Port;
use sandglass_ui::screen::{Surroundings, ToPage, ToScreen};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, File, HtmlLinkElement, MessageChannel, MessagePort};
use yew::Callback;

use crate::worker::Client;

/// Where the screen is, and its files: bindings, module, style sheet.
pub(crate) const FILES: (&str, &[&str]) = (
    "sandglass-sql",
    &["sandglass-sql-screen.js", "sandglass-sql-screen_bg.wasm", "sandglass-sql-screen.css"],
);

/// What the names of all of these begin with.
const NAME: &str = "sandglass-sql-screen";

/// How long to wait for the screen's own words after an error of its module, in milliseconds.
const LAST_WORDS: u32 = 200;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = sandglass, js_name = prepareQueries)]
    fn prepare_queries();
    #[wasm_bindgen(js_namespace = sandglass, js_name = endQueries)]
    fn end_queries();

    type Module;
    #[wasm_bindgen(method, js_name = default)]
    fn init(this: &Module) -> Promise;
    #[wasm_bindgen(method, catch)]
    fn open(this: &Module, place: &Element, port: &MessagePort) -> Result<(), JsValue>;
}

/// What the page hears from here.
pub(crate) enum Notice {
    /// The screen is there.
    Loaded,
    /// It cannot be loaded, for this reason.
    NotLoaded(String),
    /// It has come to its end by a defect, and said this.
    Stopped(String),
    /// It has something for the user.
    Said(Said),
}

/// A channel to a screen that is there or is to come.
struct Channel {
    port: Port,
    /// The screen's end.
    far: MessagePort,
    _heard: Listener,
    /// What the screen is drawn in, and what hears of its errors, as soon as it is there.
    drawn: RefCell<Option<(Element, [Listener; 2])>>,
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.port.close();
        if let Some((root, _)) = self.drawn.take() {
            root.remove();
        }
    }
}

/// The screen. There is one, and it lives as long as the page, whatever becomes of its module.
#[derive(Default)]
pub(crate) struct SqlScreen {
    this: Weak<SqlScreen>,
    warehouse: Rc<Client>,
    channel: RefCell<Option<Channel>>,
    listener: RefCell<Option<Callback<Notice>>>,
    /// What holds on the page.
    holds: RefCell<Option<Surroundings>>,
    /// The files of this visit, by the names under which queries find them.
    files: RefCell<Vec<(String, File)>>,
    /// Whether tables were asked for and have not been given back.
    borrows: Cell<bool>,
    /// How often the module was asked for.
    attempts: Cell<u32>,
}

impl SqlScreen {
    /// The screen, of which nothing is there.
    pub(crate) fn new(warehouse: Rc<Client>) -> Rc<Self> {
        Rc::new_cyclic(|this| Self { this: this.clone(), warehouse, ..Self::default() })
    }

    /// Calls `callback` with every notice from now on.
    pub(crate) fn listen(&self, callback: Callback<Notice>) {
        self.listener.replace(Some(callback));
    }

    /// Tells the screen what holds on the page, now or when it comes.
    pub(crate) fn holds(&self, holds: &Surroundings) {
        self.holds.replace(Some(holds.clone()));
        self.send(&ToScreen::Holds(holds.clone()), &Array::new());
    }

    /// Files that the user gives. Of several with one name, the last one is meant.
    pub(crate) fn give(&self, files: &[(String, File)]) {
        {
            let mut all = self.files.borrow_mut();
            all.retain(|(known, _)| files.iter().all(|(name, _)| name != known));
            all.extend(files.iter().cloned());
        }
        self.hand_over(files);
    }

    fn hand_over(&self, files: &[(String, File)]) {
        if !files.is_empty() {
            let names = files.iter().map(|(name, _)| name.clone()).collect();
            self.send(&ToScreen::Files { names }, &files.iter().map(|(_, file)| file).collect());
        }
    }

    /// Tells the screen something, which waits for it if it is not there.
    pub(crate) fn say(&self, message: &ToScreen) {
        self.open_channel();
        self.send(message, &Array::new());
    }

    /// Tells the screen something that is nothing to one that is not there.
    pub(crate) fn answer(&self, message: &ToScreen) {
        self.send(message, &Array::new());
    }

    fn send(&self, message: &ToScreen, files: &Array) {
        if let Some(channel) = &*self.channel.borrow() {
            channel.port.send_with(message, files);
        }
    }

    /// Makes the channel, unless it is there, and says first what a screen has to know.
    fn open_channel(&self) {
        if self.channel.borrow().is_some() {
            return;
        }
        // Every browser that has wasm has channels.
        let Ok(ends) = MessageChannel::new() else { return };
        let this = self.this.clone();
        let port = Port::new(ends.port1());
        let heard = port.listen(move |message: ToPage, _| {
            if let Some(screen) = this.upgrade() {
                screen.hear(message);
            }
        });
        self.channel.replace(Some(Channel {
            port,
            far: ends.port2(),
            _heard: heard,
            drawn: RefCell::default(),
        }));
        let holds = self.holds.borrow().clone();
        if let Some(holds) = holds {
            self.send(&ToScreen::Holds(holds), &Array::new());
        }
        self.hand_over(&self.files.borrow());
    }

    /// Loads the module, and has it draw the screen in an element of its own within `place`.
    pub(crate) fn load(&self, place: &Element) {
        self.open_channel();
        // What the screen asks for first loads beside it.
        prepare_queries();
        preload(&editor_address());
        let number = self.attempts.get() + 1;
        self.attempts.set(number);
        let (this, place) = (self.this.clone(), place.clone());
        wasm_bindgen_futures::spawn_local(async move {
            let module = module(number).await;
            let Some(screen) = this.upgrade() else { return };
            let drawn = module.and_then(|module| screen.draw(&module, &place));
            screen.notify(match drawn {
                Ok(()) => Notice::Loaded,
                Err(error) => Notice::NotLoaded(error_text(&error)),
            });
        });
    }

    fn draw(&self, module: &Module, place: &Element) -> Result<(), JsValue> {
        let channel = self.channel.borrow();
        let Some(channel) = channel.as_ref() else {
            return Err(js_sys::Error::new("there is no channel to it").into());
        };
        let root = document().create_element("div")?;
        root.set_class_name("sql-screen");
        place.append_child(&root)?;
        let listeners = ["error", "unhandledrejection"].map(|kind| {
            let this = self.this.clone();
            Listener::new(&window(), kind, move |event| {
                if let Some(message) = error_of_module(&event)
                    && let Some(screen) = this.upgrade()
                {
                    screen.fail_later(message);
                }
            })
        });
        channel.drawn.replace(Some((root.clone(), listeners)));
        module.open(&root, &channel.far)
    }

    fn hear(&self, message: ToPage) {
        match message {
            ToPage::Lend => {
                self.borrows.set(true);
                self.warehouse.send(&Request::Lend);
            }
            ToPage::TakeBack => self.take_back(),
            ToPage::Said(said) => self.notify(Notice::Said(said)),
            ToPage::Crashed { message } => self.fail(&message),
        }
    }

    fn take_back(&self) {
        if self.borrows.take() {
            self.warehouse.send(&Request::TakeBack);
        }
    }

    /// The module has thrown an error that ends it. Its own words for that may be on their way.
    fn fail_later(&self, message: String) {
        let (this, number) = (self.this.clone(), self.attempts.get());
        Timeout::new(LAST_WORDS, move || {
            if let Some(screen) = this.upgrade().filter(|screen| screen.attempts.get() == number) {
                screen.fail(&message);
            }
        })
        .forget();
    }

    /// Puts an end to the screen. Its worker goes first: nobody else may have the tables while it changes them.
    fn fail(&self, message: &str) {
        let Some(channel) = self.channel.take() else { return };
        end_queries();
        self.take_back();
        // This may be called from inside its listener, which is let return first.
        wasm_bindgen_futures::spawn_local(async move { drop(channel) });
        self.notify(Notice::Stopped(message.to_owned()));
    }

    fn notify(&self, notice: Notice) {
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener.emit(notice);
        }
    }
}

/// The module, ready to be used, with its styles.
async fn module(number: u32) -> Result<Module, JsValue> {
    let folder = meta(FILES.0).ok_or_else(|| js_sys::Error::new("this page was built without it"))?;
    let address = resolve(&format!("{folder}{NAME}"));
    let styles = styles(&format!("{address}.css"))?;
    // A browser does not try again to load what it could not, and has a module once: by another name there is another.
    let name = if number > 1 { format!("#{number}") } else { String::new() };
    let bindings = import_module(&format!("{address}.js{name}"));
    let loaded = async {
        let module: Module = JsFuture::from(bindings).await?.unchecked_into();
        JsFuture::from(module.init()).await?;
        Ok::<_, JsValue>(module)
    };
    // Both are heard, so that no failure is left to nobody.
    let loaded = loaded.await;
    JsFuture::from(styles).await?;
    loaded
}

/// Has a style sheet loaded, unless it is there, and promises that it is.
fn styles(address: &str) -> Result<Promise, JsValue> {
    if document().query_selector(&format!("link[href='{address}']"))?.is_some() {
        return Ok(Promise::resolve(&JsValue::UNDEFINED));
    }
    let link: HtmlLinkElement = document().create_element("link")?.unchecked_into();
    link.set_rel("stylesheet");
    link.set_href(address);
    let there = Promise::new(&mut |resolve, reject| {
        let failed = link.clone();
        link.set_onload(Some(&resolve));
        link.set_onerror(Some(
            Closure::once_into_js(move || {
                // So that it is tried again.
                failed.remove();
                let _ =
                    reject.call1(&JsValue::UNDEFINED, &js_sys::Error::new("its styles cannot be fetched"));
            })
            .unchecked_ref(),
        ));
    });
    if let Some(head) = document().head() {
        head.append_child(&link)?;
    }
    Ok(there)
}

/// What an error of the page says, if it is one that ends the screen's module.
fn error_of_module(event: &web_sys::Event) -> Option<String> {
    let get =
        |name: &str| Reflect::get(event, &JsValue::from_str(name)).ok().filter(|value| value.is_object());
    let error = get("error").or_else(|| get("reason"))?;
    let text = |name: &str| Reflect::get(&error, &JsValue::from_str(name)).ok()?.as_string();
    let is_it = text("name")? == "RuntimeError" && text("stack")?.contains(NAME);
    is_it.then(|| error_text(&error))
}
