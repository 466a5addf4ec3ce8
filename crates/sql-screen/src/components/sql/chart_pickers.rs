//! What a chart is made of: mark, columns, and what is made of the values.

use std::rc::Rc;

use sandglass_protocol::sql::{ColumnKind, ResultInfo};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::results::chart::{Aggregate, Axis, Choice, Mark, Shape, Step, axis};

/// Fields to choose from.
pub(super) fn chart_pickers(info: &Rc<ResultInfo>, choice: Choice, choose: &Callback<Choice>) -> Html {
    let columns = &info.columns;
    let named = |wanted: &dyn Fn(ColumnKind) -> bool| -> Vec<(Option<usize>, String)> {
        let all = columns.iter().enumerate().filter(|(_, column)| wanted(column.kind));
        all.map(|(index, column)| (Some(index), column.name.clone())).collect()
    };
    let drawable: Vec<_> = named(&|kind| kind != ColumnKind::Nested);
    let mut values = vec![(None, "number of rows".to_owned())];
    values.extend(named(&|kind| kind == ColumnKind::Number));
    let mut colours = vec![(None, "one for all".to_owned())];
    colours.extend(drawable.clone());
    let of =
        |all: &[(_, &str)]| all.iter().map(|(value, name)| (*value, (*name).to_owned())).collect::<Vec<_>>();
    let steps: Vec<(Step, String)> =
        Step::ALL.iter().map(|(step, name)| (*step, (*name).to_owned())).collect();
    let marks: Vec<(Mark, String)> =
        Mark::ALL.iter().map(|(mark, name)| (*mark, (*name).to_owned())).collect();
    let x_name = if choice.mark == Mark::Arc { "Slices" } else { "X" };
    let is_counted = choice.y.is_none();
    let is_histogram = choice.shape(columns) == Shape::Histogram;
    html! {
        <div class="pickers" role="group" aria-label="What the chart is made of">
            { picker("chart-mark", "Mark", &marks, choice.mark, choose.reform(move |mark| Choice { mark, ..choice })) }
            { picker("chart-x", x_name, &drawable, Some(choice.x), {
                let columns = Rc::clone(info);
                choose.reform(move |x: Option<usize>| {
                    let x = x.unwrap_or(choice.x);
                    // A time that begins to be drawn by itself would be a bar for each.
                    let is_time = columns.columns.get(x).and_then(axis) == Some(Axis::Time);
                    let step = if is_time && choice.x != x { Step::Day } else { choice.step };
                    Choice { x, step, ..choice }
                })
            }) }
            if choice.has_step(columns) {
                { picker("chart-step", "by", &steps, choice.step, choose.reform(move |step| Choice { step, ..choice })) }
            }
            { picker("chart-y", if choice.mark == Mark::Arc { "Size" } else { "Y" }, &values, choice.y, choose.reform(move |y| Choice { y, ..choice })) }
            if !is_counted {
                { picker("chart-aggregate", "as", &of(&Aggregate::ALL), choice.aggregate, choose.reform(move |aggregate| Choice { aggregate, ..choice })) }
            }
            if choice.mark != Mark::Arc {
                { picker("chart-colour", "Colour", &colours, choice.colour, choose.reform(move |colour| Choice { colour, ..choice })) }
            }
            if is_histogram {
                <p class="note">{ "Counted over equal spans." }</p>
            }
        </div>
    }
}

/// A field with its name. Options have the numbers of their places as values, since names can be alike.
fn picker<T: Copy + PartialEq + 'static>(
    id: &'static str,
    name: &'static str,
    options: &[(T, String)],
    chosen: T,
    choose: Callback<T>,
) -> Html {
    let values: Vec<T> = options.iter().map(|(value, _)| *value).collect();
    let onchange = Callback::from(move |event: Event| {
        let field = event.target_dyn_into::<HtmlSelectElement>();
        let at = field.and_then(|field| usize::try_from(field.selected_index()).ok());
        if let Some(value) = at.and_then(|at| values.get(at)) {
            choose.emit(*value);
        }
    });
    html! {
        <label class="picker">
            <span>{ name }</span>
            <select data-testid={id} {onchange}>
                { for options.iter().map(|(value, name)| html! {
                    <option selected={*value == chosen}>{ name }</option>
                }) }
            </select>
        </label>
    }
}
