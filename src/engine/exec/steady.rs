//! Keeps the rows of joins and lists coming in steady portions.
//!
//! DataFusion's own rule makes leaves and exchanges cooperative; a join that finds no match polls on
//! in a loop of its own. Wrapped, it gives the thread back after its share, and a cancelled statement
//! ends there. Cross joins and unnesting are brought to batches of the usual size, and what a join or
//! a sort keeps holds no text of other rows.

use std::sync::Arc;

use datafusion::common::Result as PlanResult;
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::joins::{
    CrossJoinExec, HashJoinExec, NestedLoopJoinExec, SortMergeJoinExec,
};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::{ExecutionPlan, StatisticsArgs, StatisticsContext};

use super::rebatch::Rebatch;

/// Wraps joins so that they yield, and what makes batches of unusual size.
#[derive(Debug)]
pub(super) struct Steady;

impl PhysicalOptimizerRule for Steady {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            let steady: Arc<dyn ExecutionPlan> =
                if plan.is::<HashJoinExec>() || plan.is::<NestedLoopJoinExec>() {
                    Arc::new(CooperativeExec::new(over_compact_first(plan)?))
                } else if plan.is::<SortMergeJoinExec>() {
                    Arc::new(CooperativeExec::new(plan))
                } else if plan.is::<SortExec>() {
                    over_compact_first(plan)?
                } else if let Some(cross) = plan.downcast_ref::<CrossJoinExec>() {
                    let cross = one_row_first(cross)?.unwrap_or(plan);
                    Arc::new(CooperativeExec::new(Arc::new(Rebatch::new(cross))))
                } else if plan.is::<UnnestExec>() {
                    Arc::new(Rebatch::new(plan))
                } else {
                    return Ok(Transformed::no(plan));
                };
            Ok(Transformed::yes(steady))
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "steady"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// An operator that keeps the batches of its first input, over batches that hold only their own.
fn over_compact_first(plan: Arc<dyn ExecutionPlan>) -> PlanResult<Arc<dyn ExecutionPlan>> {
    let mut inputs: Vec<_> = plan.children().into_iter().map(Arc::clone).collect();
    if let Some(first) = inputs.first_mut() {
        *first = Arc::new(Rebatch::new(Arc::clone(first)));
    }
    // The new inputs have the properties of the old ones, so filters that were pushed down stay tied.
    plan.replace_children(
        inputs,
        ReplaceChildrenOptions::new(ChildrenPropertiesMode::Keep),
    )
}

/// The cross join with its sides exchanged, where the right one has one row and the left one more:
/// each row of the left side is a batch.
fn one_row_first(cross: &CrossJoinExec) -> PlanResult<Option<Arc<dyn ExecutionPlan>>> {
    let single = |side: &Arc<dyn ExecutionPlan>| -> PlanResult<bool> {
        let known = StatisticsContext::new().compute(side.as_ref(), &StatisticsArgs::new())?;
        Ok(matches!(known.num_rows, Precision::Exact(0 | 1)))
    };
    if single(cross.left())? || !single(cross.right())? {
        return Ok(None);
    }
    cross.swap_inputs().map(Some)
}
