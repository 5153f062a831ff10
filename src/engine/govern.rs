//! What a running statement may take: its turn, its memory, its spill files; and what errors become.

mod fault;
mod memory;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::execution::disk_manager::{DiskManager, DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::MemoryPool;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::limits::Limits;
use crate::ident::TenantId;
use crate::pg::{Fault, SqlState};

pub(crate) use fault::{from_arrow, from_datafusion, incident};
use memory::{QueryPool, Ration};

/// Divides turns and memory among tenants.
#[derive(Debug)]
pub(crate) struct Governor {
    limits: Limits,
    spill: PathBuf,
    total: Arc<Ration>,
    tenants: Mutex<HashMap<TenantId, Arc<Share>>>,
}

/// What one tenant has of the server.
#[derive(Debug)]
pub(crate) struct Share {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    memory: Arc<Ration>,
}

/// A statement's right to run. Given back when dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    share: Arc<Share>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Governor {
    /// Makes a governor whose statements spill below `spill`.
    pub(crate) fn new(limits: Limits, spill: PathBuf) -> Self {
        let total = Ration::new(limits.memory.total_bytes, None);
        Self {
            limits,
            spill,
            total,
            tenants: Mutex::default(),
        }
    }

    /// The limits it holds everybody to.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// One tenant's share; made when the tenant is first seen, kept while anything of it runs.
    pub(crate) fn share(&self, tenant: &TenantId) -> Arc<Share> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = tenants.get(tenant) {
            return Arc::clone(share);
        }
        // A share nobody holds is idle; a new one in its place is the same.
        tenants.retain(|_, share| Arc::strong_count(share) > 1);
        let share = Arc::new(Share {
            turns: Arc::new(Semaphore::new(self.limits.concurrency.running_per_tenant)),
            waiting: AtomicUsize::new(0),
            memory: Ration::new(
                self.limits.memory.per_tenant_bytes,
                Some(Arc::clone(&self.total)),
            ),
        });
        tenants.insert(tenant.clone(), Arc::clone(&share));
        share
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// 53400 when too many wait already or the wait is too long.
    ///
    /// # Cancel safety
    /// Dropping the future gives the place in the queue back.
    pub(crate) async fn turn(&self, share: &Arc<Share>) -> Result<Turn, Fault> {
        let refused = |message: &str| {
            Err(Fault::new(SqlState::CONFIGURATION_LIMIT_EXCEEDED, message)
                .hint("Wait for the statements that are running, or run fewer at once."))
        };
        let turns = Arc::clone(&share.turns);
        if let Ok(permit) = Arc::clone(&turns).try_acquire_owned() {
            return Ok(Turn {
                share: Arc::clone(share),
                permit: Some(permit),
            });
        }
        let place = Waiting::new(share);
        if place.number > self.limits.concurrency.queued_per_tenant {
            return refused("too many statements are waiting to run");
        }
        match tokio::time::timeout(self.limits.concurrency.wait, turns.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Turn {
                share: Arc::clone(share),
                permit: Some(permit),
            }),
            Ok(Err(_)) => Err(Fault::internal("the queue of statements was closed")),
            Err(_) => refused("statement waited too long for others to finish"),
        }
    }

    /// The memory of one statement: bounded by itself, its tenant and the server.
    pub(crate) fn memory(&self, share: &Share) -> Arc<dyn MemoryPool> {
        let ration = Ration::new(
            self.limits.memory.per_query_bytes,
            Some(Arc::clone(&share.memory)),
        );
        Arc::new(QueryPool::new(ration))
    }

    /// The spill files of one statement.
    pub(crate) fn spill(&self) -> Result<Arc<DiskManager>, Fault> {
        let running = u64::try_from(self.limits.concurrency.running_per_tenant)
            .unwrap_or(1)
            .max(1);
        let bytes = self
            .limits
            .memory
            .spill_per_query_bytes
            .min(self.limits.memory.spill_total_bytes / running);
        DiskManagerBuilder::default()
            .with_mode(DiskManagerMode::Directories(vec![self.spill.clone()]))
            .with_max_temp_directory_size(bytes)
            .build()
            .map(Arc::new)
            .map_err(|error| from_datafusion(&error))
    }
}

impl Turn {
    /// Lets others run while this statement waits for its client.
    pub(crate) fn pause(&mut self) {
        self.permit = None;
    }

    /// Runs again when there is room.
    pub(crate) async fn resume(&mut self) {
        if self.permit.is_none() {
            self.permit = Arc::clone(&self.share.turns).acquire_owned().await.ok();
        }
    }
}

/// A place in a tenant's queue.
struct Waiting<'a> {
    share: &'a Share,
    number: usize,
}

impl<'a> Waiting<'a> {
    fn new(share: &'a Share) -> Self {
        let number = share.waiting.fetch_add(1, Ordering::SeqCst) + 1;
        Self { share, number }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.share.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn governor() -> (Governor, Arc<Share>) {
        let mut limits = Limits::default();
        limits.concurrency.running_per_tenant = 1;
        limits.concurrency.queued_per_tenant = 1;
        limits.concurrency.wait = Duration::from_millis(20);
        limits.memory.per_query_bytes = 1_000;
        limits.memory.per_tenant_bytes = 1_500;
        let governor = Governor::new(limits, std::env::temp_dir());
        let share = governor.share(&"acme".parse().unwrap());
        (governor, share)
    }

    #[tokio::test]
    async fn a_full_queue_and_a_long_wait_are_refused() {
        let (governor, share) = governor();
        let mut first = governor.turn(&share).await.unwrap();
        let waited = governor.turn(&share);
        let crowded = async {
            tokio::task::yield_now().await;
            governor.turn(&share).await
        };
        let (waited, crowded) = tokio::join!(waited, crowded);
        assert_eq!(
            waited.unwrap_err().message,
            "statement waited too long for others to finish"
        );
        assert_eq!(
            crowded.unwrap_err().message,
            "too many statements are waiting to run"
        );
        first.pause();
        let second = governor.turn(&share).await.unwrap();
        drop(second);
        first.resume().await;
        assert!(first.permit.is_some());
    }

    #[test]
    fn memory_is_bounded_per_query_and_per_tenant() {
        use datafusion::execution::memory_pool::MemoryConsumer;
        let (governor, share) = governor();
        let (one, two) = (governor.memory(&share), governor.memory(&share));
        let first = MemoryConsumer::new("first").register(&one);
        let second = MemoryConsumer::new("second").register(&two);
        assert!(first.try_grow(1_001).is_err());
        first.try_grow(1_000).unwrap();
        assert!(second.try_grow(501).is_err());
        second.try_grow(500).unwrap();
        drop(first);
        second.try_grow(500).unwrap();
    }
}
