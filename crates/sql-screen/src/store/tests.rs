use sandglass_protocol::sql::SqlEvent;
use sandglass_protocol::{Keeping, Space, VERSION};

use super::{Action, State};
use crate::workspace::{QueryEngine, RunState, Step, Workspace};

fn holds(state: &mut State, change: impl FnOnce(&mut sandglass_ui::screen::Surroundings)) {
    let mut page = state.page.clone();
    change(&mut page);
    state.apply(Action::Holds(page));
}

/// A screen that is shown, with an engine that takes requests.
fn ready() -> State {
    let mut state = State::new(Workspace::default());
    holds(&mut state, |page| page.shown = true);
    state.apply(Action::Step(Step::Heard(SqlEvent::Ready { version: VERSION.to_owned() })));
    state
}

fn run(state: &mut State) {
    state.apply(Action::Step(Step::Run { sql: "SELECT 1".to_owned(), from: 0, at: 1.0 }));
}

#[test]
fn the_engine_is_wanted_when_the_screen_is_first_shown() {
    let mut state = State::new(Workspace::default());
    holds(&mut state, |page| page.dark = true);
    assert_eq!(state.sql.engine, QueryEngine::Absent);
    holds(&mut state, |page| page.shown = true);
    assert_eq!(state.sql.engine, QueryEngine::Starting);
}

#[test]
fn a_run_waits_until_what_was_read_is_saved() {
    let mut state = ready();
    run(&mut state);
    let run = |state: &State| state.sql.script().run.as_ref().map(|run| run.state);
    assert_eq!(run(&state), Some(RunState::Waiting), "the tables are not opened");
    holds(&mut state, |page| page.keeping = Keeping::Saving);
    assert_eq!(run(&state), Some(RunState::Waiting));
    holds(&mut state, |page| page.keeping = Keeping::Kept(Space { used: 1, quota: 2 }));
    assert_eq!(run(&state), Some(RunState::Running { cancelling: false }));
}

#[test]
fn a_run_waits_as_well_where_tables_are_kept_in_the_window() {
    let mut state = ready();
    let window = |saving| Keeping::Window { reason: "private".to_owned(), used: 1, saving };
    holds(&mut state, |page| page.keeping = window(true));
    run(&mut state);
    assert_eq!(state.sql.active, None);
    holds(&mut state, |page| page.keeping = window(false));
    assert_eq!(state.sql.active, Some(1));
}

#[test]
fn a_run_does_not_wait_for_an_engine_that_there_will_not_be() {
    let mut state = ready();
    run(&mut state);
    holds(&mut state, |page| page.has_engine = false);
    assert_eq!(state.sql.active, Some(1));
}

#[test]
fn every_message_is_passed_on_once() {
    let mut state = ready();
    assert_eq!(state.told(), 0);
    for why in ["one", "two"] {
        state.apply(Action::Step(Step::Stopped(why.to_owned())));
    }
    let texts: Vec<_> = state.drafts_after(1).map(|draft| draft.text.clone()).collect();
    assert_eq!(state.told(), 2);
    assert!(matches!(texts.as_slice(), [text] if text.ends_with("Two.")), "{texts:?}");
    assert_eq!(state.drafts_after(2).count(), 0);
    for _ in 0..20 {
        state.apply(Action::Step(Step::Stopped("again".to_owned())));
    }
    assert_eq!(state.drafts_after(2).count(), super::DRAFTS, "those before them are given up");
}
