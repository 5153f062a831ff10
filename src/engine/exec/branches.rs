//! What is one value in each branch of UNION ALL, and not the same in all, is a column like others.
//!
//! DataFusion 55.2 knows such a column as a constant of each partition and leaves it out of the keys a
//! partition is sorted by; but the partitions that keep the first rows share the least row they need
//! (`apache/datafusion#23528`), and a merge may be given the shortened keys too. Between [`Hide`] and
//! [`Show`] neither the rule that places sorts nor the one that checks them sees such constants.

use std::fmt;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{AcrossPartitions, EquivalenceProperties, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties as _, PlanProperties,
    replace_children_if_necessary,
};

/// Its input, of which nothing is known but the order of its rows. It stands in no plan that runs.
#[derive(Debug)]
struct Hidden {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl Hidden {
    fn new(input: Arc<dyn ExecutionPlan>) -> Self {
        let known = input.equivalence_properties();
        let orderings = known.oeq_class().iter().cloned();
        let left = EquivalenceProperties::new_with_orderings(input.schema(), orderings);
        let properties = input.properties().as_ref().clone().with_eq_properties(left);
        Self {
            input,
            properties: Arc::new(properties),
        }
    }
}

impl DisplayAs for Hidden {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden")
    }
}

impl ExecutionPlan for Hidden {
    fn name(&self) -> &'static str {
        "Hidden"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    /// It does, but a sort that is pushed below would be placed where the constants are known.
    fn maintains_input_order(&self) -> Vec<bool> {
        vec![false]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next();
        Ok(Arc::new(Self::new(
            input.unwrap_or_else(|| Arc::clone(&self.input)),
        )))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        self.input.execute(partition, context)
    }
}

/// Hides what is constant in each branch of a union and not in all of it.
#[derive(Debug)]
pub(super) struct Hide;

impl PhysicalOptimizerRule for Hide {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            let known = plan.equivalence_properties().constants();
            let differs = known
                .iter()
                .any(|known| known.across_partitions == AcrossPartitions::Heterogeneous);
            if !plan.is::<UnionExec>() || !differs {
                return Ok(Transformed::no(plan));
            }
            // A union knows as constant what all its branches do.
            let mut branches: Vec<_> = plan.children().into_iter().map(Arc::clone).collect();
            if let Some(first) = branches.first_mut() {
                *first = Arc::new(Hidden::new(Arc::clone(first)));
            }
            replace_children_if_necessary(plan, branches).map(Transformed::yes)
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "hide_constants_of_branches"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Takes out what [`Hide`] put in.
#[derive(Debug)]
pub(super) struct Show;

impl PhysicalOptimizerRule for Show {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            Ok(match plan.downcast_ref::<Hidden>() {
                Some(hidden) => Transformed::yes(Arc::clone(&hidden.input)),
                None => Transformed::no(plan),
            })
        })
        .data()
    }

    fn name(&self) -> &'static str {
        "show_constants_of_branches"
    }

    fn schema_check(&self) -> bool {
        true
    }
}
