//! The physical side of [`super::Apply`].

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, new_null_array};
use arrow::compute::{concat_batches, prep_null_mask_filter};
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, reset_plan_states};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, PlanProperties, execute_stream,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::{ApplyKind, Row};
use crate::pg::{Fault, SqlState, array};

/// Distinct outer rows whose answer is remembered.
const REMEMBERED_MAX: usize = 65_536;
/// Elements that `ARRAY(SELECT …)` may gather.
const ELEMENTS_MAX: usize = 1_000_000;
/// Rows gathered before a lateral batch goes on.
const BATCH_ROWS: usize = 8_192;

/// Runs the inner plan for every distinct outer row.
#[derive(Debug)]
pub(in crate::engine::exec) struct ApplyExec {
    input: Arc<dyn ExecutionPlan>,
    inner: Arc<dyn ExecutionPlan>,
    kind: ApplyKind,
    parameters: Vec<Arc<dyn PhysicalExpr>>,
    guard: Option<Arc<dyn PhysicalExpr>>,
    row: Arc<Row>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl ApplyExec {
    pub(super) fn new(
        input: Arc<dyn ExecutionPlan>,
        inner: Arc<dyn ExecutionPlan>,
        kind: ApplyKind,
        parameters: Vec<Arc<dyn PhysicalExpr>>,
        guard: Option<Arc<dyn PhysicalExpr>>,
        row: Arc<Row>,
        schema: SchemaRef,
    ) -> Self {
        // The columns of the input come first and keep their order.
        let known = input.properties().equivalence_properties();
        let orderings = known.oeq_class().iter().cloned();
        let properties = PlanProperties::new(
            EquivalenceProperties::new_with_orderings(Arc::clone(&schema), orderings),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self {
            input,
            inner,
            kind,
            parameters,
            guard,
            row,
            schema,
            properties: Arc::new(properties),
        }
    }

    /// The plan that is run for each outer row.
    pub(in crate::engine::exec) fn inner(&self) -> &Arc<dyn ExecutionPlan> {
        &self.inner
    }

    /// The same over another inner plan.
    pub(in crate::engine::exec) fn with_inner(&self, inner: Arc<dyn ExecutionPlan>) -> Self {
        Self::new(
            Arc::clone(&self.input),
            inner,
            self.kind,
            self.parameters.clone(),
            self.guard.clone(),
            Arc::clone(&self.row),
            Arc::clone(&self.schema),
        )
    }
}

impl DisplayAs for ApplyExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubPlan: {:?}", self.kind)?;
        match &self.guard {
            Some(guard) => write!(f, " where {guard}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for ApplyExec {
    fn name(&self) -> &'static str {
        "ApplyExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        // One outer row at a time: the inner plan reads it from a cell.
        vec![Distribution::SinglePartition]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for parameter in self.parameters.iter().chain(&self.guard) {
            if f(parameter)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children
            .into_iter()
            .next()
            .ok_or_else(|| DataFusionError::Internal(String::from("ApplyExec lost its input")))?;
        Ok(Arc::new(Self::new(
            input,
            Arc::clone(&self.inner),
            self.kind,
            self.parameters.clone(),
            self.guard.clone(),
            Arc::clone(&self.row),
            Arc::clone(&self.schema),
        )))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, Arc::clone(&context))?;
        let runner = Runner {
            inner: Arc::clone(&self.inner),
            kind: self.kind,
            parameters: self.parameters.clone(),
            guard: self.guard.clone(),
            row: Arc::clone(&self.row),
            schema: Arc::clone(&self.schema),
            context,
            values: HashMap::new(),
        };
        let schema = Arc::clone(&self.schema);
        let batches = stream::try_unfold((input, runner), |(mut input, mut runner)| async move {
            match input.try_next().await? {
                None => Ok::<_, DataFusionError>(None),
                Some(batch) => {
                    let output = runner.batch(batch).await?;
                    Ok(Some((
                        stream::iter(output.into_iter().map(Ok)),
                        (input, runner),
                    )))
                }
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            schema,
            batches.try_flatten(),
        )))
    }
}

struct Runner {
    inner: Arc<dyn ExecutionPlan>,
    kind: ApplyKind,
    parameters: Vec<Arc<dyn PhysicalExpr>>,
    guard: Option<Arc<dyn PhysicalExpr>>,
    row: Arc<Row>,
    schema: SchemaRef,
    context: Arc<TaskContext>,
    values: HashMap<Vec<ScalarValue>, ScalarValue>,
}

impl Runner {
    async fn batch(&mut self, batch: RecordBatch) -> Result<Vec<RecordBatch>> {
        let parameters = self
            .parameters
            .iter()
            .map(|parameter| parameter.evaluate(&batch)?.into_array(batch.num_rows()))
            .collect::<Result<Vec<_>>>()?;
        match self.kind {
            ApplyKind::Lateral { outer_join } => {
                self.lateral(&batch, &parameters, outer_join).await
            }
            ApplyKind::Scalar | ApplyKind::Exists | ApplyKind::Array => self
                .values(batch, &parameters)
                .await
                .map(|batch| vec![batch]),
        }
    }

    fn start(&self) -> Result<SendableRecordBatchStream> {
        execute_stream(
            reset_plan_states(Arc::clone(&self.inner))?,
            Arc::clone(&self.context),
        )
    }

    async fn values(&mut self, batch: RecordBatch, parameters: &[ArrayRef]) -> Result<RecordBatch> {
        let read = self.read(&batch)?;
        let storage = self.storage()?;
        let mut column = Vec::with_capacity(batch.num_rows());
        for at in 0..batch.num_rows() {
            if read.as_ref().is_some_and(|read| !read.value(at)) {
                column.push(ScalarValue::try_from(&storage)?);
                continue;
            }
            let key = row_values(parameters, at)?;
            if let Some(value) = self.values.get(&key) {
                column.push(value.clone());
                continue;
            }
            self.row.set(key.clone());
            let value = self.value().await?;
            if self.values.len() < REMEMBERED_MAX {
                self.values.insert(key, value.clone());
            }
            column.push(value);
        }
        let column = if column.is_empty() {
            new_null_array(&storage, 0)
        } else {
            ScalarValue::iter_to_array(column)?
        };
        let mut columns = batch.columns().to_vec();
        columns.push(column);
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }

    /// The rows whose value is read; `None`: all.
    fn read(&self, batch: &RecordBatch) -> Result<Option<BooleanArray>> {
        let Some(guard) = &self.guard else {
            return Ok(None);
        };
        let read = guard.evaluate(batch)?.into_array(batch.num_rows())?;
        let read = read.as_boolean();
        Ok(Some(match read.null_count() {
            0 => read.clone(),
            _ => prep_null_mask_filter(read),
        }))
    }

    fn storage(&self) -> Result<DataType> {
        let last = self.schema.fields().last();
        last.map(|field| field.data_type().clone())
            .ok_or_else(|| DataFusionError::Internal(String::from("Apply without a column")))
    }

    /// The value of the inner plan for the row that is set.
    async fn value(&self) -> Result<ScalarValue> {
        let mut rows = self.start()?;
        match self.kind {
            ApplyKind::Exists => {
                while let Some(batch) = rows.try_next().await? {
                    if batch.num_rows() > 0 {
                        return Ok(ScalarValue::Boolean(Some(true)));
                    }
                }
                Ok(ScalarValue::Boolean(Some(false)))
            }
            ApplyKind::Array => self.list(rows).await,
            ApplyKind::Scalar | ApplyKind::Lateral { .. } => self.scalar(rows).await,
        }
    }

    async fn scalar(&self, mut rows: SendableRecordBatchStream) -> Result<ScalarValue> {
        let mut found = None;
        while let Some(batch) = rows.try_next().await? {
            if batch.num_rows() == 0 {
                continue;
            }
            if found.is_some() || batch.num_rows() > 1 {
                return Err(super::more_than_one_row());
            }
            let column = batch.columns().first().ok_or_else(|| {
                DataFusionError::Internal(String::from("a subquery without a column"))
            })?;
            found = Some(ScalarValue::try_from_array(column, 0)?);
        }
        match found {
            Some(value) => Ok(value),
            None => ScalarValue::try_from(&self.storage()?),
        }
    }

    async fn list(&self, mut rows: SendableRecordBatchStream) -> Result<ScalarValue> {
        let mut elements: Vec<ArrayRef> = Vec::new();
        let mut count = 0;
        while let Some(batch) = rows.try_next().await? {
            count += batch.num_rows();
            if count > ELEMENTS_MAX {
                let fault = Fault::new(
                    SqlState::PROGRAM_LIMIT_EXCEEDED,
                    format!("array size exceeds the maximum allowed ({ELEMENTS_MAX})"),
                );
                return Err(DataFusionError::External(Box::new(fault)));
            }
            elements.extend(batch.columns().first().cloned());
        }
        let storage = self.storage()?;
        let Some(field) = array::item(&storage) else {
            return Err(DataFusionError::Internal(String::from(
                "an array subquery without an array",
            )));
        };
        let parts: Vec<&dyn Array> = elements.iter().map(AsRef::as_ref).collect();
        let refused = |fault| DataFusionError::External(Box::new(fault));
        let values = if parts.is_empty() {
            new_null_array(field.data_type(), 0)
        } else {
            arrow::compute::concat(&parts)?
        };
        if *values.data_type() == storage && !values.is_empty() {
            let array = array::accumulated(&values).map_err(refused)?;
            return ScalarValue::try_from_array(&array, 0);
        }
        let values = if *values.data_type() == storage {
            new_null_array(field.data_type(), 0)
        } else {
            values
        };
        let offsets = arrow::buffer::OffsetBuffer::from_lengths([values.len()]);
        let list = arrow::array::ListArray::try_new(Arc::clone(field), offsets, values, None)?;
        let array = array::plain(list).map_err(refused)?;
        ScalarValue::try_from_array(&array, 0)
    }

    async fn lateral(
        &mut self,
        batch: &RecordBatch,
        parameters: &[ArrayRef],
        outer_join: bool,
    ) -> Result<Vec<RecordBatch>> {
        let (mut output, mut gathered, mut rows) = (Vec::new(), Vec::new(), 0);
        for at in 0..batch.num_rows() {
            self.row.set(row_values(parameters, at)?);
            let mut inner = self.start()?;
            let mut found = false;
            while let Some(inner) = inner.next().await.transpose()? {
                if inner.num_rows() == 0 {
                    continue;
                }
                found = true;
                rows += inner.num_rows();
                gathered.push(self.beside(batch, at, inner.columns(), inner.num_rows())?);
            }
            if !found && outer_join {
                let added = self.schema.fields().iter().skip(batch.num_columns());
                let nulls: Vec<ArrayRef> = added
                    .map(|field| new_null_array(field.data_type(), 1))
                    .collect();
                rows += 1;
                gathered.push(self.beside(batch, at, &nulls, 1)?);
            }
            if rows >= BATCH_ROWS {
                output.push(concat_batches(&self.schema, &gathered)?);
                gathered.clear();
                rows = 0;
            }
        }
        if !gathered.is_empty() {
            output.push(concat_batches(&self.schema, &gathered)?);
        }
        Ok(output)
    }

    /// One outer row repeated beside inner columns.
    fn beside(
        &self,
        outer: &RecordBatch,
        at: usize,
        inner: &[ArrayRef],
        rows: usize,
    ) -> Result<RecordBatch> {
        let mut columns = Vec::with_capacity(self.schema.fields().len());
        for column in outer.columns() {
            columns.push(ScalarValue::try_from_array(column, at)?.to_array_of_size(rows)?);
        }
        columns.extend(inner.iter().cloned());
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(
            Arc::clone(&self.schema),
            columns,
            &options,
        )?)
    }
}

fn row_values(parameters: &[ArrayRef], at: usize) -> Result<Vec<ScalarValue>> {
    parameters
        .iter()
        .map(|array| ScalarValue::try_from_array(array, at))
        .collect()
}
