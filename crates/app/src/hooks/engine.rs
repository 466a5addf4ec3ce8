//! Keeps the engine in step with the state.

use std::rc::Rc;

use sandglass_protocol::{Event, Keeping, Request, VOTES};
use sandglass_ui::browser::timing::{mark, when_idle};
use sandglass_ui::screen::ToScreen;
use yew::prelude::*;

use crate::actions::Actions;
use crate::browser::{persist, preferences};
use crate::components::rehearse;
use crate::store::{Action, Engine, State};
use crate::worker::Notice;

/// Passes on what the engine says; sends it the running job, once, and which table is looked at with which rule and
/// threshold, whenever these change and whenever an engine is new.
#[hook]
pub(crate) fn use_engine(state: &UseReducerHandle<State>, actions: &Actions) {
    let client = Rc::clone(actions.client());
    {
        let dispatcher = state.dispatcher();
        let actions = actions.clone();
        use_effect_with((), move |()| {
            let client = Rc::clone(actions.client());
            client.listen(Callback::from(move |notice| match notice {
                Notice::Said(event) => {
                    if let Event::Ready { rehearsal, .. } = &event {
                        rehearse_when_idle(&actions, (**rehearsal).clone());
                    }
                    if let Event::Lent { refused } = &event {
                        actions.screen().answer(&ToScreen::Lent { refused: refused.clone() });
                    }
                    dispatcher.dispatch(Action::Heard(event));
                }
                Notice::Exported { file_name, blob } => actions.voice().save(&file_name, &blob),
                Notice::Stopped(reason) => {
                    actions.screen().answer(&ToScreen::WarehouseStopped);
                    dispatcher.dispatch(Action::Stopped(reason));
                }
                Notice::CannotStart(reason) => dispatcher.dispatch(Action::CannotStart(reason)),
            }));
        });
    }

    // The order matters: a job's results come with the view that was set before it.
    let ready = (state.engine == Engine::Ready).then_some(state.generation);
    {
        let client = Rc::clone(&client);
        let table = state.data.as_ref().map_or(VOTES, |data| data.table.id);
        use_effect_with((ready, state.options, table), move |&(ready, options, table)| {
            if ready.is_some() {
                client.send(&Request::Look { table, options });
            }
        });
    }
    // What the user has read is worth keeping, and is asked to be kept, once it is there.
    let latest = state.data.as_ref().and_then(|data| Some((data.version, data.ingestions.first()?.job.id)));
    let kept = latest.filter(|_| state.keeping.is_saved());
    let stays = matches!(state.keeping, Keeping::Kept(_));
    let asked = use_mut_ref(|| false);
    use_effect_with(kept, move |kept| {
        if let Some((_, job)) = *kept {
            mark("kept", Some(job));
            if stays && !asked.replace(true) {
                persist();
            }
        }
    });
    use_effect_with(state.options, |options| preferences::set_view_options(*options));
    {
        let running = state.running.clone();
        let key = (ready, running.as_ref().map(|job| job.id));
        use_effect_with(key, move |_| {
            if let Some(job) = running {
                client.begin(&job);
            }
        });
    }
}

/// Has the results of a first job drawn where nobody sees them, unless there is a job already.
fn rehearse_when_idle(actions: &Actions, finished: Event) {
    let client = Rc::clone(actions.client());
    when_idle(move || {
        if !client.is_busy() {
            rehearse(finished);
        }
    });
}
