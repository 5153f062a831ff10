//! Sources across a connection, each a real one: the same rows come as from files, and what breaks
//! off fails that run only.

mod api;
mod histories;
mod objects;
mod postgres;
mod proxy;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::row::{RowConverter, SortField};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use syllabase::clock::Clock;
use syllabase::config::limits::SyncLimits;
use syllabase::schema::Product;
use syllabase::snapshot::{Policy, Published, Store};
use syllabase::sync::source::demo::{Flavour, Options};
use syllabase::sync::{Error, Finished, Job, run};
use syllabase::telemetry::chain;
use syllabase::tenant::{Clocks, ExtraColumns, SourceKeys, SourceSettings};
use tokio_util::sync::CancellationToken;

/// Rows at the edges of their types.
const EDGE: Options = Options {
    seed: 11,
    people: 90,
    today: chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
    flavour: Flavour::Edge,
};

/// When every run begins, which is what impossible stamps of devices are put right to.
const NOW: i64 = 1_795_377_600_000_000;

/// A store and the job that fills it.
struct Night {
    _folder: tempfile::TempDir,
    store: Store,
    job: Job,
}

impl Night {
    fn new(product: &Arc<Product>, source: SourceSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            store: Store::open(folder.path(), Clock::fixed(NOW)).unwrap(),
            _folder: folder,
            job: Job {
                tenant: "acme".parse().unwrap(),
                product: Arc::clone(product),
                source,
                extra_columns: ExtraColumns::default(),
                may_be_empty: std::collections::BTreeSet::new(),
                clocks: Clocks::default(),
                limits: SyncLimits::default(),
                retention: Policy::default(),
                accept_shrinking: false,
                night: None,
            },
        }
    }

    async fn run(&self) -> Result<Finished, Error> {
        run(&self.store, self.job.clone(), CancellationToken::new()).await
    }

    async fn good(&self) -> Arc<Published> {
        let finished = self.run().await;
        let finished = finished.unwrap_or_else(|error| panic!("{}", chain(&error)));
        for table in &finished.report.tables {
            assert_eq!(table.quarantined, 0, "{}: {:?}", table.table, table.reasons);
        }
        finished.published.unwrap()
    }

    /// Runs and says why that failed; readers still have `before`.
    async fn bad(&self, before: Option<&Published>) -> String {
        let said = match self.run().await {
            Ok(_) => panic!("the run did not fail"),
            Err(error) => chain(&error),
        };
        let (tenant, product) = (&self.job.tenant, &self.job.product.name);
        let current = self.store.current(tenant, product).unwrap();
        let id = |published: &Published| published.id.clone();
        assert_eq!(current.as_deref().map(id), before.map(id), "{said}");
        said
    }
}

/// The interpreter that has the servers that are written in Python.
pub(crate) fn python() -> PathBuf {
    let folder = std::env::var_os("SYLLABASE_TEST_VENV").expect("SYLLABASE_TEST_VENV, set by make");
    Path::new(&folder).join("bin/python")
}

/// The checked settings of `[sources.PRODUCT]`.
pub(crate) fn settings(keys: SourceKeys) -> SourceSettings {
    keys.check()
        .unwrap_or_else(|(key, reason)| panic!("{key}: {reason}"))
}

/// The rows of a table in the order of its files.
fn rows(published: &Published, table: &str) -> RecordBatch {
    let mut batches = Vec::new();
    for path in published.files(table) {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap());
        batches.extend(reader.unwrap().build().unwrap().map(Result::unwrap));
    }
    let schema = batches.first().expect("a batch").schema();
    arrow::compute::concat_batches(&schema, &batches).unwrap()
}

/// The same rows sorted by all columns.
fn sorted(rows: &RecordBatch) -> RecordBatch {
    let schema = rows.schema();
    let kinds = schema.fields().iter();
    let kinds = kinds.map(|field| SortField::new(field.data_type().clone()));
    let converter = RowConverter::new(kinds.collect()).unwrap();
    let keys = converter.convert_columns(rows.columns()).unwrap();
    let mut order: Vec<u32> = (0..u32::try_from(rows.num_rows()).unwrap()).collect();
    order.sort_by_key(|row| keys.row(*row as usize));
    arrow::compute::take_record_batch(rows, &UInt32Array::from(order)).unwrap()
}

/// Asserts that two snapshots hold the same rows in every table; says how many.
fn assert_same(product: &Product, ours: &Published, theirs: &Published) -> usize {
    let mut count = 0;
    for table in &product.tables {
        let name = table.name.as_str();
        let entries = [ours, theirs].map(|one| one.table(name).unwrap().rows);
        assert_eq!(entries[0], entries[1], "rows of {name}");
        if entries[0] == 0 {
            continue;
        }
        let [ours, theirs] = [ours, theirs].map(|one| match table.primary_key() {
            // Rows without a key come in the source's order, which a database does not promise.
            [] => sorted(&rows(one, name)),
            _ => rows(one, name),
        });
        for (at, field) in ours.schema().fields().iter().enumerate() {
            assert_eq!(
                ours.column(at),
                theirs.column(at),
                "{name}.{}",
                field.name()
            );
        }
        count += ours.num_rows();
    }
    count
}
