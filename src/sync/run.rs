//! The one path from a source to a published snapshot.

mod load;
mod progress;
mod stage;
mod verdict;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

pub(super) use self::progress::Progress;
use super::source;
use super::{Error, Job};
use crate::ident::SnapshotId;
use crate::snapshot::{
    Ending, Forgotten, Published, Report, RunLock, RunRecord, RunSummary, Running, Sealed, Store,
    TableReport,
};
use crate::telemetry::{self, chain};

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
    run_telling(store, job, stop, |_| {}).await
}

/// One table of a run is done: how many of how many are, and what became of it.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Tables that are done.
    pub done: usize,
    /// Tables of the product.
    pub tables: usize,
    /// What became of the last one.
    pub report: &'a TableReport,
}

/// What a run tells of itself while it is at work.
#[derive(Debug, Clone, Copy)]
pub enum Told<'a> {
    /// A table is done.
    Step(Step<'a>),
    /// How far it is inside a table, every `limits.sync.progress`.
    Within(&'a Running),
}

/// Who is told.
#[derive(Clone)]
struct Tell(Arc<Mutex<dyn Fn(Told<'_>) + Send>>);

impl Tell {
    fn say(&self, told: Told<'_>) {
        let tell = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tell(told);
    }

    fn within(&self, running: &Running) {
        self.say(Told::Within(running));
    }
}

/// The same as [`fn@run`], and tells how it goes, table by table and within long ones.
pub async fn run_telling(
    store: &Store,
    job: Job,
    stop: CancellationToken,
    tell: impl Fn(Told<'_>) + Send + 'static,
) -> Result<Finished, Error> {
    let (store, handle) = (store.clone(), Handle::current());
    let tell = Tell(Arc::new(Mutex::new(tell)));
    let (tables, every) = (job.product.tables.len(), job.limits.progress);
    let progress = Progress::new(store.clock().now(), every, tables);
    let place = (job.tenant.clone(), job.product.name.clone());
    let counted = Arc::downgrade(&progress);
    let telling = progress::tell(counted, every, store.clone(), place, tell.clone());
    // It ends with what is counted, which is the run's.
    drop(telemetry::spawn("sync_progress", telling));
    let span = tracing::info_span!("sync_run", tenant = %job.tenant, product = %job.product.name);
    let work = move || {
        let _entered = span.entered();
        // Before anything else: that another run is at work is no failure of this one.
        let lock = store.lock(&job.tenant, &job.product.name)?;
        if made_since(&store, &job)? {
            return Err(Error::Made);
        }
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
            forgotten: None,
            store,
            job,
            tell,
            progress,
        };
        let ended = run.all(lock);
        let (tenant, product) = (&run.job.tenant, &run.job.product.name);
        run.progress.end(&run.store, tenant, product);
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

/// Whether the night that a job is for had its run while this one waited for its turn.
fn made_since(store: &Store, job: &Job) -> Result<bool, Error> {
    let Some(night) = job.night else {
        return Ok(false);
    };
    let before = |run: &RunSummary| run.started_at < night;
    let runs = store.last_runs(&job.tenant, &job.product.name, before)?;
    let now = store.clock().now();
    let past = runs.iter().filter(|run| !run.of_the_future(now));
    let mut tonight = past.filter(|run| run.started_at >= night);
    Ok(tonight.any(|run| !matches!(run.ending, Ending::Failed { .. })))
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
    tell: Tell,
    progress: Arc<Progress>,
    /// What may not come back; None when nothing was erased.
    forgotten: Option<Arc<Mutex<Forgotten>>>,
}

impl Run {
    fn all(&mut self, lock: RunLock) -> Result<Made, Error> {
        let product = Arc::clone(&self.job.product);
        let forgotten = self.store.forgotten(&self.job.tenant, &product)?;
        self.forgotten = (!forgotten.is_empty()).then(|| Arc::new(Mutex::new(forgotten)));
        self.job.check()?;
        let opened = source::open(&self.job.source, &self.job.limits);
        let source = self.wait(opened)?;
        let survey = self.wait(source.survey(&product))?;
        self.unknown.clone_from(&survey.unknown);
        let missing = product
            .tables
            .iter()
            .find(|table| table.required && !survey.tables.contains_key(table.name.as_str()));
        if let Some(missing) = missing {
            return Err(Error::Missing(missing.name.as_str().to_owned()));
        }
        let mut staging = self.store.stage(lock, self.job.limits.row_group_rows)?;
        for (number, table) in (1..).zip(&product.tables) {
            let began = Instant::now();
            self.progress.begin(table.name.as_str(), number);
            let found = survey.tables.get(table.name.as_str());
            let mut report = self.table(source.as_ref(), table, found, &mut staging)?;
            report.milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::info!(
                table = report.table,
                outcome = ?report.outcome,
                read = report.read,
                served = report.served,
                refused = report.quarantined,
                milliseconds = report.milliseconds,
                "table done"
            );
            self.report.tables.push(report);
            if let Some(report) = self.report.tables.last() {
                self.tell.say(Told::Step(Step {
                    done: self.report.tables.len(),
                    tables: product.tables.len(),
                    report,
                }));
            }
        }
        self.progress.begin("", product.tables.len());
        self.wait(source.settle(&product, &survey))?;
        // The rows are here: whatever the source holds for us ends now.
        drop(source);
        self.alive()?;
        self.check(&staging)?;
        if let Some(forgotten) = &self.forgotten {
            let mut forgotten = forgotten.lock().unwrap_or_else(PoisonError::into_inner);
            let (tenant, product) = (&self.job.tenant, &self.job.product.name);
            self.store
                .remember_forgotten(tenant, product, &mut forgotten)?;
        }
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
        let made = match self.doubts(&sealed, parent) {
            Some(reason) => {
                self.store.hold(&sealed, &reason)?;
                Made::Held(sealed.manifest().id.clone(), reason)
            }
            None => {
                let expected = parent.map_or(0, |parent| parent.number);
                let published = self.store.publish(sealed, expected)?;
                // One that waited since an earlier night is out of date now.
                if let Err(error) = self.store.discard_held(lock) {
                    tracing::error!(cause = chain(&error), "cannot remove a held snapshot");
                }
                Made::Published(published)
            }
        };
        // The snapshot is out; that old files stay a night longer does not unmake it.
        if let Err(error) = self.store.retain(lock, self.job.retention) {
            tracing::error!(cause = chain(&error), "cannot remove expired snapshots");
        }
        Ok(made)
    }

    /// Waits for what a source has to say, for as long as the run may go on.
    fn wait<T>(&self, asked: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let left = self
            .job
            .limits
            .deadline
            .saturating_sub(self.began.elapsed());
        self.handle.block_on(async {
            tokio::select! {
                () = self.stop.cancelled() => Err(Error::Stopped),
                said = tokio::time::timeout(left, asked) => said.unwrap_or(Err(Error::Deadline)),
            }
        })
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
                passing: error.passing(),
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
            Ending::Failed { reason, passing } => {
                tracing::error!(reason, passing, "sync failed");
            }
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
