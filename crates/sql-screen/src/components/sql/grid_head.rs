//! The head of a grid: names and types of the columns, by which rows are sorted and columns made wider.
//!
//! A function, as are the other parts here that have no state: each component of Yew makes the page larger by some kilobytes.

use std::cell::RefCell;
use std::rc::Rc;

use sandglass_protocol::sql::{ColumnKind, ResultInfo};
use web_sys::Element;
use yew::prelude::*;

use super::result_grid::head_id;
use crate::results::grid::{Act, Grid};

/// The column that is being made wider: where the pointer was, and its width then.
pub(super) type Pulled = Rc<RefCell<Option<(usize, f64, f64)>>>;

/// A row of heads, of the columns from `left` to before `right`.
pub(super) fn grid_head(
    info: &ResultInfo,
    grid: &Grid,
    (left, right): (usize, usize),
    pulled: &Pulled,
    act: &Callback<Act>,
) -> Html {
    let onpointerdown = |column: usize| {
        let (pulled, widths) = (Rc::clone(pulled), Rc::clone(&grid.widths));
        Callback::from(move |event: PointerEvent| {
            event.prevent_default();
            event.stop_propagation();
            let width = widths.get(column).copied().unwrap_or(0.0);
            pulled.replace(Some((column, f64::from(event.client_x()), width)));
            if let Some(grip) = event.target_dyn_into::<Element>() {
                // Without it the pointer is lost when it is faster than the column.
                let _ = grip.set_pointer_capture(event.pointer_id());
            }
        })
    };
    let onpointermove = {
        let (pulled, act) = (Rc::clone(pulled), act.clone());
        Callback::from(move |event: PointerEvent| {
            if let Some((column, from, width)) = *pulled.borrow() {
                act.emit(Act::Width(column, width + f64::from(event.client_x()) - from));
            }
        })
    };
    let onpointerup = {
        let pulled = Rc::clone(pulled);
        Callback::from(move |_: PointerEvent| {
            pulled.replace(None);
        })
    };
    let nothing = Callback::from(|event: MouseEvent| event.stop_propagation());
    html! {
        <div class="grid-head" role="rowgroup">
            <div role="row" class="grid-row" aria-rowindex="1">
                <div role="columnheader" class="gutter" aria-colindex="1"><span class="visually-hidden">{ "Row" }</span></div>
                { for (left..right).map(|index| {
                    let column = &info.columns[index];
                    let order = match grid.sort.filter(|sort| sort.column as usize == index) {
                        None => "none",
                        Some(sort) if sort.descending => "descending",
                        Some(_) => "ascending",
                    };
                    let (act, fit) = (act.clone(), act.clone());
                    let is_number = column.kind == ColumnKind::Number;
                    html! {
                        <div
                            key={index} role="columnheader" id={head_id(info.result, index)}
                            class={classes!(
                                "grid-name",
                                is_number.then_some("number"),
                                (grid.on_head && grid.range.cursor.column == index).then_some("cursor"),
                            )}
                            aria-colindex={(index + 2).to_string()} aria-sort={order}
                            title={format!("{} ({}). Click to sort.", column.name, column.sql_type)}
                            onclick={Callback::from(move |_: MouseEvent| act.emit(Act::Sort(index)))}
                        >
                            <span class="grid-name-text">{ &column.name }</span>
                            <span class="grid-type">{ &column.sql_type }</span>
                            <span
                                class="grid-grip" aria-hidden="true" onpointerdown={onpointerdown(index)}
                                onpointermove={onpointermove.clone()} onpointerup={onpointerup.clone()}
                                onpointercancel={onpointerup.clone()} onclick={nothing.clone()}
                                ondblclick={Callback::from(move |_: MouseEvent| fit.emit(Act::Fit(index)))}
                            />
                        </div>
                    }
                }) }
            </div>
        </div>
    }
}
