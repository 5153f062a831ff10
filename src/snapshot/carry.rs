//! Published snapshots on their way to another store and back, compared with their checksums at both
//! ends.
//!
//! ```text
//! <place>/<tenant>/<product>/
//!   data/… quarantine/… corrections/… changes/…   as in the store
//!   exported/<snapshot>.json                      its log entry, and every file with its digest
//! ```
//!
//! The list is written last, so what is listed is whole, and what was broken off goes on where it
//! was. Nothing is ever overwritten: a file that is there already has to be the same.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use futures::{StreamExt, TryStreamExt};
use object_store::path::Path as Location;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload, WriteMultipart};
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

use super::manifest::hex;
use super::publish::{append, read_manifest};
use super::{Error, FORMAT, LogEntry, Published, RunLock, Store, Stored, disk, layout};
use crate::ident::{ProductName, SnapshotId, TenantId};

/// Bytes read, and sent, at a time.
const CHUNK: usize = 8 << 20;
/// The largest list: of a snapshot with a hundred thousand files.
const LIST_BYTES: u64 = 64 << 20;
/// Lists of one product: more nights than anybody keeps.
const MOST_LISTS: usize = 100_000;

/// One snapshot as it lies in another store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    format: u64,
    /// Its entry in the publish log it came from.
    pub entry: LogEntry,
    /// Every file of it, from the product's folder; the manifest is the last.
    pub files: Vec<Stored>,
}

/// What was carried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carried {
    /// Files that were copied.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that were there already, and are the same.
    pub present: u64,
}

/// The other store: where in it things lie, and of whom.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    /// The store.
    pub store: &'a dyn ObjectStore,
    /// What all names in it begin with.
    pub prefix: Location,
    /// Whose snapshots.
    pub tenant: &'a TenantId,
    /// Of which product.
    pub product: &'a ProductName,
}

impl Place<'_> {
    fn location(&self, path: &str) -> Location {
        let folder = self.prefix.clone();
        let folder = folder.join(self.tenant.as_str());
        let folder = folder.join(self.product.as_str());
        path.split('/').fold(folder, Location::join)
    }

    fn list(&self, id: &SnapshotId) -> Location {
        self.location(&format!("exported/{id}.json"))
    }

    /// The snapshots that lie here whole, oldest first.
    pub async fn exports(&self) -> Result<Vec<Export>, Error> {
        let folder = self.location("exported");
        let failed = |source| carry("list", &folder, source);
        let mut found = Vec::new();
        let mut listed = self.store.list(Some(&folder));
        while let Some(meta) = listed.try_next().await.map_err(failed)? {
            if found.len() == MOST_LISTS || meta.size > LIST_BYTES {
                return Err(damaged(&meta.location, "it is too large"));
            }
            found.push(meta.location);
        }
        found.sort_unstable();
        let mut exports = Vec::with_capacity(found.len());
        for location in found {
            exports.push(self.read(&location).await?);
        }
        exports.sort_by_key(|export| export.entry.number);
        Ok(exports)
    }

    async fn read(&self, location: &Location) -> Result<Export, Error> {
        let failed = |source| carry("read", location, source);
        let got = self.store.get(location).await.map_err(failed)?;
        let bytes = got.bytes().await.map_err(failed)?;
        let export: Export = serde_json::from_slice(&bytes).map_err(|source| Error::Document {
            path: location.to_string(),
            source,
        })?;
        if export.format > FORMAT {
            return Err(Error::Format {
                path: location.to_string(),
                found: export.format,
            });
        }
        let inside = |path: &str| {
            let mut parts = path.split('/');
            parts.all(|part| !part.is_empty() && part != "." && part != "..")
        };
        if export.files.iter().all(|file| inside(&file.path)) {
            Ok(export)
        } else {
            Err(damaged(location, "it names files outside of its folder"))
        }
    }

    /// Size and digest of what lies there; None when nothing does.
    async fn look(&self, location: &Location) -> Result<Option<(u64, String)>, Error> {
        let failed = |source| carry("read", location, source);
        let got = match self.store.get(location).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            got => got.map_err(failed)?,
        };
        let mut context = Context::new(&SHA256);
        let mut bytes = 0;
        let mut stream = got.into_stream();
        while let Some(part) = stream.next().await {
            let part = part.map_err(failed)?;
            bytes += part.len() as u64;
            context.update(&part);
        }
        Ok(Some((bytes, hex(context.finish().as_ref()))))
    }

    /// Whether the same file lies there already.
    async fn has(&self, file: &Stored) -> Result<bool, Error> {
        let location = self.location(&file.path);
        match self.look(&location).await? {
            None => Ok(false),
            Some((bytes, sha256)) if bytes == file.bytes && sha256 == file.sha256 => Ok(true),
            Some(_) => Err(Error::Different(location.to_string())),
        }
    }

    async fn put(&self, folder: &Path, file: &Stored) -> Result<(), Error> {
        let (from, location) = (folder.join(&file.path), self.location(&file.path));
        let failed = |source| carry("write", &location, source);
        let mut input = File::open(&from).map_err(disk::failed("open", &from))?;
        let upload = self.store.put_multipart(&location).await.map_err(failed)?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, CHUNK);
        let mut buffer = vec![0; CHUNK];
        loop {
            let read = input.read(&mut buffer);
            let read = read.map_err(disk::failed("read", &from))?;
            if read == 0 {
                break;
            }
            // Two parts are on their way at most: memory is bounded whatever the size of the file.
            upload.wait_for_capacity(2).await.map_err(failed)?;
            upload.write(buffer.get(..read).unwrap_or_default());
        }
        upload.finish().await.map_err(failed)?;
        if self.has(file).await? {
            Ok(())
        } else {
            Err(damaged(&location, "it was written and is not there"))
        }
    }

    async fn fetch(&self, folder: &Path, file: &Stored) -> Result<(), Error> {
        let (to, location) = (folder.join(&file.path), self.location(&file.path));
        let failed = |source| carry("read", &location, source);
        if let Some(parent) = to.parent() {
            disk::create_folder(parent)?;
        }
        let aside = to.with_extension("arriving");
        let mut output = File::create(&aside).map_err(disk::failed("create", &aside))?;
        let mut context = Context::new(&SHA256);
        let got = self.store.get(&location).await.map_err(failed)?;
        let mut stream = got.into_stream();
        while let Some(part) = stream.next().await {
            let part = part.map_err(failed)?;
            context.update(&part);
            let written = output.write_all(&part);
            written.map_err(disk::failed("write", &aside))?;
        }
        output.sync_all().map_err(disk::failed("sync", &aside))?;
        if hex(context.finish().as_ref()) != file.sha256 {
            disk::remove_file(&aside)?;
            return Err(damaged(&location, "its digest is not the published one"));
        }
        fs::rename(&aside, &to).map_err(disk::failed("rename", &aside))?;
        to.parent().map_or(Ok(()), disk::sync_folder)
    }
}

impl Store {
    /// Copies one snapshot to another store. Pin it before.
    pub async fn export(&self, published: &Published, to: &Place<'_>) -> Result<Carried, Error> {
        let folder = self.folder(to.tenant, to.product);
        let entry = self.entry(to.tenant, to.product, published.number)?;
        let files = self.files_of(&folder, published, &entry)?;
        let mut carried = Carried::default();
        for file in &files {
            super::verify::compare(&folder.join(&file.path), file.bytes, &file.sha256)?;
            if to.has(file).await? {
                carried.present += 1;
                continue;
            }
            to.put(&folder, file).await?;
            carried.files += 1;
            carried.bytes += file.bytes;
        }
        let export = Export {
            format: FORMAT,
            entry,
            files,
        };
        let location = to.list(&published.id);
        let bytes = serde_json::to_vec_pretty(&export).map_err(|source| Error::Document {
            path: location.to_string(),
            source,
        })?;
        let payload = PutPayload::from(bytes);
        let put = to
            .store
            .put_opts(&location, payload, PutMode::Create.into());
        match put.await {
            Ok(_) => Ok(carried),
            // It was exported before; published again, it has other numbers but the same files.
            Err(object_store::Error::AlreadyExists { .. }) => {
                if to.read(&location).await?.files == export.files {
                    Ok(carried)
                } else {
                    Err(Error::Different(location.to_string()))
                }
            }
            Err(source) => Err(carry("write", &location, source)),
        }
    }

    /// Every file a snapshot is made of, with its digest.
    fn files_of(
        &self,
        folder: &Path,
        published: &Published,
        entry: &LogEntry,
    ) -> Result<Vec<Stored>, Error> {
        let mut files = Vec::new();
        let tables = published.manifest.tables.values();
        for file in tables.flat_map(|table| &table.files) {
            files.push(Stored {
                path: file.path.clone(),
                bytes: file.bytes,
                sha256: file.sha256.clone(),
            });
            files.extend(file.dead.iter().map(|dead| dead.file.clone()));
        }
        files.extend(published.manifest.report.changes.iter().cloned());
        for aside in [layout::quarantine(folder), layout::corrections(folder)] {
            let aside = aside.join(published.id.as_str());
            for name in disk::names(&aside)? {
                files.push(digested(folder, &aside.join(name))?);
            }
        }
        let path = layout::manifest(folder, &published.id, published.amended);
        let manifest = digested(folder, &path)?;
        if manifest.sha256 != entry.manifest_sha256 {
            return Err(Error::Damaged {
                path: manifest.path,
                reason: "its digest is not the published one",
            });
        }
        files.push(manifest);
        Ok(files)
    }

    /// Brings one snapshot from another store and publishes it under its own id and time, as the
    /// newest; None when it is in the publish log already.
    ///
    /// # Errors
    /// [`Error::Older`] when something newer is published here: what is served never goes back by an
    /// import.
    pub async fn import(
        &self,
        lock: &RunLock,
        export: &Export,
        from: &Place<'_>,
    ) -> Result<Option<Carried>, Error> {
        let (tenant, product) = (&lock.tenant, &lock.product);
        let folder = self.folder(tenant, product);
        let log = self.log(tenant, product)?;
        if let Some(known) = log.iter().find(|one| one.snapshot == export.entry.snapshot) {
            return if known.manifest_sha256 == export.entry.manifest_sha256 {
                Ok(None)
            } else {
                Err(Error::Different(known.snapshot.to_string()))
            };
        }
        let newest = log.last();
        if newest.is_some_and(|newest| newest.published_at >= export.entry.published_at) {
            return Err(Error::Older(export.entry.snapshot.clone()));
        }
        let mut carried = Carried::default();
        for file in &export.files {
            let path = folder.join(&file.path);
            if path.is_file() {
                let same = super::verify::compare(&path, file.bytes, &file.sha256);
                same.map_err(|_| Error::Different(disk::shown(&path)))?;
                carried.present += 1;
                continue;
            }
            from.fetch(&folder, file).await?;
            carried.files += 1;
            carried.bytes += file.bytes;
        }
        let entry = LogEntry {
            number: newest.map_or(1, |newest| newest.number + 1),
            ..export.entry.clone()
        };
        let sha256 = &entry.manifest_sha256;
        let manifest = read_manifest(&folder, &entry.snapshot, entry.amended, sha256)?;
        let manifest = manifest.ok_or_else(|| Error::Expired(entry.snapshot.clone()))?;
        if manifest.tenant != *tenant || manifest.product != *product {
            return Err(Error::Damaged {
                path: disk::shown(&layout::manifest(&folder, &entry.snapshot, entry.amended)),
                reason: "it belongs to somebody else",
            });
        }
        append(&folder, &entry)?;
        Ok(Some(carried))
    }
}

/// A file of a product's folder with its digest as it is.
fn digested(folder: &Path, path: &Path) -> Result<Stored, Error> {
    let (bytes, sha256, _) = super::verify::digested(path)?;
    let relative = path.strip_prefix(folder).unwrap_or(path);
    Ok(Stored {
        path: relative.to_string_lossy().into_owned(),
        bytes,
        sha256,
    })
}

fn carry(action: &'static str, location: &Location, source: object_store::Error) -> Error {
    Error::Carry {
        action,
        path: location.to_string(),
        source: Box::new(source),
    }
}

fn damaged(location: &Location, reason: &'static str) -> Error {
    Error::Damaged {
        path: location.to_string(),
        reason,
    }
}
