//! Snapshots that wait for a person: looked at, or thrown away. Publishing one is with the log.

use super::publish::{Held, read_manifest};
use super::{Error, Manifest, RunLock, Store, disk, layout};
use crate::ident::{ProductName, SnapshotId, TenantId};

impl Store {
    /// What the snapshot that waits for a person holds.
    pub fn held_manifest(
        &self,
        tenant: &TenantId,
        product: &ProductName,
    ) -> Result<Option<Manifest>, Error> {
        let held = self.held_state(tenant, product)?;
        Ok(held.map(|(_, manifest)| manifest))
    }

    /// The same with the note that names it.
    pub(super) fn held_state(
        &self,
        tenant: &TenantId,
        product: &ProductName,
    ) -> Result<Option<(Held, Manifest)>, Error> {
        let folder = self.folder(tenant, product);
        let Some((held, _)) = disk::read_document::<Held>(&layout::held(&folder))? else {
            return Ok(None);
        };
        let (id, sha256) = (&held.snapshot, &held.manifest_sha256);
        let manifest = read_manifest(&folder, id, held.amended, sha256)?;
        Ok(manifest.map(|manifest| (held, manifest)))
    }

    /// Throws the snapshot away that waits for a person, with everything kept beside it; says which
    /// it was.
    pub fn discard_held(&self, lock: &RunLock) -> Result<Option<SnapshotId>, Error> {
        let folder = self.folder(&lock.tenant, &lock.product);
        let path = layout::held(&folder);
        let Some((held, _)) = disk::read_document::<Held>(&path)? else {
            return Ok(None);
        };
        let id = held.snapshot;
        // First what names it: a kill after this leaves files that retention removes.
        disk::remove_file(&path)?;
        disk::sync_folder(&folder)?;
        disk::remove_folder(&layout::snapshot(&folder, &id))?;
        disk::remove_folder(&layout::quarantine(&folder).join(id.as_str()))?;
        disk::remove_folder(&layout::corrections(&folder).join(id.as_str()))?;
        disk::remove_file(&layout::change_log(&folder, &id))?;
        Ok(Some(id))
    }
}
