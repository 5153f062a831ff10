//! Rows on their way to a client: the only public stream, with its deadline and its cancel.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use arrow::array::{ArrayRef, StringViewArray};
use arrow::record_batch::RecordBatch;
use futures::{Stream, StreamExt, stream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::engine::exec::Execution;
use crate::engine::govern::from_arrow;
use crate::engine::session::Column;
use crate::pg::{Fault, SqlState};

/// The only public stream of rows: bounded, cancellable, gives everything back when dropped.
pub struct RowStream {
    /// The columns of every batch.
    pub columns: Arc<[Column]>,
    /// The batches; a batch's arrays are in the storage types of `columns`.
    pub batches: Pin<Box<dyn Stream<Item = Result<RecordBatch, Fault>> + Send>>,
}

impl std::fmt::Debug for RowStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowStream")
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

impl Stream for RowStream {
    type Item = Result<RecordBatch, Fault>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Option<Self::Item>> {
        self.batches.as_mut().poll_next(task)
    }
}

impl RowStream {
    /// Rows of text that are at hand.
    pub(crate) fn texts(columns: Vec<Column>, rows: &[Vec<String>]) -> Result<Self, Fault> {
        let column = |at: usize| {
            let values = rows.iter().map(|row| row.get(at));
            Arc::new(values.collect::<StringViewArray>()) as ArrayRef
        };
        let arrays = columns
            .iter()
            .enumerate()
            .map(|(at, named)| (&named.name, column(at)));
        let batch = RecordBatch::try_from_iter(arrays).map_err(|error| from_arrow(&error))?;
        Ok(Self {
            columns: columns.into(),
            batches: stream::iter([Ok(batch)]).boxed(),
        })
    }

    /// Rows of a running plan.
    pub(crate) fn running(
        columns: Arc<[Column]>,
        execution: Execution,
        activity: Activity,
    ) -> Self {
        let step = move |state: Option<(Execution, Activity)>| async move {
            let (mut execution, activity) = state?;
            match activity.during(execution.next()).await {
                Ok(Some(Ok(batch))) => Some((Ok(batch), Some((execution, activity)))),
                Ok(Some(Err(fault))) | Err(fault) => Some((Err(fault), None)),
                Ok(None) => None,
            }
        };
        Self {
            columns,
            batches: stream::unfold(Some((execution, activity)), step).boxed(),
        }
    }
}

/// What a session is doing, and how it is stopped. Shared by the session, its streams and its
/// [`CancelHandle`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Activity {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Between the first message of a round and its end.
    busy: AtomicBool,
    round: Mutex<Round>,
}

#[derive(Debug, Default)]
struct Round {
    cancelled: CancellationToken,
    /// When the statement that runs must have ended.
    deadline: Option<Instant>,
    /// `statement_timeout`, for the next statement.
    limit: Option<Duration>,
    /// Counts beginnings and ends.
    number: u64,
}

/// One statement of an [`Activity`], for those who work for it on another thread.
#[derive(Debug)]
pub(crate) struct Mark {
    number: u64,
    cancelled: CancellationToken,
    deadline: Option<Instant>,
}

impl Activity {
    fn round(&self) -> MutexGuard<'_, Round> {
        self.shared
            .round
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a statement: its time runs from here.
    pub(crate) fn begin(&self, limit: Option<Duration>) {
        self.shared.busy.store(true, Ordering::SeqCst);
        let mut round = self.round();
        round.number += 1;
        round.limit = limit;
        round.deadline = limit.map(|limit| Instant::now() + limit);
    }

    /// The statement that runs now.
    pub(crate) fn mark(&self) -> Mark {
        let round = self.round();
        Mark {
            number: round.number,
            cancelled: round.cancelled.clone(),
            deadline: round.deadline,
        }
    }

    /// Whether that statement ended, was cancelled or is out of time.
    pub(crate) fn is_over(&self, mark: &Mark) -> bool {
        mark.cancelled.is_cancelled()
            || mark
                .deadline
                .is_some_and(|deadline| Instant::now() > deadline)
            || self.round().number != mark.number
    }

    /// Ends a round of messages: a cancel that comes now finds nothing to cancel.
    pub(crate) fn end(&self) {
        self.shared.busy.store(false, Ordering::SeqCst);
        let mut round = self.round();
        round.number += 1;
        round.deadline = None;
        if round.cancelled.is_cancelled() {
            round.cancelled = CancellationToken::new();
        }
    }

    /// Cancels what runs, if anything does.
    pub(crate) fn cancel(&self) {
        if self.shared.busy.load(Ordering::SeqCst) {
            self.round().cancelled.cancel();
        }
    }

    /// Waits for work, until a cancel or the deadline comes first.
    ///
    /// # Errors
    /// 57014 in PostgreSQL's words for either.
    pub(crate) async fn during<T>(&self, work: impl Future<Output = T>) -> Result<T, Fault> {
        self.shared.busy.store(true, Ordering::SeqCst);
        let (cancelled, deadline) = {
            let mut round = self.round();
            // A portal or cursor that goes on in a new round has a new deadline.
            let limit = round.limit;
            let deadline = round
                .deadline
                .or_else(|| limit.map(|limit| Instant::now() + limit));
            round.deadline = deadline;
            (round.cancelled.clone(), deadline)
        };
        let overdue = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let message = tokio::select! {
            biased;
            () = cancelled.cancelled() => "canceling statement due to user request",
            () = overdue => "canceling statement due to statement timeout",
            outcome = work => return Ok(outcome),
        };
        let mut round = self.round();
        round.cancelled = CancellationToken::new();
        Err(Fault::new(SqlState::QUERY_CANCELED, message))
    }
}

/// Ends whatever the session is doing, from anywhere.
#[derive(Debug, Clone)]
pub struct CancelHandle {
    activity: Activity,
}

impl CancelHandle {
    pub(crate) fn new(activity: &Activity) -> Self {
        Self {
            activity: activity.clone(),
        }
    }

    /// Cancels the running statement (57014), if there is one.
    pub fn cancel(&self) {
        self.activity.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_cancel_ends_what_runs_and_nothing_later() {
        let activity = Activity::default();
        let handle = CancelHandle::new(&activity);
        handle.cancel();
        assert_eq!(activity.during(async { 1 }).await.unwrap(), 1);
        activity.begin(None);
        handle.cancel();
        let fault = activity
            .during(std::future::pending::<()>())
            .await
            .unwrap_err();
        assert_eq!(fault.message, "canceling statement due to user request");
        activity.end();
        handle.cancel();
        activity.begin(None);
        assert_eq!(activity.during(async { 2 }).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_statement_ends_at_its_deadline() {
        let activity = Activity::default();
        activity.begin(Some(Duration::from_millis(5)));
        let fault = activity
            .during(std::future::pending::<()>())
            .await
            .unwrap_err();
        assert_eq!(
            (fault.state, fault.message.as_str()),
            (
                SqlState::QUERY_CANCELED,
                "canceling statement due to statement timeout"
            )
        );
    }
}
