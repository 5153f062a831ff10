//! What runs leave for people: one small document per run, the newest kept.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Error;
use crate::ident::{ProductName, TenantId};
use crate::snapshot::{Store, TableReport};

/// Runs remembered per tenant and product.
const KEPT: usize = 100;
const FORMAT: u64 = 1;

/// One run as `sync status` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    format: u64,
    /// When it began.
    #[serde(serialize_with = "time", deserialize_with = "read_time")]
    pub started_at: DateTime<Utc>,
    /// When it ended.
    #[serde(serialize_with = "time", deserialize_with = "read_time")]
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
    },
}

impl RunRecord {
    pub(super) fn new(
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

/// The runs of one tenant and product, oldest first; files that cannot be read are left out.
pub fn history(
    store: &Store,
    tenant: &TenantId,
    product: &ProductName,
) -> Result<Vec<RunRecord>, Error> {
    let folder = folder(store, tenant, product);
    let mut records = Vec::new();
    for name in names(&folder)? {
        let path = folder.join(name);
        let text = fs::read(&path).map_err(Error::read(&path))?;
        let record = serde_json::from_slice::<RunRecord>(&text).ok();
        records.extend(record.filter(|record| record.format == FORMAT));
    }
    Ok(records)
}

/// Writes one run down and forgets the oldest.
pub(super) fn remember(
    store: &Store,
    tenant: &TenantId,
    product: &ProductName,
    record: &RunRecord,
) -> Result<(), Error> {
    let folder = folder(store, tenant, product);
    fs::create_dir_all(&folder).map_err(Error::read(&folder))?;
    let name = record
        .started_at
        .format("%Y%m%dT%H%M%S%6fZ.json")
        .to_string();
    let (path, aside) = (folder.join(&name), folder.join(format!(".{name}")));
    let text = serde_json::to_vec_pretty(record).map_err(|_| Error::Broken)?;
    fs::write(&aside, text).map_err(Error::read(&aside))?;
    fs::rename(&aside, &path).map_err(Error::read(&path))?;
    let names = names(&folder)?;
    for old in names.iter().take(names.len().saturating_sub(KEPT)) {
        let old = folder.join(old);
        fs::remove_file(&old).map_err(Error::read(&old))?;
    }
    Ok(())
}

fn folder(store: &Store, tenant: &TenantId, product: &ProductName) -> PathBuf {
    store.folder(tenant, product).join("runs")
}

fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::read(folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry
            .map_err(Error::read(folder))?
            .file_name()
            .into_string()
            .ok();
        names.extend(name.filter(|name| !name.starts_with('.')));
    }
    names.sort_unstable();
    Ok(names)
}

fn time<S: Serializer>(time: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Micros, true))
}

fn read_time<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
    DateTime::parse_from_rfc3339(&String::deserialize(from)?)
        .map(|time| time.to_utc())
        .map_err(de::Error::custom)
}
