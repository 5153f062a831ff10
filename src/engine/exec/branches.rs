//! What is one value in each branch of UNION ALL, and not the same in all, is a column like others; so
//! is what has one value in the rows of a join's side that may be missing.
//!
//! DataFusion 55.2 knows such a column as a constant of each partition and leaves it out of the keys a
//! partition is sorted by; but the partitions that keep the first rows share the least row they need
//! (`apache/datafusion#23528`), and a merge may be given the shortened keys too. Between [`Hide`] and
//! [`Show`] neither the rule that places sorts nor the one that checks them sees such constants. Those of
//! the sides of outer joins stay hidden: DataFusion takes them for constants of all rows, NULL or not.

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{JoinType, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{AcrossPartitions, EquivalenceProperties, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties as _, PlanProperties,
    replace_children_if_necessary,
};

/// Its input, of which nothing is known but the order of its rows.
#[derive(Debug)]
struct Hidden {
    input: Arc<dyn ExecutionPlan>,
    /// Whether it is in the plan that runs, too.
    stays: bool,
    properties: Arc<PlanProperties>,
}

impl Hidden {
    fn new(input: Arc<dyn ExecutionPlan>, stays: bool) -> Self {
        let known = input.equivalence_properties();
        let orderings = known.oeq_class().iter().cloned();
        let left = EquivalenceProperties::new_with_orderings(input.schema(), orderings);
        let properties = input.properties().as_ref().clone().with_eq_properties(left);
        Self {
            input,
            stays,
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
        let input = input.unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self::new(input, self.stays)))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        self.input.execute(partition, context)
    }
}

/// The inputs of an outer join whose rows may be missing, by their places.
fn may_be_missing(plan: &dyn ExecutionPlan) -> [bool; 2] {
    let hash = plan.downcast_ref::<HashJoinExec>();
    let hash = hash.map(|join| *join.join_type());
    let nested = plan.downcast_ref::<NestedLoopJoinExec>();
    let nested = nested.map(|join| *join.join_type());
    match hash.or(nested) {
        Some(JoinType::Left) => [false, true],
        Some(JoinType::Right) => [true, false],
        Some(JoinType::Full) => [true, true],
        _ => [false, false],
    }
}

/// Hides what is constant in each branch of a union and not in all of it, and what is constant in
/// rows that a join may not find.
#[derive(Debug)]
pub(super) struct Hide;

impl PhysicalOptimizerRule for Hide {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|plan| {
            let missing = may_be_missing(plan.as_ref());
            if missing.contains(&true) {
                let inputs = plan.children().into_iter().zip(missing);
                let inputs = inputs.map(|(input, missing)| {
                    if missing && !input.equivalence_properties().constants().is_empty() {
                        Arc::new(Hidden::new(Arc::clone(input), true)) as Arc<dyn ExecutionPlan>
                    } else {
                        Arc::clone(input)
                    }
                });
                let inputs = inputs.collect();
                return replace_children_if_necessary(plan, inputs).map(Transformed::yes);
            }
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
                *first = Arc::new(Hidden::new(Arc::clone(first), false));
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

/// Hides all constants from operators that ask for an order.
pub(super) fn hide_from_sorted(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_up(|plan| {
        let wanted = plan.required_input_ordering();
        if wanted.iter().all(Option::is_none) {
            return Ok(Transformed::no(plan));
        }
        let inputs = plan.children().into_iter().zip(&wanted);
        let inputs = inputs.map(|(input, wanted)| match wanted {
            Some(_) => Arc::new(Hidden::new(Arc::clone(input), false)) as Arc<dyn ExecutionPlan>,
            None => Arc::clone(input),
        });
        let inputs = inputs.collect();
        replace_children_if_necessary(plan, inputs).map(Transformed::yes)
    })
    .data()
}

/// Takes out what [`Hide`] put in for sorts to be placed.
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
                Some(hidden) if !hidden.stays => Transformed::yes(Arc::clone(&hidden.input)),
                _ => Transformed::no(plan),
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
