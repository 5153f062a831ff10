//! How one product of one tenant stands: what its readers see, how the last nights went, and
//! whether a person has to do something. Everyone who tells of it tells the same: `sync status`,
//! `doctor`, metrics and alerts.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Night, Planned};
use crate::ident::{ProductName, SnapshotId, TenantId};
use crate::snapshot::{self, Damage, Ending, RunSummary, Served, Store, of_the_future};

/// In one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// The last night that had to be made was made.
    Fresh,
    /// A night is overdue: nobody made it, or it is still tried again.
    Late,
    /// The last run failed and is not tried again.
    Failed,
    /// A snapshot waits for a person.
    Held,
    /// Nothing was ever loaded.
    Never,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Fresh,
        Self::Late,
        Self::Failed,
        Self::Held,
        Self::Never,
    ];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Late => "late",
            Self::Failed => "failed",
            Self::Held => "held",
            Self::Never => "never",
        }
    }

    /// Whether it waits for a person.
    pub fn needs_a_person(self) -> bool {
        matches!(self, Self::Late | Self::Failed | Self::Held)
    }
}

/// How one product of one tenant stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// In one word.
    pub state: State,
    /// What readers see.
    pub served: Option<Served>,
    /// The last run whose snapshot was published, as far as runs are remembered.
    pub good: Option<Arc<RunSummary>>,
    /// The last run of all.
    pub last: Option<Arc<RunSummary>>,
    /// The snapshot that waits for a person, and why.
    pub held: Option<(SnapshotId, String)>,
    /// Published files that were found damaged.
    pub damage: Vec<Damage>,
    /// When the night is tried again by itself.
    pub again: Option<DateTime<Utc>>,
    /// When the next night begins; None for a product without a source.
    pub next: Option<DateTime<Utc>>,
}

impl Standing {
    /// How `product` of `tenant` stands; a night counts as late this long after it began. `planned`
    /// is None for a product that no night is made of.
    pub fn of(
        store: &Store,
        tenant: &TenantId,
        product: &ProductName,
        planned: Option<&Planned>,
        late: TimeDelta,
    ) -> Result<Self, snapshot::Error> {
        let now = store.clock().now();
        let served = store.served(tenant, product)?;
        // Newest first, so that one document is read in the usual case.
        let good = |run: &RunSummary| {
            let published = match &run.ending {
                Ending::Published { .. } => true,
                // A person let it out.
                Ending::Held { snapshot, .. } => served
                    .as_ref()
                    .is_some_and(|served| served.snapshot.as_str() == snapshot),
                Ending::Failed { .. } => false,
            };
            published && !run.of_the_future(now)
        };
        let mut runs = store.last_runs(tenant, product, good)?;
        runs.retain(|run| !run.of_the_future(now));
        runs.reverse();
        let held = store.held(tenant, product)?;
        let damage = store.damage(tenant, product)?;
        let last = runs.last().cloned();
        let good = runs.first().filter(|run| good(run)).cloned();
        let again = planned.and_then(|planned| planned.next_try(&runs, now));
        let night = planned.map(|planned| planned.night);
        let mut standing = Self {
            state: State::Fresh,
            served,
            good,
            last,
            held,
            damage,
            again,
            next: night.map(|night: Night| night.next(now)),
        };
        standing.state = standing.judge(night, now, late);
        Ok(standing)
    }

    /// Whether it waits for a person: for what the nights did, or because rows that are served cannot
    /// be read.
    pub fn needs_a_person(&self) -> bool {
        self.state.needs_a_person() || self.damaged().next().is_some()
    }

    /// The tables that readers cannot read now, and why.
    pub fn damaged(&self) -> impl Iterator<Item = (&str, &Damage)> {
        let damage = self.damage.iter();
        damage.filter_map(|one| Some((one.table.as_deref()?, one)))
    }

    fn judge(&self, night: Option<Night>, now: DateTime<Utc>, late: TimeDelta) -> State {
        if self.last.is_none() && self.served.is_none() {
            return State::Never;
        }
        // What was published under a clock that ran ahead says nothing about when.
        let served = self.served.as_ref().map(|served| served.published_at);
        let served = served.filter(|time| !of_the_future(*time, now));
        // A rollback is newer than the run before it: a person has decided then.
        let decided = |run: &RunSummary| served.is_some_and(|served| served >= run.finished_at);
        if let Some(last) = &self.last {
            match &last.ending {
                Ending::Held { snapshot, .. } => {
                    let waits = self.held.as_ref();
                    if waits.is_some_and(|(held, _)| held.as_str() == snapshot) {
                        return State::Held;
                    }
                }
                Ending::Failed { .. } if !decided(last) && self.again.is_none() => {
                    return State::Failed;
                }
                Ending::Failed { .. } | Ending::Published { .. } => {}
            }
        }
        // The latest night that should be over by now.
        let due = night.map(|night| night.latest(now - late));
        let made = self.good.as_ref().map(|run| run.started_at);
        let made = made.max(served);
        match (due, made) {
            (Some(due), Some(made)) if made < due => State::Late,
            // Nothing good yet, and it is still tried.
            (_, None) => State::Late,
            _ => State::Fresh,
        }
    }
}
