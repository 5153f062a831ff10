//! The one path from a source to a published snapshot.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{UInt32Type, UInt64Type};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures::StreamExt;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::check::{Repeats, positions};
use super::conform::{Conform, FILE, LINE, row_text};
use super::quarantine::Quarantine;
use super::sort::{Sorter, stream};
use super::source::{self, Ask, Batches, Found, Refusal, Source};
use super::{Error, Job};
use crate::ident::SnapshotId;
use crate::schema::Table;
use crate::snapshot::{
    Ending, Outcome, Published, Reading, Report, RunLock, RunRecord, Sealed, Staging, Store,
    TableReport, file_schema_fingerprint,
};
use crate::telemetry::chain;

/// Tables with at most this many rows may shrink at will.
const SMALL_TABLE: u64 = 100;

/// What came of a run.
#[derive(Debug)]
pub struct Finished {
    /// The snapshot, unless it was held.
    pub published: Option<Arc<Published>>,
    /// Why the snapshot waits for a person.
    pub held: Option<String>,
    /// How it went, per table.
    pub report: Report,
    /// Names in the source that mean no declared table.
    pub unknown: Vec<String>,
}

/// Makes and publishes one snapshot. Nothing is published unless everything went well; what went
/// wrong is written into the history either way.
///
/// # Errors
/// [`crate::snapshot::Error::Busy`] inside [`Error::Store`] when another run is at work, which is
/// not a failed run.
///
/// # Cancel safety
/// Dropping the future does not stop the run; `stop` does.
pub async fn run(store: &Store, job: Job, stop: CancellationToken) -> Result<Finished, Error> {
    let (store, handle) = (store.clone(), Handle::current());
    let span = tracing::info_span!("sync_run", tenant = %job.tenant, product = %job.product.name);
    let work = move || {
        let _entered = span.entered();
        // Before anything else: that another run is at work is no failure of this one.
        let lock = store.lock(&job.tenant, &job.product.name)?;
        let mut run = Run {
            handle,
            stop,
            began: Instant::now(),
            report: Report {
                started_at: store.clock().now(),
                finished_at: store.clock().now(),
                tables: Vec::new(),
                changes: None,
            },
            unknown: Vec::new(),
            store,
            job,
        };
        let ended = run.all(lock);
        run.remember(&ended);
        let (published, held) = match ended? {
            Made::Published(published) => (Some(published), None),
            Made::Held(_, reason) => (None, Some(reason)),
        };
        Ok(Finished {
            published,
            held,
            report: run.report,
            unknown: run.unknown,
        })
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(ended) => ended,
        Err(_) => Err(Error::Broken),
    }
}

/// The snapshot a run made: published, or held and why.
enum Made {
    Published(Arc<Published>),
    Held(SnapshotId, String),
}

struct Run {
    store: Store,
    job: Job,
    handle: Handle,
    stop: CancellationToken,
    began: Instant,
    report: Report,
    unknown: Vec<String>,
}

impl Run {
    fn all(&mut self, lock: RunLock) -> Result<Made, Error> {
        let product = Arc::clone(&self.job.product);
        let opened = source::open(&self.job.source, &self.job.limits);
        let source = self.handle.block_on(opened)?;
        let survey = self.handle.block_on(source.survey(&product))?;
        self.unknown.clone_from(&survey.unknown);
        let missing = product
            .tables
            .iter()
            .find(|table| table.required && !survey.tables.contains_key(table.name.as_str()));
        if let Some(missing) = missing {
            return Err(Error::Missing(missing.name.as_str().to_owned()));
        }
        let mut staging = self.store.stage(lock, self.job.limits.row_group_rows)?;
        for table in &product.tables {
            let began = Instant::now();
            let found = survey.tables.get(table.name.as_str());
            let mut report = self.table(source.as_ref(), table, found, &mut staging)?;
            report.milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.report.tables.push(report);
        }
        self.handle.block_on(source.settle(&product, &survey))?;
        // The rows are here: whatever the source holds for us ends now.
        drop(source);
        self.alive()?;
        self.report.finished_at = self.store.clock().now();
        let parent = staging.parent().map(Arc::clone);
        let (sealed, lock) = staging.seal(self.report.clone())?;
        self.publish(sealed, parent.as_deref(), &lock)
    }

    fn publish(
        &self,
        sealed: Sealed,
        parent: Option<&Published>,
        lock: &RunLock,
    ) -> Result<Made, Error> {
        let shrunk = parent.and_then(|parent| self.shrunk(&sealed, parent));
        let made = match shrunk.filter(|_| !self.job.accept_shrinking) {
            Some(reason) => {
                self.store.hold(&sealed, &reason)?;
                Made::Held(sealed.manifest().id.clone(), reason)
            }
            None => {
                let expected = parent.map_or(0, |parent| parent.number);
                Made::Published(self.store.publish(sealed, expected)?)
            }
        };
        // The snapshot is out; that old files stay a night longer does not unmake it.
        if let Err(error) = self.store.retain(lock, self.job.retention) {
            tracing::error!(cause = chain(&error), "cannot remove expired snapshots");
        }
        Ok(made)
    }

    /// Says which table lost more rows than a night explains.
    fn shrunk(&self, sealed: &Sealed, parent: &Published) -> Option<String> {
        let percent = self.job.limits.shrink_percent as u64;
        sealed.manifest().tables.iter().find_map(|(name, table)| {
            let before = parent.table(name)?.rows;
            let lost = before.saturating_sub(table.rows);
            (before > SMALL_TABLE && lost.saturating_mul(100) > before.saturating_mul(percent))
                .then(|| format!("table {name} shrank from {before} to {} rows", table.rows))
        })
    }

    /// Stages one table: read it, or serve what is there already.
    fn table(
        &self,
        source: &dyn Source,
        table: &Table,
        found: Option<&Found>,
        staging: &mut Staging,
    ) -> Result<TableReport, Error> {
        let name = table.name.as_str();
        let shape = file_schema_fingerprint(&table.arrow_schema());
        let parent = staging.parent().map(Arc::clone);
        let earlier = parent.as_ref().and_then(|parent| parent.table(name));
        let earlier = earlier.filter(|earlier| earlier.schema == shape);
        match (found, earlier) {
            (Some(found), Some(earlier)) if found.mark.as_ref() == Some(&earlier.mark) => {
                staging.link(name, earlier, false)?;
                let tables = parent.as_ref().map(|parent| &parent.manifest.report.tables);
                let last = tables.and_then(|tables| tables.iter().find(|one| one.table == name));
                let report = last
                    .cloned()
                    .unwrap_or_else(|| empty_report(name, Outcome::Unchanged));
                Ok(TableReport {
                    outcome: Outcome::Unchanged,
                    served: earlier.rows,
                    ..report
                })
            }
            (Some(found), _) => self.load(source, table, found, staging),
            (None, Some(earlier)) => {
                staging.link(name, earlier, true)?;
                Ok(TableReport {
                    served: earlier.rows,
                    ..empty_report(name, Outcome::Stale)
                })
            }
            (None, None) => {
                let writer = staging.write(name, &table.arrow_schema(), &[])?;
                let reading = Reading {
                    mark: "absent".to_owned(),
                    ..Reading::default()
                };
                staging.add(name, writer, reading)?;
                Ok(empty_report(name, Outcome::Absent))
            }
        }
    }

    fn load(
        &self,
        source: &dyn Source,
        table: &Table,
        found: &Found,
        staging: &mut Staging,
    ) -> Result<TableReport, Error> {
        let name = table.name.as_str();
        let scratch = staging.scratch()?;
        let asked = source.read(table, found, Ask::Everything, &scratch);
        let batches = self.handle.block_on(asked)?;
        let now = self.report.started_at.timestamp_micros();
        let refused = Quarantine::new(staging, name, self.job.limits.quarantine_rows);
        let intake = Arc::new(Mutex::new(Intake {
            conform: Conform::new(Arc::new(table.clone()), now),
            refused,
            read: 0,
            stop: self.stop.clone(),
            failure: None,
        }));
        let prepare = |source| Error::Prepare {
            table: name.to_owned(),
            source: Box::new(source),
        };
        let sorter = Sorter::new(&self.job.limits, &scratch).map_err(prepare)?;
        let (mut rows, sorted) = pipeline(table, batches, &intake, &sorter).map_err(prepare)?;
        let schema = table.arrow_schema();
        let declared: Vec<usize> = (0..schema.fields().len()).collect();
        let mut writer = staging.write(name, &schema, &sorted)?;
        while let Some(batch) = self.handle.block_on(rows.next()) {
            self.alive()?;
            let batch = match batch {
                Ok(batch) => batch,
                Err(source) => {
                    let failure = taken(&intake).failure.take();
                    return Err(failure.unwrap_or_else(|| prepare(source)));
                }
            };
            let batch = batch
                .project(&declared)
                .map_err(|error| prepare(error.into()))?;
            writer.append(&batch)?;
        }
        drop(rows);
        let served = writer.rows();
        let Some(intake) = Arc::into_inner(intake) else {
            return Err(Error::Broken);
        };
        let intake = intake.into_inner().unwrap_or_else(PoisonError::into_inner);
        let report = self.account(name, intake, served, found)?;
        let reading = Reading {
            mark: found.mark.clone().unwrap_or_default(),
            watermark: None,
            complete_at: Some(self.report.started_at),
        };
        staging.add(name, writer, reading)?;
        Ok(report)
    }

    /// Counts, and refuses a table that does not add up or lost too much.
    fn account(
        &self,
        name: &str,
        intake: Intake,
        served: u64,
        found: &Found,
    ) -> Result<TableReport, Error> {
        let (read, refused) = (intake.read, intake.refused.rows());
        let report = TableReport {
            read,
            served,
            quarantined: refused,
            reasons: intake.refused.close()?,
            ignored_columns: intake.conform.ignored(),
            missing_columns: intake.conform.missing(),
            source_files: found.parts,
            source_bytes: found.bytes,
            ..empty_report(name, Outcome::Loaded)
        };
        if read != served + refused {
            return Err(Error::Unaccounted {
                table: name.to_owned(),
                read,
                served,
                refused,
            });
        }
        let limits = &self.job.limits;
        let too_many =
            refused.saturating_mul(100) > read.saturating_mul(limits.refused_percent as u64);
        if too_many && refused > limits.refused_rows_free as u64 {
            let worst = report.reasons.iter().max_by_key(|(_, count)| **count);
            return Err(Error::Refused {
                table: name.to_owned(),
                refused,
                read,
                reason: worst.map(|(reason, _)| reason.clone()).unwrap_or_default(),
            });
        }
        Ok(report)
    }

    /// Whether the run may go on.
    fn alive(&self) -> Result<(), Error> {
        if self.stop.is_cancelled() {
            return Err(Error::Stopped);
        }
        if self.began.elapsed() > self.job.limits.deadline {
            return Err(Error::Deadline);
        }
        Ok(())
    }

    fn remember(&self, ended: &Result<Made, Error>) {
        let ending = match ended {
            Ok(Made::Published(published)) => Ending::Published {
                number: published.number,
                snapshot: published.id.to_string(),
            },
            Ok(Made::Held(snapshot, reason)) => Ending::Held {
                snapshot: snapshot.to_string(),
                reason: reason.clone(),
            },
            Err(error) => Ending::Failed {
                reason: chain(error),
            },
        };
        match &ending {
            Ending::Published { number, .. } => {
                let rows: u64 = self.report.tables.iter().map(|table| table.served).sum();
                let refused: u64 = self
                    .report
                    .tables
                    .iter()
                    .map(|table| table.quarantined)
                    .sum();
                let seconds = self.began.elapsed().as_secs_f64();
                tracing::info!(number, rows, refused, seconds, "snapshot published");
            }
            Ending::Held { reason, .. } => tracing::error!(reason, "snapshot held"),
            Ending::Failed { reason } => tracing::error!(reason, "sync failed"),
        }
        let record = RunRecord::new(
            self.report.started_at,
            self.store.clock().now(),
            ending,
            self.report.tables.clone(),
            self.unknown.clone(),
        );
        let (tenant, product) = (&self.job.tenant, &self.job.product.name);
        if let Err(error) = self.store.remember(tenant, product, &record) {
            tracing::error!(cause = chain(&error), "cannot write the run's history");
        }
    }
}

/// Everything that is counted while rows of one table pass.
struct Intake {
    conform: Conform,
    refused: Quarantine,
    read: u64,
    stop: CancellationToken,
    /// Why reading stopped; DataFusion carries only that it did.
    failure: Option<Error>,
}

impl Intake {
    fn take(&mut self, batch: Result<source::RawBatch, Error>) -> Result<RecordBatch, Error> {
        let batch = batch?;
        if self.stop.is_cancelled() {
            return Err(Error::Stopped);
        }
        let file = Arc::clone(&batch.file);
        self.read += (batch.lines.len() + batch.refused.len()) as u64;
        let conformed = self.conform.batch(&batch)?;
        self.refused.take(&file, &conformed.refused)?;
        Ok(conformed.rows)
    }

    /// Refuses rows whose key was there before.
    fn repeats(&mut self, rows: &RecordBatch) -> Result<(), Error> {
        let (Some(files), Some(lines)) = (rows.column_by_name(FILE), rows.column_by_name(LINE))
        else {
            return Err(Error::Broken);
        };
        let files = files.as_primitive::<UInt32Type>().values();
        let lines = lines.as_primitive::<UInt64Type>().values();
        let mut refused: BTreeMap<u32, Vec<Refusal>> = BTreeMap::new();
        for (row, (file, line)) in files.iter().zip(lines.iter()).enumerate() {
            refused.entry(*file).or_default().push(Refusal {
                line: *line,
                column: None,
                reason: "the key is there already".to_owned(),
                detail: None,
                record: Some(row_text(rows, row)),
            });
        }
        for (file, refused) in refused {
            let file = self.conform.file(file);
            self.refused.take(&file, &refused)?;
        }
        Ok(())
    }

    fn fail(&mut self, error: Error) -> DataFusionError {
        self.failure.get_or_insert(error);
        DataFusionError::Execution("the rows ended early".to_owned())
    }
}

fn taken(intake: &Mutex<Intake>) -> MutexGuard<'_, Intake> {
    intake.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Read, converted, unrepeated and sorted rows, and by which columns they are sorted.
fn pipeline(
    table: &Table,
    batches: Batches,
    intake: &Arc<Mutex<Intake>>,
    sorter: &Sorter,
) -> Result<(SendableRecordBatchStream, Vec<usize>), DataFusionError> {
    let schema = Arc::clone(taken(intake).conform.schema());
    let shared = Arc::clone(intake);
    let converted = batches.map(move |batch| {
        let mut intake = taken(&shared);
        intake.take(batch).map_err(|error| intake.fail(error))
    });
    let rows = stream(Arc::clone(&schema), converted);
    let end = schema.fields().len();
    let position = [end.saturating_sub(2), end.saturating_sub(1)];
    let key = positions(&schema, table.primary_key());
    let wanted = positions(&schema, &table.sort);
    let mut rows = rows;
    let mut sorted = Vec::new();
    if !key.is_empty() {
        let by = [&key, position.as_slice()].concat();
        let mut repeats = Repeats::new(&schema, &key)?;
        let shared = Arc::clone(intake);
        let once = sorter.sort(rows, &by)?.map(move |batch| {
            let (first, again) = repeats.split(&batch?)?;
            let mut intake = taken(&shared);
            match intake.repeats(&again) {
                Ok(()) => Ok(first),
                Err(error) => Err(intake.fail(error)),
            }
        });
        rows = stream(Arc::clone(&schema), once);
        sorted = key.to_vec();
    }
    if !wanted.is_empty() && !sorted.starts_with(&wanted) {
        rows = sorter.sort(rows, &[&wanted, position.as_slice()].concat())?;
        sorted = wanted.to_vec();
    }
    Ok((rows, sorted))
}

fn empty_report(table: &str, outcome: Outcome) -> TableReport {
    TableReport {
        table: table.to_owned(),
        outcome,
        read: 0,
        served: 0,
        quarantined: 0,
        reasons: BTreeMap::new(),
        ignored_columns: Vec::new(),
        missing_columns: Vec::new(),
        source_files: 0,
        source_bytes: 0,
        changes: None,
        corrected: 0,
        flagged: 0,
        checks: Vec::new(),
        milliseconds: 0,
    }
}
