//! Plans, for whoever shows them.

use datafusion::physical_plan::displayable;

pub use datafusion::physical_plan::ExecutionPlan;

/// Whether a step does nothing but give way.
pub fn is_pause(step: &dyn ExecutionPlan) -> bool {
    [crate::pace::NAME, "CooperativeExec"].contains(&step.name())
}

/// A step in one line, without those that feed it.
pub fn one_line(step: &dyn ExecutionPlan) -> String {
    displayable(step).one_line().to_string().trim_end().to_owned()
}
