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
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
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
use futures::{Stream, StreamExt, TryStreamExt};

use super::ahead::{ahead, broken};
use crate::config::limits::SyncLimits;

/// What sorts of one run may use: each has a share of the memory of its own.
#[derive(Clone)]
pub(super) struct Sorter {
    config: SessionConfig,
    runtime: Arc<RuntimeEnv>,
    /// Memory of one sort.
    memory_bytes: usize,
    /// Parts that many rows are sorted in, beside each other.
    lanes: usize,
}

/// Sorts that go on beside each other where a night is compared with the last snapshot: of what came,
/// of what is there, and of what changed.
const SORTS_BESIDE: usize = 3;
/// Parts that many rows are sorted in beside each other: while one writes to the disk or merges, the
/// other takes rows. Reading and writing are one thread each, so more would wait for these.
const LANES: usize = 2;
/// Batches that are too few for it.
const FEW_BATCHES: usize = 16;

impl Sorter {
    /// Sorts within the limits, as many beside each other as a comparison needs; spills into `scratch`.
    pub(super) fn new(limits: &SyncLimits, scratch: &Path) -> Result<Self, DataFusionError> {
        let sorter = Self::within(limits.memory_bytes / SORTS_BESIDE, limits, scratch)?;
        // They keep the processors busy as they are, and each part more has files and batches open.
        Ok(Self { lanes: 1, ..sorter })
    }

    /// Sorts that stand alone, each within so much memory.
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
            .build_arc()?;
        let config = SessionConfig::new()
            .with_batch_size(limits.batch_rows)
            .with_target_partitions(1);
        Ok(Self {
            config,
            runtime,
            memory_bytes,
            lanes: LANES,
        })
    }

    /// Where one of so many equal parts of a sort goes on.
    fn context(&self, parts: usize) -> Arc<TaskContext> {
        let memory_bytes = self.memory_bytes / parts;
        let runtime = RuntimeEnv {
            memory_pool: Arc::new(FairSpillPool::new(memory_bytes)),
            ..self.runtime.as_ref().clone()
        };
        // Rows are merged by keys in a form of their own, which may be twice as large as a row that
        // has little else: more than half is kept for them.
        let config = self.config.clone();
        let config = config.with_sort_spill_reservation_bytes(memory_bytes / 8 * 5);
        let context = TaskContext::default()
            .with_session_config(config)
            .with_runtime(Arc::new(runtime));
        Arc::new(context)
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
        if self.lanes == 1 {
            return self.part(&by, input, 1);
        }
        let (sorter, columns) = (self.clone(), columns.to_vec());
        let all = Arc::clone(&schema);
        let sorted = async move {
            let mut input = input.fuse();
            let mut first = Vec::new();
            while first.len() < FEW_BATCHES {
                match input.next().await.transpose()? {
                    Some(batch) => first.push(Ok(batch)),
                    None => return sorter.part(&by, stream(all, futures::stream::iter(first)), 1),
                }
            }
            let input = stream(Arc::clone(&all), futures::stream::iter(first).chain(input));
            let input = Arc::new(tokio::sync::Mutex::new(input.fuse()));
            let lane = |_| {
                let rows = stream(Arc::clone(&all), shared(Arc::clone(&input)));
                let sorted = sorter.part(&by, rows, sorter.lanes)?;
                Ok(stream(
                    Arc::clone(&all),
                    ahead(sorted, || broken("sorting")),
                ))
            };
            let lanes: Result<_, DataFusionError> = (0..sorter.lanes).map(lane).collect();
            sorter.merge(Arc::clone(&all), lanes?, &columns)
        };
        let sorted = futures::stream::once(sorted).try_flatten();
        Ok(stream(schema, sorted))
    }

    /// Sorts what is one of so many parts of all rows.
    fn part(
        &self,
        by: &LexOrdering,
        rows: SendableRecordBatchStream,
        parts: usize,
    ) -> Result<SendableRecordBatchStream, DataFusionError> {
        let schema = rows.schema();
        let once = Arc::new(Once {
            schema: Arc::clone(&schema),
            stream: Mutex::new(Some(rows)),
        });
        let rows = StreamingTableExec::try_new(schema, vec![once], None, [], false, None)?;
        SortExec::new(by.clone(), Arc::new(rows)).execute(0, self.context(parts))
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
        let context = self.context(1);
        let pool = &context.runtime_env().memory_pool;
        StreamingMergeBuilder::new()
            .with_streams(streams)
            .with_schema(schema)
            .with_expressions(&by)
            .with_metrics(BaselineMetrics::new(&ExecutionPlanMetricsSet::new(), 0))
            .with_batch_size(context.session_config().batch_size())
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

/// The batches of a stream that several readers share; each gets whatever is next.
fn shared<S>(
    input: Arc<tokio::sync::Mutex<S>>,
) -> impl Stream<Item = Result<RecordBatch, DataFusionError>> + Send + 'static
where
    S: Stream<Item = Result<RecordBatch, DataFusionError>> + Send + Unpin + 'static,
{
    futures::stream::unfold(input, |input| async move {
        let next = input.lock().await.next().await;
        next.map(|batch| (batch, input))
    })
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

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, Int32Array, UInt64Array};
    use arrow::datatypes::{DataType, Field, Int32Type, Schema};
    use futures::StreamExt;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn rows_that_are_hardly_more_than_their_key_are_sorted_in_little_memory() {
        const BATCHES: i32 = 60;
        const ROWS: i32 = 8_192;
        let schema = Arc::new(Schema::new(vec![
            Field::new("key", DataType::Int32, false),
            Field::new("line", DataType::UInt64, false),
        ]));
        let scratch = tempfile::tempdir().unwrap();
        let limits = SyncLimits::default();
        let sorter = Sorter::within(8 << 20, &limits, scratch.path()).unwrap();
        let all = Arc::clone(&schema);
        let batches = (0..BATCHES).map(move |batch| {
            let keys = (0..ROWS).map(|row| (batch * ROWS + row).wrapping_mul(7919) % 1_000_003);
            let lines = UInt64Array::from_iter_values(0..ROWS.unsigned_abs().into());
            let columns: Vec<arrow::array::ArrayRef> = vec![
                Arc::new(Int32Array::from_iter_values(keys)),
                Arc::new(lines),
            ];
            Ok(RecordBatch::try_new(Arc::clone(&all), columns)?)
        });
        let rows = stream(schema, futures::stream::iter(batches));
        let mut sorted = sorter.sort(rows, &[0, 1]).unwrap();
        let (mut last, mut count) = (i32::MIN, 0);
        while let Some(batch) = sorted.next().await {
            for key in batch
                .unwrap()
                .column(0)
                .as_primitive::<Int32Type>()
                .values()
            {
                assert!(last <= *key);
                (last, count) = (*key, count + 1);
            }
        }
        assert_eq!(count, BATCHES * ROWS);
    }
}
