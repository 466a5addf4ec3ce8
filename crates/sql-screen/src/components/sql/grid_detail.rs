//! The whole value of a cell.

use sandglass_protocol::sql::ResultInfo;
use sandglass_ui::format;
use sandglass_ui::icon::{Icon, Picture};
use yew::prelude::*;

use crate::actions::Actions;
use crate::results::cells::about;
use crate::results::range::Spot;

/// The most characters that are shown: a browser takes long to lay out more of them.
const SHOWN: usize = 200_000;

/// A panel below the grid with the value of a cell, if it has come; `Some(None)` is `NULL`. It follows the cursor.
pub(super) fn grid_detail(
    info: &ResultInfo,
    spot: Spot,
    value: Option<Option<&str>>,
    actions: &Actions,
    close: &Callback<()>,
) -> Html {
    let Some(column) = info.columns.get(spot.column) else { return Html::default() };
    let copy = {
        let (actions, value) = (actions.clone(), value.flatten().map(str::to_owned));
        Callback::from(move |_: MouseEvent| {
            actions.voice().copy(value.clone().unwrap_or_default(), "the value".to_owned(), Callback::noop());
        })
    };
    let onkeydown = {
        let close = close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                close.emit(());
            }
        })
    };
    let text = value.flatten().unwrap_or_default();
    let cut = text.char_indices().nth(SHOWN).map(|(at, _)| at);
    html! {
        <section class="grid-detail" aria-label="Value of the cell" data-testid="grid-detail" {onkeydown}>
            <header>
                <p>
                    <strong>{ &column.name }</strong>
                    <span class="note">{ format!("row {}, {}", format::count(spot.row + 1), column.sql_type) }</span>
                    <span class="note">{ value.map_or_else(|| "being fetched".to_owned(), about) }</span>
                </p>
                <button type="button" class="quiet" disabled={value.flatten().is_none()} onclick={copy}>
                    <Icon of={Picture::Copy} /><span>{ "Copy value" }</span>
                </button>
                <button
                    type="button" class="quiet round" aria-label="Close" title="Close"
                    onclick={close.reform(|_: MouseEvent| ())}
                >
                    <Icon of={Picture::Close} />
                </button>
            </header>
            if !text.is_empty() {
                <pre tabindex="0" role="region" aria-label="Value">{ &text[..cut.unwrap_or(text.len())] }</pre>
            }
            if cut.is_some() {
                <p class="note">{ format!("The first {} are shown. Copy the value to have all.", format::counted(SHOWN as u64, "character")) }</p>
            }
        </section>
    }
}
