//! WITH RECURSIVE: rounds that each read the rows of the one before, until one adds nothing.
//!
//! DataFusion has such a query too, but tells rows apart by how they are stored: 1.0 and 1.00 would
//! be two. Here a round's new rows are those whose comparable forms were not seen before, and the
//! rows of the last round can be read at any depth, inside an [`Apply`](super::apply) too.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DFSchemaRef, DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{
    Expr, Extension, LogicalPlan, TableType, UserDefinedLogicalNode, UserDefinedLogicalNodeCore,
};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::aggregates::group_values::{GroupValues, new_group_values};
use datafusion::physical_plan::aggregates::order::GroupOrdering;
use datafusion::physical_plan::coop::cooperative;
use datafusion::physical_plan::execution_plan::{
    Boundedness, EmissionType, SchedulingType, reset_plan_states,
};
use datafusion::physical_plan::memory::MemoryStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, PlanProperties,
};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use futures::{TryStreamExt, stream};

use super::apply::ApplyExec;
use crate::engine::functions::keys;
use crate::ident::Oid;

/// How the rows of UNION are told apart: for each column its type, where its comparable form is
/// another than its storage.
type Distinct = Vec<Option<Oid>>;

/// The logical node: the rows of `first`, then those of `step` over each round's new rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recursive {
    first: LogicalPlan,
    step: LogicalPlan,
    /// The table that `step` reads the last round's rows from.
    table: String,
    /// `None` for UNION ALL.
    distinct: Option<Distinct>,
    schema: DFSchemaRef,
}

impl Recursive {
    /// A recursive query; both plans have the same types, and `step` reads `table`, a [`LastRound`].
    pub(crate) fn plan(
        first: LogicalPlan,
        step: LogicalPlan,
        table: String,
        distinct: Option<Distinct>,
    ) -> Result<LogicalPlan> {
        Ok(LogicalPlan::Extension(Extension {
            node: Arc::new(Self::new(first, step, table, distinct)?),
        }))
    }

    fn new(
        first: LogicalPlan,
        step: LogicalPlan,
        table: String,
        distinct: Option<Distinct>,
    ) -> Result<Self> {
        let fields = first.schema().iter().map(|(qualifier, field)| {
            let field = field.as_ref().clone().with_nullable(true);
            (qualifier.cloned(), Arc::new(field))
        });
        let schema = DFSchema::new_with_metadata(fields.collect(), HashMap::new())?;
        Ok(Self {
            first,
            step,
            table,
            distinct,
            schema: Arc::new(schema),
        })
    }
}

impl Hash for Recursive {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.first.hash(state);
        self.step.hash(state);
        self.table.hash(state);
        self.distinct.hash(state);
    }
}

impl PartialOrd for Recursive {
    fn partial_cmp(&self, _: &Self) -> Option<std::cmp::Ordering> {
        None
    }
}

impl UserDefinedLogicalNodeCore for Recursive {
    fn name(&self) -> &'static str {
        "Recursive"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.first, &self.step]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recursive Union")
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let mut inputs = inputs.into_iter();
        let (Some(first), Some(step)) = (inputs.next(), inputs.next()) else {
            return Err(lost("a term"));
        };
        Self::new(first, step, self.table.clone(), self.distinct.clone())
    }
}

fn lost(what: &str) -> DataFusionError {
    DataFusionError::Internal(format!("a recursive query lost {what}"))
}

/// The table that a recursive term reads the last round's rows from.
#[derive(Debug)]
pub(crate) struct LastRound {
    table: String,
    schema: SchemaRef,
}

impl LastRound {
    /// A table of that name.
    pub(crate) fn new(table: &str, schema: SchemaRef) -> Self {
        Self {
            table: table.to_owned(),
            schema,
        }
    }
}

#[async_trait]
impl TableProvider for LastRound {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(projection) => Arc::new(self.schema.project(projection)?),
            None => Arc::clone(&self.schema),
        };
        Ok(Arc::new(LastRoundExec::new(
            self.table.clone(),
            schema,
            projection.cloned(),
            Arc::default(),
        )))
    }
}

/// The new rows of one round, and the memory they take.
#[derive(Debug, Default)]
struct Round(Mutex<(Vec<RecordBatch>, Option<MemoryReservation>)>);

impl Round {
    fn set(&self, batches: Vec<RecordBatch>, memory: Option<MemoryReservation>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (batches, memory);
    }

    fn batches(&self) -> Vec<RecordBatch> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .clone()
    }
}

/// Reads the last round's rows.
#[derive(Debug)]
pub(super) struct LastRoundExec {
    table: String,
    schema: SchemaRef,
    projection: Option<Vec<usize>>,
    round: Arc<Round>,
    properties: Arc<PlanProperties>,
}

impl LastRoundExec {
    fn new(
        table: String,
        schema: SchemaRef,
        projection: Option<Vec<usize>>,
        round: Arc<Round>,
    ) -> Self {
        Self {
            table,
            projection,
            round,
            properties: Arc::new(one_partition(&schema)),
            schema,
        }
    }
}

fn one_partition(schema: &SchemaRef) -> PlanProperties {
    PlanProperties::new(
        EquivalenceProperties::new(Arc::clone(schema)),
        Partitioning::UnknownPartitioning(1),
        EmissionType::Incremental,
        Boundedness::Bounded,
    )
    .with_scheduling_type(SchedulingType::Cooperative)
}

impl DisplayAs for LastRoundExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WorkTable Scan")
    }
}

impl ExecutionPlan for LastRoundExec {
    fn name(&self) -> &'static str {
        "LastRoundExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, _: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let mut batches = self.round.batches();
        if let Some(projection) = &self.projection {
            let projected = batches.iter().map(|batch| batch.project(projection));
            batches = projected.collect::<Result<_, _>>()?;
        }
        let rows = MemoryStream::try_new(batches, Arc::clone(&self.schema), None)?;
        Ok(Box::pin(cooperative(rows)))
    }
}

/// Points the scans of a table, those inside inner plans too, at a round.
fn reading(
    plan: Arc<dyn ExecutionPlan>,
    table: &str,
    round: &Arc<Round>,
) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_down(|node| {
        if let Some(scan) = node.downcast_ref::<LastRoundExec>()
            && scan.table == table
        {
            let bound = LastRoundExec::new(
                scan.table.clone(),
                Arc::clone(&scan.schema),
                scan.projection.clone(),
                Arc::clone(round),
            );
            return Ok(Transformed::yes(Arc::new(bound) as _));
        }
        match node.downcast_ref::<ApplyExec>() {
            Some(apply) => {
                let inner = reading(Arc::clone(apply.inner()), table, round)?;
                Ok(Transformed::yes(Arc::new(apply.with_inner(inner)) as _))
            }
            None => Ok(Transformed::no(node)),
        }
    })
    .data()
}

/// The physical node.
#[derive(Debug)]
struct RecursiveExec {
    first: Arc<dyn ExecutionPlan>,
    step: Arc<dyn ExecutionPlan>,
    round: Arc<Round>,
    distinct: Option<Distinct>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl RecursiveExec {
    fn new(
        first: Arc<dyn ExecutionPlan>,
        step: Arc<dyn ExecutionPlan>,
        round: Arc<Round>,
        distinct: Option<Distinct>,
        schema: SchemaRef,
    ) -> Self {
        let properties = Arc::new(one_partition(&schema));
        Self {
            first,
            step,
            round,
            distinct,
            schema,
            properties,
        }
    }
}

impl DisplayAs for RecursiveExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recursive Union")
    }
}

impl ExecutionPlan for RecursiveExec {
    fn name(&self) -> &'static str {
        "RecursiveExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![Distribution::SinglePartition; 2]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false; 2]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.first, &self.step]
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
        let mut children = children.into_iter();
        let (Some(first), Some(step)) = (children.next(), children.next()) else {
            return Err(lost("a term"));
        };
        Ok(Arc::new(Self::new(
            first,
            step,
            Arc::clone(&self.round),
            self.distinct.clone(),
            Arc::clone(&self.schema),
        )))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let memory =
            |what: &str| MemoryConsumer::new(what.to_owned()).register(context.memory_pool());
        let seen = self.distinct.as_ref().map(|kinds| Seen {
            kinds: kinds.clone(),
            groups: None,
            memory: memory("RecursiveUnion"),
        });
        let rounds = Rounds {
            rows: Some(self.first.execute(partition, Arc::clone(&context))?),
            step: Arc::clone(&self.step),
            round: Arc::clone(&self.round),
            memory: memory("WorkTable"),
            gathered: Vec::new(),
            seen,
            schema: Arc::clone(&self.schema),
            context,
        };
        let batches = stream::try_unfold(rounds, |mut rounds| async move {
            Ok(rounds.next().await?.map(|batch| (batch, rounds)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            batches,
        )))
    }
}

/// A recursive query while it runs.
struct Rounds {
    /// The rows of the present round, as long as there are more.
    rows: Option<SendableRecordBatchStream>,
    step: Arc<dyn ExecutionPlan>,
    round: Arc<Round>,
    /// What the rows of the present round take.
    memory: MemoryReservation,
    /// Its new rows.
    gathered: Vec<RecordBatch>,
    seen: Option<Seen>,
    schema: SchemaRef,
    context: Arc<TaskContext>,
}

impl Rounds {
    /// The next new rows.
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let Some(rows) = &mut self.rows else {
                if self.gathered.is_empty() {
                    self.round.set(Vec::new(), None);
                    return Ok(None);
                }
                let gathered = std::mem::take(&mut self.gathered);
                self.round.set(gathered, Some(self.memory.take()));
                let step = reset_plan_states(Arc::clone(&self.step))?;
                self.rows = Some(step.execute(0, Arc::clone(&self.context))?);
                continue;
            };
            let Some(batch) = rows.try_next().await? else {
                self.rows = None;
                continue;
            };
            let mut batch =
                RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec())?;
            if let Some(seen) = &mut self.seen {
                batch = seen.new_rows(&batch)?;
            }
            if batch.num_rows() == 0 {
                continue;
            }
            self.memory.try_grow(batch.get_array_memory_size())?;
            self.gathered.push(batch.clone());
            return Ok(Some(batch));
        }
    }
}

/// The rows that were there before, in their comparable forms.
struct Seen {
    kinds: Distinct,
    groups: Option<Box<dyn GroupValues>>,
    memory: MemoryReservation,
}

impl Seen {
    /// The rows of a batch that are equal to none before them.
    fn new_rows(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        let columns = batch.columns().iter().zip(&self.kinds);
        let forms = columns.map(|(column, kind)| match kind {
            Some(kind) => {
                keys(column, *kind).map_err(|fault| DataFusionError::External(fault.into()))
            }
            None => Ok(Arc::clone(column)),
        });
        let forms: Vec<ArrayRef> = forms.collect::<Result<_>>()?;
        let groups = match &mut self.groups {
            Some(groups) => groups,
            none => {
                let field = |form: &ArrayRef| Field::new("", form.data_type().clone(), true);
                let schema = Schema::new(forms.iter().map(field).collect::<Vec<_>>());
                none.insert(new_group_values(Arc::new(schema), &GroupOrdering::None)?)
            }
        };
        let mut known = groups.len();
        let mut numbers = Vec::with_capacity(batch.num_rows());
        groups.intern(&forms, &mut numbers)?;
        self.memory.try_resize(groups.size())?;
        // Numbers are given in order, so the first row of a new group has the next one.
        let first = numbers.into_iter().map(|number| {
            let new = number >= known;
            known = known.max(number + 1);
            Some(new)
        });
        Ok(filter_record_batch(
            batch,
            &first.collect::<BooleanArray>(),
        )?)
    }
}

/// Plans [`Recursive`] nodes.
#[derive(Debug, Default)]
pub(super) struct RecursivePlanner;

#[async_trait]
impl ExtensionPlanner for RecursivePlanner {
    async fn plan_extension(
        &self,
        _: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        _: &dyn Session,
        _: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(recursive) = node.as_any().downcast_ref::<Recursive>() else {
            return Ok(None);
        };
        let [first, step] = inputs else {
            return Err(lost("a term"));
        };
        let round = Arc::new(Round::default());
        let step = reading(Arc::clone(step), &recursive.table, &round)?;
        Ok(Some(Arc::new(RecursiveExec::new(
            Arc::clone(first),
            step,
            round,
            recursive.distinct.clone(),
            Arc::clone(recursive.schema.inner()),
        ))))
    }
}
