//! When runs begin: every night at a local time, once for a night that was missed, never two of
//! one tenant and product at once.

use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Error, Job, run};
use crate::ident::{ProductName, TenantId};
use crate::snapshot::{self, Ending, RunRecord, Store};
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

    /// When a night whose last run failed is tried again, if it is: each wait is longer than the one
    /// before, and all of them end with the night's window.
    pub fn next_try(&self, runs: &[RunRecord], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
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
        let mut first_seen: HashMap<Place, DateTime<Utc>> = HashMap::new();
        loop {
            working.retain(|_, work| !work.is_finished());
            let planned = (self.plan)();
            let places = planned.iter().map(|one| place(&one.job));
            let places: std::collections::HashSet<Place> = places.collect();
            first_seen.retain(|place, _| places.contains(place));
            for one in planned {
                let place = place(&one.job);
                let now = self.store.clock().now();
                let seen = *first_seen.entry(place.clone()).or_insert(now);
                if working.contains_key(&place) {
                    continue;
                }
                if let Some(night) = self.due(&one, &place, seen).await {
                    let night = Some(night);
                    let work = self.begin(Job { night, ..one.job }, &stop);
                    working.insert(place, work);
                }
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

    /// The night that has begun and that no run has been made for. A tenant that never ran is due
    /// from the first night after it was seen: its files may still be on their way.
    async fn due(
        &self,
        one: &Planned,
        place: &Place,
        seen: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let now = self.store.clock().now();
        let begin = one.began(now);
        let (store, (tenant, product)) = (self.store.clone(), place.clone());
        let read = tokio::task::spawn_blocking(move || store.history(&tenant, &product));
        let runs = match read.await {
            Ok(Ok(runs)) => runs,
            Ok(Err(error)) => {
                let cause = telemetry::chain(&error);
                tracing::warn!(tenant = %place.0, product = %place.1, cause, "cannot read past runs");
                return None;
            }
            Err(_) => return None,
        };
        let due = match runs.last().filter(|last| last.started_at >= begin) {
            None => runs.last().map_or(seen, |run| run.started_at) < begin,
            Some(_) => one.next_try(&runs, now).is_some_and(|next| next <= now),
        };
        due.then_some(begin)
    }
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
