//! How a query was carried out: where its time went.

use sandglass_protocol::sql::PlanStep;

/// The time of all steps together, in milliseconds. Those that nothing is known of count as none.
pub(crate) fn total(step: &PlanStep) -> f64 {
    own(step) + step.inputs.iter().map(total).sum::<f64>()
}

/// The time of a step itself.
pub(crate) fn own(step: &PlanStep) -> f64 {
    step.ms.filter(|ms| ms.is_finite() && *ms > 0.0).unwrap_or(0.0)
}

/// The greatest time of a step, if any took some.
pub(crate) fn hottest(step: &PlanStep) -> Option<f64> {
    let below = step.inputs.iter().filter_map(hottest).fold(0.0, f64::max);
    let greatest = own(step).max(below);
    (greatest > 0.0).then_some(greatest)
}

/// How many steps there are.
pub(crate) fn steps(step: &PlanStep) -> u64 {
    1 + step.inputs.iter().map(steps).sum::<u64>()
}

/// The first lines of a description that is long.
pub(crate) fn beginning(detail: &str) -> Option<&str> {
    const SHORT: usize = 90;
    detail.char_indices().nth(SHORT).map(|(at, _)| &detail[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(ms: Option<f64>, inputs: Vec<PlanStep>) -> PlanStep {
        PlanStep { name: "X".to_owned(), detail: String::new(), rows: None, ms, inputs }
    }

    #[test]
    fn the_time_of_a_plan_is_that_of_its_steps() {
        let plan = step(Some(2.0), vec![step(None, vec![step(Some(5.0), vec![])]), step(Some(-1.0), vec![])]);
        assert_eq!((total(&plan), hottest(&plan), steps(&plan)), (7.0, Some(5.0), 4));
        assert_eq!(hottest(&step(None, vec![])), None);
    }

    #[test]
    fn a_long_description_is_cut_between_characters() {
        assert_eq!(beginning("short"), None);
        assert_eq!(beginning(&"é".repeat(91)).map(|text| text.chars().count()), Some(90));
    }
}
