//! Pins: while one is alive, no process throws the snapshot away.
//!
//! A pin holds a shared lock on `pins/<snapshot>`; retention takes the same lock exclusively before
//! it removes a manifest. The kernel gives locks back when a process dies, so there is nothing to
//! clean up and no grace time to guess.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::FlockOperation;

use super::disk::{Lock, ReadLock};
use super::{Error, Published, Store, disk, layout, locked};
use crate::ident::{ProductName, SnapshotId, TenantId};

/// How often a pin is tried while a manifest of its snapshot is being removed,
const SWEPT_MOST: u32 = 10;
/// and how long between.
const SWEPT_WAIT: Duration = Duration::from_millis(2);

/// The lock of this process on one snapshot, shared by all its pins.
#[derive(Debug)]
pub(super) struct Lease {
    /// None where nothing can be written, and so nothing be removed either.
    _lock: Option<Lock>,
}

/// Keeps one published snapshot readable until it is dropped. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Pin {
    published: Arc<Published>,
    _lease: Arc<Lease>,
}

impl Pin {
    /// The snapshot.
    pub fn published(&self) -> &Arc<Published> {
        &self.published
    }
}

/// The right to make snapshots of one tenant and product; one at a time on this machine.
#[derive(Debug)]
pub struct RunLock {
    pub(super) tenant: TenantId,
    pub(super) product: ProductName,
    /// Moves on when staging ends.
    pub(super) file: Option<Lock>,
}

impl Store {
    /// Takes the right to run, or says [`Error::Busy`].
    pub fn lock(&self, tenant: &TenantId, product: &ProductName) -> Result<RunLock, Error> {
        let folder = self.folder(tenant, product);
        disk::create_folder(&folder)?;
        let path = layout::run_lock(&folder);
        match disk::lock(&path, FlockOperation::NonBlockingLockExclusive)? {
            Some(lock) => Ok(RunLock {
                tenant: tenant.clone(),
                product: product.clone(),
                file: Some(lock),
            }),
            None => Err(Error::Busy {
                tenant: tenant.clone(),
                product: product.clone(),
            }),
        }
    }

    /// Pins the newest snapshot; `None` before the first was published.
    pub fn pin_current(
        &self,
        tenant: &TenantId,
        product: &ProductName,
    ) -> Result<Option<Pin>, Error> {
        // The newest cannot expire; it can only stop being the newest between two lines here.
        for _ in 0..8 {
            let Some(newest) = self.current(tenant, product)? else {
                return Ok(None);
            };
            match self.pin(&newest) {
                Err(Error::Expired(_)) => {}
                pinned => return pinned.map(Some),
            }
        }
        Err(Error::Superseded {
            expected: 0,
            found: 0,
        })
    }

    /// Pins a snapshot that was found before, or says [`Error::Expired`].
    pub fn pin(&self, published: &Arc<Published>) -> Result<Pin, Error> {
        let lease = self.lease(published)?;
        // Retention removes the manifest under the exclusive lock, so what is here now stays.
        let (id, amended) = (&published.id, published.amended);
        let manifest = layout::manifest(&published.folder, id, amended);
        match manifest.try_exists() {
            Ok(true) => Ok(Pin {
                published: Arc::clone(published),
                _lease: lease,
            }),
            Ok(false) => Err(Error::Expired(published.id.clone())),
            Err(error) => Err(disk::failed("look for", &manifest)(error)),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "nobody tells when the lock is free; it is held for the removal of one file"
    )]
    fn lease(&self, published: &Published) -> Result<Arc<Lease>, Error> {
        let path = pin_file(published);
        let mut leases = locked(&self.shared.leases);
        if let Some(lease) = leases.get(&path).and_then(std::sync::Weak::upgrade) {
            return Ok(lease);
        }
        // The map is as large as the number of pinned snapshots, give or take one clean-up.
        leases.retain(|_, lease| lease.strong_count() > 0);
        if let Err(error) = disk::create_folder(&layout::pins(&published.folder))
            && !disk::unwritable(&error)
        {
            return Err(error);
        }
        // Whoever holds it alone is removing a manifest, this one or an earlier form of it.
        for _ in 0..SWEPT_MOST {
            let lock = match disk::lock_to_read(&path)? {
                ReadLock::Held(lock) => Some(lock),
                ReadLock::Needless => None,
                ReadLock::Taken => {
                    std::thread::sleep(SWEPT_WAIT);
                    continue;
                }
            };
            let lease = Arc::new(Lease { _lock: lock });
            leases.insert(path, Arc::downgrade(&lease));
            return Ok(lease);
        }
        Err(Error::Expired(published.id.clone()))
    }

    /// Runs `then` while no process has the snapshot pinned, or says `None`.
    pub(super) fn unpinned<T>(
        &self,
        folder: &std::path::Path,
        id: &SnapshotId,
        then: impl FnOnce() -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        disk::create_folder(&layout::pins(folder))?;
        let path = layout::pins(folder).join(id.as_str());
        let Some(lock) = disk::lock(&path, FlockOperation::NonBlockingLockExclusive)? else {
            return Ok(None);
        };
        let done = then()?;
        drop(lock);
        Ok(Some(done))
    }
}

fn pin_file(published: &Published) -> PathBuf {
    layout::pins(&published.folder).join(published.id.as_str())
}
