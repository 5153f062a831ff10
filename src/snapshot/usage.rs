//! How much disk snapshots take, and how much of it each would give back.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::{Error, FileEntry, Published, Store, disk};
use crate::ident::{ProductName, SnapshotId, TenantId};

/// Bytes of the files one snapshot serves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// In files that no other snapshot serves: what its end would free.
    pub own: u64,
    /// In files that others serve too.
    pub shared: u64,
}

/// How snapshots share their files. One that was published again is one snapshot.
pub fn usage(snapshots: &[Arc<Published>]) -> BTreeMap<SnapshotId, Usage> {
    let once: BTreeMap<_, _> = snapshots.iter().map(|one| (&one.id, one)).collect();
    let mut users: HashMap<&str, u32> = HashMap::new();
    for snapshot in once.values() {
        for (path, _) in files(snapshot) {
            *users.entry(path).or_default() += 1;
        }
    }
    let used = |snapshot: &Published| {
        let mut usage = Usage::default();
        for (path, bytes) in files(snapshot) {
            match users.get(path) {
                Some(1) => usage.own += bytes,
                _ => usage.shared += bytes,
            }
        }
        usage
    };
    let each = once.iter();
    each.map(|(id, snapshot)| ((*id).clone(), used(snapshot)))
        .collect()
}

fn files(snapshot: &Published) -> impl Iterator<Item = (&str, u64)> {
    let tables = snapshot.manifest.tables.values();
    tables.flat_map(|table| &table.files).flat_map(paths)
}

fn paths(file: &FileEntry) -> impl Iterator<Item = (&str, u64)> {
    let dead = file.dead.as_ref();
    let dead = dead.map(|dead| (dead.file.path.as_str(), dead.file.bytes));
    std::iter::once((file.path.as_str(), file.bytes)).chain(dead)
}

impl Store {
    /// Bytes of everything that is kept of one tenant and product: snapshots, quarantine, logs.
    pub fn disk_use(&self, tenant: &TenantId, product: &ProductName) -> Result<u64, Error> {
        weigh(&self.folder(tenant, product))
    }
}

/// Bytes of the files below a folder. What goes away while it is counted counts nothing.
fn weigh(folder: &Path) -> Result<u64, Error> {
    let mut bytes = 0;
    for name in disk::names(folder)? {
        let path = folder.join(name);
        match fs::symlink_metadata(&path) {
            Ok(facts) if facts.is_dir() => bytes += weigh(&path)?,
            Ok(facts) => bytes += facts.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(disk::failed("look at", &path)(error)),
        }
    }
    Ok(bytes)
}
