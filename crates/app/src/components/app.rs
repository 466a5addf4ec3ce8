//! The page as a whole: the state, what is bound to it, and which parts are shown.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use sandglass_protocol::{JobId, Request};
use sandglass_ui::browser::timing::when_idle;
use sandglass_ui::browser::{charts, focus, window};
use sandglass_ui::keys::use_escape;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::catalog::Catalog;
use super::file_buttons::FileFields;
use super::header::Header;
use super::messages::Messages;
use super::progress::JobProgress;
use super::results::Results;
use super::sql_place::sql_place;
use super::start::Start;
use super::upkeep::UpkeepView;
use crate::actions::Actions;
use crate::browser::preferences;
use crate::hooks::{entry, use_engine, use_history, use_painted, use_sql, use_theme, use_window_drop};
use crate::store::{Engine, Screen, State};
use crate::worker::Client;

/// How long nothing has been given to read before what charts and saving need is fetched beforehand, in milliseconds. Those who
/// come with a file in hand are not to wait for it.
const CALM: u32 = 3_000;

/// What the page stands on.
#[derive(Properties)]
pub(crate) struct AppProps {
    /// The engine, started already.
    pub(crate) client: Rc<Client>,
}

impl PartialEq for AppProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.client, &other.client)
    }
}

/// The page.
#[component]
pub(crate) fn App(props: &AppProps) -> Html {
    let state = use_reducer(|| {
        // Scripts are kept, so one may begin among them.
        let screen = if entry() == Screen::Sql { Screen::Sql } else { Screen::Start };
        State::at(screen, preferences::view_options())
    });
    let actions = use_memo((), |()| {
        let dispatcher = state.dispatcher();
        Actions::new(Rc::clone(&props.client), Callback::from(move |action| dispatcher.dispatch(action)))
    });
    let look = use_theme();
    use_engine(&state, &actions);
    let place = use_node_ref();
    use_sql(&state, &actions, &place, look.dark);
    use_history(&state, &actions);
    let dropping = use_window_drop(&actions);
    let running = state.running.as_ref().filter(|_| !state.cancelling).map(|job| job.id);
    let cancel = use_callback((running, (*actions).clone()), |(), (running, actions)| {
        if let Some(job) = running {
            actions.cancel(*job);
        }
    });
    use_escape(running.map(|_| cancel));
    let calm = state.engine == Engine::Ready && state.current().is_none();
    let has_charts = state.data.is_some();
    let client = Rc::clone(&props.client);
    use_effect_with(calm, move |calm| {
        let later = calm.then(|| {
            Timeout::new(CALM, move || {
                when_idle(move || {
                    if !has_charts {
                        charts::prefetch();
                    }
                    client.send(&Request::Prepare);
                });
            })
        });
        move || drop(later)
    });
    let main = use_node_ref();
    use_focus_on_new_screen(&main, state.screen);

    let after_it = state.waiting.len() - usize::from(state.running.is_none() && state.current().is_some());
    let progress = state.current().map(|job| {
        html! { <JobProgress job={job.clone()} cancelling={state.cancelling} waiting={after_it} /> }
    });
    let results = state.data.as_ref().filter(|_| state.screen == Screen::Results);
    html! {
        <ContextProvider<Actions> context={(*actions).clone()}>
            <FileFields />
            <div class="skip">
                <button type="button" onclick={skip_to(&main)}>{ "Skip to the content" }</button>
            </div>
            <Header
                has_data={state.data.is_some()}
                at_results={results.is_some()}
                at_sql={state.screen == Screen::Sql}
                keeping={state.keeping.clone()}
                theme={look.theme}
                choose_theme={look.choose}
            />
            <div class={classes!("page", results.map(|_| "with-catalog"), (state.screen == Screen::Sql).then_some("wide"))}>
                <main id="main" tabindex="-1" ref={main}>
                    <Messages messages={state.messages.clone()} />
                    if state.screen == Screen::Warehouse {
                        { progress }
                        <UpkeepView
                            keeping={state.keeping.clone()}
                            upkeep={state.upkeep.clone()}
                            version={state.data.as_ref().map_or(0, |data| data.version)}
                        />
                    } else if state.screen == Screen::Sql {
                        { progress }
                        if let Some(data) = &state.data {
                            <Painted version={data.version} job={data.ingestions.first().map(|ingestion| ingestion.job.id)} />
                        }
                    } else if let Some(data) = results {
                        { progress }
                        <Results
                            key={data.table.id}
                            data={data.clone()}
                            options={state.options}
                            tab={state.open_tab()}
                            dark={look.dark}
                            saved={state.keeping.is_saved()}
                        />
                    } else {
                        <Start
                            kept={state.data.as_ref().map(|data| data.tables.iter().map(|table| table.rows).sum::<u64>())}
                            usable={state.engine != Engine::Failed}
                            keeping={state.keeping.clone()}
                            job={state.current().map(|job| job.title()).zip(progress)}
                        />
                    }
                    { sql_place(&place, &state.sql, state.screen == Screen::Sql, &actions) }
                </main>
                if let Some(data) = results {
                    <Catalog
                        tables={Rc::clone(&data.tables)}
                        shown={data.table.id}
                        keeping={state.keeping.clone()}
                    />
                }
            </div>
            if dropping {
                <div class="drop-veil" aria-hidden="true"><p>{ "Drop to read" }</p></div>
            }
            <div class="visually-hidden" role="status" aria-live="polite">{ state.announcement.to_string() }</div>
        </ContextProvider<Actions>>
    }
}

/// Tables that are there, but not on the screen.
#[derive(Properties, PartialEq)]
struct PaintedProps {
    version: u32,
    job: Option<JobId>,
}

/// Nothing: the engine goes on all the same when they have changed.
#[component]
fn Painted(props: &PaintedProps) -> Html {
    use_painted(props.version, props.job);
    Html::default()
}

/// Moves the focus to the content when another screen has come: what had it is gone.
#[hook]
fn use_focus_on_new_screen(main: &NodeRef, screen: Screen) {
    let main = main.clone();
    let first = use_mut_ref(|| true);
    use_effect_with(screen, move |_| {
        if !first.replace(false)
            && let Some(main) = main.cast::<HtmlElement>()
        {
            focus(&main);
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
    });
}

fn skip_to(main: &NodeRef) -> Callback<MouseEvent> {
    let main = main.clone();
    Callback::from(move |_| {
        if let Some(main) = main.cast::<HtmlElement>() {
            let _ = main.focus();
        }
    })
}
