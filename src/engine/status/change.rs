//! Why the rows of a day changed between two times.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::{Status, Stop, stamp};
use crate::ident::{ProductName, SnapshotId};
use crate::pg::{Fault, SqlState};
use crate::snapshot::{Cause, Kind, LogEntry, Moved, TableChanges};

/// What moved on one day in one night, by cause.
type Night = BTreeMap<Cause, Moved>;

/// Rows that came and went by one cause, over all nights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Explained {
    /// What moved.
    pub(crate) moved: Moved,
    /// In how many nights.
    pub(crate) nights: u64,
}

impl Status {
    /// What the snapshots published after one time and up to another brought and took of a table's
    /// rows of a day, by cause. Blocks on files.
    ///
    /// # Errors
    /// 22023 when the times are in no order, when no snapshot was published by the first one, or
    /// when what came after it is not known any more.
    pub(crate) fn explain(
        &self,
        product: &ProductName,
        table: &str,
        day: NaiveDate,
        [from, to]: [DateTime<Utc>; 2],
    ) -> Result<BTreeMap<Cause, Explained>, Fault> {
        let log = self.log(product).map_err(fault_of)?;
        let began = log.iter().rposition(|entry| entry.published_at <= from);
        let began = match began {
            _ if from >= to => {
                return Err(invalid(format!(
                    "\"from\" ({}) must be before \"to\" ({})",
                    stamp(from),
                    stamp(to)
                )));
            }
            Some(began) => began,
            None => return Err(too_early(product, from, log.first())),
        };
        let kept = self.store.list(&self.tenant, product).map_err(fault_of)?;
        let mut days = Days {
            status: self,
            product,
            table,
            day,
            oldest: kept.iter().map(|kept| &kept.id).min(),
            known: vec![None; log.len()],
            log: &log,
        };
        let mut causes: BTreeMap<Cause, Explained> = BTreeMap::new();
        for (at, entry) in log.iter().enumerate().skip(began + 1) {
            if entry.published_at > to {
                break;
            }
            for (cause, moved) in days.night(at)? {
                let sum = causes.entry(cause).or_default();
                add(&mut sum.moved, moved);
                sum.nights += 1;
            }
        }
        Ok(causes)
    }
}

/// The nights of one day of one table.
struct Days<'a> {
    status: &'a Status,
    product: &'a ProductName,
    table: &'a str,
    day: NaiveDate,
    /// The oldest snapshot that can be read: older change logs are gone.
    oldest: Option<&'a SnapshotId>,
    log: &'a [LogEntry],
    /// What was found, by place in the log.
    known: Vec<Option<Night>>,
}

impl Days<'_> {
    /// What the publication at a place of the log changed of the day.
    fn night(&mut self, at: usize) -> Result<Night, Fault> {
        if let Some(Some(known)) = self.known.get(at) {
            return Ok(known.clone());
        }
        let Some(entry) = self.log.get(at) else {
            return Ok(Night::new());
        };
        let night = if entry.kind == Kind::RolledBack {
            self.undone(entry, at)?
        } else {
            self.made(entry)?
        };
        if let Some(known) = self.known.get_mut(at) {
            *known = Some(night.clone());
        }
        Ok(night)
    }

    /// What a run changed, as its change log says.
    fn made(&self, entry: &LogEntry) -> Result<Night, Fault> {
        if self.oldest.is_none_or(|oldest| entry.snapshot < *oldest) {
            let published = stamp(entry.published_at);
            return Err(invalid(format!(
                "what the night published at {published} changed is not known any more"
            ))
            .detail("Nights are known as long as snapshots that are as old can be read."));
        }
        let (store, tenant) = (&self.status.store, &self.status.tenant);
        let log = store.change_log(tenant, self.product, &entry.snapshot);
        let log = log.map_err(fault_of)?;
        let changes = log.as_ref().and_then(|log| log.tables.get(self.table));
        let mut days = changes.map_or(&[][..], TableChanges::days).iter();
        let found = days.find(|one| one.day == Some(self.day));
        Ok(found.map_or_else(Night::new, |one| one.causes.clone()))
    }

    /// What publishing an earlier snapshot again changed: the nights since then, taken back.
    fn undone(&mut self, entry: &LogEntry, at: usize) -> Result<Night, Fault> {
        let before = self.log.get(..at).unwrap_or_default();
        let first = before
            .iter()
            .rposition(|one| one.snapshot == entry.snapshot);
        let mut sum = Moved::default();
        for undone in first.map_or(at, |first| first + 1)..at {
            for moved in self.night(undone)?.into_values() {
                let (added, removed) = (moved.removed, moved.added);
                let back = Moved {
                    added,
                    removed,
                    ..moved
                };
                add(&mut sum, back);
            }
        }
        let moved = sum != Moved::default();
        Ok(moved
            .then_some((Cause::RolledBack, sum))
            .into_iter()
            .collect())
    }
}

fn add(sum: &mut Moved, moved: Moved) {
    sum.added += moved.added;
    sum.removed += moved.removed;
    sum.changed += moved.changed;
}

fn invalid(message: String) -> Fault {
    Fault::new(SqlState::INVALID_PARAMETER_VALUE, message)
}

fn too_early(product: &ProductName, from: DateTime<Utc>, first: Option<&LogEntry>) -> Fault {
    let fault = invalid(format!(
        "no snapshot of \"{product}\" was published by {}",
        stamp(from)
    ));
    match first {
        Some(first) => fault.detail(format!(
            "The first was published at {}.",
            stamp(first.published_at)
        )),
        None => fault,
    }
}

fn fault_of(error: crate::snapshot::Error) -> Fault {
    match Stop::from(error) {
        Stop::Fault(fault) => *fault,
        Stop::Gone => Fault::internal("nobody reads a function's rows"),
    }
}
