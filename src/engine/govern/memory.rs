//! Memory that is counted: of one statement, of its tenant, of the server.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::common::{DataFusionError, Result as PlanResult};
use datafusion::execution::memory_pool::{MemoryLimit, MemoryPool, MemoryReservation};

/// A number of bytes that is used up, inside a larger one.
#[derive(Debug)]
pub(super) struct Ration {
    used: AtomicUsize,
    limit: usize,
    outer: Option<Arc<Ration>>,
}

impl Ration {
    pub(super) fn new(limit: usize, outer: Option<Arc<Self>>) -> Arc<Self> {
        Arc::new(Self {
            used: AtomicUsize::new(0),
            limit,
            outer,
        })
    }

    /// Takes bytes from here and from every outer ration, or from none.
    fn take(&self, bytes: usize) -> bool {
        let add = |used: usize| used.checked_add(bytes).filter(|used| *used <= self.limit);
        let taken = self
            .used
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, add);
        if taken.is_err() {
            return false;
        }
        match &self.outer {
            Some(outer) if !outer.take(bytes) => {
                self.used.fetch_sub(bytes, Ordering::SeqCst);
                false
            }
            _ => true,
        }
    }

    /// Takes bytes that are in use already, whatever the limits say.
    fn force(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::SeqCst);
        if let Some(outer) = &self.outer {
            outer.force(bytes);
        }
    }

    fn give(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::SeqCst);
        if let Some(outer) = &self.outer {
            outer.give(bytes);
        }
    }
}

/// One statement's ration in the form DataFusion asks.
#[derive(Debug)]
pub(super) struct QueryPool {
    ration: Arc<Ration>,
}

impl QueryPool {
    pub(super) fn new(ration: Arc<Ration>) -> Self {
        Self { ration }
    }
}

impl fmt::Display for QueryPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl MemoryPool for QueryPool {
    fn name(&self) -> &'static str {
        "statement"
    }

    fn grow(&self, _: &MemoryReservation, additional: usize) {
        self.ration.force(additional);
    }

    fn shrink(&self, _: &MemoryReservation, shrink: usize) {
        self.ration.give(shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> PlanResult<()> {
        if self.ration.take(additional) {
            return Ok(());
        }
        Err(DataFusionError::ResourcesExhausted(format!(
            "{} needs {additional} more bytes",
            reservation.consumer().name()
        )))
    }

    fn reserved(&self) -> usize {
        self.ration.used.load(Ordering::SeqCst)
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.ration.limit)
    }
}
