//! Lets the two ends of a stream work at the same time.

use datafusion::error::DataFusionError;
use futures::{Stream, StreamExt};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Items that are made before they are asked for: about as many as are taken at once where a table is
/// written.
const WAITING: usize = 6;

/// The same items, made on a thread of their own, a few ahead of who takes them. `broken` is what
/// that thread's end by accident is told as.
///
/// The stream is gone when its end is seen, and soon after its reader is dropped.
pub(super) fn ahead<T, E>(
    stream: impl Stream<Item = Result<T, E>> + Send + 'static,
    broken: impl FnOnce() -> E + Send + 'static,
) -> impl Stream<Item = Result<T, E>> + Send + 'static
where
    T: Send + 'static,
    E: Send + 'static,
{
    let (send, receive) = mpsc::channel(WAITING);
    let (handle, span) = (Handle::current(), tracing::Span::current());
    tokio::task::spawn_blocking(move || {
        let _entered = span.entered();
        let mut stream = Box::pin(stream);
        handle.block_on(async move {
            while let Some(item) = stream.next().await {
                if send.send(Some(item)).await.is_err() {
                    return;
                }
            }
            drop(stream);
            // Whoever does not listen any more needs no end.
            let _unheard = send.send(None).await;
        });
    });
    futures::stream::unfold(
        Some((receive, broken)),
        |reading: Option<(mpsc::Receiver<_>, _)>| async move {
            let (mut receive, broken) = reading?;
            match receive.recv().await {
                Some(Some(item)) => Some((item, Some((receive, broken)))),
                Some(None) => None,
                None => Some((Err(broken()), None)),
            }
        },
    )
}

/// Says that work beside the run's own ended by accident.
pub(super) fn broken(what: &str) -> DataFusionError {
    DataFusionError::Internal(format!("{what} broke down"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn items_come_in_order_with_their_end() {
        let numbers = futures::stream::iter((0..100).map(Ok::<_, &str>));
        let read: Vec<_> = ahead(numbers, || "broken").collect().await;
        assert_eq!(read, (0..100).map(Ok).collect::<Vec<_>>());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_stream_that_breaks_down_does_not_look_ended() {
        let numbers = futures::stream::iter(0..3).map(|number| {
            assert!(number < 2, "told to break down");
            Ok::<_, &str>(number)
        });
        let read: Vec<_> = ahead(numbers, || "broken").collect().await;
        assert_eq!(read, [Ok(0), Ok(1), Err("broken")]);
    }
}
