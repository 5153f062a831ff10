//! Sorting any number of rows in bounded memory: DataFusion's external sort.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::compute::SortOptions;
use arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, MemoryConsumer};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::streaming_merge::StreamingMergeBuilder;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::prelude::SessionConfig;
use futures::Stream;

use crate::config::limits::SyncLimits;

/// What sorts of one run may use together.
pub(super) struct Sorter {
    context: Arc<TaskContext>,
}

impl Sorter {
    /// Sorts within the limits, spilling into `scratch`.
    pub(super) fn new(limits: &SyncLimits, scratch: &Path) -> Result<Self, DataFusionError> {
        Self::within(limits.memory_bytes, limits, scratch)
    }

    /// The same with another bound on memory, for sorts beside others.
    pub(super) fn within(
        memory_bytes: usize,
        limits: &SyncLimits,
        scratch: &Path,
    ) -> Result<Self, DataFusionError> {
        let disk = DiskManagerBuilder::default()
            .with_mode(DiskManagerMode::Directories(vec![scratch.to_owned()]))
            .with_max_temp_directory_size(limits.spill_bytes);
        let runtime = RuntimeEnvBuilder::new()
            .with_disk_manager_builder(disk)
            .with_memory_pool(Arc::new(FairSpillPool::new(memory_bytes)))
            .build_arc()?;
        let config = SessionConfig::new()
            .with_batch_size(limits.batch_rows)
            .with_target_partitions(1)
            .with_sort_spill_reservation_bytes((memory_bytes / 16).min(16 << 20));
        let context = TaskContext::default()
            .with_session_config(config)
            .with_runtime(runtime);
        Ok(Self {
            context: Arc::new(context),
        })
    }

    /// The same rows, ascending by these columns, NULL last.
    pub(super) fn sort(
        &self,
        input: SendableRecordBatchStream,
        columns: &[usize],
    ) -> Result<SendableRecordBatchStream, DataFusionError> {
        let schema = input.schema();
        let Some(by) = ordering(&schema, columns) else {
            return Ok(input);
        };
        let once = Arc::new(Once {
            schema: Arc::clone(&schema),
            stream: Mutex::new(Some(input)),
        });
        let input = StreamingTableExec::try_new(schema, vec![once], None, [], false, None)?;
        SortExec::new(by, Arc::new(input)).execute(0, Arc::clone(&self.context))
    }

    /// The rows of streams that are sorted so already, as one.
    pub(super) fn merge(
        &self,
        schema: SchemaRef,
        mut streams: Vec<SendableRecordBatchStream>,
        columns: &[usize],
    ) -> Result<SendableRecordBatchStream, DataFusionError> {
        let (Some(by), 2..) = (ordering(&schema, columns), streams.len()) else {
            let one = streams.pop();
            return Ok(one.unwrap_or_else(|| stream(schema, futures::stream::empty())));
        };
        let pool = &self.context.runtime_env().memory_pool;
        StreamingMergeBuilder::new()
            .with_streams(streams)
            .with_schema(schema)
            .with_expressions(&by)
            .with_metrics(BaselineMetrics::new(&ExecutionPlanMetricsSet::new(), 0))
            .with_batch_size(self.context.session_config().batch_size())
            .with_reservation(MemoryConsumer::new("merge").register(pool))
            .build()
    }
}

/// Ascending by these columns, NULL last.
fn ordering(schema: &SchemaRef, columns: &[usize]) -> Option<LexOrdering> {
    LexOrdering::new(columns.iter().filter_map(|at| {
        let field = schema.fields().get(*at)?;
        Some(PhysicalSortExpr {
            expr: Arc::new(Column::new(field.name(), *at)),
            options: ASCENDING,
        })
    }))
}

/// How rows are sorted here, by every column.
pub(super) const ASCENDING: SortOptions = SortOptions {
    descending: false,
    nulls_first: false,
};

/// Makes a stream of batches one that DataFusion takes.
pub(super) fn stream(
    schema: SchemaRef,
    batches: impl Stream<Item = Result<RecordBatch, DataFusionError>> + Send + 'static,
) -> SendableRecordBatchStream {
    Box::pin(RecordBatchStreamAdapter::new(schema, batches))
}

/// A stream as a plan's only partition, which can be read once.
struct Once {
    schema: SchemaRef,
    stream: Mutex<Option<SendableRecordBatchStream>>,
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Once")
    }
}

impl PartitionStream for Once {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let stream = self
            .stream
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        stream.unwrap_or_else(|| {
            let again = DataFusionError::Internal("a stream was read twice".to_owned());
            let again = futures::stream::once(async move { Err(again) });
            self::stream(Arc::clone(&self.schema), again)
        })
    }
}
