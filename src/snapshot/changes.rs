//! Why numbers of past days changed: per night, table and day of activity, rows that came and went.
//!
//! Change logs outlive their snapshots, so that two nights can be compared when one of them between
//! has expired.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::manifest::{optional_text, text};
use super::{Error, Store, disk, layout};
use crate::ident::{ProductName, SnapshotId, TenantId};

/// What one snapshot changed against the one before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeLog {
    /// The on-disk format.
    pub format: u64,
    /// The snapshot.
    #[serde(with = "text")]
    pub snapshot: SnapshotId,
    /// The one it is compared with.
    #[serde(with = "optional_text")]
    pub parent: Option<SnapshotId>,
    /// Per table that changed.
    pub tables: BTreeMap<String, TableChanges>,
}

/// One table of a change log: per day of activity, per cause, what moved. Rows without a day of
/// activity are under None.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TableChanges {
    days: Vec<DayChanges>,
}

/// One day of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayChanges {
    /// The day in UTC; None for rows that have none, and for what was too much to list by day.
    #[serde(with = "optional_text")]
    pub day: Option<NaiveDate>,
    /// What moved, by cause.
    pub causes: BTreeMap<Cause, Moved>,
}

/// Why rows of a day came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// New since the table was last read, of a day that was not over then.
    New,
    /// New, but of a day that was over: work done offline, or entered afterwards.
    ArrivedLate,
    /// The device's clock was wrong and the time was corrected to this day.
    ClockCorrected,
    /// Changed in the source.
    Edited,
    /// Not in the source any more.
    Deleted,
    /// Refused the night before, served now.
    Released,
    /// Served the night before, refused now.
    Quarantined,
    /// The table was loaded anew without being compared: first night, or other columns.
    Reloaded,
    /// Removed for good on a person's request.
    Erased,
    /// An earlier snapshot was published again.
    RolledBack,
}

impl Cause {
    /// The cause as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::ArrivedLate => "arrived_late",
            Self::ClockCorrected => "clock_corrected",
            Self::Edited => "edited",
            Self::Deleted => "deleted",
            Self::Released => "released",
            Self::Quarantined => "quarantined",
            Self::Reloaded => "reloaded",
            Self::Erased => "erased",
            Self::RolledBack => "rolled_back",
        }
    }
}

/// Rows that came to a day, left it, or changed within it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moved {
    /// Rows the day has more.
    pub added: u64,
    /// Rows the day has fewer.
    pub removed: u64,
    /// Rows that stayed on the day with other values.
    pub changed: u64,
}

/// Days told apart per table and night; what moved on the others is counted without a day.
const MOST_DAYS: usize = 4_000;

impl TableChanges {
    /// Counts rows that came to, left, or changed on a day.
    pub fn count(&mut self, day: Option<NaiveDate>, cause: Cause, moved: Moved) {
        let found = self.days.binary_search_by_key(&day, |one| one.day);
        let at = match found {
            Ok(at) => at,
            Err(_) if day.is_some() && self.days.len() >= MOST_DAYS => {
                return self.count(None, cause, moved);
            }
            Err(at) => {
                let causes = BTreeMap::new();
                self.days.insert(at, DayChanges { day, causes });
                at
            }
        };
        let Some(one) = self.days.get_mut(at) else {
            return;
        };
        let sum = one.causes.entry(cause).or_default();
        sum.added += moved.added;
        sum.removed += moved.removed;
        sum.changed += moved.changed;
    }

    /// The days on which something moved, ascending.
    pub fn days(&self) -> &[DayChanges] {
        &self.days
    }

    /// Whether nothing moved.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }
}

impl Store {
    /// The change log of one snapshot; None when it was compared with nothing.
    pub fn change_log(
        &self,
        tenant: &TenantId,
        product: &ProductName,
        snapshot: &SnapshotId,
    ) -> Result<Option<ChangeLog>, Error> {
        let path = layout::change_log(&self.folder(tenant, product), snapshot);
        Ok(disk::read_document(&path)?.map(|(log, _)| log))
    }
}
