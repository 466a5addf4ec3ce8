//! The whole value of a cell.

use std::rc::Rc;

use sandglass_protocol::sql::ResultInfo;
use yew::prelude::*;

use crate::actions::use_actions;
use crate::components::icon::{Icon, Picture};
use crate::format;
use crate::results::cells::about;

/// The most characters that are shown: a browser takes long to lay out more of them.
const SHOWN: usize = 200_000;

/// Which value.
#[derive(Properties, PartialEq)]
pub(super) struct GridDetailProps {
    pub(super) info: Rc<ResultInfo>,
    pub(super) row: u64,
    pub(super) column: usize,
    /// The value, if it has come; none inside for `NULL`.
    pub(super) value: Option<Option<AttrValue>>,
    pub(super) close: Callback<()>,
}

/// A panel below the grid. It follows the cursor.
#[component]
pub(super) fn GridDetail(props: &GridDetailProps) -> Html {
    let actions = use_actions();
    let Some(column) = props.info.columns.get(props.column) else { return Html::default() };
    let value = props.value.as_ref().map(Option::as_deref);
    let copy = {
        let value = value.flatten().map(str::to_owned);
        Callback::from(move |_: MouseEvent| {
            actions.copy(value.clone().unwrap_or_default(), "the value".to_owned(), Callback::noop());
        })
    };
    let onkeydown = {
        let close = props.close.clone();
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
                    <span class="note">{ format!("row {}, {}", format::count(props.row + 1), column.sql_type) }</span>
                    <span class="note">{ value.map_or_else(|| "being fetched".to_owned(), about) }</span>
                </p>
                <button type="button" class="quiet" disabled={value.flatten().is_none()} onclick={copy}>
                    <Icon of={Picture::Copy} /><span>{ "Copy value" }</span>
                </button>
                <button
                    type="button" class="quiet round" aria-label="Close" title="Close"
                    onclick={props.close.reform(|_: MouseEvent| ())}
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
