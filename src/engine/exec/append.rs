//! Rows of UNION ALL in the order of its branches, as PostgreSQL appends them.
//!
//! DataFusion's union has a partition per branch and takes rows from whichever is ready; a report's
//! total would come out above its lines. Where nothing above asks for another order, the branches
//! run one after the other, each still in parallel.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{
    AcrossPartitions, EquivalenceProperties, Partitioning, PhysicalExpr,
};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, ExecutionPlanProperties,
    PlanProperties, replace_children_if_necessary,
};
use futures::{StreamExt, TryStreamExt, stream};

/// Its inputs one after the other.
#[derive(Debug)]
struct AppendExec {
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl AppendExec {
    fn new(inputs: Vec<Arc<dyn ExecutionPlan>>, schema: SchemaRef) -> Result<Self> {
        let properties = PlanProperties::new(
            of_one_value(&inputs, &schema)?,
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Self {
            inputs,
            schema,
            properties: Arc::new(properties),
        })
    }
}

/// What has one value in all branches, known as that: sorts above have left it out of their keys.
fn of_one_value(
    inputs: &[Arc<dyn ExecutionPlan>],
    schema: &SchemaRef,
) -> Result<EquivalenceProperties> {
    let mut known = EquivalenceProperties::new(Arc::clone(schema));
    let union = UnionExec::try_new(inputs.to_vec())?;
    let constants = union.equivalence_properties().constants().into_iter();
    known
        .add_constants(constants.filter(|constant| {
            matches!(constant.across_partitions, AcrossPartitions::Uniform(_))
        }))?;
    Ok(known)
}

impl DisplayAs for AppendExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppendExec")
    }
}

impl ExecutionPlan for AppendExec {
    fn name(&self) -> &'static str {
        "AppendExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![Distribution::SinglePartition; self.inputs.len()]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inputs.iter().collect()
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
        Ok(Arc::new(Self::new(children, Arc::clone(&self.schema))?))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        // A branch starts when the one before it has ended.
        let inputs = stream::iter(self.inputs.clone());
        let branches = inputs.map(move |input| input.execute(partition, Arc::clone(&context)));
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            branches.try_flatten(),
        )))
    }
}

/// Puts unions in order where their order can be seen.
#[derive(Debug)]
pub(super) struct AppendInOrder;

impl PhysicalOptimizerRule for AppendInOrder {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        in_order(plan, Order::Seen)
    }

    fn name(&self) -> &'static str {
        "append_in_order"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// What is made above a plan of the order of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Rows leave the statement in it.
    Seen,
    /// Nothing, at most it reaches an aggregate.
    Hidden,
    /// Every partition is sorted, be it that each has one row: partitions stay apart.
    Relied,
}

impl Order {
    /// What `plan`, of whose order this is made, makes of the order of its inputs.
    fn below(self, plan: &dyn ExecutionPlan) -> Self {
        let merges = plan.is::<SortPreservingMergeExec>();
        if merges || plan.required_input_ordering().iter().any(Option::is_some) {
            return Self::Relied;
        }
        let mixes =
            plan.is::<AggregateExec>() || plan.is::<HashJoinExec>() || plan.is::<RepartitionExec>();
        match self {
            _ if plan.is::<SortExec>() => Self::Hidden,
            Self::Seen if mixes => Self::Hidden,
            same => same,
        }
    }
}

fn in_order(plan: Arc<dyn ExecutionPlan>, order: Order) -> Result<Arc<dyn ExecutionPlan>> {
    let below = order.below(plan.as_ref());
    let children = plan.children().into_iter().cloned();
    let children: Vec<_> = children
        .map(|child| in_order(child, below))
        .collect::<Result<_>>()?;
    let plan = replace_children_if_necessary(plan, children)?;
    if !plan.is::<UnionExec>() {
        return Ok(plan);
    }
    let partitions = |child: &Arc<dyn ExecutionPlan>| child.output_partitioning().partition_count();
    let parallel = plan.children().iter().any(|child| partitions(child) > 1);
    match order {
        Order::Relied => return Ok(plan),
        Order::Hidden if parallel => return Ok(plan),
        Order::Hidden | Order::Seen => {}
    }
    let inputs = plan.children().into_iter().map(|child| {
        let child = Arc::clone(child);
        match partitions(&child) {
            1 => child,
            _ => Arc::new(CoalescePartitionsExec::new(child)) as Arc<dyn ExecutionPlan>,
        }
    });
    Ok(Arc::new(AppendExec::new(inputs.collect(), plan.schema())?))
}
