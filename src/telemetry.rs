//! How running code tells what it does: the log, error chains, named tasks.

use std::error::Error;
use std::fmt::Write;
use std::future::Future;
use std::io;

use tokio::task::JoinHandle;
use tracing::Instrument;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

/// Begins the log of this process, on standard error: lines for people, or one JSON object each.
///
/// # Errors
/// When the filter is not one. A log that has begun already stays as it is.
pub fn begin_log(json: bool, filter: &str) -> Result<(), ParseError> {
    let filter = EnvFilter::try_new(filter)?;
    let log = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_env_filter(filter)
        .with_ansi(false);
    let begun = if json {
        log.json().flatten_event(true).try_init()
    } else {
        log.try_init()
    };
    // The only failure is that there is a log already.
    drop(begun);
    Ok(())
}

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
