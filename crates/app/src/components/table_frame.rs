//! What every table stands in: its tools above, and a region that scrolls, with the mouse and with the keyboard.

use yew::prelude::*;

/// The table.
#[derive(Properties, PartialEq)]
pub(crate) struct TableFrameProps {
    /// What the table shows, for those who cannot see its place on the page.
    pub(crate) label: AttrValue,
    /// `data-testid` of the table.
    #[prop_or_default]
    pub(crate) test_id: Option<AttrValue>,
    /// Buttons above it, and what is to be said about it.
    #[prop_or_default]
    pub(crate) tools: Html,
    /// The rows below its head when all of them are there, where they are not all drawn at once.
    #[prop_or_default]
    pub(crate) rows: Option<usize>,
    /// Whether another page of it is on its way.
    #[prop_or_default]
    pub(crate) busy: bool,
    /// Its head and body.
    pub(crate) children: Html,
}

/// A table with its tools.
#[component]
pub(crate) fn TableFrame(props: &TableFrameProps) -> Html {
    html! {
        <>
            if props.tools != Html::default() {
                <div class="tools">{ props.tools.clone() }</div>
            }
            <div class="table-scroll" tabindex="0" role="region" aria-label={props.label.clone()} aria-busy={props.busy.then_some("true")}>
                <table
                    data-testid={props.test_id.clone()}
                    aria-label={props.label.clone()}
                    aria-rowcount={props.rows.map(|rows| (rows + 1).to_string())}
                >
                    { props.children.clone() }
                </table>
            </div>
        </>
    }
}
