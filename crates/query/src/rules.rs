//! The rules by which a plan is made better, without those that have nothing to do here.
//!
//! Planning is half of what a small query takes, and most of it goes into steps that are made anew by rules which then find that
//! nothing had to be changed.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::aggregate_statistics::AggregateStatistics;
use datafusion::physical_optimizer::combine_partial_final_agg::CombinePartialFinalAggregate;
use datafusion::physical_optimizer::ensure_coop::EnsureCooperative;
use datafusion::physical_optimizer::ensure_requirements::EnsureRequirements;
use datafusion::physical_optimizer::filter_pushdown::FilterPushdown;
use datafusion::physical_optimizer::join_selection::JoinSelection;
use datafusion::physical_optimizer::limit_pushdown::LimitPushdown;
use datafusion::physical_optimizer::limit_pushdown_past_window::LimitPushPastWindows;
use datafusion::physical_optimizer::limited_distinct_aggregation::LimitedDistinctAggregation;
use datafusion::physical_optimizer::output_requirements::OutputRequirements;
use datafusion::physical_optimizer::projection_pushdown::ProjectionPushdown;
use datafusion::physical_optimizer::sanity_checker::SanityCheckPlan;
use datafusion::physical_optimizer::topk_aggregation::TopKAggregation;
use datafusion::physical_optimizer::update_aggr_exprs::OptimizeAggregateOrder;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties as _};

use crate::filter::FilterRule;

type Rules = Vec<Arc<dyn PhysicalOptimizerRule + Send + Sync>>;

/// Those for plans of one part, in the engine's order. Left out is what spreads rows over parts or puts parts together, what
/// asks sources for an order that ours do not promise, and all that comes twice. In a browser steps give way when it is time
/// to (`pace`), elsewhere as the engine has it. Filters are made one step with what is wished of the table below them.
pub(crate) fn for_one_part() -> Rules {
    let mut rules: Rules = vec![
        Arc::new(OutputRequirements::new_add_mode()),
        Arc::new(AggregateStatistics::new()),
        Arc::new(JoinSelection::new()),
        Arc::new(LimitedDistinctAggregation::new()),
        Arc::new(OrderRule(EnsureRequirements::new())),
        Arc::new(CombinePartialFinalAggregate::new()),
        Arc::new(OptimizeAggregateOrder::new()),
        Arc::new(OutputRequirements::new_remove_mode()),
        Arc::new(TopKAggregation::new()),
        Arc::new(LimitPushPastWindows::new()),
        Arc::new(LimitPushdown::new()),
        Arc::new(ProjectionPushdown::new()),
        Arc::new(FilterPushdown::new_post_optimization()),
        Arc::new(FilterRule),
    ];
    if cfg!(not(target_family = "wasm")) {
        rules.push(Arc::new(EnsureCooperative::new()));
    }
    rules.push(Arc::new(SanityCheckPlan::new()));
    rules
}

/// Brings rows into the order and the parts that steps want, where they are not. The engine's rule makes all steps anew several times,
/// also where none wants anything.
#[derive(Debug)]
struct OrderRule(EnsureRequirements);

impl PhysicalOptimizerRule for OrderRule {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if is_as_wanted(&plan)? { Ok(plan) } else { self.0.optimize(plan, config) }
    }

    fn name(&self) -> &str {
        "order"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether all steps have one part and get their rows in the order that they want, and nothing is sorted that need not be: only
/// the result is, at the end.
fn is_as_wanted(plan: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    let mut wanted = true;
    let mut sorts = 0;
    plan.apply(|step| {
        wanted &= step.output_partitioning().partition_count() == 1;
        sorts += usize::from(step.is::<SortExec>());
        for (child, order) in step.children().into_iter().zip(step.required_input_ordering()) {
            wanted &= match order {
                None => true,
                Some(order) => {
                    child.equivalence_properties().ordering_satisfy_requirement(order.into_single())?
                }
            };
        }
        Ok(if wanted { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    })?;
    Ok(wanted && (sorts == 0 || sorts == 1 && sorts_last(plan)))
}

/// Whether the result is sorted by the last step but for those that leave rows as they are.
fn sorts_last(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let mut step = plan;
    loop {
        if step.is::<SortExec>() {
            return true;
        }
        match (step.maintains_input_order().as_slice(), step.children().as_slice()) {
            ([true], [only]) => step = only,
            _ => return false,
        }
    }
}
