//! What runs leave for people: one small document per run, the newest kept, published or not.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::manifest::time;
use super::{Error, FORMAT, Store, TableReport, disk, layout};
use crate::ident::{ProductName, TenantId};

/// Runs remembered per tenant and product.
const KEPT: usize = 100;

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

    /// The newest runs, newest first, up to and with the first that `wanted` accepts; files that
    /// cannot be read are left out.
    pub fn last_runs(
        &self,
        tenant: &TenantId,
        product: &ProductName,
        wanted: impl Fn(&RunRecord) -> bool,
    ) -> Result<Vec<RunRecord>, Error> {
        let folder = layout::runs(&self.folder(tenant, product));
        let mut records = Vec::new();
        for name in records_in(&folder)?.iter().rev() {
            if let Some(record) = read(&folder.join(name))? {
                let last = wanted(&record);
                records.push(record);
                if last {
                    break;
                }
            }
        }
        Ok(records)
    }

    /// Writes one run down and forgets the oldest.
    pub fn remember(
        &self,
        tenant: &TenantId,
        product: &ProductName,
        record: &RunRecord,
    ) -> Result<(), Error> {
        let folder = layout::runs(&self.folder(tenant, product));
        disk::create_folder(&folder)?;
        let name = record.started_at.format("%Y%m%dT%H%M%S%6fZ.json");
        let (path, aside) = (
            folder.join(name.to_string()),
            folder.join(format!(".{name}")),
        );
        disk::write_document(&aside, record)?;
        fs::rename(&aside, &path).map_err(disk::failed("rename", &aside))?;
        disk::sync_folder(&folder)?;
        let names = records_in(&folder)?;
        for old in names.iter().take(names.len().saturating_sub(KEPT)) {
            disk::remove_file(&folder.join(old))?;
        }
        Ok(())
    }
}

/// One record; None for one that was told by another version, or cut short: no reason to be silent
/// about the others.
fn read(path: &Path) -> Result<Option<RunRecord>, Error> {
    match disk::read_document(path) {
        Ok(found) => Ok(found.map(|(record, _)| record)),
        Err(Error::Document { .. } | Error::Format { .. } | Error::Damaged { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn records_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let names = disk::names(folder)?.into_iter();
    let whole = names.filter(|name| !name.starts_with('.'));
    Ok(whole.map(PathBuf::from).collect())
}
