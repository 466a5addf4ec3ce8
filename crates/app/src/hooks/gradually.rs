//! Long tables, drawn first as far as they can be seen.

use sandglass_ui::browser::timing::after_paint;
use yew::prelude::*;

/// Rows of the first frame: more than there is room for.
const FIRST: usize = 16;

/// Every frame has that many times the rows of the one before, so that none takes long.
const GROWTH: usize = 8;

/// How many of `rows` to draw now. The first frame of a table has those that can be seen without scrolling; the others
/// follow in the next frames.
#[hook]
pub(crate) fn use_gradually(rows: usize) -> usize {
    let drawn = use_state_eq(|| FIRST);
    let setter = drawn.setter();
    use_effect_with((*drawn, rows), move |&(drawn, rows)| {
        if drawn < rows {
            after_paint(move || setter.set(drawn * GROWTH));
        }
    });
    (*drawn).min(rows)
}
