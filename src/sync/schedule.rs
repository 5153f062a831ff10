//! When runs begin: every night at a local time, once for a night that was missed, never two of
//! one tenant and product at once.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Error, Job, run};
use crate::config::limits::SyncLimits;
use crate::ident::{ProductName, TenantId};
use crate::snapshot::{self, Ending, RunSummary, Store};
use crate::telemetry;

/// How often the clock is looked at: a jump of the wall clock is noticed within this.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A time of day in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Night {
    /// The local time.
    pub at: NaiveTime,
    /// The zone.
    pub zone: Tz,
}

impl Default for Night {
    fn default() -> Self {
        Self {
            at: NaiveTime::from_hms_opt(3, 0, 0).unwrap_or_default(),
            zone: Tz::Africa__Nairobi,
        }
    }
}

impl Night {
    /// The latest beginning that is not after `now`.
    pub fn latest(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let today = now.with_timezone(&self.zone).date_naive();
        let days = (0..3).filter_map(|back| today.checked_sub_days(Days::new(back)));
        let mut begins = days.map(|day| self.on(day)).filter(|begin| *begin <= now);
        begins.next().unwrap_or(now)
    }

    /// The next beginning after `now`.
    pub fn next(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let today = now.with_timezone(&self.zone).date_naive();
        let days = (0..3).filter_map(|ahead| today.checked_add_days(Days::new(ahead)));
        let mut begins = days.map(|day| self.on(day)).filter(|begin| *begin > now);
        begins.next().unwrap_or(now)
    }

    /// The beginning on a local date. Twice-told time: the first; skipped time: right after the
    /// gap.
    fn on(&self, date: NaiveDate) -> DateTime<Utc> {
        let local = date.and_time(self.at);
        for minutes in (0..=24 * 60).step_by(15) {
            let told = self
                .zone
                .from_local_datetime(&(local + TimeDelta::minutes(minutes)));
            match told {
                LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => {
                    return time.to_utc();
                }
                LocalResult::None => {}
            }
        }
        local.and_utc()
    }
}

/// One job and when it is to run.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The job.
    pub job: Job,
    /// When.
    pub night: Night,
}

impl Planned {
    /// When the latest night began for this job.
    fn began(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let late = spread(&place(&self.job), self.job.limits.spread);
        self.night.latest(now - late) + late
    }

    /// The night to make now. A tenant that never ran is due from the first night after it was seen:
    /// its files may still be on their way.
    fn look(
        &self,
        store: &Store,
        now: DateTime<Utc>,
        known: &mut Known,
    ) -> Result<Option<DateTime<Utc>>, snapshot::Error> {
        let (tenant, product) = (&self.job.tenant, &self.job.product.name);
        let state = store.runs_changed(tenant, product)?;
        // A clock that went back may have gone before a night.
        let quiet = known.quiet.as_ref().is_some_and(|quiet| {
            let same = quiet.night == self.night && quiet.limits == self.job.limits;
            same && quiet.sure && quiet.runs == state && (quiet.from..quiet.until).contains(&now)
        });
        if quiet {
            return Ok(None);
        }
        let began = self.began(now);
        let before = |run: &RunSummary| run.started_at < began;
        let mut runs = store.last_runs(tenant, product, before)?;
        runs.retain(|run| !run.of_the_future(now));
        runs.reverse();
        // A clock that was ahead when the place was first seen must not put its first night off.
        known.seen = known.seen.min(now);
        let again = self.next_try(&runs, now);
        let due = match runs.last().filter(|last| last.started_at >= began) {
            None => runs.last().map_or(known.seen, |run| run.started_at) < began,
            Some(_) => again.is_some_and(|next| next <= now),
        };
        let late = spread(&place(&self.job), self.job.limits.spread);
        let next = self.night.next(now - late) + late;
        let sure = known
            .quiet
            .as_ref()
            .is_some_and(|quiet| quiet.runs == state);
        known.quiet = (!due).then(|| Quiet {
            night: self.night,
            limits: self.job.limits.clone(),
            runs: state,
            sure,
            from: now,
            until: again.map_or(next, |again| again.min(next)),
        });
        Ok(due.then_some(began))
    }

    /// When a night whose last run failed is tried again, if it is: each wait is longer than the one
    /// before, and all of them end with the night's window.
    pub fn next_try(&self, runs: &[Arc<RunSummary>], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (limits, began) = (&self.job.limits, self.began(now));
        let tonight = runs.iter().filter(|run| run.started_at >= began).count();
        let last = runs
            .last()
            .filter(|_| (1..limits.tries).contains(&tonight))?;
        let Ending::Failed { passing: true, .. } = last.ending else {
            return None;
        };
        let factor = u32::try_from(limits.retry_factor).unwrap_or(u32::MAX);
        let times = u32::try_from(tonight - 1).unwrap_or(u32::MAX);
        let wait = limits
            .retry_wait
            .saturating_mul(factor.saturating_pow(times));
        let next = last.finished_at + TimeDelta::from_std(wait).ok()?;
        (next <= began + TimeDelta::from_std(limits.window).ok()?).then_some(next)
    }
}

type Place = (TenantId, ProductName);

/// Runs what is due until it is stopped.
pub struct Schedule {
    store: Store,
    plan: Box<dyn Fn() -> Vec<Planned> + Send + Sync>,
    runs: Arc<Semaphore>,
    look_every: Duration,
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Schedule")
    }
}

impl Schedule {
    /// Runs up to `runs` jobs at once; `plan` is asked again at every look, so that changed tenants
    /// are followed.
    pub fn new(
        store: Store,
        runs: usize,
        plan: impl Fn() -> Vec<Planned> + Send + Sync + 'static,
    ) -> Self {
        Self {
            store,
            plan: Box::new(plan),
            runs: Arc::new(Semaphore::new(runs.max(1))),
            look_every: LOOK_EVERY,
        }
    }

    /// Looks at the clock more often than usual, for tests with a fixed clock.
    #[must_use]
    pub fn look_every(mut self, every: Duration) -> Self {
        self.look_every = every;
        self
    }

    /// Runs what is due until `stop`, then waits for runs at work, which see `stop` too and end at
    /// a step boundary.
    pub async fn run(&self, stop: CancellationToken) {
        let mut working: HashMap<Place, JoinHandle<()>> = HashMap::new();
        let mut known: HashMap<Place, Known> = HashMap::new();
        loop {
            working.retain(|_, work| !work.is_finished());
            let mut planned = (self.plan)();
            let places: HashSet<Place> = planned.iter().map(|one| place(&one.job)).collect();
            known.retain(|place, _| places.contains(place));
            planned.retain(|one| !working.contains_key(&place(&one.job)));
            let store = self.store.clone();
            let looked = tokio::task::spawn_blocking(move || {
                let due = due(&store, planned, &mut known);
                (due, known)
            });
            let due;
            (due, known) = looked.await.unwrap_or_else(|_| {
                tracing::error!("looking for nights that are due broke down");
                (Vec::new(), HashMap::new())
            });
            for (one, night) in due {
                let (place, night) = (place(&one.job), Some(night));
                working.insert(place, self.begin(Job { night, ..one.job }, &stop));
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(self.look_every) => {}
            }
        }
        for (_, work) in working {
            if work.await.is_err() {
                tracing::error!("a scheduled run broke down");
            }
        }
    }

    fn begin(&self, job: Job, stop: &CancellationToken) -> JoinHandle<()> {
        let (store, runs, stop) = (self.store.clone(), Arc::clone(&self.runs), stop.clone());
        telemetry::spawn("scheduled_sync", async move {
            let permit = tokio::select! {
                () = stop.cancelled() => return,
                permit = runs.acquire_owned() => permit,
            };
            // A run says itself how it ended, but for one that could not begin.
            let (tenant, product) = place(&job);
            match run(&store, job, stop).await {
                Err(Error::Store(snapshot::Error::Busy { .. })) => {
                    tracing::info!(%tenant, %product, "another run is at work");
                }
                Err(Error::Made) => {
                    tracing::info!(%tenant, %product, "another server made this night's run");
                }
                _ => {}
            }
            drop(permit);
        })
    }
}

/// What is known of a place from earlier looks: with many tenants, past runs are read when there may
/// be something new to see, not at every look.
struct Known {
    /// When the place was first seen.
    seen: DateTime<Utc>,
    /// What made the last look find that nothing is due.
    quiet: Option<Quiet>,
}

/// Nothing is due while this is so.
struct Quiet {
    night: Night,
    limits: SyncLimits,
    /// The state of the past runs.
    runs: Option<SystemTime>,
    /// Whether two looks saw that state: runs that are written down within one moment of the file
    /// system's clock leave the same one.
    sure: bool,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// The jobs whose night has begun and that no run has been made for.
fn due(
    store: &Store,
    planned: Vec<Planned>,
    known: &mut HashMap<Place, Known>,
) -> Vec<(Planned, DateTime<Utc>)> {
    let mut found = Vec::new();
    for one in planned {
        let (now, place) = (store.clock().now(), place(&one.job));
        let known = known.entry(place.clone()).or_insert(Known {
            seen: now,
            quiet: None,
        });
        match one.look(store, now, known) {
            Ok(Some(night)) => found.push((one, night)),
            Ok(None) => {}
            Err(error) => {
                let cause = telemetry::chain(&error);
                tracing::warn!(tenant = %place.0, product = %place.1, cause, "cannot read past runs");
            }
        }
    }
    found
}

fn place(job: &Job) -> Place {
    (job.tenant.clone(), job.product.name.clone())
}

/// How long after its time a place begins, the same every night.
fn spread(place: &Place, within: Duration) -> TimeDelta {
    let mut hasher = DefaultHasher::new();
    place.hash(&mut hasher);
    TimeDelta::seconds(i64::try_from(hasher.finish() % within.as_secs().max(1)).unwrap_or_default())
}
