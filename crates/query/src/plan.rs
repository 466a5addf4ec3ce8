//! Plans, for whoever shows them.

use datafusion::physical_plan::displayable;

pub use datafusion::physical_plan::ExecutionPlan;

/// Whether a step does nothing but give way.
pub fn is_pause(step: &dyn ExecutionPlan) -> bool {
    PAUSES.contains(&step.name())
}

const PAUSES: [&str; 2] = [crate::pace::NAME, "CooperativeExec"];

/// A plan as `EXPLAIN` shows it, one step in a line and those that feed it further in, without steps that do nothing but give way.
pub(crate) fn without_pauses(plan: &str) -> String {
    let mut shown = String::with_capacity(plan.len());
    // How far in the steps stand that were left out and whose own steps these lines are.
    let mut left_out: Vec<usize> = Vec::new();
    for line in plan.split_inclusive('\n') {
        let step = line.trim_start_matches(' ');
        let depth = line.len() - step.len();
        left_out.retain(|outer| *outer < depth);
        let name = step.split([',', '\n']).next().unwrap_or_default();
        if PAUSES.contains(&name) {
            left_out.push(depth);
        } else {
            shown.push_str(&line[2 * left_out.len().min(depth / 2)..]);
        }
    }
    shown
}

/// A step in one line, without those that feed it.
pub fn one_line(step: &dyn ExecutionPlan) -> String {
    displayable(step).one_line().to_string().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_give_way_are_not_shown() {
        let plan = "Sort: a\n  PacedExec\n    Join: b\n      CooperativeExec, metrics=[]\n        PacedExec, metrics=[]\n          Scan: c\n      Scan: d";
        assert_eq!(without_pauses(plan), "Sort: a\n  Join: b\n    Scan: c\n    Scan: d");
        assert_eq!(without_pauses("PacedExec\n  Scan: PacedExec\n"), "Scan: PacedExec\n");
        assert_eq!(without_pauses(""), "");
    }
}
