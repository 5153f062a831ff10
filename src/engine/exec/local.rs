//! Runs plans in this process, on threads of their own: whatever a statement does, the connections
//! stay responsive.

use std::sync::Arc;
use std::time::Duration;

use arrow::record_batch::RecordBatch;
use datafusion::common::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::{FutureExt, StreamExt};
use std::panic::AssertUnwindSafe;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::AbortHandle;

use crate::config::limits::Limits;
use crate::engine::functions::Context;
use crate::engine::govern::{Turn, from_datafusion, incident};
use crate::engine::plan::panic_text;
use crate::pg::Fault;

/// Batches made ahead of the client.
const AHEAD: usize = 2;

/// How long stopping waits for running work.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// The threads that execute.
#[derive(Debug)]
pub(crate) struct Local {
    runtime: Option<Runtime>,
    handle: Handle,
}

/// A running plan. Dropping it stops the plan.
#[derive(Debug)]
pub(crate) struct Execution {
    batches: Receiver<Result<RecordBatch, Fault>>,
    task: AbortHandle,
}

impl Local {
    /// Starts the threads.
    pub(crate) fn start(limits: &Limits) -> Result<Self, Fault> {
        let runtime = Builder::new_multi_thread()
            .thread_name("execute")
            .thread_stack_size(limits.memory.thread_stack_bytes)
            .enable_all()
            .build()
            .map_err(|error| incident("execution could not start", &error.to_string()))?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    /// Waits on a planning thread for something asynchronous.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Runs a plan; its batches wait in a short queue.
    pub(crate) fn execute(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        task: Arc<TaskContext>,
        turn: Option<Turn>,
    ) -> Execution {
        let (sender, batches) = mpsc::channel(AHEAD);
        let work = async move {
            let outcome = AssertUnwindSafe(produce(plan, task, turn, &sender))
                .catch_unwind()
                .await;
            let fault = match outcome {
                Ok(Ok(())) => return,
                Ok(Err(fault)) => fault,
                Err(panic) => incident("execution panicked", &panic_text(panic.as_ref())),
            };
            if sender.send(Err(fault)).await.is_err() {
                tracing::debug!("a statement failed after its client had gone");
            }
        };
        let task = self.handle.spawn(work).abort_handle();
        Execution { batches, task }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A runtime may not wait for its threads inside another runtime.
            match Handle::try_current() {
                Ok(_) => runtime.shutdown_background(),
                Err(_) => runtime.shutdown_timeout(STOP_GRACE),
            }
        }
    }
}

/// Pulls the plan's batches into the queue; while the client is slow, others have the turn.
async fn produce(
    plan: Arc<dyn ExecutionPlan>,
    task: Arc<TaskContext>,
    mut turn: Option<Turn>,
    sender: &Sender<Result<RecordBatch, Fault>>,
) -> Result<(), Fault> {
    let options = task.session_config().options();
    let context = options.extensions.get::<Context>();
    let failure = context.map(|context| context.failure.clone());
    let fault = |error: DataFusionError| {
        let noted = failure.as_ref().and_then(|noted| noted.cause_of(&error));
        noted.unwrap_or_else(|| from_datafusion(&error))
    };
    let mut batches = execute_stream(plan, Arc::clone(&task)).map_err(fault)?;
    while let Some(batch) = batches.next().await {
        let batch = batch.map_err(fault)?;
        if batch.num_rows() == 0 {
            continue;
        }
        let place = match sender.try_reserve() {
            Ok(place) => place,
            Err(mpsc::error::TrySendError::Closed(())) => return Ok(()),
            Err(mpsc::error::TrySendError::Full(())) => {
                if let Some(turn) = &mut turn {
                    turn.pause();
                }
                let Ok(place) = sender.reserve().await else {
                    return Ok(());
                };
                if let Some(turn) = &mut turn {
                    turn.resume().await;
                }
                place
            }
        };
        place.send(Ok(batch));
    }
    Ok(())
}

impl Execution {
    /// The next batch; `None` at the end.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub(crate) async fn next(&mut self) -> Option<Result<RecordBatch, Fault>> {
        self.batches.recv().await
    }
}

impl Drop for Execution {
    fn drop(&mut self) {
        self.task.abort();
    }
}
