//! Going through a long table page by page.

use sandglass_protocol::{JobId, List, TableId};
use sandglass_ui::format;
use yew::prelude::*;

use crate::actions::page::PAGE_LINES;
use crate::actions::use_actions;

/// Where in a long table the user is.
pub(crate) struct Pages {
    /// The first line that is wanted.
    first: UseStateHandle<u64>,
    lines: u64,
    busy: bool,
}

/// Asks for the first page of a table's list, and for another whenever the user goes there or the table has changed.
///
/// `lines` is how many can be listed, `loaded` the first line of the page that is there.
#[hook]
pub(crate) fn use_pages(which: (TableId, List), version: JobId, lines: u64, loaded: Option<u64>) -> Pages {
    let actions = use_actions();
    let first = use_state_eq(|| 0_u64);
    use_effect_with((version, *first), move |(_, first)| actions.fetch_page(which.0, which.1, *first));
    let busy = loaded != Some(*first);
    Pages { first, lines, busy }
}

impl Pages {
    /// Whether another page is on its way.
    pub(crate) fn busy(&self) -> bool {
        self.busy
    }

    /// The buttons, and which lines are shown.
    pub(crate) fn view(&self, noun: &str) -> Html {
        let page = u64::from(PAGE_LINES);
        let first = *self.first;
        let last_page = self.lines.saturating_sub(1) / page * page;
        let end = (first + page).min(self.lines);
        let button = |name: &'static str, sign: &'static str, to: u64| {
            let handle = self.first.clone();
            let onclick = Callback::from(move |_: MouseEvent| handle.set(to));
            html! {
                <button type="button" class="quiet round" aria-label={name} title={name} disabled={to == first} {onclick}>
                    <span aria-hidden="true">{ sign }</span>
                </button>
            }
        };
        html! {
            <nav class="pages" aria-label={format!("Pages of {noun}")}>
                { button("First page", "«", 0) }
                { button("Page before", "‹", first.saturating_sub(page)) }
                <span class="pages-where" role="status">
                    { format!("{} – {} of {}", format::count(first + 1), format::count(end), format::count(self.lines)) }
                </span>
                { button("Next page", "›", (first + page).min(last_page)) }
                { button("Last page", "»", last_page) }
            </nav>
        }
    }
}
