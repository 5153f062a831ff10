//! How running code tells what it does: error chains, named tasks.

use std::error::Error;
use std::fmt::Write;
use std::future::Future;

use tokio::task::JoinHandle;
use tracing::Instrument;

/// An error and its causes in one line, outermost first.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        // Writing to a String cannot fail.
        if write!(text, ": {next}").is_err() {
            break;
        }
        cause = next.source();
    }
    text
}

/// Spawns a task that carries its name in every event it emits. The caller owns the handle.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that spawns"
)]
pub fn spawn<F>(name: &'static str, task: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(task.instrument(tracing::info_span!("task", name)))
}
