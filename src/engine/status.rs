//! Schema `syllabase`: what nights did, as tables, and why numbers changed.
//!
//! Rows are made of the documents in the snapshot store when a table is scanned, a thousand at a
//! time, up to the publications that the catalog pins: a transaction sees one state, and who travels
//! in time sees what was known then. The tables are declared in `schemas/syllabase.toml`.

mod change;
mod rows;

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use chrono::{DateTime, SecondsFormat, Utc};
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::PartitionStream;
use tokio::sync::mpsc::Sender;

use crate::engine::catalog::{DeclaredTable, RelationColumn, TablePart, arrow_schema};
use crate::engine::functions::Context;
use crate::ident::{ProductName, TenantId};
use crate::pg::text::{Reader, Style};
use crate::pg::{ClientFault, Fault};
use crate::snapshot::{self, LogEntry, Store};
use rows::Source;

/// Rows of one batch.
const BATCH_ROWS: usize = 1_024;
/// Batches made ahead of their reader.
const AHEAD: usize = 2;

/// What nights did for one tenant, up to the snapshots that a catalog pins.
pub(crate) struct Status {
    store: Store,
    tenant: TenantId,
    /// Each product with the number of its pinned snapshot; 0 for none.
    products: Vec<(ProductName, u64)>,
    /// The time travelled to.
    until: Option<DateTime<Utc>>,
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Status")
            .field("tenant", &self.tenant)
            .field("products", &self.products)
            .finish_non_exhaustive()
    }
}

impl Status {
    pub(crate) fn new(
        store: Store,
        tenant: TenantId,
        products: Vec<(ProductName, u64)>,
        until: Option<DateTime<Utc>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            store,
            tenant,
            products,
            until,
        })
    }

    /// The declared tables with where their rows come from.
    pub(crate) fn tables(self: &Arc<Self>, declared: &[DeclaredTable]) -> Vec<TablePart> {
        let tables = declared.iter().map(|table| TablePart {
            provider: self.provider(table),
            rows: 0,
            bytes: 0,
        });
        tables.collect()
    }

    fn provider(self: &Arc<Self>, table: &DeclaredTable) -> Option<Arc<dyn TableProvider>> {
        let columns = &table.class.columns;
        let scan = Scan {
            status: Arc::clone(self),
            source: Source::of(&table.class.name)?,
            columns: columns.clone().into(),
            schema: arrow_schema(columns),
        };
        let schema = Arc::clone(&scan.schema);
        let table = StreamingTable::try_new(schema, vec![Arc::new(scan)]).ok()?;
        Some(Arc::new(table))
    }

    /// The publications of a product that are known here, oldest first.
    fn log(&self, product: &ProductName) -> Result<Vec<LogEntry>, snapshot::Error> {
        let newest = self.products.iter().find(|(known, _)| known == product);
        let newest = newest.map_or(0, |(_, number)| *number);
        let mut log = self.store.log(&self.tenant, product)?;
        log.retain(|entry| entry.number <= newest);
        Ok(log)
    }
}

/// One scan of a table.
#[derive(Debug)]
struct Scan {
    status: Arc<Status>,
    source: Source,
    columns: Arc<[RelationColumn]>,
    schema: SchemaRef,
}

impl PartitionStream for Scan {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, task: Arc<TaskContext>) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.schema);
        let mut stream = RecordBatchReceiverStreamBuilder::new(Arc::clone(&schema), AHEAD);
        let options = task.session_config().options();
        let began = options.extensions.get::<Context>();
        let now =
            began.and_then(|context| DateTime::from_timestamp_micros(context.transaction_start));
        let mut sink = Sink {
            batches: stream.tx(),
            columns: Arc::clone(&self.columns),
            schema,
            rows: Vec::new(),
        };
        let (status, source) = (Arc::clone(&self.status), self.source);
        stream.spawn_blocking(move || {
            let now = status.until.or(now).unwrap_or_default();
            let made = source.rows(&status, now, &mut sink);
            match made.and_then(|()| sink.flush()) {
                Ok(()) | Err(Stop::Gone) => Ok(()),
                Err(Stop::Fault(fault)) => Err(DataFusionError::External(Box::new(*fault))),
            }
        });
        stream.build()
    }
}

/// Why no more rows are made.
#[derive(Debug)]
enum Stop {
    /// Nobody reads them any more.
    Gone,
    /// They cannot be made.
    Fault(Box<Fault>),
}

impl From<snapshot::Error> for Stop {
    fn from(error: snapshot::Error) -> Self {
        tracing::error!(
            cause = crate::telemetry::chain(&error),
            "what nights did cannot be read"
        );
        Self::from(error.client_fault())
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

/// Takes rows and sends them on in batches.
struct Sink {
    batches: Sender<Result<RecordBatch, DataFusionError>>,
    columns: Arc<[RelationColumn]>,
    schema: SchemaRef,
    rows: Vec<Vec<Option<String>>>,
}

impl Sink {
    /// Takes one row: values as PostgreSQL reads them, in the order of the columns.
    fn push(&mut self, row: Vec<Option<String>>) -> Result<(), Stop> {
        self.rows.push(row);
        if self.rows.len() < BATCH_ROWS {
            return Ok(());
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), Stop> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.rows);
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        for (at, column) in self.columns.iter().enumerate() {
            let mut reader = Reader::new(column.kind, &Style::default(), 0)?;
            for row in &rows {
                match row.get(at).and_then(Option::as_deref) {
                    Some(text) => reader.append(text)?,
                    None => reader.append_null(),
                }
            }
            arrays.push(reader.finish()?);
        }
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays)
            .map_err(|_| Fault::internal("a row of the status schema has another shape"))?;
        let sent = self.batches.blocking_send(Ok(batch));
        sent.map_err(|_| Stop::Gone)
    }
}

/// A time as PostgreSQL reads it.
fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests;
