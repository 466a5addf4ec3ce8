//! The rehearsal: the results of a job that read nothing of the user's, drawn once where nobody sees them.
//!
//! Browsers compile a function when it is called for the first time. What draws results is a few hundred of them, and
//! without this they would be compiled between the end of the first file and its answer. The same goes for styles and
//! fonts, which are looked up when something is laid out with them for the first time.

use std::rc::Rc;

use sandglass_protocol::{Event, Keeping, REHEARSAL, ViewOptions};
use sandglass_ui::browser::document;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::catalog::Catalog;
use super::results::Results;
use crate::store::{Action, Data, Engine, Job, State, Tab, Work};

/// What is drawn.
#[derive(Properties, PartialEq)]
struct RehearsalProps {
    data: Data,
}

#[component]
fn Rehearsal(props: &RehearsalProps) -> Html {
    let Data { tables, table, weekly, .. } = &props.data;
    let options = weekly.as_ref().map_or_else(ViewOptions::default, |weekly| weekly.options);
    html! {
        <>
            <Results data={props.data.clone()} {options} tab={Tab::Outliers} dark=false />
            <Catalog tables={Rc::clone(tables)} shown={table.id} keeping={Keeping::Saving} />
        </>
    }
}

/// Goes all the way from the event that ends a job to what is drawn of it, beside the state of the page.
pub(crate) fn rehearse(finished: Event) {
    let mut state = State::new(ViewOptions::default());
    state.engine = Engine::Ready;
    state.apply(Action::Enqueue(Job { id: REHEARSAL, work: Work::Sample { rows: 0, seed: 0 } }));
    state.apply(Action::Heard(finished));
    let (Some(data), Some(body)) = (state.data, document().body()) else { return };
    let Ok(stage) = document().create_element("div") else { return };
    // Invisible, of no size, and without an influence on what is around it.
    stage.set_class_name("rehearsal");
    if body.append_child(&stage).is_err() {
        return;
    }
    let root = stage.clone();
    let rehearsal = yew::Renderer::<Rehearsal>::with_root_and_props(root, RehearsalProps { data }).render();
    // Yew draws in a microtask, and so this comes right behind it: no frame has the stage in it.
    spawn_local(async move {
        let _layout = stage.get_bounding_client_rect();
        rehearsal.destroy();
        stage.remove();
    });
}
