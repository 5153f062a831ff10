//! How far a run is inside a table: counted where rows pass, told at intervals by a task of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::Tell;
use crate::ident::{ProductName, TenantId};
use crate::snapshot::{Running, Store};
use crate::telemetry::chain;

/// The log has a line so often at most; who watches sees more.
const LOG_EVERY: Duration = Duration::from_mins(1);

/// What is counted while a run is at work.
#[derive(Debug)]
pub(in crate::sync) struct Progress {
    started_at: DateTime<Utc>,
    /// How often it is told.
    every: Duration,
    tables: usize,
    rows: AtomicU64,
    bytes: AtomicU64,
    written: AtomicU64,
    all_rows: AtomicU64,
    at: Mutex<At>,
}

/// Which table a run is at.
#[derive(Debug)]
struct At {
    table: String,
    number: usize,
    since: Instant,
    /// Whether a document tells of the run.
    told: bool,
    ended: bool,
    logged: Instant,
}

impl Progress {
    /// Of a run that begins now.
    pub(super) fn new(started_at: DateTime<Utc>, every: Duration, tables: usize) -> Arc<Self> {
        let now = Instant::now();
        Arc::new(Self {
            started_at,
            every,
            tables,
            rows: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            written: AtomicU64::new(0),
            all_rows: AtomicU64::new(0),
            at: Mutex::new(At {
                table: String::new(),
                number: 0,
                since: now,
                told: false,
                ended: false,
                logged: now,
            }),
        })
    }

    /// The run comes to a table, or to what follows the last one.
    pub(super) fn begin(&self, table: &str, number: usize) {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        for count in [&self.rows, &self.bytes, &self.written] {
            count.store(0, Ordering::Relaxed);
        }
        table.clone_into(&mut at.table);
        (at.number, at.since) = (number, Instant::now());
    }

    /// Rows came.
    pub(in crate::sync) fn read(&self, rows: usize, bytes: usize) {
        for count in [&self.rows, &self.all_rows] {
            count.fetch_add(rows as u64, Ordering::Relaxed);
        }
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Rows were written.
    pub(super) fn wrote(&self, rows: usize) {
        self.written.fetch_add(rows as u64, Ordering::Relaxed);
    }

    /// Takes back what was told.
    pub(super) fn end(&self, store: &Store, tenant: &TenantId, product: &ProductName) {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        at.ended = true;
        if at.told
            && let Err(error) = store.tell_ended(tenant, product)
        {
            tracing::warn!(cause = chain(&error), "cannot take back how far a run is");
        }
    }

    fn now(&self, at: &At, now: DateTime<Utc>) -> Running {
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let every = u32::try_from(self.every.as_millis()).unwrap_or(u32::MAX);
        let place = [at.number, self.tables];
        let mut running = Running::at(self.started_at, (now, every), &at.table, place);
        running.rows = count(&self.rows);
        running.bytes = count(&self.bytes);
        running.written = count(&self.written);
        running.all_rows = count(&self.all_rows);
        running.seconds = at.since.elapsed().as_secs();
        running
    }

    /// Tells how far the run is: a document, whoever watches, and now and then the log. One that has
    /// ended tells nothing.
    fn told(&self, store: &Store, tenant: &TenantId, product: &ProductName) -> Option<Running> {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        if at.ended || at.number == 0 {
            return None;
        }
        let running = self.now(&at, store.clock().now());
        at.told = true;
        if let Err(error) = store.tell_running(tenant, product, &running) {
            tracing::warn!(cause = chain(&error), "cannot tell how far a run is");
        }
        // A line a table is logged anyhow; this one is of tables that take long.
        if at.since.max(at.logged).elapsed() >= LOG_EVERY {
            at.logged = Instant::now();
            tracing::info!(
                %tenant,
                %product,
                table = running.table,
                number = running.number,
                tables = running.tables,
                read = running.rows,
                bytes = running.bytes,
                written = running.written,
                seconds = running.seconds,
                "table at work"
            );
        }
        Some(running)
    }
}

/// Tells at intervals how far a run is, until it has ended.
pub(super) async fn tell(
    progress: Weak<Progress>,
    every: Duration,
    store: Store,
    (tenant, product): (TenantId, ProductName),
    to: Tell,
) {
    loop {
        tokio::time::sleep(every).await;
        let Some(progress) = progress.upgrade() else {
            return;
        };
        let (store, tenant, product) = (store.clone(), tenant.clone(), product.clone());
        let told = tokio::task::spawn_blocking(move || progress.told(&store, &tenant, &product));
        if let Ok(Some(running)) = told.await {
            to.within(&running);
        }
    }
}
