//! Retention: which snapshots stay, and removing what nothing refers to.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::manifest::time;
use super::{Error, FORMAT, Manifest, Published, RunLock, Store, damage, disk, layout};
use crate::ident::{ProductName, SnapshotId, TenantId};

/// How long refused rows of runs that published nothing are kept.
const QUARANTINE_OF_FAILED_RUNS: TimeDelta = TimeDelta::days(7);

/// Which snapshots of one tenant and product stay readable. The newest always does.
///
/// Age is counted up to the publication before the newest, not up to what the clock says: a clock
/// that is ahead for one night throws nothing away that is wanted when it is right again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Those published within this many days before the last publication but one.
    pub days: u32,
    /// And this many of the newest, whatever their age.
    pub at_least: usize,
    /// And the last one of each of this many months.
    pub month_ends: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            days: 35,
            at_least: 3,
            month_ends: 13,
        }
    }
}

/// What a retention pass did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retired {
    /// Snapshots that expired.
    pub snapshots: Vec<SnapshotId>,
    /// Snapshots that would have expired, or were amended, but are being read as they were.
    pub pinned: usize,
    /// Files that were removed.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Store {
    /// Expires what the policy does not keep and removes files that no snapshot refers to,
    /// leftovers of killed runs included. The lock says that no run is staging.
    pub fn retain(&self, lock: &RunLock, policy: Policy) -> Result<Retired, Error> {
        let (tenant, product) = (&lock.tenant, &lock.product);
        let folder = self.folder(tenant, product);
        let mut retired = Retired::default();
        let live = self.list(tenant, product)?;
        let mut keep = kept(&live, policy, believable(&live, self.clock().now()));
        keep.extend(self.kept_snapshots(tenant, product)?.into_keys());
        for snapshot in live.iter().filter(|snapshot| !keep.contains(&snapshot.id)) {
            let (id, amended) = (&snapshot.id, snapshot.amended);
            let gone = self.unpinned(&folder, id, || {
                disk::remove_file(&layout::manifest(&folder, id, amended))?;
                disk::sync_folder(&layout::snapshot(&folder, id))?;
                disk::remove_file(&layout::pins(&folder).join(id.as_str()))
            })?;
            match gone {
                Some(()) => retired.snapshots.push(snapshot.id.clone()),
                None => retired.pinned += 1,
            }
        }
        self.sweep(lock, &mut retired)?;
        Ok(retired)
    }

    /// Removes what no snapshot refers to any more and nobody reads.
    pub(super) fn sweep(&self, lock: &RunLock, retired: &mut Retired) -> Result<(), Error> {
        let (tenant, product) = (&lock.tenant, &lock.product);
        let folder = self.folder(tenant, product);
        let live = self.list(tenant, product)?;
        let held = self.held_state(tenant, product)?;
        let mut ids: BTreeSet<_> = live.iter().map(|snapshot| snapshot.id.clone()).collect();
        let mut files: HashSet<PathBuf> = HashSet::new();
        let mut named: HashSet<PathBuf> = HashSet::new();
        for snapshot in &live {
            named.insert(layout::manifest(&folder, &snapshot.id, snapshot.amended));
            files.extend(files_of(&folder, &snapshot.manifest));
        }
        if let Some((held, manifest)) = &held {
            ids.insert(held.snapshot.clone());
            named.insert(layout::manifest(&folder, &held.snapshot, held.amended));
            files.extend(files_of(&folder, manifest));
        }
        for id in &ids {
            self.sweep_manifests(&folder, id, &named, &mut files, retired)?;
        }
        sweep_data(&folder, &ids, &files, retired)?;
        damage::sweep(&folder, |path| files.contains(path))?;
        sweep_leftovers(&folder, self.clock().now())?;
        let now = believable(&live, self.clock().now());
        sweep_quarantine(&folder, &ids, now)?;
        let log = self.log(tenant, product)?.into_iter();
        let published = log.map(|entry| entry.snapshot);
        sweep_logs(&folder, &live)?;
        sweep_corrections(&folder, &ids.into_iter().chain(published).collect(), now)?;
        self.forget_removed(&folder);
        Ok(())
    }

    /// Removes the manifests that a snapshot had before rows were erased from it. While somebody
    /// reads it as it was, the files of it stay.
    fn sweep_manifests(
        &self,
        folder: &Path,
        id: &SnapshotId,
        named: &HashSet<PathBuf>,
        files: &mut HashSet<PathBuf>,
        retired: &mut Retired,
    ) -> Result<(), Error> {
        let snapshot = layout::snapshot(folder, id);
        for name in disk::names(&snapshot)? {
            let path = snapshot.join(&name);
            if layout::manifest_amended(&name).is_none() || named.contains(&path) {
                continue;
            }
            let gone = self.unpinned(folder, id, || {
                disk::remove_file(&path)?;
                disk::sync_folder(&snapshot)
            })?;
            if gone.is_none() {
                retired.pinned += 1;
                if let Some((manifest, _)) = disk::read_document::<Manifest>(&path)? {
                    files.extend(files_of(folder, &manifest));
                }
            }
        }
        Ok(())
    }
}

/// Every file that a manifest names.
fn files_of(folder: &Path, manifest: &Manifest) -> impl Iterator<Item = PathBuf> {
    let files = manifest.tables.values().flat_map(|table| &table.files);
    let paths = files.flat_map(|file| {
        let dead = file.dead.as_ref().map(|dead| &dead.file.path);
        std::iter::once(&file.path).chain(dead)
    });
    paths.map(|path| folder.join(path))
}

/// The time that retention goes by: not after the publication before the newest.
fn believable(live: &[Arc<Published>], now: DateTime<Utc>) -> DateTime<Utc> {
    let before = live.iter().rev().nth(1);
    before.map_or(now, |before| now.min(before.published_at))
}

/// The snapshots a policy keeps; one that was published again counts under each of its numbers.
fn kept(live: &[Arc<Published>], policy: Policy, now: DateTime<Utc>) -> HashSet<SnapshotId> {
    let newest = live.iter().rev().map(|snapshot| snapshot.id.clone());
    let mut keep: HashSet<SnapshotId> = newest.take(policy.at_least.max(1)).collect();
    let since = now - TimeDelta::days(policy.days.into());
    let young = live.iter().filter(|snapshot| snapshot.published_at > since);
    keep.extend(young.map(|snapshot| snapshot.id.clone()));
    let month = |time: DateTime<Utc>| (time.year(), time.month());
    let mut months = BTreeMap::new();
    for snapshot in live {
        months.insert(month(snapshot.published_at), &snapshot.id);
    }
    // A month that has not come yet takes no place.
    let (come, ahead): (Vec<_>, Vec<_>) = months.into_iter().partition(|(of, _)| *of <= month(now));
    let ends = come.into_iter().rev().take(policy.month_ends).chain(ahead);
    keep.extend(ends.map(|(_, id)| id.clone()));
    keep
}

/// A person's word that a snapshot stays, whatever the policy says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    format: u64,
    /// Why.
    pub reason: String,
    /// Since when.
    #[serde(with = "time")]
    pub since: DateTime<Utc>,
}

impl Store {
    /// Keeps a snapshot beyond its time, until [`Store::let_go`].
    pub fn keep(&self, lock: &RunLock, published: &Published, reason: &str) -> Result<(), Error> {
        let folder = layout::kept(&self.folder(&lock.tenant, &lock.product));
        let keep = Keep {
            format: FORMAT,
            reason: reason.to_owned(),
            since: self.clock().now(),
        };
        disk::replace_document(&folder.join(format!("{}.json", published.id)), &keep)?;
        Ok(())
    }

    /// Leaves a snapshot to the policy again; says whether it was kept.
    pub fn let_go(&self, lock: &RunLock, published: &Published) -> Result<bool, Error> {
        let folder = layout::kept(&self.folder(&lock.tenant, &lock.product));
        let path = folder.join(format!("{}.json", published.id));
        let kept = path.is_file();
        disk::remove_file(&path)?;
        if kept {
            disk::sync_folder(&folder)?;
        }
        Ok(kept)
    }

    /// The snapshots that are kept, and why.
    pub fn kept_snapshots(
        &self,
        tenant: &TenantId,
        product: &ProductName,
    ) -> Result<BTreeMap<SnapshotId, Keep>, Error> {
        let folder = layout::kept(&self.folder(tenant, product));
        let mut kept = BTreeMap::new();
        for name in disk::names(&folder)? {
            let id = name.strip_suffix(".json").and_then(|id| id.parse().ok());
            if let Some(id) = id
                && let Some((keep, _)) = disk::read_document::<Keep>(&folder.join(&name))?
            {
                kept.insert(id, keep);
            }
        }
        Ok(kept)
    }
}

/// Removes files of `data/` that no live snapshot refers to.
fn sweep_data(
    folder: &Path,
    live: &BTreeSet<SnapshotId>,
    files: &HashSet<PathBuf>,
    retired: &mut Retired,
) -> Result<(), Error> {
    let data = layout::data(folder);
    for name in disk::names(&data)? {
        let Ok(id) = name.parse::<SnapshotId>() else {
            continue;
        };
        let snapshot = data.join(&name);
        let stays = live.contains(&id);
        let mut empty = !stays;
        for table in disk::names(&snapshot)? {
            let table = snapshot.join(table);
            if !table.is_dir() {
                if !stays {
                    disk::remove_file(&table)?;
                }
                continue;
            }
            let mut used = false;
            for part in disk::names(&table)? {
                let part = table.join(part);
                if files.contains(&part) {
                    used = true;
                    continue;
                }
                retired.files += 1;
                retired.bytes += fs::metadata(&part).map_or(0, |facts| facts.len());
                if part.is_dir() {
                    disk::remove_folder(&part)?;
                } else {
                    disk::remove_file(&part)?;
                }
            }
            if !used {
                disk::remove_folder(&table)?;
            }
            empty &= !used;
        }
        if empty {
            disk::remove_folder(&snapshot)?;
        }
    }
    Ok(())
}

/// Removes what kills left of documents that were being written. Nobody else publishes while the
/// run's lock is held, but a run is written down after it.
fn sweep_leftovers(folder: &Path, now: DateTime<Utc>) -> Result<(), Error> {
    let log = layout::log(folder);
    for name in disk::names(&log)? {
        if name.starts_with('.') {
            disk::remove_file(&log.join(name))?;
        }
    }
    let runs = layout::runs(folder);
    for name in disk::names(&runs)? {
        let path = runs.join(&name);
        if name.starts_with('.')
            && name.strip_suffix(".json").is_some()
            && left_long_ago(&path, now)
        {
            disk::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Removes change logs that are older than the oldest snapshot that can be read: between any two of
/// those every night can be explained.
fn sweep_logs(folder: &Path, live: &[Arc<Published>]) -> Result<(), Error> {
    let Some(oldest) = live.iter().map(|snapshot| &snapshot.id).min() else {
        return Ok(());
    };
    let logs = layout::change_logs(folder);
    for name in disk::names(&logs)? {
        let id = name.strip_suffix(".json").and_then(|id| id.parse().ok());
        if id.is_some_and(|id: SnapshotId| id < *oldest) {
            disk::remove_file(&logs.join(&name))?;
        }
    }
    Ok(())
}

/// Removes refused rows of expired snapshots, and of old runs that published nothing.
fn sweep_quarantine(
    folder: &Path,
    live: &BTreeSet<SnapshotId>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let quarantine = layout::quarantine(folder);
    let oldest_live = live.first().cloned();
    for name in disk::names(&quarantine)? {
        let Ok(id) = name.parse::<SnapshotId>() else {
            continue;
        };
        let path = quarantine.join(&name);
        let failed_long_ago = left_long_ago(&path, now);
        let expired = oldest_live.as_ref().is_none_or(|oldest| id < *oldest);
        if !live.contains(&id) && (expired || failed_long_ago) {
            disk::remove_folder(&path)?;
        }
    }
    Ok(())
}

/// Removes corrections of old runs that published nothing. Those of published snapshots stay, as
/// the corrected rows do.
fn sweep_corrections(
    folder: &Path,
    published: &BTreeSet<SnapshotId>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let corrections = layout::corrections(folder);
    for name in disk::names(&corrections)? {
        let path = corrections.join(&name);
        let known = name.parse().is_ok_and(|id| published.contains(&id));
        if !known && left_long_ago(&path, now) {
            disk::remove_folder(&path)?;
        }
    }
    Ok(())
}

/// Whether what a run that published nothing left behind has been looked at by now.
fn left_long_ago(path: &Path, now: DateTime<Utc>) -> bool {
    let modified = path.metadata().and_then(|facts| facts.modified());
    modified.is_ok_and(|time| now - DateTime::<Utc>::from(time) > QUARANTINE_OF_FAILED_RUNS)
}
