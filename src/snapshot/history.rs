//! What runs leave for people: one small document per run, the newest kept, published or not.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::manifest::time;
use super::{Error, FORMAT, Store, TableReport, disk, layout};
use crate::ident::{ProductName, TenantId};

/// Runs remembered per tenant and product.
pub(super) const KEPT: usize = 100;
/// By how much clocks of servers on one store may differ.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(10);
/// Space kept so that a full disk can still say that it is full.
const RESERVE_BYTES: usize = 16 << 10;

/// One run: how it went and how it ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    format: u64,
    /// When it began.
    #[serde(with = "time")]
    pub started_at: DateTime<Utc>,
    /// When it ended.
    #[serde(with = "time")]
    pub finished_at: DateTime<Utc>,
    /// How it ended.
    pub ending: Ending,
    /// Per table, as far as it came.
    pub tables: Vec<TableReport>,
    /// Names in the source that mean no declared table.
    pub unknown: Vec<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ending {
    /// A snapshot was published.
    Published {
        /// Its number.
        number: u64,
        /// Its id.
        snapshot: String,
    },
    /// A snapshot was made and waits for a person.
    Held {
        /// Its id.
        snapshot: String,
        /// Why.
        reason: String,
    },
    /// Nothing was published; the earlier snapshot serves on.
    Failed {
        /// Why.
        reason: String,
        /// Whether the reason may pass, so that the night is tried again.
        #[serde(default)]
        passing: bool,
    },
}

impl RunRecord {
    /// The record of a run that has ended.
    pub fn new(
        started_at: DateTime<Utc>,
        finished_at: DateTime<Utc>,
        ending: Ending,
        tables: Vec<TableReport>,
        unknown: Vec<String>,
    ) -> Self {
        Self {
            format: FORMAT,
            started_at,
            finished_at,
            ending,
            tables,
            unknown,
        }
    }

    /// Whether a run began at a time that has not come yet: the clock was wrong then, or is now.
    /// Such a run says nothing about which nights were made; counted as one, it would hide those
    /// that are not, until its time comes.
    pub fn of_the_future(&self, now: DateTime<Utc>) -> bool {
        of_the_future(self.started_at, now)
    }
}

/// Whether a time has not come yet, as far as clocks agree.
pub fn of_the_future(time: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    time > now + CLOCKS_DIFFER
}

impl Store {
    /// The runs of one tenant and product, oldest first; files that cannot be read are left out.
    pub fn history(
        &self,
        tenant: &TenantId,
        product: &ProductName,
    ) -> Result<Vec<RunRecord>, Error> {
        let folder = layout::runs(&self.folder(tenant, product));
        let mut records = Vec::new();
        for name in records_in(&folder)? {
            records.extend(read(&folder.join(name))?);
        }
        Ok(records)
    }

    /// Changes whenever a run is remembered or forgotten; `None` before the first.
    pub fn runs_changed(
        &self,
        tenant: &TenantId,
        product: &ProductName,
    ) -> Result<Option<SystemTime>, Error> {
        let folder = layout::runs(&self.folder(tenant, product));
        match fs::metadata(&folder).and_then(|facts| facts.modified()) {
            Ok(changed) => Ok(Some(changed)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(disk::failed("look at", &folder)(error)),
        }
    }

    /// Writes one run down and forgets the oldest. On a full disk, what was kept free for this is
    /// used, and only how the run ended is written.
    pub fn remember(
        &self,
        tenant: &TenantId,
        product: &ProductName,
        record: &RunRecord,
    ) -> Result<(), Error> {
        let folder = layout::runs(&self.folder(tenant, product));
        let reserve = folder.join(".reserve");
        self.forget_runs(tenant, product);
        disk::create_folder(&folder)?;
        if let Err(error) = write(&folder, record) {
            if !reserve.is_file() {
                return Err(error);
            }
            disk::remove_file(&reserve)?;
            let (tables, unknown) = (Vec::new(), Vec::new());
            let short = RunRecord {
                tables,
                unknown,
                ..record.clone()
            };
            return write(&folder, &short);
        }
        let names = records_in(&folder)?;
        for old in names.iter().take(names.len().saturating_sub(KEPT)) {
            disk::remove_file(&folder.join(old))?;
        }
        // Best effort: the run is written down.
        if !reserve.is_file()
            && let Err(error) = keep_free(&reserve)
        {
            tracing::debug!(cause = crate::telemetry::chain(&error), "no space is kept");
            disk::remove_file(&reserve)?;
        }
        Ok(())
    }
}

fn write(folder: &Path, record: &RunRecord) -> Result<(), Error> {
    let name = record.started_at.format("%Y%m%dT%H%M%S%6fZ.json");
    let (path, aside) = (
        folder.join(name.to_string()),
        folder.join(format!(".{name}")),
    );
    let written = disk::write_document(&aside, record);
    if let Err(error) = written {
        // Half of it takes space that the next try needs.
        disk::remove_file(&aside)?;
        return Err(error);
    }
    fs::rename(&aside, &path).map_err(disk::failed("rename", &aside))?;
    disk::sync_folder(folder)
}

/// Fills a file with what no file system can pack.
fn keep_free(path: &Path) -> Result<(), Error> {
    let words = (0..RESERVE_BYTES / 8).flat_map(|_| rand::random::<u64>().to_ne_bytes());
    let bytes: Vec<u8> = words.collect();
    fs::write(path, bytes).map_err(disk::failed("write", path))
}

/// One record; None for one that was told by another version, or cut short: no reason to be silent
/// about the others.
pub(super) fn read(path: &Path) -> Result<Option<RunRecord>, Error> {
    match disk::read_document(path) {
        Ok(found) => Ok(found.map(|(record, _)| record)),
        Err(Error::Document { .. } | Error::Format { .. } | Error::Damaged { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The names of the records in a folder, oldest first.
pub(super) fn records_in(folder: &Path) -> Result<Vec<String>, Error> {
    let mut names = disk::names(folder)?;
    names.retain(|name| !name.starts_with('.'));
    Ok(names)
}
