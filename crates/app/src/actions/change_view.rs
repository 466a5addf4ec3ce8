//! Change how weeks are cut and which of them are outliers. The engine follows the state by itself.

use sandglass_protocol::WeekRule;

use super::Actions;
use crate::store::Action;

impl Actions {
    /// Cuts the weeks by this rule.
    pub(crate) fn use_rule(&self, rule: WeekRule) {
        self.dispatch(Action::UseRule(rule));
    }

    /// Flags weeks further from the mean than this, in tenths of a percent.
    pub(crate) fn use_threshold(&self, tenths: u32) {
        self.dispatch(Action::UseThreshold(tenths));
    }

    /// Makes the threshold larger or smaller, in tenths of a percent.
    pub(crate) fn step_threshold(&self, step: i32) {
        self.dispatch(Action::StepThreshold(step));
    }
}
