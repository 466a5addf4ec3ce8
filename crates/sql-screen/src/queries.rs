//! Keeps the query worker, and what is remembered of the workspace, in step with the state.

use std::collections::HashSet;
use std::rc::Rc;

use sandglass_protocol::sql::{ResultId, SqlRequest};
use yew::prelude::*;

use crate::actions::Actions;
use crate::memory;
use crate::store::{Action, State};
use crate::worker::QueryNotice;
use crate::workspace::{QueryEngine, Step};

/// Passes on what the query worker says; starts it when it is wanted; sends it the active run, once, and what is to be stopped
/// and forgotten; asks for the catalog whenever tables may be others.
#[hook]
pub(crate) fn use_queries(state: &UseReducerHandle<State>, actions: &Actions) {
    let queries = Rc::clone(actions.queries());
    {
        let dispatcher = state.dispatcher();
        let actions = actions.clone();
        use_effect_with((), move |()| {
            let queries = Rc::clone(actions.queries());
            queries.listen(Callback::from(move |notice| match notice {
                QueryNotice::Said(event) => dispatcher.dispatch(Action::Step(Step::Heard(event))),
                QueryNotice::Exported { file_name, blob } => actions.voice().save(&file_name, &blob),
                QueryNotice::Stopped(why) => dispatcher.dispatch(Action::Step(Step::Stopped(why))),
                QueryNotice::CannotStart(why) => dispatcher.dispatch(Action::Step(Step::CannotStart(why))),
            }));
        });
    }
    let sql = &state.sql;
    {
        let queries = Rc::clone(&queries);
        use_effect_with(sql.engine == QueryEngine::Starting, move |wanted| {
            if *wanted {
                queries.start();
            }
        });
    }
    let ready = (sql.engine == QueryEngine::Ready).then_some(sql.generation);
    {
        let queries = Rc::clone(&queries);
        let version = state.page.version;
        let kept = state.page.keeping.is_saved();
        use_effect_with((ready, version, kept), move |(ready, ..)| {
            if ready.is_some() {
                queries.send(&SqlRequest::Catalog);
            }
        });
    }
    {
        let queries = Rc::clone(&queries);
        let run = sql
            .active_script()
            .and_then(|script| script.run.as_ref())
            .map(|run| (run.id, Rc::clone(&run.sql)));
        use_effect_with((ready, run.as_ref().map(|(run, _)| *run)), move |_| {
            if let Some((run, sql)) = run {
                queries.send(&SqlRequest::Run { run, sql: sql.to_string() });
            }
        });
    }
    {
        let queries = Rc::clone(&queries);
        use_effect_with(sql.to_cancel(), move |run| {
            if let Some(run) = *run {
                queries.send(&SqlRequest::Cancel { run });
            }
        });
    }
    // Results of a worker that stopped went with it.
    let held = use_mut_ref(HashSet::<ResultId>::new);
    use_effect_with((ready, sql.results()), move |(_, results)| {
        let wanted: HashSet<ResultId> = results.iter().copied().collect();
        for &result in held.borrow().difference(&wanted) {
            queries.send(&SqlRequest::Release { result });
        }
        held.replace(wanted);
    });
    use_memory(state);
}

/// Remembers tabs, history and saved queries.
#[hook]
fn use_memory(state: &UseReducerHandle<State>) {
    let sql = &state.sql;
    let texts: Vec<_> =
        sql.scripts.iter().map(|script| (Rc::clone(&script.name), Rc::clone(&script.text))).collect();
    // The first time all is as it was remembered.
    let first = use_mut_ref(|| [true; 3]);
    let again = move |which: usize| !std::mem::replace(&mut first.borrow_mut()[which], false);
    {
        let (sql, again) = (sql.clone(), again.clone());
        use_effect_with((sql.open, texts), move |_| {
            if again(0) {
                memory::set_scripts(&sql);
            }
        });
    }
    {
        let (sql, again) = (sql.clone(), again.clone());
        use_effect_with(sql.past.clone(), move |_| {
            if again(1) {
                memory::set_past(&sql);
            }
        });
    }
    let sql = sql.clone();
    use_effect_with(sql.saved.clone(), move |_| {
        if again(2) {
            memory::set_saved(&sql);
        }
    });
}
