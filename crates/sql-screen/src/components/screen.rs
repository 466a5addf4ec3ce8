//! The screen as a whole: the state, and what is bound to it. What it shows is the workspace, as long as the page shows the screen.

use std::rc::Rc;

use js_sys::Array;
use sandglass_ui::message::Said;
use sandglass_ui::port::Port;
use sandglass_ui::screen::{ToPage, ToScreen};
use sandglass_ui::voice::Voice;
use wasm_bindgen::JsCast;
use web_sys::File;
use yew::prelude::*;

use super::workspace::SqlWorkspace;
use crate::actions::Actions;
use crate::memory;
use crate::queries::use_queries;
use crate::store::{Action, State};
use crate::worker::QueryClient;
use crate::workspace::{Step, names};

/// What the screen stands on.
#[derive(Properties, PartialEq)]
pub(crate) struct ScreenProps {
    /// The way to the page.
    pub(crate) page: Port,
}

/// The screen.
#[component]
pub(crate) fn Screen(props: &ScreenProps) -> Html {
    let state = use_reducer(|| State::new(memory::workspace()));
    let actions = use_memo((), |()| {
        let (say, said) = (props.page.clone(), props.page.clone());
        let queries = QueryClient::new(Callback::from(move |message: ToPage| say.send(&message)));
        let voice = Voice::new(Callback::from(move |words: Said| said.send(&ToPage::Said(words))));
        let dispatcher = state.dispatcher();
        Actions::new(queries, Callback::from(move |action| dispatcher.dispatch(action)), voice)
    });
    use_queries(&state, &actions);
    use_page(&props.page, &state, &actions);
    html! {
        <ContextProvider<Actions> context={(*actions).clone()}>
            if state.page.shown {
                <SqlWorkspace sql={state.sql.clone()} page={state.page.clone()} />
            }
        </ContextProvider<Actions>>
    }
}

/// Hears the page, and passes on what it is to tell the user.
#[hook]
fn use_page(page: &Port, state: &UseReducerHandle<State>, actions: &Actions) {
    {
        let (page, dispatcher, queries) = (page.clone(), state.dispatcher(), Rc::clone(actions.queries()));
        use_effect_with((), move |()| {
            let listener = page.listen(move |message: ToScreen, files: Array| match message {
                ToScreen::Holds(page) => dispatcher.dispatch(Action::Holds(page)),
                ToScreen::Files { names } => {
                    let files = files.iter().map(JsCast::unchecked_into::<File>);
                    queries.give(&names.into_iter().zip(files).collect::<Vec<_>>());
                }
                ToScreen::Query { schema, name } => {
                    let text = names::first_rows(&schema, &name);
                    dispatcher.dispatch(Action::Step(Step::New { name: None, text }));
                }
                ToScreen::Lent { refused } => queries.lent(refused),
                ToScreen::WarehouseStopped => queries.warehouse_stopped(),
                ToScreen::Want => dispatcher.dispatch(Action::Step(Step::Want)),
            });
            move || drop(listener)
        });
    }
    let passed_on = use_mut_ref(|| 0_usize);
    let (state, voice) = (state.clone(), actions.voice().clone());
    use_effect_with(state.told(), move |told| {
        let before = passed_on.replace(*told);
        state.drafts_after(before).for_each(|draft| voice.tell(draft.clone()));
    });
}
