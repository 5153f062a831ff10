//! Answers aggregates from what files say of themselves, where that is the same.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNode;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::aggregate_statistics::AggregateStatistics;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;

/// DataFusion's rule, on plans without FILTER only: below a filtered aggregate it takes another one
/// further down for that aggregate's first half, and answers the upper from the lower.
#[derive(Debug)]
pub(super) struct FromStatistics(AggregateStatistics);

impl FromStatistics {
    /// As DataFusion calls its rule.
    pub(super) const NAME: &'static str = "aggregate_statistics";

    pub(super) fn new() -> Self {
        Self(AggregateStatistics::new())
    }
}

impl PhysicalOptimizerRule for FromStatistics {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let filtered = plan.exists(|node| {
            let aggregate = node.downcast_ref::<AggregateExec>();
            Ok(aggregate.is_some_and(|found| found.filter_expr().iter().any(Option::is_some)))
        })?;
        if filtered {
            return Ok(plan);
        }
        self.0.optimize(plan, config)
    }

    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn schema_check(&self) -> bool {
        self.0.schema_check()
    }
}
