//! Batches of the usual size.
//!
//! A cross join gives a batch for each row of its left side, and unnesting one that is as long as all
//! the lists of its input: the first makes every operator above it work, and count memory, per row;
//! the second can be neither limited nor interrupted. Small batches are gathered here; large ones are
//! cut.
//!
//! A batch of text may refer to the text of many others: those an aggregate gives are slices of one.
//! Whoever keeps batches, a join or a sort, would count that text once for each. So text is copied
//! where a batch refers to much more than it has.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow::array::{ArrayRef, AsArray, GenericByteViewArray, RecordBatch, RecordBatchOptions};
use arrow::buffer::Buffer;
use arrow::datatypes::{ByteViewType, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result as PlanResult};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::coalesce::LimitedBatchCoalescer;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{Stream, StreamExt};

/// Text that is not worth a copy.
const KEPT_BYTES_MIN: usize = 64 << 10;

/// Passes the rows of its input on, in batches of the usual size.
#[derive(Debug)]
pub(super) struct Rebatch {
    input: Arc<dyn ExecutionPlan>,
}

impl Rebatch {
    /// Over an operator that makes too small or too large batches.
    pub(super) fn new(input: Arc<dyn ExecutionPlan>) -> Self {
        Self { input }
    }
}

impl DisplayAs for Rebatch {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rebatch")
    }
}

impl ExecutionPlan for Rebatch {
    fn name(&self) -> &'static str {
        "Rebatch"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> PlanResult<TreeNodeRecursion>,
    ) -> PlanResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next();
        let input = input
            .ok_or_else(|| DataFusionError::Internal(String::from("Rebatch lost its input")))?;
        Ok(Arc::new(Self::new(input)))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> PlanResult<SendableRecordBatchStream> {
        let rows = context.session_config().batch_size();
        let input = self.input.execute(partition, context)?;
        Ok(Box::pin(Rebatched {
            gathered: LimitedBatchCoalescer::new(input.schema(), rows, None),
            input,
            rest: None,
            rows,
            ended: false,
        }))
    }
}

struct Rebatched {
    input: SendableRecordBatchStream,
    gathered: LimitedBatchCoalescer,
    /// What is left of a large batch.
    rest: Option<RecordBatch>,
    rows: usize,
    ended: bool,
}

impl Rebatched {
    /// The next piece to gather.
    fn poll_piece(&mut self, task: &mut Context<'_>) -> Poll<Option<PlanResult<RecordBatch>>> {
        let batch = match self.rest.take() {
            Some(rest) => rest,
            None => match ready!(self.input.poll_next_unpin(task)) {
                Some(Ok(batch)) => batch,
                end => return Poll::Ready(end),
            },
        };
        let rows = batch.num_rows().min(self.rows);
        if rows < batch.num_rows() {
            self.rest = Some(batch.slice(rows, batch.num_rows() - rows));
        }
        Poll::Ready(Some(compact(&batch.slice(0, rows))))
    }
}

/// The batch without what its text columns refer to and do not have.
fn compact(batch: &RecordBatch) -> PlanResult<RecordBatch> {
    let columns = batch.columns().iter().map(|column| {
        if let Some(texts) = column.as_string_view_opt() {
            return if wasteful(texts) {
                Arc::new(texts.gc())
            } else {
                Arc::clone(column)
            };
        }
        match column.as_binary_view_opt() {
            Some(bytes) if wasteful(bytes) => Arc::new(bytes.gc()),
            _ => Arc::clone(column),
        }
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    let columns: Vec<ArrayRef> = columns.collect();
    Ok(RecordBatch::try_new_with_options(
        batch.schema(),
        columns,
        &options,
    )?)
}

/// Whether an array refers to more than twice of what it has.
fn wasteful<T: ByteViewType + ?Sized>(array: &GenericByteViewArray<T>) -> bool {
    let held: usize = array.data_buffers().iter().map(Buffer::len).sum();
    held > KEPT_BYTES_MIN && held / 2 > array.total_buffer_bytes_used()
}

impl Stream for Rebatched {
    type Item = PlanResult<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(batch) = self.gathered.next_completed_batch() {
                return Poll::Ready(Some(Ok(batch)));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            match ready!(self.poll_piece(task)) {
                Some(Ok(piece)) => {
                    self.gathered.push_batch(piece)?;
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.ended = true;
                    self.gathered.finish()?;
                }
            }
        }
    }
}

impl RecordBatchStream for Rebatched {
    fn schema(&self) -> SchemaRef {
        self.input.schema()
    }
}
