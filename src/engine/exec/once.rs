//! A query of WITH whose rows are computed once, however often it is named.
//!
//! A query that calls a volatile function gives other rows each time it is run, and every mention of
//! its name has to show the same ones (manual 7.8.3). Each mention is a [`Once`] with the same number; the first
//! one that is read runs the query to its end and the others wait for its rows.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchemaRef, DataFusionError, Result};
use datafusion::datasource::source_as_provider;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{
    Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore,
};
use datafusion::physical_expr::{Distribution, EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::OnceCell;

use super::apply::Apply;
use super::recursive::LastRound;

/// The plan of a query of WITH called `id`: kept, if another run could give other rows.
pub(crate) fn once(plan: LogicalPlan, id: &str) -> Result<LogicalPlan> {
    if !volatile(&plan)? || depends(&plan)? {
        return Ok(plan);
    }
    let node = Once {
        id: id.to_owned(),
        input: plan,
    };
    Ok(LogicalPlan::Extension(Extension {
        node: Arc::new(node),
    }))
}

/// Whether a plan may give other rows when it is run again.
fn volatile(plan: &LogicalPlan) -> Result<bool> {
    plan.exists(|node| {
        Ok(match Apply::of(node) {
            Some(apply) => volatile(apply.inner())?,
            None => node.expressions().iter().any(Expr::is_volatile),
        })
    })
}

/// Whether a plan reads a row outside of it, or the rows of a recursive query's last round.
fn depends(plan: &LogicalPlan) -> Result<bool> {
    plan.exists(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && source_as_provider(&scan.source)?.is::<LastRound>()
        {
            return Ok(true);
        }
        if let Some(apply) = Apply::of(node)
            && depends(apply.inner())?
        {
            return Ok(true);
        }
        Ok(node.expressions().iter().any(Expr::contains_outer))
    })
}

/// The logical node. Nothing is pushed into it: its rows are those of the whole query.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Once {
    id: String,
    input: LogicalPlan,
}

impl PartialOrd for Once {
    fn partial_cmp(&self, _: &Self) -> Option<std::cmp::Ordering> {
        None
    }
}

impl UserDefinedLogicalNodeCore for Once {
    fn name(&self) -> &'static str {
        "Once"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        let fields = self.input.schema().fields().iter();
        fields.map(|field| field.name().clone()).collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Once: {}", self.id)
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        Ok(Self {
            id: self.id.clone(),
            input: inputs.into_iter().next().ok_or_else(lost_input)?,
        })
    }
}

fn lost_input() -> DataFusionError {
    DataFusionError::Internal(String::from("Once lost its input"))
}

/// Rows that were computed, with the memory that they take.
#[derive(Debug)]
struct Rows {
    batches: Vec<RecordBatch>,
    _memory: MemoryReservation,
}

/// The rows of one statement's queries by their numbers.
#[derive(Debug, Default)]
pub(super) struct Computed(Mutex<HashMap<String, Arc<OnceCell<Rows>>>>);

impl Computed {
    fn cell(&self, id: &str) -> Arc<OnceCell<Rows>> {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(cells.entry(id.to_owned()).or_default())
    }
}

/// Plans [`Once`] nodes.
#[derive(Debug)]
pub(super) struct OncePlanner;

#[async_trait]
impl ExtensionPlanner for OncePlanner {
    async fn plan_extension(
        &self,
        _: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        _: &dyn Session,
        _: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(once) = node.as_any().downcast_ref::<Once>() else {
            return Ok(None);
        };
        let input = inputs.first().ok_or_else(lost_input)?;
        Ok(Some(Arc::new(OnceExec::new(&once.id, Arc::clone(input)))))
    }
}

#[derive(Debug)]
struct OnceExec {
    id: Arc<str>,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl OnceExec {
    fn new(id: &str, input: Arc<dyn ExecutionPlan>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self {
            id: id.into(),
            input,
            properties: Arc::new(properties),
        }
    }
}

impl DisplayAs for OnceExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OnceExec: {}", self.id)
    }
}

impl ExecutionPlan for OnceExec {
    fn name(&self) -> &'static str {
        "OnceExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![Distribution::SinglePartition]
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
        let input = children.into_iter().next().ok_or_else(lost_input)?;
        Ok(Arc::new(Self::new(&self.id, input)))
    }

    fn execute(&self, _: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let computed = context.session_config().get_extension::<Computed>();
        let computed = computed.ok_or_else(|| {
            DataFusionError::Internal(String::from("a statement without computed rows"))
        })?;
        let (cell, input) = (computed.cell(&self.id), Arc::clone(&self.input));
        let batches = stream::once(async move {
            let rows = cell.get_or_try_init(|| gather(input, context)).await?;
            let batches: Vec<_> = rows.batches.iter().cloned().map(Ok).collect();
            Ok::<_, DataFusionError>(stream::iter(batches))
        });
        let schema = self.schema();
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            schema,
            batches.try_flatten().boxed(),
        )))
    }
}

/// Runs a plan to its end; its rows have to fit into the statement's memory.
async fn gather(input: Arc<dyn ExecutionPlan>, context: Arc<TaskContext>) -> Result<Rows> {
    let memory = MemoryConsumer::new("Once").register(context.memory_pool());
    let mut stream = input.execute(0, context)?;
    let mut batches = Vec::new();
    while let Some(batch) = stream.try_next().await? {
        memory.try_grow(batch.get_array_memory_size())?;
        batches.push(batch);
    }
    Ok(Rows {
        batches,
        _memory: memory,
    })
}
