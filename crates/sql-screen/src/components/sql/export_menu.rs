//! Taking a result away as a file: all of its rows, whatever the grid shows.

use sandglass_protocol::sql::ExportForm;
use sandglass_ui::browser::listener::Listener;
use sandglass_ui::browser::window;
use sandglass_ui::format;
use sandglass_ui::icon::{Icon, Picture};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, Node};
use yew::prelude::*;

/// The forms: their names, what they are good for, and the end of their `data-testid`.
const FORMS: [(ExportForm, &str, &str, &str); 7] = [
    (ExportForm::Csv, "CSV", "for spreadsheets", "csv"),
    (ExportForm::Ndjson, "NDJSON", "an object on every line", "ndjson"),
    (ExportForm::Json, "JSON", "an array of objects", "json"),
    (ExportForm::Parquet, "Parquet", "typed and small", "parquet"),
    (ExportForm::Arrow, "Arrow", "typed, for other programs", "arrow"),
    (ExportForm::Markdown, "Markdown", "a table for a text", "markdown"),
    (ExportForm::Inserts, "SQL inserts", "for another database", "inserts"),
];

/// What can be taken away.
#[derive(Properties, PartialEq)]
pub(crate) struct ExportMenuProps {
    /// Rows that are kept.
    pub(crate) rows: u64,
    /// Whether these are all.
    pub(crate) is_whole: bool,
    /// The form that is being made.
    #[prop_or_default]
    pub(crate) busy: Option<ExportForm>,
    /// Makes a file of this form.
    pub(crate) export: Callback<ExportForm>,
}

/// A button with a menu. Arrow keys, Home and End go through it, and Escape closes it.
#[component]
pub(crate) fn ExportMenu(props: &ExportMenuProps) -> Html {
    let open = use_state_eq(|| false);
    let root = use_node_ref();
    let button = use_node_ref();
    let menu = use_node_ref();
    {
        let (root, setter) = (root.clone(), open.setter());
        use_effect_with(*open, move |open| {
            let listener = open.then(|| {
                Listener::new(&window(), "pointerdown", move |event| {
                    let target = event.target().and_then(|target| target.dyn_into::<Node>().ok());
                    if !root.get().is_some_and(|root| root.contains(target.as_ref())) {
                        setter.set(false);
                    }
                })
            });
            move || drop(listener)
        });
    }
    {
        let menu = menu.clone();
        use_effect_with(*open, move |open| {
            if *open {
                focus_item(&menu, |_, _| 0);
            }
        });
    }
    let close = {
        let (open, button) = (open.setter(), button.clone());
        Callback::from(move |()| {
            open.set(false);
            if let Some(button) = button.cast::<HtmlElement>() {
                sandglass_ui::browser::focus(&button);
            }
        })
    };
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let onkeydown = {
        let (menu, close, is_open) = (menu.clone(), close.clone(), open.clone());
        Callback::from(move |event: KeyboardEvent| {
            match (event.key().as_str(), *is_open) {
                ("Escape", true) => close.emit(()),
                ("Tab", true) => {
                    is_open.set(false);
                    return;
                }
                ("ArrowDown", false) => is_open.set(true),
                ("ArrowDown", true) => focus_item(&menu, |at, count| at.map_or(0, |at| (at + 1) % count)),
                ("ArrowUp", true) => {
                    focus_item(&menu, |at, count| at.map_or(count - 1, |at| (at + count - 1) % count));
                }
                ("Home", true) => focus_item(&menu, |_, _| 0),
                ("End", true) => focus_item(&menu, |_, count| count - 1),
                _ => return,
            }
            event.prevent_default();
            event.stop_propagation();
        })
    };
    let making = props.busy.and_then(|busy| FORMS.iter().find(|(form, ..)| *form == busy));
    let what = match (props.is_whole, props.rows) {
        (true, rows) => format!("The whole result: {}.", format::counted(rows, "row")),
        (false, _) => {
            "The whole result: the query runs again, and all of its rows are in the file.".to_owned()
        }
    };
    html! {
        <div class="export" ref={root} data-testid="export-menu" {onkeydown}>
            <button
                type="button" class="quiet" ref={button} aria-haspopup="menu" aria-expanded={open.to_string()}
                disabled={making.is_some()} onclick={toggle} data-testid="export-open"
            >
                <Icon of={Picture::Download} />
                <span>{ making.map_or_else(|| "Export".to_owned(), |(_, name, ..)| format!("Making {name}")) }</span>
            </button>
            <span class="visually-hidden" role="status">
                { making.map(|(_, name, ..)| format!("The {name} file is being made.")) }
            </span>
            if *open {
                <div class="export-menu">
                    <p class="note" id="export-what">{ what }</p>
                    <div role="menu" aria-label="Export as" aria-describedby="export-what" ref={menu}>
                        { for FORMS.iter().map(|(form, name, about, id)| {
                            let (form, export, close) = (*form, props.export.clone(), close.clone());
                            html! {
                                <button
                                    type="button" role="menuitem" tabindex="-1" data-testid={format!("export-{id}")}
                                    onclick={Callback::from(move |_: MouseEvent| {
                                        close.emit(());
                                        export.emit(form);
                                    })}
                                >
                                    <span>{ *name }</span>
                                    <span class="note">{ *about }</span>
                                </button>
                            }
                        }) }
                    </div>
                </div>
            }
        </div>
    }
}

/// Moves the focus to an item, chosen by the one that has it and by how many there are.
fn focus_item(menu: &NodeRef, choose: impl Fn(Option<u32>, u32) -> u32) {
    let Some(menu) = menu.cast::<HtmlElement>() else { return };
    let items = menu.children();
    let focused = sandglass_ui::browser::document().active_element();
    let at = (0..items.length()).find(|index| items.item(*index) == focused && focused.is_some());
    if items.length() > 0
        && let Some(item) = items.item(choose(at, items.length()))
    {
        sandglass_ui::browser::focus(item.unchecked_ref());
    }
}
