//! The one state of the screen, and the only place where it changes: the workspace, and what holds on the page.
//!
//! Pure: [`State::apply`] takes an [`Action`] and says what holds afterwards. It starts nothing and sends nothing.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use sandglass_protocol::Keeping;
use sandglass_ui::message::Draft;
use sandglass_ui::screen::Surroundings;

use crate::workspace::{Shared, Step, Workspace};

/// Messages that wait to be passed on; there is hardly ever a second one.
const DRAFTS: usize = 8;

/// What can happen to the screen.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// This holds on the page from now on.
    Holds(Surroundings),
    /// Something happens in the workspace.
    Step(Step),
}

/// Everything that the screen shows, progress aside. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    /// The workspace.
    pub(crate) sql: Shared<Workspace>,
    /// What holds on the page.
    pub(crate) page: Surroundings,
    /// Messages for the page, the last of all so far.
    drafts: VecDeque<Draft>,
    /// How many messages there were.
    told: usize,
}

impl State {
    /// The screen as it was left the last time, before the page has said anything.
    pub(crate) fn new(workspace: Workspace) -> Self {
        let page = Surroundings {
            keeping: Keeping::Opening,
            has_engine: true,
            version: None,
            dark: false,
            shown: false,
        };
        Self { sql: workspace.into(), page, drafts: VecDeque::new(), told: 0 }
    }

    /// How many messages for the page there were so far.
    pub(crate) fn told(&self) -> usize {
        self.told
    }

    /// The messages behind the first so many.
    pub(crate) fn drafts_after(&self, before: usize) -> impl Iterator<Item = &Draft> {
        self.drafts.iter().skip(self.drafts.len().saturating_sub(self.told - before.min(self.told)))
    }

    /// What holds after `action`.
    pub(crate) fn apply(&mut self, action: Action) {
        match action {
            Action::Holds(page) => {
                let comes = page.shown && !self.page.shown;
                self.page = page;
                if comes {
                    self.step(Step::Want);
                }
            }
            Action::Step(step) => self.step(step),
        }
        // Queries see what is saved. A run begins when it is, whatever it was that has happened.
        let is_settled = match self.page.keeping {
            Keeping::Saving | Keeping::Window { saving: true, .. } => false,
            Keeping::Opening => !self.page.has_engine,
            _ => true,
        };
        if is_settled && self.sql.can_begin() {
            self.sql.change().begin_next();
        }
    }

    fn step(&mut self, step: Step) {
        if let Some(draft) = self.sql.change().apply(step) {
            self.drafts.push_back(draft);
            self.told += 1;
            if self.drafts.len() > DRAFTS {
                self.drafts.pop_front();
            }
        }
    }
}

#[cfg(target_family = "wasm")]
impl yew::Reducible for State {
    type Action = Action;

    fn reduce(self: std::rc::Rc<Self>, action: Action) -> std::rc::Rc<Self> {
        let mut next = (*self).clone();
        next.apply(action);
        if next == *self { self } else { std::rc::Rc::new(next) }
    }
}
