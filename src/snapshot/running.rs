//! How far a run at work has come, for whoever asks from outside: one small document, written anew at
//! intervals and gone with the run.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::manifest::time;
use super::{Error, FORMAT, Store, disk, layout};
use crate::ident::{ProductName, TenantId};

/// How often one is written anew has passed so many times, and a moment more, without that: then it is
/// of a run that was killed.
const SILENT_TIMES: i32 = 3;
const SILENT_MORE: TimeDelta = TimeDelta::seconds(10);

/// How far a run has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Running {
    format: u64,
    /// When it began.
    #[serde(with = "time")]
    pub started_at: DateTime<Utc>,
    /// When this was written.
    #[serde(with = "time")]
    pub told_at: DateTime<Utc>,
    /// How long after it the next is expected.
    pub every_ms: u32,
    /// The table it is at; empty once all are read and what holds among them is looked at.
    pub table: String,
    /// The number of that table, from 1.
    pub number: usize,
    /// Tables of the product.
    pub tables: usize,
    /// Rows of that table read so far.
    pub rows: u64,
    /// Bytes they took in memory.
    pub bytes: u64,
    /// Rows of that table that turned out new or changed and were written.
    pub written: u64,
    /// Rows of all tables read so far.
    pub all_rows: u64,
    /// How long it has been at that table.
    pub seconds: u64,
}

impl Running {
    /// How far a run is that is at a table it has not begun to read.
    pub fn at(
        started_at: DateTime<Utc>,
        (told_at, every_ms): (DateTime<Utc>, u32),
        table: &str,
        [number, tables]: [usize; 2],
    ) -> Self {
        Self {
            format: FORMAT,
            started_at,
            told_at,
            every_ms,
            table: table.to_owned(),
            number,
            tables,
            rows: 0,
            bytes: 0,
            written: 0,
            all_rows: 0,
            seconds: 0,
        }
    }
}

impl Store {
    /// Tells how far the run that has the lock is.
    ///
    /// # Errors
    /// A disk that refuses; the run need not mind.
    pub fn tell_running(
        &self,
        tenant: &TenantId,
        product: &ProductName,
        running: &Running,
    ) -> Result<(), Error> {
        let path = layout::running(&self.folder(tenant, product));
        disk::replace_document(&path, running)?;
        Ok(())
    }

    /// Tells that no run is at work any more.
    pub fn tell_ended(&self, tenant: &TenantId, product: &ProductName) -> Result<(), Error> {
        disk::remove_file(&layout::running(&self.folder(tenant, product)))
    }

    /// How far the run at work is, if one is that has told of itself.
    pub fn running(
        &self,
        tenant: &TenantId,
        product: &ProductName,
    ) -> Result<Option<Running>, Error> {
        let path = layout::running(&self.folder(tenant, product));
        let found = disk::read_document::<Running>(&path)?;
        let now = self.clock().now();
        let alive = |running: &Running| {
            let every = TimeDelta::milliseconds(running.every_ms.into());
            (now - running.told_at).abs() < every * SILENT_TIMES + SILENT_MORE
        };
        Ok(found.map(|(running, _)| running).filter(alive))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn a_run_that_is_silent_for_long_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let begin = 1_790_000_000_000_000;
        let store = Store::open(folder.path(), Clock::fixed(begin)).unwrap();
        let (tenant, product) = ("acme".parse().unwrap(), "shop".parse().unwrap());
        assert_eq!(store.running(&tenant, &product).unwrap(), None);
        let now = store.clock().now();
        let running = Running {
            rows: 7,
            ..Running::at(now, (now, 5_000), "orders", [2, 9])
        };
        store.tell_running(&tenant, &product, &running).unwrap();
        let told = || store.running(&tenant, &product).unwrap();
        assert_eq!(told(), Some(running));
        store.clock().set(begin + 24_000_000);
        assert!(told().is_some());
        store.clock().set(begin + 26_000_000);
        assert_eq!(told(), None);
        store.clock().set(begin);
        store.tell_ended(&tenant, &product).unwrap();
        assert_eq!(told(), None);
        store.tell_ended(&tenant, &product).unwrap();
    }
}
