//! Keeps the SQL screen in step with the state: loads it when it is wanted, tells it what holds, and hears what it says.

use gloo_timers::callback::Timeout;
use sandglass_ui::browser::timing::when_idle;
use sandglass_ui::browser::{editor_address, meta, resolve};
use sandglass_ui::screen::Surroundings;
use web_sys::Element;
use yew::prelude::*;

use crate::actions::Actions;
use crate::browser::fetch_ahead;
use crate::sql_screen::{self, Notice};
use crate::store::{Action, Engine, Screen, Sql, State};

/// How long nothing has happened after the first answer before what SQL needs is fetched, in milliseconds. It is large, and most of
/// those who look at an answer go on looking.
const CALM: u32 = 10_000;

/// Binds the SQL screen, which is drawn in `place`.
#[hook]
pub(crate) fn use_sql(state: &UseReducerHandle<State>, actions: &Actions, place: &NodeRef, dark: bool) {
    {
        let (dispatcher, actions) = (state.dispatcher(), actions.clone());
        use_effect_with((), move |()| {
            let voice = actions.voice().clone();
            actions.screen().listen(Callback::from(move |notice| match notice {
                Notice::Loaded => dispatcher.dispatch(Action::SqlLoaded),
                Notice::NotLoaded(why) => dispatcher.dispatch(Action::SqlNotLoaded(why)),
                Notice::Stopped(why) => dispatcher.dispatch(Action::SqlStopped(why)),
                Notice::Said(said) => voice.say(said),
            }));
        });
    }
    {
        let holds = Surroundings {
            keeping: state.keeping.clone(),
            has_engine: state.engine != Engine::Failed,
            version: state.data.as_ref().map(|data| data.version),
            dark,
            shown: state.screen == Screen::Sql,
        };
        let screen = actions.screen().clone();
        use_effect_with(holds, move |holds| screen.holds(holds));
    }
    {
        let (screen, place) = (actions.screen().clone(), place.clone());
        use_effect_with(state.sql == Sql::Loading, move |wanted| {
            if let Some(place) = place.cast::<Element>().filter(|_| *wanted) {
                screen.load(&place);
            }
        });
    }
    use_fetch_ahead(state);
}

/// Fetches the screen, its editor and its worker when there is an answer, all is saved, and nothing has happened for a while.
#[hook]
fn use_fetch_ahead(state: &UseReducerHandle<State>) {
    let calm = state.sql == Sql::Absent
        && state.current().is_none()
        && state.data.is_some()
        && state.keeping.is_saved();
    let done = use_mut_ref(|| false);
    use_effect_with(calm, move |calm| {
        let later = (*calm && !*done.borrow()).then(|| {
            Timeout::new(CALM, move || {
                when_idle(move || {
                    if !done.replace(true) {
                        for (folder, files) in [sql_screen::FILES, QUERY_FILES] {
                            let Some(folder) = meta(folder) else { continue };
                            for file in files {
                                fetch_ahead(&resolve(&format!("{folder}{file}")));
                            }
                        }
                        fetch_ahead(&editor_address());
                    }
                });
            })
        });
        move || drop(later)
    });
}

/// Where the query worker is, and its files.
const QUERY_FILES: (&str, &[&str]) =
    ("sandglass-query", &["sandglass-query-worker.js", "sandglass-query-worker_bg.wasm"]);
