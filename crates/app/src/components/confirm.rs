//! A question that must be answered before something is lost.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

/// The question.
#[derive(Properties, PartialEq)]
pub(crate) struct ConfirmProps {
    /// What is asked.
    pub(crate) title: AttrValue,
    /// What would be lost.
    pub(crate) text: AttrValue,
    /// The button that goes ahead.
    pub(crate) yes: AttrValue,
    /// Hears the answer, once.
    pub(crate) answer: Callback<bool>,
}

/// A modal dialog; the browser keeps the focus in it and gives it back.
#[component]
pub(crate) fn Confirm(props: &ConfirmProps) -> Html {
    let dialog = use_node_ref();
    {
        let dialog = dialog.clone();
        use_effect_with((), move |()| {
            let element = dialog.cast::<HtmlDialogElement>();
            if let Some(element) = &element {
                let _ = element.show_modal();
            }
            // Closed before it leaves the document, or the focus would not go back.
            move || {
                if let Some(element) = element {
                    element.close();
                }
            }
        });
    }
    let yes = props.answer.reform(|_: MouseEvent| true);
    let no = props.answer.reform(|_: MouseEvent| false);
    let escaped = props.answer.reform(|event: Event| {
        event.prevent_default();
        false
    });
    html! {
        <dialog ref={dialog} class="confirm" aria-labelledby="confirm-title" aria-describedby="confirm-text" oncancel={escaped}>
            <h2 id="confirm-title">{ &props.title }</h2>
            <p id="confirm-text">{ &props.text }</p>
            <div class="confirm-buttons">
                <button type="button" class="primary" data-testid="confirm-yes" onclick={yes}>{ &props.yes }</button>
                <button type="button" class="plain" data-testid="confirm-no" onclick={no}>{ "Keep it" }</button>
            </div>
        </dialog>
    }
}
