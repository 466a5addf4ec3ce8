//! Making the logical plan of a query better, by those of the engine's rules that could find something in it.
//!
//! Each rule goes through all of a plan, whatever it is for: most of what planning a small query takes. What a plan is made of is
//! seen in one go.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::execution::SessionState;
use datafusion::logical_expr::expr::{AggregateFunctionParams, ScalarFunction};
use datafusion::logical_expr::{Explain, Expr, JoinType, LogicalPlan};
use datafusion::optimizer::{Optimizer, OptimizerContext, OptimizerRule};

/// What a plan is made of.
#[derive(Debug, Default, Clone, Copy)]
struct Parts {
    subqueries: bool,
    joins: bool,
    outer_joins: bool,
    unions: bool,
    limits: bool,
    distinct: bool,
    aggregates: bool,
    distinct_aggregates: bool,
    members: bool,
}

impl Parts {
    fn of(plan: &LogicalPlan) -> Result<Self> {
        let mut parts = Self::default();
        plan.apply_with_subqueries(|step| {
            match step {
                LogicalPlan::Join(join) => {
                    parts.joins = true;
                    parts.outer_joins |=
                        matches!(join.join_type, JoinType::Left | JoinType::Right | JoinType::Full);
                }
                LogicalPlan::Union(_) => parts.unions = true,
                // A sort may have a limit of its own.
                LogicalPlan::Limit(_) => parts.limits = true,
                LogicalPlan::Distinct(_) => parts.distinct = true,
                LogicalPlan::Aggregate(_) => parts.aggregates = true,
                LogicalPlan::Subquery(_) => parts.subqueries = true,
                _ => {}
            }
            step.apply_expressions(|expression| expression.apply(|expression| parts.see(expression)))
        })?;
        Ok(parts)
    }

    fn see(&mut self, expression: &Expr) -> Result<TreeNodeRecursion> {
        match expression {
            Expr::ScalarSubquery(_) | Expr::InSubquery(_) | Expr::Exists(_) | Expr::SetComparison(_) => {
                self.subqueries = true;
            }
            Expr::AggregateFunction(function) => {
                let AggregateFunctionParams { distinct, .. } = function.params;
                self.distinct_aggregates |= distinct;
            }
            Expr::ScalarFunction(ScalarFunction { func, .. }) => self.members |= func.name() == "get_field",
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    }

    /// Whether rules may find something in what later ones have made: joins of subqueries above all.
    fn need_another_pass(&self) -> bool {
        self.subqueries || self.outer_joins || self.unions || self.distinct
    }

    /// Whether a rule could find something. Joins come to be of subqueries, and groups of what is distinct.
    fn are_for(&self, rule: &str) -> bool {
        let joins = self.joins || self.subqueries;
        let aggregates = self.aggregates || self.distinct || self.unions;
        match rule {
            "rewrite_set_comparison"
            | "decorrelate_predicate_subquery"
            | "scalar_subquery_to_join"
            | "decorrelate_lateral_join" => self.subqueries,
            "optimize_unions" | "unions_to_filter" => self.unions,
            "replace_distinct_aggregate" => self.distinct || self.unions,
            "eliminate_join" | "extract_equijoin_predicate" | "eliminate_cross_join" => joins,
            "eliminate_outer_join" => self.outer_joins || self.subqueries,
            "eliminate_limit" | "push_down_limit" => self.limits,
            "single_distinct_aggregation_to_group_by" => self.distinct_aggregates,
            "eliminate_group_by_constant" => aggregates,
            "extract_leaf_expressions" | "push_down_leaf_projections" => self.members,
            // It is off.
            "filter_null_join_keys" => false,
            _ => true,
        }
    }
}

/// The engine's rules.
#[derive(Debug, Clone)]
pub(crate) struct LogicalRules {
    all: Vec<Arc<dyn OptimizerRule + Send + Sync>>,
    /// What is configured, but that each rule has one turn.
    once: Arc<ConfigOptions>,
}

impl LogicalRules {
    pub(crate) fn new(options: &ConfigOptions) -> Self {
        let mut once = options.clone();
        once.optimizer.max_passes = 1;
        Self { all: Optimizer::new().rules, once: Arc::new(once) }
    }

    /// A better plan of the same query.
    pub(crate) fn better(&self, plan: LogicalPlan, state: &SessionState) -> Result<LogicalPlan> {
        match plan {
            // That shows what each rule does.
            LogicalPlan::Explain(explain) if explain.verbose => {
                state.optimize(&LogicalPlan::Explain(explain))
            }
            LogicalPlan::Explain(explain) => {
                let plan = self.better(Arc::unwrap_or_clone(explain.plan), state)?;
                Ok(LogicalPlan::Explain(Explain {
                    plan: Arc::new(plan),
                    logical_optimization_succeeded: true,
                    ..explain
                }))
            }
            plan => {
                let plan = state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {})?;
                let parts = Parts::of(&plan)?;
                let rules = self.all.iter().filter(|rule| parts.are_for(rule.name())).cloned().collect();
                let rules = Optimizer::with_rules(rules);
                if parts.need_another_pass() {
                    return rules.optimize(plan, state, |_, _| {});
                }
                let mut context = OptimizerContext::new_with_config_options(Arc::clone(&self.once));
                if let Some(begun) = state.execution_props().query_execution_start_time {
                    context = context.with_query_execution_start_time(begun);
                }
                rules.optimize(plan, &context, |_, _| {})
            }
        }
    }
}
