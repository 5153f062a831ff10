//! The ledger of erasures: what was removed where, and by what a person is kept from coming back.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::forget::{Digest, Forgotten};
use super::manifest::{hex, optional_time, time};
use super::{Error, FORMAT, RunLock, Store, disk, layout};
use crate::ident::{ProductName, TenantId};
use crate::schema::Product;

/// One request to erase a row and what refers to it. Keys are in it as salted digests only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    pub(super) format: u64,
    /// What the request is called where it was made.
    pub request: String,
    /// When it was begun.
    #[serde(with = "time")]
    pub begun_at: DateTime<Utc>,
    /// When everything was removed; None while something is left to do.
    #[serde(with = "optional_time")]
    pub finished_at: Option<DateTime<Utc>>,
    /// The table and column of the key.
    pub place: String,
    /// The key's digest, in hex.
    pub digest: String,
    /// What was removed.
    pub removed: Vec<Removed>,
    /// Digests of the keys that went, by table and column.
    pub(super) keys: BTreeMap<String, Vec<String>>,
}

/// What of one table went from one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removed {
    /// From where.
    pub from: From,
    /// Of which night.
    pub snapshot: String,
    /// The table.
    pub table: String,
    /// Rows that went.
    pub rows: u64,
    /// Rows of which a value was emptied.
    pub emptied: u64,
}

/// Where rows were removed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// The rows of a night that is served, or can be.
    Snapshot,
    /// Those of a night that waits for a person.
    Held,
    /// The refused rows.
    Quarantine,
    /// The corrected clocks.
    Corrections,
}

impl From {
    /// The place as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Held => "held",
            Self::Quarantine => "quarantine",
            Self::Corrections => "corrections",
        }
    }
}

/// What keeps equal keys of two stores from having equal digests.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Salt {
    format: u64,
    salt: String,
}

/// Keys of rows that nights left out since: they belonged to somebody who was erased before.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Later {
    format: u64,
    keys: BTreeMap<String, Vec<String>>,
}

impl Store {
    /// The requests to erase something, by name.
    pub fn erasures(
        &self,
        tenant: &TenantId,
        product: &ProductName,
    ) -> Result<Vec<Erasure>, Error> {
        let folder = layout::erased(&self.folder(tenant, product));
        let mut found = Vec::new();
        for name in disk::names(&folder)? {
            if !name.starts_with('.') {
                let read = disk::read_document(&folder.join(name))?;
                found.extend(read.map(|(erasure, _)| erasure));
            }
        }
        Ok(found)
    }

    /// What may not come back.
    pub fn forgotten(&self, tenant: &TenantId, product: &Product) -> Result<Forgotten, Error> {
        let product_folder = self.folder(tenant, &product.name);
        let folder = layout::erased(&product_folder);
        let mut forgotten = Forgotten::new(product, salt(&folder)?);
        for erasure in self.erasures(tenant, &product.name)? {
            let digest = parsed(&folder, &erasure.digest)?;
            forgotten.ask(&erasure.place, digest);
            add(&mut forgotten, &folder, &erasure.keys)?;
        }
        if let Some((later, _)) = disk::read_document::<Later>(&folder.join(LATER))? {
            add(&mut forgotten, &folder, &later.keys)?;
        }
        Ok(forgotten)
    }

    /// Writes down the keys that a run left out for the first time, before what it made is
    /// published.
    pub fn remember_forgotten(
        &self,
        tenant: &TenantId,
        product: &ProductName,
        forgotten: &mut Forgotten,
    ) -> Result<(), Error> {
        let grown = forgotten.take_grown();
        if grown.is_empty() {
            return Ok(());
        }
        let folder = layout::erased(&self.folder(tenant, product));
        let known = disk::read_document::<Later>(&folder.join(LATER))?;
        let mut keys = known.map(|(later, _)| later.keys).unwrap_or_default();
        for (place, digests) in grown {
            let all = keys.entry(place).or_default();
            all.extend(digests.iter().map(|digest| hex(digest)));
            all.sort_unstable();
            all.dedup();
        }
        let format = FORMAT;
        disk::replace_document(&folder.join(LATER), &Later { format, keys })?;
        Ok(())
    }

    /// Writes one request down.
    pub(super) fn write_erasure(&self, lock: &RunLock, erasure: &Erasure) -> Result<(), Error> {
        let folder = layout::erased(&self.folder(&lock.tenant, &lock.product));
        let path = folder.join(format!("{}.json", erasure.request));
        disk::replace_document(&path, erasure)?;
        Ok(())
    }
}

const SALT: &str = ".salt.json";
const LATER: &str = ".later.json";

/// The salt of a product's folder; one that is only thought of until the first request is written.
fn salt(folder: &Path) -> Result<Vec<u8>, Error> {
    match disk::read_document::<Salt>(&folder.join(SALT))? {
        Some((salt, _)) => Ok(salt.salt.into_bytes()),
        None => Ok(hex(&rand::random::<[u8; 16]>()).into_bytes()),
    }
}

/// Keeps the salt that digests were made with.
pub(super) fn keep_salt(folder: &Path, forgotten: &Forgotten) -> Result<(), Error> {
    let folder = layout::erased(folder);
    let path = folder.join(SALT);
    if path.is_file() {
        return Ok(());
    }
    let salt = String::from_utf8_lossy(forgotten.salt()).into_owned();
    let format = FORMAT;
    disk::replace_document(&path, &Salt { format, salt })?;
    Ok(())
}

fn add(
    forgotten: &mut Forgotten,
    folder: &Path,
    keys: &BTreeMap<String, Vec<String>>,
) -> Result<(), Error> {
    for (place, digests) in keys {
        let digests = digests.iter().map(|digest| parsed(folder, digest));
        forgotten.add(place, digests.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(())
}

fn parsed(folder: &Path, text: &str) -> Result<Digest, Error> {
    let mut digest = Digest::default();
    let bytes = (0..text.len()).step_by(2).map(|at| {
        let pair = text.get(at..at + 2);
        pair.and_then(|pair| u8::from_str_radix(pair, 16).ok())
    });
    let bytes: Option<Vec<u8>> = bytes.collect();
    match bytes.filter(|bytes| bytes.len() == digest.len()) {
        Some(bytes) => digest.copy_from_slice(&bytes),
        None => {
            return Err(Error::Damaged {
                path: disk::shown(folder),
                reason: "a digest is none",
            });
        }
    }
    Ok(digest)
}
