//! The publish log: the next number is created only if it is absent, and the highest is current.

use std::fs;
use std::future::Future;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::manifest::{hex, optional_text, text, time};
use super::{
    Error, FORMAT, Manifest, Place, Published, RunLock, Sealed, Store, disk, layout, locked,
};
use crate::ident::{ProductName, SnapshotId, TenantId};

/// How often [`Store::follow`] looks for snapshots that other processes published.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// One line of the publish log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    /// The on-disk format.
    pub format: u64,
    /// Its number; the first is 1.
    pub number: u64,
    /// The snapshot.
    #[serde(with = "text")]
    pub snapshot: SnapshotId,
    /// The snapshot it followed.
    #[serde(with = "optional_text")]
    pub predecessor: Option<SnapshotId>,
    /// When it was published.
    #[serde(with = "time")]
    pub published_at: DateTime<Utc>,
    /// The digest of its manifest, in hex.
    pub manifest_sha256: String,
    /// How it came to be published.
    #[serde(default)]
    pub kind: Kind,
    /// How often rows were erased from it since.
    #[serde(default, skip_serializing_if = "never")]
    pub amended: u32,
}

/// Whether a snapshot is as it was published.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
pub(super) fn never(amended: &u32) -> bool {
    *amended == 0
}

/// How a snapshot came to be published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A run made it.
    #[default]
    Run,
    /// A run made it, and a person let it out.
    Released,
    /// It was current before and a person published it again.
    RolledBack,
    /// The one before, without rows that were erased.
    Erased,
}

impl Kind {
    /// The kind as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Released => "released",
            Self::RolledBack => "rolled_back",
            Self::Erased => "erased",
        }
    }
}

/// A sealed snapshot that waits for a person, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Held {
    format: u64,
    #[serde(with = "text")]
    pub(super) snapshot: SnapshotId,
    reason: String,
    pub(super) manifest_sha256: String,
    #[serde(default, skip_serializing_if = "never")]
    pub(super) amended: u32,
}

impl Store {
    /// Publishes a sealed snapshot if `expected` (0: none) is still the current number.
    ///
    /// When this returns, the snapshot survives a power cut and every reader's next look finds it.
    ///
    /// # Errors
    /// [`Error::Superseded`] when somebody else published since; nothing has changed then.
    pub fn publish(&self, sealed: Sealed, expected: u64) -> Result<Arc<Published>, Error> {
        let predecessor = sealed.manifest.parent.clone();
        self.publish_as(sealed, expected, predecessor, Kind::Run)
    }

    pub(super) fn publish_as(
        &self,
        sealed: Sealed,
        expected: u64,
        predecessor: Option<SnapshotId>,
        kind: Kind,
    ) -> Result<Arc<Published>, Error> {
        let (tenant, product) = (&sealed.manifest.tenant, &sealed.manifest.product);
        let folder = self.folder(tenant, product);
        let found = self.newest_number(tenant, product)?;
        if found != expected {
            return Err(Error::Superseded { expected, found });
        }
        let entry = LogEntry {
            format: FORMAT,
            number: expected + 1,
            snapshot: sealed.manifest.id.clone(),
            predecessor,
            published_at: self.shared.clock.now(),
            manifest_sha256: sealed.manifest_sha256,
            kind,
            amended: sealed.amended,
        };
        append(&folder, &entry)?;
        let published = Arc::new(Published {
            number: entry.number,
            id: entry.snapshot,
            published_at: entry.published_at,
            kind: entry.kind,
            manifest: sealed.manifest,
            amended: entry.amended,
            folder,
        });
        self.saw(&published);
        Ok(published)
    }

    /// The newest snapshot; `None` before the first was published.
    ///
    /// Costs one look for the next number, so it may be asked for every statement.
    pub fn current(
        &self,
        tenant: &TenantId,
        product: &ProductName,
    ) -> Result<Option<Arc<Published>>, Error> {
        let number = self.newest_number(tenant, product)?;
        let place = (tenant.clone(), product.clone());
        if let Some(head) = locked(&self.shared.heads).get(&place)
            && head.number == number
        {
            return Ok(Some(Arc::clone(head)));
        }
        if number == 0 {
            return Ok(None);
        }
        let newest = self.published(tenant, product, number)?;
        if let Some(newest) = &newest {
            self.saw(newest);
        }
        Ok(newest)
    }

    /// The snapshot that was current at `time`; `None` when none was published by then.
    ///
    /// # Errors
    /// [`Error::TooOld`] when it has expired.
    pub fn at(
        &self,
        tenant: &TenantId,
        product: &ProductName,
        time: DateTime<Utc>,
    ) -> Result<Option<Arc<Published>>, Error> {
        let log = self.log(tenant, product)?;
        let wanted = log.iter().rev().find(|entry| entry.published_at <= time);
        let Some(entry) = wanted else {
            return Ok(None);
        };
        let found = self.published(tenant, product, entry.number)?;
        if found.is_some() {
            return Ok(found);
        }
        let kept = self.list(tenant, product)?;
        let kept = || kept.iter().map(|kept| kept.published_at);
        Err(Error::TooOld {
            product: product.clone(),
            oldest: kept().next(),
            next: kept().find(|published_at| *published_at > time),
        })
    }

    /// Every snapshot that can still be read, oldest first.
    pub fn list(
        &self,
        tenant: &TenantId,
        product: &ProductName,
    ) -> Result<Vec<Arc<Published>>, Error> {
        let mut found = Vec::new();
        for number in self.numbers(tenant, product)? {
            found.extend(self.published(tenant, product, number)?);
        }
        Ok(found)
    }

    /// The whole publish log, oldest first; expired snapshots keep their entry.
    pub fn log(&self, tenant: &TenantId, product: &ProductName) -> Result<Vec<LogEntry>, Error> {
        let folder = self.folder(tenant, product);
        let numbers = self.numbers(tenant, product)?.into_iter();
        numbers.map(|number| read_entry(&folder, number)).collect()
    }

    /// One entry of the publish log.
    pub fn entry(
        &self,
        tenant: &TenantId,
        product: &ProductName,
        number: u64,
    ) -> Result<LogEntry, Error> {
        read_entry(&self.folder(tenant, product), number)
    }

    /// Tells the number of the newest snapshot (0: none) whenever it changes, while
    /// [`Store::follow`] runs; publishing in this process tells at once.
    pub fn watch(&self, tenant: &TenantId, product: &ProductName) -> watch::Receiver<u64> {
        let place = (tenant.clone(), product.clone());
        let mut watchers = locked(&self.shared.watchers);
        let sender = watchers
            .entry(place)
            .or_insert_with(|| watch::Sender::new(0));
        sender.subscribe()
    }

    /// Looks for what other processes published, until `stop` resolves.
    ///
    /// # Cancel safety
    /// Safe; it can be started again.
    pub async fn follow(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let store = self.clone();
            if tokio::task::spawn_blocking(move || store.look())
                .await
                .is_err()
            {
                tracing::error!("looking for new snapshots failed");
            }
        }
    }

    fn look(&self) {
        let places: Vec<Place> = {
            let mut watchers = locked(&self.shared.watchers);
            watchers.retain(|_, sender| sender.receiver_count() > 0);
            watchers.keys().cloned().collect()
        };
        for (tenant, product) in places {
            match self.newest_number(&tenant, &product) {
                Ok(number) => self.tell(&(tenant, product), number),
                Err(error) => {
                    let cause = crate::telemetry::chain(&error);
                    tracing::warn!(%tenant, %product, cause, "cannot look for snapshots");
                }
            }
        }
    }

    /// Keeps a sealed snapshot unpublished until a person decides.
    pub fn hold(&self, sealed: &Sealed, reason: &str) -> Result<(), Error> {
        let folder = self.folder(&sealed.manifest.tenant, &sealed.manifest.product);
        let path = layout::held(&folder);
        let held = Held {
            format: FORMAT,
            snapshot: sealed.manifest.id.clone(),
            reason: reason.to_owned(),
            manifest_sha256: sealed.manifest_sha256.clone(),
            amended: sealed.amended,
        };
        disk::replace_document(&path, &held)?;
        Ok(())
    }

    /// The snapshot that waits for a person, and why it was held.
    pub fn held(
        &self,
        tenant: &TenantId,
        product: &ProductName,
    ) -> Result<Option<(SnapshotId, String)>, Error> {
        let held = disk::read_document::<Held>(&layout::held(&self.folder(tenant, product)))?;
        Ok(held.map(|(held, _)| (held.snapshot, held.reason)))
    }

    /// Publishes the held snapshot; `None` when there is none.
    pub fn publish_held(&self, lock: &RunLock) -> Result<Option<Arc<Published>>, Error> {
        let folder = self.folder(&lock.tenant, &lock.product);
        let path = layout::held(&folder);
        let Some((held, _)) = disk::read_document::<Held>(&path)? else {
            return Ok(None);
        };
        let (id, sha256) = (&held.snapshot, &held.manifest_sha256);
        let manifest = read_manifest(&folder, id, held.amended, sha256)?;
        let manifest = manifest.ok_or_else(|| Error::Expired(held.snapshot.clone()))?;
        let current = self.current(&lock.tenant, &lock.product)?;
        let (expected, parent) = match &current {
            Some(current) => (current.number, Some(current.id.clone())),
            None => (0, None),
        };
        // It was compared with its parent; on top of another one nobody has looked at it.
        if manifest.parent != parent {
            return Err(Error::Superseded {
                expected: 0,
                found: expected,
            });
        }
        let sealed = Sealed {
            manifest,
            manifest_sha256: held.manifest_sha256,
            amended: held.amended,
        };
        let published = self.publish_as(sealed, expected, parent, Kind::Released)?;
        disk::remove_file(&path)?;
        disk::sync_folder(&folder)?;
        Ok(Some(published))
    }

    /// Publishes again what was current under an earlier number; readers see it from their next
    /// statement on, and the next night is compared with it.
    ///
    /// # Errors
    /// [`Error::NoSuchNumber`] when the log has no such number or its snapshot has expired.
    pub fn roll_back(&self, lock: &RunLock, number: u64) -> Result<Arc<Published>, Error> {
        let (tenant, product) = (&lock.tenant, &lock.product);
        let missing = || Error::NoSuchNumber(number);
        if !self.numbers(tenant, product)?.contains(&number) {
            return Err(missing());
        }
        let earlier = self
            .published(tenant, product, number)?
            .ok_or_else(missing)?;
        // The newest may be what cannot be read: this is the way out.
        let newest = self.newest_number(tenant, product)?;
        let predecessor = read_entry(&earlier.folder, newest);
        let predecessor = predecessor.ok().map(|entry| entry.snapshot);
        let entry = read_entry(&earlier.folder, number)?;
        let sealed = Sealed {
            manifest: earlier.manifest.clone(),
            manifest_sha256: entry.manifest_sha256,
            amended: entry.amended,
        };
        self.publish_as(sealed, newest, predecessor, Kind::RolledBack)
    }

    /// The snapshot of one publication; `None` when it expired.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a number that was never published, among others.
    pub fn published(
        &self,
        tenant: &TenantId,
        product: &ProductName,
        number: u64,
    ) -> Result<Option<Arc<Published>>, Error> {
        let entry = self.entry(tenant, product, number)?;
        self.published_by(tenant, product, entry)
    }

    /// The same by its entry in the log.
    pub(super) fn published_by(
        &self,
        tenant: &TenantId,
        product: &ProductName,
        entry: LogEntry,
    ) -> Result<Option<Arc<Published>>, Error> {
        let folder = self.folder(tenant, product);
        let (id, sha256) = (&entry.snapshot, &entry.manifest_sha256);
        let manifest = read_manifest(&folder, id, entry.amended, sha256)?;
        let Some(manifest) = manifest else {
            return Ok(None);
        };
        if manifest.tenant != *tenant || manifest.product != *product {
            return Err(Error::Damaged {
                path: disk::shown(&layout::manifest(&folder, id, entry.amended)),
                reason: "it belongs to somebody else",
            });
        }
        Ok(Some(Arc::new(Published {
            number: entry.number,
            id: entry.snapshot,
            published_at: entry.published_at,
            kind: entry.kind,
            manifest,
            amended: entry.amended,
            folder,
        })))
    }

    /// The highest number of the log; 0 when it is empty.
    pub(super) fn newest_number(
        &self,
        tenant: &TenantId,
        product: &ProductName,
    ) -> Result<u64, Error> {
        let place = (tenant.clone(), product.clone());
        let head = locked(&self.shared.heads)
            .get(&place)
            .map(|head| head.number);
        let served = locked(&self.shared.served)
            .get(&place)
            .map(|known| known.served.number);
        let Some(mut newest) = head.max(served) else {
            let numbers = self.numbers(tenant, product)?;
            return Ok(numbers.last().copied().unwrap_or(0));
        };
        // Entries stay for ever, so the log has no gaps and the next number is the only question.
        let folder = self.folder(tenant, product);
        loop {
            let next = layout::log_entry(&folder, newest + 1);
            match next.try_exists() {
                Ok(true) => newest += 1,
                Ok(false) => return Ok(newest),
                Err(error) => return Err(disk::failed("look for", &next)(error)),
            }
        }
    }

    /// The numbers of the publish log, oldest first.
    pub fn numbers(&self, tenant: &TenantId, product: &ProductName) -> Result<Vec<u64>, Error> {
        let names = disk::names(&layout::log(&self.folder(tenant, product)))?;
        let numbers = names.iter().filter_map(|name| layout::log_number(name));
        Ok(numbers.collect())
    }

    fn saw(&self, published: &Arc<Published>) {
        let manifest = &published.manifest;
        let place = (manifest.tenant.clone(), manifest.product.clone());
        self.tell(&place, published.number);
        let mut heads = locked(&self.shared.heads);
        match heads.get(&place) {
            Some(head) if head.number >= published.number => {}
            _ => {
                heads.insert(place, Arc::clone(published));
            }
        }
    }

    fn tell(&self, place: &Place, number: u64) {
        if let Some(sender) = locked(&self.shared.watchers).get(place) {
            sender.send_if_modified(|known| {
                let newer = number > *known;
                *known = number.max(*known);
                newer
            });
        }
    }
}

/// Creates the entry's file with its whole content, only if it is absent.
pub(super) fn append(folder: &Path, entry: &LogEntry) -> Result<(), Error> {
    let log = layout::log(folder);
    disk::create_folder(&log)?;
    let aside = log.join(format!(".{}", entry.snapshot));
    disk::write_document(&aside, entry)?;
    let path = layout::log_entry(folder, entry.number);
    // A link appears with all its bytes or not at all, and refuses to replace.
    let linked = fs::hard_link(&aside, &path);
    disk::remove_file(&aside)?;
    match linked {
        Ok(()) => disk::sync_folder(&log),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Error::Superseded {
            expected: entry.number - 1,
            found: entry.number,
        }),
        Err(error) => Err(disk::failed("create", &path)(error)),
    }
}

pub(super) fn read_entry(folder: &Path, number: u64) -> Result<LogEntry, Error> {
    let path = layout::log_entry(folder, number);
    let missing = || Error::Damaged {
        path: disk::shown(&path),
        reason: "it is missing",
    };
    let (entry, _) = disk::read_document::<LogEntry>(&path)?.ok_or_else(missing)?;
    if entry.number != number {
        return Err(Error::Damaged {
            path: disk::shown(&path),
            reason: "it names another number",
        });
    }
    Ok(entry)
}

pub(super) fn read_manifest(
    folder: &Path,
    id: &SnapshotId,
    amended: u32,
    sha256: &str,
) -> Result<Option<Manifest>, Error> {
    let path = layout::manifest(folder, id, amended);
    let Some((manifest, bytes)) = disk::read_document::<Manifest>(&path)? else {
        return Ok(None);
    };
    if hex(digest(&SHA256, &bytes).as_ref()) != sha256 || manifest.id != *id {
        return Err(Error::Damaged {
            path: disk::shown(&path),
            reason: "its digest is not the published one",
        });
    }
    Ok(Some(manifest))
}
