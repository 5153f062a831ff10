//! Rows that are the same for every outer row: read once, then kept in memory.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::placeholder_row::PlaceholderRowExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::OuterColumn;
use super::run::ApplyExec;
use crate::engine::exec::recursive::LastRoundExec;

/// The most that one part of an inner plan keeps; what is larger is read again for every outer row.
const KEPT_BYTES_MAX: usize = 64 << 20;

/// Keeps the rows of every part of an inner plan that reads nothing of the outer row.
pub(super) fn keep(inner: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    inner
        .transform_down(|plan| {
            if plan.is::<EmptyExec>() || plan.is::<PlaceholderRowExec>() {
                return Ok(Transformed::no(plan));
            }
            if plan.output_partitioning().partition_count() > 1 || reads_outer(&plan)? {
                return Ok(Transformed::no(plan));
            }
            let kept = Arc::new(Kept::new(plan)) as Arc<dyn ExecutionPlan>;
            Ok(Transformed::new(kept, true, TreeNodeRecursion::Jump))
        })
        .data()
}

/// Whether a plan may give other rows for another outer row, or at another time.
fn reads_outer(plan: &Arc<dyn ExecutionPlan>) -> Result<bool> {
    let mut reads = false;
    plan.apply(|node| {
        // What an inner plan further in reads cannot be seen from here, and the rows of a recursive
        // query's last round are other ones in the next.
        reads |= node.is::<ApplyExec>() || node.is::<LastRoundExec>();
        node.apply_expressions(&mut |expr| {
            reads |= expr.exists(|part| Ok(changing(part)))?;
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(if reads {
            TreeNodeRecursion::Stop
        } else {
            TreeNodeRecursion::Continue
        })
    })?;
    Ok(reads)
}

/// Whether an expression is a column of the outer row or a function that is never the same.
fn changing(expr: &Arc<dyn PhysicalExpr>) -> bool {
    let Some(call) = expr.downcast_ref::<ScalarFunctionExpr>() else {
        return false;
    };
    let function = call.fun().inner();
    function.is::<OuterColumn>()
        || function.signature().volatility == datafusion::logical_expr::Volatility::Volatile
}

/// What is known of the rows so far.
#[derive(Debug, Default)]
enum State {
    /// They were never read to their end.
    #[default]
    Unread,
    /// They are here; the memory is given back with them.
    Here(
        Arc<[RecordBatch]>,
        #[expect(dead_code, reason = "held for its drop")] MemoryReservation,
    ),
    /// They are too many.
    TooLarge,
}

/// Passes rows through the first time, and repeats them from then on.
#[derive(Debug)]
struct Kept {
    input: Arc<dyn ExecutionPlan>,
    /// Shared with the plan's copies: every outer row is a run of a copy.
    state: Arc<Mutex<State>>,
}

impl Kept {
    fn new(input: Arc<dyn ExecutionPlan>) -> Self {
        Self {
            input,
            state: Arc::default(),
        }
    }
}

fn state(of: &Mutex<State>) -> MutexGuard<'_, State> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl DisplayAs for Kept {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Materialize")
    }
}

impl ExecutionPlan for Kept {
    fn name(&self) -> &'static str {
        "Kept"
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
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next();
        let lost = || DataFusionError::Internal(String::from("Kept lost its input"));
        Ok(Arc::new(Self {
            input: input.ok_or_else(lost)?,
            state: Arc::clone(&self.state),
        }))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let schema = self.schema();
        let known = match &*state(&self.state) {
            State::Unread => None,
            State::Here(batches, _) => Some(Some(Arc::clone(batches))),
            State::TooLarge => Some(None),
        };
        let batches = match known {
            Some(Some(batches)) => {
                let each = (0..batches.len()).map(move |at| batches.get(at).cloned());
                return Ok(Box::pin(RecordBatchStreamAdapter::new(
                    schema,
                    stream::iter(each.flatten().map(Ok)),
                )));
            }
            Some(None) => return self.input.execute(partition, context),
            None => self.input.execute(partition, Arc::clone(&context))?,
        };
        let gathering = Gathering {
            batches: Vec::new(),
            memory: MemoryConsumer::new("Kept").register(context.memory_pool()),
            state: Arc::clone(&self.state),
        };
        let passed = stream::try_unfold(
            (batches, Some(gathering)),
            |(mut batches, mut gathering)| async move {
                let Some(batch) = batches.try_next().await? else {
                    if let Some(gathering) = gathering {
                        gathering.finish();
                    }
                    return Ok(None);
                };
                gathering = gathering.and_then(|gathering| gathering.with(&batch));
                Ok(Some((batch, (batches, gathering))))
            },
        );
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            schema,
            passed.boxed(),
        )))
    }
}

/// Rows on their way to being kept.
struct Gathering {
    batches: Vec<RecordBatch>,
    memory: MemoryReservation,
    state: Arc<Mutex<State>>,
}

impl Gathering {
    /// With one more batch; `None` when that is too much.
    fn with(mut self, batch: &RecordBatch) -> Option<Self> {
        let bytes = batch.get_array_memory_size();
        if self.memory.size() + bytes > KEPT_BYTES_MAX || self.memory.try_grow(bytes).is_err() {
            *state(&self.state) = State::TooLarge;
            return None;
        }
        self.batches.push(batch.clone());
        Some(self)
    }

    fn finish(self) {
        *state(&self.state) = State::Here(self.batches.into(), self.memory);
    }
}
