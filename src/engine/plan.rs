//! Threads that parse, analyse and plan: work that recurses as deep as a statement is nested.
//!
//! Their stacks are large, so that no statement within the limits can overflow one. They are few,
//! and the queue before them is short, so that planning cannot starve what already runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::engine::govern::incident;
use crate::pg::{Fault, SqlState};

type Job = Box<dyn FnOnce() + Send>;

/// Jobs that may wait for a thread; each is one session's, so sessions wait, not memory grows.
const QUEUE: usize = 1_024;

/// The planning threads; they end when this is dropped.
#[derive(Debug)]
pub(crate) struct Planners {
    jobs: SyncSender<Job>,
}

impl Planners {
    /// Starts `threads` threads with stacks of `stack` bytes.
    pub(crate) fn start(threads: usize, stack: usize) -> Result<Self, Fault> {
        let (jobs, queue) = sync_channel::<Job>(QUEUE);
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..threads.max(1) {
            let queue = Arc::clone(&queue);
            std::thread::Builder::new()
                .name(format!("plan-{number}"))
                .stack_size(stack)
                .spawn(move || work(&queue))
                .map_err(|_| Fault::internal("a planning thread could not be started"))?;
        }
        Ok(Self { jobs })
    }

    /// Runs one piece of work on a planning thread. A panic there ends the statement, nothing else.
    ///
    /// # Cancel safety
    /// When the caller stops waiting, work that has begun runs to its end and its result is dropped.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(move || {
            if answer.is_closed() {
                return;
            }
            let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
                Err(incident("planning panicked", &panic_text(panic.as_ref())))
            });
            if answer.send(outcome).is_err() {
                tracing::debug!("nobody waited for a plan");
            }
        });
        match self.jobs.try_send(job) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                return Err(Fault::new(
                    SqlState::CONFIGURATION_LIMIT_EXCEEDED,
                    "too many statements are waiting to be planned",
                ));
            }
            Err(TrySendError::Disconnected(_)) => {
                return Err(Fault::internal("the planning threads are gone"));
            }
        }
        result
            .await
            .unwrap_or_else(|_| Err(Fault::internal("a planning thread ended")))
    }
}

/// Takes jobs until the sender is gone.
fn work(queue: &Mutex<Receiver<Job>>) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(),
            Err(_) => return,
        }
    }
}

/// The text of a panic, when it has one.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => String::from("no text"),
    }
}
