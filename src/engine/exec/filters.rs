//! Keeps filters above aggregates that answer even over no rows, and above what is computed once.
//!
//! DataFusion moves a predicate below an aggregate when the predicate names grouping columns only.
//! One that names no column at all, such as a value of an outer row, would then empty the input of
//! an aggregate without GROUP BY, which still answers with one row; and over grouping sets, rows
//! whose column is NULL because their set leaves it out would no longer be judged. What is computed
//! once for several readers is filtered by each of them, not for all of them.

use datafusion::common::Result as PlanResult;
use datafusion::common::tree_node::Transformed;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan};
use datafusion::optimizer::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use datafusion::optimizer::push_down_filter::PushDownFilter;

use super::once::Once;

/// [`PushDownFilter`], stopping at those.
#[derive(Debug)]
pub(super) struct Filters(PushDownFilter);

impl Filters {
    pub(super) fn new() -> Self {
        Self(PushDownFilter::new())
    }
}

impl OptimizerRule for Filters {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        self.0.apply_order()
    }

    fn supports_rewrite(&self) -> bool {
        true
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        config: &dyn OptimizerConfig,
    ) -> PlanResult<Transformed<LogicalPlan>> {
        let stays = match filtered(&plan) {
            Some(LogicalPlan::Aggregate(aggregate)) => answers_over_no_rows(aggregate),
            Some(LogicalPlan::Extension(extension)) => extension.node.as_any().is::<Once>(),
            _ => false,
        };
        if stays {
            return Ok(Transformed::no(plan));
        }
        self.0.rewrite(plan, config)
    }
}

/// What one or more filters right above each other filter.
fn filtered(plan: &LogicalPlan) -> Option<&LogicalPlan> {
    let LogicalPlan::Filter(filter) = plan else {
        return None;
    };
    let mut input = filter.input.as_ref();
    while let LogicalPlan::Filter(filter) = input {
        input = filter.input.as_ref();
    }
    Some(input)
}

fn answers_over_no_rows(aggregate: &Aggregate) -> bool {
    let set = |group: &Expr| matches!(group, Expr::GroupingSet(_));
    aggregate.group_expr.is_empty() || aggregate.group_expr.iter().any(set)
}
