//! Plans with what their steps have done.

use std::sync::Arc;

use sandglass_protocol::sql::PlanStep;
use sandglass_query::{ExecutionPlan, is_pause, one_line};

/// A plan after it was run, or as far as it was.
pub(crate) fn of(plan: &Arc<dyn ExecutionPlan>) -> PlanStep {
    // Steps that do nothing but give way are no news.
    if let (true, [inner]) = (is_pause(plan.as_ref()), plan.children().as_slice()) {
        return of(inner);
    }
    let line = one_line(plan.as_ref());
    let name = plan.name().to_owned();
    let detail = line.strip_prefix(&*name).unwrap_or(&line).trim_start_matches(':').trim().to_owned();
    let metrics = plan.metrics().map(|metrics| metrics.aggregate_by_name());
    let rows = metrics.as_ref().and_then(|metrics| metrics.output_rows()).map(|rows| rows as u64);
    let nanos = metrics.as_ref().and_then(|metrics| metrics.elapsed_compute()).filter(|nanos| *nanos > 0);
    PlanStep {
        name,
        detail,
        rows,
        ms: nanos.map(|nanos| nanos as f64 / 1e6),
        inputs: plan.children().into_iter().map(of).collect(),
    }
}
