//! The rows of a result, however many there are: only those that are seen are in the document, and they are asked for in
//! pages. What the grid does is decided in [`crate::results::grid`]; here it is drawn, and the browser's events are passed on.
//!
//! The focus stays on the grid, and `aria-activedescendant` says where the cursor is, because the element under it can be
//! scrolled away. Positions are set through `style` as a property, which the page's policy allows, and never as an attribute,
//! which it does not.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use sandglass_protocol::sql::{ResultInfo, SqlSort};
use sandglass_ui::browser::style::Style;
use sandglass_ui::format;
use sandglass_ui::icon::{Icon, Picture};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::grid_detail::grid_detail;
use super::grid_head::{Pulled, grid_head};
use crate::actions::{Actions, use_actions};
use crate::browser::resize::Sizes;
use crate::results::cells::{Form, class, shown};
use crate::results::copying::Copying;
use crate::results::grid::{Act, Grid};
use crate::results::pages::{PageAsk, Pages, Row, page_rows, pages_with};
use crate::results::range::{Range, Spot};

/// How long a scroll rests before the bar catches up, in milliseconds.
const RESTS: u32 = 160;

/// How many pages are on their way at most, so that a scroll through millions of rows does not ask for all of them.
const ASKED_AT_ONCE: usize = 3;

/// What is shown.
#[derive(Properties, PartialEq)]
pub(crate) struct ResultGridProps {
    /// The result.
    pub(crate) info: Rc<ResultInfo>,
    /// Its rows as far as they have come.
    pub(crate) pages: Rc<Pages>,
    /// Asks for rows.
    pub(crate) ask: Callback<PageAsk>,
    /// What stands right of its own buttons.
    #[prop_or_default]
    pub(crate) tools: Html,
}

/// A grid with its buttons, and the whole value of a cell below. It is to have the result as its key: another result begins at
/// its first row and as it is ordered.
#[component]
pub(crate) fn ResultGrid(props: &ResultGridProps) -> Html {
    let ResultGridProps { info, pages, ask, .. } = props;
    let grid = use_reducer({
        let info = Rc::clone(info);
        move || Grid::new(info)
    });
    let element = use_node_ref();
    let asked = use_mut_ref(Vec::<PageAsk>::new);
    let resting = use_mut_ref(|| None::<Timeout>);
    let actions = use_actions();
    let pulled: Pulled = use_mut_ref(|| None);
    let copy = use_copying(info, pages, ask, &actions);

    {
        let (element, dispatch) = (element.clone(), grid.dispatcher());
        use_effect_with((), move |()| {
            let sizes = element.cast::<HtmlElement>().and_then(|element| {
                let observed = element.clone();
                Sizes::of(&observed, move || dispatch.dispatch(measure(&element)))
            });
            move || drop(sizes)
        });
    }
    {
        // Only where the grid itself has moved: what the user scrolls is already where it should be.
        let (element, bar, left) = (element.clone(), grid.bar, grid.left);
        use_effect_with(grid.placed, move |_| {
            if let Some(element) = element.cast::<HtmlElement>() {
                element.set_scroll_top(bar as i32);
                element.set_scroll_left(left as i32);
            }
        });
    }

    let (first, count) = grid.rows_drawn();
    let mut asked = asked.borrow_mut();
    asked.retain(|page| pages.row(page.first, page.sort).is_none() && page.sort == grid.sort);
    let mut is_whole = true;
    for (at, length) in pages_with(first, count, info.rows, page_rows(info.columns.len())) {
        let seen = at.max(first)..(at + u64::from(length)).min(first + count);
        if seen.clone().all(|row| pages.row(row, grid.sort).is_some()) {
            continue;
        }
        is_whole = false;
        let page = PageAsk { first: at, count: length, sort: grid.sort };
        if asked.len() < ASKED_AT_ONCE && !asked.contains(&page) {
            asked.push(page);
            ask.emit(page);
        }
    }
    drop(asked);

    let onscroll = {
        let dispatch = grid.dispatcher();
        Callback::from(move |event: Event| {
            let Some(element) = event.target_dyn_into::<HtmlElement>() else { return };
            dispatch.dispatch(Act::Scrolled {
                bar: f64::from(element.scroll_top()),
                left: f64::from(element.scroll_left()),
            });
            let dispatch = dispatch.clone();
            resting.replace(Some(Timeout::new(RESTS, move || dispatch.dispatch(Act::Settled))));
        })
    };
    let onkeydown = {
        let (grid, copy) = (grid.clone(), copy.clone());
        Callback::from(move |event: KeyboardEvent| {
            let (ctrl, key) = (event.ctrl_key() || event.meta_key(), event.key());
            if ctrl && key.eq_ignore_ascii_case("c") {
                event.prevent_default();
                copy.start.emit((Form::Tsv, grid.range, grid.sort));
            } else if let Some(act) = grid.key(&key, ctrl, event.shift_key(), event.alt_key()) {
                event.prevent_default();
                event.stop_propagation();
                grid.dispatch(act);
            }
        })
    };
    let onpointerdown = {
        let dispatch = grid.dispatcher();
        Callback::from(move |event: PointerEvent| {
            // A finger may be about to scroll: it selects when it has tapped.
            if event.button() == 0
                && event.pointer_type() != "touch"
                && let Some((spot, _)) = cell_of(&event)
            {
                dispatch.dispatch(Act::To { spot, extend: event.shift_key(), reveal: false });
            }
        })
    };
    let onpointerover = {
        let dispatch = grid.dispatcher();
        Callback::from(move |event: PointerEvent| {
            if event.buttons() & 1 == 1
                && event.pointer_type() != "touch"
                && let Some((spot, _)) = cell_of(&event)
            {
                dispatch.dispatch(Act::To { spot, extend: true, reveal: true });
            }
        })
    };
    let onclick = {
        let grid = grid.clone();
        Callback::from(move |event: MouseEvent| {
            let Some((spot, cell)) = cell_of(&event) else { return };
            if grid.range.is_many() || event.shift_key() {
                return;
            }
            grid.dispatch(Act::To { spot, extend: false, reveal: true });
            // What is cut off can only be read as a whole.
            if cell.scroll_width() > cell.client_width() {
                grid.dispatch(Act::Open(true));
            }
        })
    };
    let ondblclick = {
        let dispatch = grid.dispatcher();
        Callback::from(move |event: MouseEvent| {
            if cell_of(&event).is_some() {
                dispatch.dispatch(Act::Open(true));
            }
        })
    };

    let act = {
        let dispatch = grid.dispatcher();
        Callback::from(move |act| dispatch.dispatch(act))
    };
    let (left, right, before) = grid.columns_drawn();
    let cursor = grid.range.cursor;
    let cursor_drawn = (left..right).contains(&cursor.column)
        && (grid.on_head || (first..first + count).contains(&cursor.row));
    let cursor_id = cursor_drawn.then(|| match grid.on_head {
        true => head_id(info.result, cursor.column),
        false => cell_id(info.result, cursor),
    });
    // Always a node, so that the grid before it stays the same when this comes and goes.
    let detail = grid.open.then(|| {
        let close = {
            let (dispatch, element) = (grid.dispatcher(), element.clone());
            Callback::from(move |()| {
                dispatch.dispatch(Act::Open(false));
                if let Some(element) = element.cast::<HtmlElement>() {
                    sandglass_ui::browser::focus(&element);
                }
            })
        };
        let value =
            pages.row(cursor.row, grid.sort).map(|row| row.get(cursor.column).and_then(Option::as_deref));
        grid_detail(info, cursor, value, &actions, &close)
    });
    html! {
        <div class="grid-view">
            <div class="tools">
                <p class="note" role="status" data-testid="grid-status">{ status(info, grid.range, copy.said(grid.range)) }</p>
                { copy_button(&grid, info, &copy, Form::Tsv) }
                { copy_button(&grid, info, &copy, Form::Markdown) }
                { props.tools.clone() }
            </div>
            if info.columns.is_empty() {
                <p class="empty">{ "The result has no columns." }</p>
            } else {
                <div
                    class="grid-scroll" role="grid" tabindex="0" ref={element} data-testid="result-grid"
                    aria-label="Rows of the result" aria-describedby={format!("grid-{}-help", info.result)}
                    aria-rowcount={(info.rows + 1).to_string()} aria-colcount={(info.columns.len() + 1).to_string()}
                    aria-multiselectable="true" aria-busy={(!is_whole).then_some("true")} aria-activedescendant={cursor_id}
                    {onscroll} {onkeydown} {onpointerdown} {onpointerover} {onclick} {ondblclick}
                >
                    <div class="grid-sheet" role="presentation" ~style={sheet_style(&grid, left, right, before)}>
                        { grid_head(info, &grid, (left, right), &pulled, &act) }
                        <div class="grid-body" role="rowgroup" ~style={format!("top:{}px", grid.rows_at())}>
                            { for (first..first + count).map(|index| {
                                row(info, &grid, index, pages.row(index, grid.sort), left..right)
                            }) }
                        </div>
                    </div>
                </div>
                <p class="visually-hidden" id={format!("grid-{}-help", info.result)}>
                    { "Arrow keys move, with Shift they select. Enter shows the whole value, and sorts in the row of heads above \
                       the first row. Alt with the left and right arrow makes a column narrower and wider. Control C copies." }
                </p>
                if info.rows == 0 {
                    <p class="empty">{ "The query has no rows." }</p>
                }
            }
            { detail.unwrap_or_default() }
        </div>
    }
}

fn measure(element: &HtmlElement) -> Act {
    Act::Measured {
        width: f64::from(element.client_width()),
        height: f64::from(element.client_height()),
        font: Style::of(element).font_size().unwrap_or(0.0),
    }
}

/// Sizes that the style sheet takes from here.
fn sheet_style(grid: &Grid, left: usize, right: usize, before: f64) -> String {
    let mut style = format!(
        "width:{}px;height:{}px;--row:{}px;--head:{}px;--columns:{}px {before}px",
        grid.sheet_width(),
        grid.sheet_height(),
        grid.row_height(),
        grid.head_height(),
        grid.gutter(),
    );
    for width in &grid.widths[left..right] {
        style.push_str(&format!(" {width}px"));
    }
    style
}

/// A row. One that has not come yet has empty cells.
fn row(
    info: &ResultInfo,
    grid: &Grid,
    index: u64,
    cells: Option<&Row>,
    columns: std::ops::Range<usize>,
) -> Html {
    let even = index.is_multiple_of(2).then_some("even");
    html! {
        <div
            key={index.to_string()} role="row" class={classes!("grid-row", even)} aria-rowindex={(index + 2).to_string()}
            aria-busy={cells.is_none().then_some("true")}
        >
            <div role="rowheader" class="gutter" aria-colindex="1">{ format::count(index + 1) }</div>
            { for columns.map(|column| {
                let spot = Spot { row: index, column };
                let value = cells.map(|cells| cells.get(column).and_then(Option::as_deref));
                let is_selected = grid.range.has(index, column) && !grid.on_head;
                let is_cursor = !grid.on_head && grid.range.cursor == spot;
                let kind = info.columns[column].kind;
                html! {
                    <div
                        role="gridcell" id={cell_id(info.result, spot)}
                        class={classes!(
                            class(kind, value == Some(None)),
                            // One cell has the mark of the cursor, and that is enough.
                            (is_selected && grid.range.is_many()).then_some("selected"),
                            is_cursor.then_some("cursor"),
                        )}
                        aria-colindex={(column + 2).to_string()} aria-selected={if is_selected { "true" } else { "false" }}
                    >
                        { match value {
                            Some(Some(text)) => shown(text).into_owned(),
                            Some(None) => "NULL".to_owned(),
                            None => String::new(),
                        } }
                    </div>
                }
            }) }
        </div>
    }
}

fn cell_id(result: u32, spot: Spot) -> String {
    format!("cell-{result}-{}-{}", spot.row, spot.column)
}

/// The `id` of the head of a column.
pub(super) fn head_id(result: u32, column: usize) -> String {
    format!("head-{result}-{column}")
}

/// The cell that an event came from.
fn cell_of(event: &Event) -> Option<(Spot, Element)> {
    let cell = event.target()?.dyn_into::<Element>().ok()?.closest("[role=gridcell]").ok()??;
    let number = |element: &Element, name| element.get_attribute(name)?.parse::<u64>().ok()?.checked_sub(2);
    let row = number(&cell.parent_element()?, "aria-rowindex")?;
    let column = number(&cell, "aria-colindex")? as usize;
    Some((Spot { row, column }, cell))
}

/// How large the result is, and what is selected or was copied.
fn status(info: &ResultInfo, range: Range, said: Option<&str>) -> String {
    let mut text = format!(
        "{}, {}",
        format::counted(info.rows, "row"),
        format::counted(info.columns.len() as u64, "column")
    );
    if !info.is_whole {
        text = format!("The first {text}; there are more, and exports have all of them");
    }
    if let Some(said) = said {
        text.push_str(". ");
        text.push_str(said);
    } else if range.is_many() {
        let (rows, columns) = range.size();
        text.push_str(&format!(". Selected: {} × {}", format::count(rows), format::count(columns)));
    }
    text
}

/// Copying, and how it goes.
#[derive(Clone)]
struct Copy {
    start: Callback<(Form, Range, Option<SqlSort>)>,
    /// What there is to say, as long as this is selected.
    said: Option<(Range, AttrValue)>,
}

impl Copy {
    /// What there is to say of a selection. All rows are copied without being selected, by a button.
    fn said(&self, selected: Range) -> Option<&str> {
        let (range, text) = self.said.as_ref()?;
        (*range == selected || !selected.is_many()).then_some(text.as_str())
    }
}

/// Copies selections. What is not on the page is asked for page by page.
#[hook]
fn use_copying(info: &Rc<ResultInfo>, pages: &Rc<Pages>, ask: &Callback<PageAsk>, actions: &Actions) -> Copy {
    let actions = actions.clone();
    let said = use_state_eq(|| None::<(Range, AttrValue)>);
    let running = use_mut_ref(|| None::<Copying>);
    let asked = use_mut_ref(|| None::<PageAsk>);
    let go_on = {
        let (running, asked) = (Rc::clone(&running), Rc::clone(&asked));
        let (info, ask, said) = (Rc::clone(info), ask.clone(), said.setter());
        move |pages: &Pages| {
            let mut slot = running.borrow_mut();
            let Some(copying) = slot.as_mut() else { return };
            let Some(wanted) = copying.go_on(pages) else {
                let range = copying.range();
                let Some((text, things)) = slot.take().map(Copying::end) else { return };
                let done = format!("Copied {things}.");
                said.set(None);
                let said = said.clone();
                actions.voice().copy(
                    text,
                    things,
                    Callback::from(move |()| said.set(Some((range, done.clone().into())))),
                );
                return;
            };
            let mut asked = asked.borrow_mut();
            let mut page = pages_with(wanted, 1, info.rows, page_rows(info.columns.len()));
            if let Some((first, count)) = page.next() {
                let page = PageAsk { first, count, sort: copying.sort() };
                if *asked != Some(page) {
                    *asked = Some(page);
                    let fetching = format!("Fetching row {} to copy it.", format::count(wanted + 1));
                    said.set(Some((copying.range(), fetching.into())));
                    ask.emit(page);
                }
            }
        }
    };
    {
        let go_on = go_on.clone();
        use_effect_with(Rc::clone(pages), move |pages| go_on(pages));
    }
    let start = {
        let (info, pages, said) = (Rc::clone(info), Rc::clone(pages), said.setter());
        Callback::from(move |(form, range, sort)| match Copying::begin(form, range, sort, &info) {
            Ok(copying) => {
                running.replace(Some(copying));
                // The page that was asked for last may have been forgotten since.
                asked.replace(None);
                go_on(&pages);
            }
            Err(reason) => said.set(Some((range, reason.into()))),
        })
    };
    Copy { start, said: (*said).clone() }
}

/// A button that copies the selection, or everything where no more than a cell is selected.
fn copy_button(grid: &UseReducerHandle<Grid>, info: &ResultInfo, copy: &Copy, form: Form) -> Html {
    let (test_id, text) = match form {
        Form::Tsv => ("grid-copy-tsv", "TSV"),
        Form::Markdown => ("grid-copy-markdown", "Markdown"),
    };
    let what = if grid.range.is_many() { "the selected cells" } else { "all rows" };
    let onclick = {
        let (grid, start) = (grid.clone(), copy.start.clone());
        Callback::from(move |_: MouseEvent| {
            let range = if grid.range.is_many() { grid.range } else { grid.everything() };
            start.emit((form, range, grid.sort));
        })
    };
    html! {
        <button
            type="button" class="quiet" data-testid={test_id} title={format!("Copy {what}")}
            disabled={info.rows == 0 || info.columns.is_empty()} {onclick}
        >
            <Icon of={Picture::Copy} />
            <span><span class="room-permitting">{ "Copy as " }</span>{ text }</span>
        </button>
    }
}
