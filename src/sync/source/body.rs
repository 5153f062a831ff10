//! Bytes on their way from a connection into a scratch file, from where the readers take them.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};

use crate::config::limits::SyncLimits;

/// A scratch file; dropped, it is gone. A reader that has it open keeps reading.
#[derive(Debug)]
pub(super) struct Body {
    path: PathBuf,
}

impl Body {
    /// Writes a stream of bytes into a file in `scratch`; on an error says how far it came and why
    /// not further.
    pub(super) async fn fetch(
        bytes: impl Stream<Item = Result<Bytes, String>> + Unpin,
        expected: Option<u64>,
        scratch: &Path,
        limits: &SyncLimits,
    ) -> Result<Self, (u64, String)> {
        let path = scratch.join(format!("fetched-{:016x}", rand::random::<u64>()));
        let body = Self { path };
        let mut fetched = 0;
        match body.write(bytes, &mut fetched, limits).await {
            Ok(()) => {}
            Err(reason) => return Err((fetched, reason)),
        }
        match expected.filter(|expected| *expected != fetched) {
            Some(expected) => Err((fetched, format!("it should have {expected} bytes"))),
            None => Ok(body),
        }
    }

    async fn write(
        &self,
        mut bytes: impl Stream<Item = Result<Bytes, String>> + Unpin,
        fetched: &mut u64,
        limits: &SyncLimits,
    ) -> Result<(), String> {
        let local = |error: std::io::Error| format!("cannot write a scratch file: {error}");
        let mut file = File::create_new(&self.path).map_err(local)?;
        while let Some(next) = in_time(limits.stall, bytes.next()).await? {
            let next = next?;
            *fetched += next.len() as u64;
            if *fetched > limits.spill_bytes {
                return Err(format!(
                    "it is over the limit of {} bytes",
                    limits.spill_bytes
                ));
            }
            file.write_all(&next).map_err(local)?;
        }
        file.flush().map_err(local)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        // The folder is removed after the run whatever is left in it.
        drop(fs::remove_file(&self.path));
    }
}

/// Waits for the other side, but not for ever.
pub(super) async fn in_time<T>(
    wait: Duration,
    asked: impl Future<Output = T>,
) -> Result<T, String> {
    let silent = |_| format!("the source sent nothing for {} s", wait.as_secs());
    tokio::time::timeout(wait, asked).await.map_err(silent)
}
