//! Published snapshots on their way to another store and back, compared with their checksums at both
//! ends.
//!
//! ```text
//! <place>/<tenant>/<product>/
//!   data/… quarantine/… corrections/… changes/…   as in the store
//!   exported/<snapshot>.json                      its log entry, and every file with its digest
//!   publications/<time>.<snapshot>.json           its entry once more for each time it was published
//!   kept.json                                     the snapshots that a person keeps, and why
//! ```
//!
//! The list is written last, so what is listed is whole, and what was broken off goes on where it
//! was. Nothing but `kept.json` is ever overwritten: a file that is there already has to be the same.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use futures::{StreamExt, TryStreamExt};
use object_store::path::Path as Location;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutPayload, WriteMultipart};
use ring::digest::{Context, SHA256};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::manifest::hex;
use super::publish::{append, read_manifest};
use super::{Error, FORMAT, Keep, LogEntry, Published, RunLock, Store, Stored, disk, layout};
use crate::ident::{ProductName, SnapshotId, TenantId};

/// Bytes read, and sent, at a time.
const CHUNK: usize = 8 << 20;
/// The largest list: of a snapshot with a hundred thousand files.
const LIST_BYTES: u64 = 64 << 20;
/// Lists of one product: more nights than anybody keeps.
const MOST_LISTS: usize = 100_000;
/// What is kept, from the product's folder.
const MARKS: &str = "kept.json";

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

/// The snapshots that a person keeps, as they lie in another store.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Marks {
    format: u64,
    kept: BTreeMap<String, Keep>,
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

    /// Named by time, which is the same wherever it is exported from; numbers are not.
    fn publication(&self, entry: &LogEntry) -> Location {
        let (time, id) = (entry.published_at.timestamp_micros(), &entry.snapshot);
        self.location(&format!("publications/{time}.{id}.json"))
    }

    /// The publications of snapshots that lie here whole, oldest first: one that was published again
    /// comes as often.
    pub async fn exports(&self) -> Result<Vec<Export>, Error> {
        let mut known: BTreeMap<SnapshotId, Vec<LogEntry>> = BTreeMap::new();
        for location in self.names("publications").await? {
            let entry: LogEntry = self.document(&location).await?;
            known.entry(entry.snapshot.clone()).or_default().push(entry);
        }
        let mut exports = Vec::new();
        for location in self.names("exported").await? {
            let export = self.read(&location).await?;
            let mut entries = known.remove(&export.entry.snapshot).unwrap_or_default();
            // Earlier versions left this one alone.
            if entries
                .iter()
                .all(|one| one.published_at != export.entry.published_at)
            {
                entries.push(export.entry.clone());
            }
            for entry in entries {
                let (format, files) = (export.format, export.files.clone());
                exports.push(Export {
                    format,
                    entry,
                    files,
                });
            }
        }
        exports.sort_by_key(|export| (export.entry.published_at, export.entry.number));
        Ok(exports)
    }

    /// The snapshots that were kept where they come from, and why.
    pub async fn kept(&self) -> Result<BTreeMap<SnapshotId, Keep>, Error> {
        let location = self.location(MARKS);
        let marks: Marks = match self.document(&location).await {
            Err(Error::Carry { source, .. })
                if matches!(*source, object_store::Error::NotFound { .. }) =>
            {
                Marks::default()
            }
            read => read?,
        };
        let kept = marks.kept.into_iter();
        Ok(kept
            .filter_map(|(id, keep)| Some((id.parse().ok()?, keep)))
            .collect())
    }

    /// What lies in a folder.
    async fn names(&self, folder: &str) -> Result<Vec<Location>, Error> {
        let folder = self.location(folder);
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
        Ok(found)
    }

    async fn document<T: DeserializeOwned>(&self, location: &Location) -> Result<T, Error> {
        let failed = |source| carry("read", location, source);
        let got = self.store.get(location).await.map_err(failed)?;
        if got.meta.size > LIST_BYTES {
            return Err(damaged(location, "it is too large"));
        }
        let bytes = got.bytes().await.map_err(failed)?;
        serde_json::from_slice(&bytes).map_err(|source| Error::Document {
            path: location.to_string(),
            source,
        })
    }

    /// Puts a document where none is; says whether one was there.
    async fn put_new(&self, location: &Location, document: &impl Serialize) -> Result<bool, Error> {
        let payload = payload(location, document)?;
        let put = self
            .store
            .put_opts(location, payload, PutMode::Create.into());
        match put.await {
            Ok(_) => Ok(false),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(true),
            Err(source) => Err(carry("write", location, source)),
        }
    }

    async fn read(&self, location: &Location) -> Result<Export, Error> {
        let export: Export = self.document(location).await?;
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
        if to.put_new(&location, &export).await? {
            // It was exported before; published again, it has other numbers but the same files.
            let there = to.read(&location).await?;
            if there.files != export.files {
                return Err(another(&export.entry, &there.entry, &location));
            }
        }
        let location = to.publication(&export.entry);
        if to.put_new(&location, &export.entry).await? {
            let there: LogEntry = to.document(&location).await?;
            if there.manifest_sha256 != export.entry.manifest_sha256 {
                return Err(another(&export.entry, &there, &location));
            }
        }
        Ok(carried)
    }

    /// Tells another store which snapshots a person keeps here.
    pub async fn export_kept(&self, to: &Place<'_>) -> Result<(), Error> {
        let kept = self.kept_snapshots(to.tenant, to.product)?.into_iter();
        let marks = Marks {
            format: FORMAT,
            kept: kept.map(|(id, keep)| (id.to_string(), keep)).collect(),
        };
        let location = to.location(MARKS);
        let put = to.store.put(&location, payload(&location, &marks)?).await;
        put.map_err(|source| carry("write", &location, source))?;
        Ok(())
    }

    /// Keeps a snapshot that was imported as it was kept where it comes from.
    pub fn import_kept(&self, lock: &RunLock, id: &SnapshotId, keep: &Keep) -> Result<(), Error> {
        let folder = layout::kept(&self.folder(&lock.tenant, &lock.product));
        disk::replace_document(&folder.join(format!("{id}.json")), keep)?;
        Ok(())
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
    /// newest; None when this publication is in the log already.
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
        let coming = &export.entry;
        let mut same = log.iter().filter(|one| one.snapshot == coming.snapshot);
        if let Some(other) = same
            .clone()
            .find(|one| one.manifest_sha256 != coming.manifest_sha256)
        {
            return Err(another(other, coming, &from.list(&coming.snapshot)));
        }
        if same.any(|one| one.published_at == coming.published_at) {
            return Ok(None);
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

/// Says in what the same snapshot here and there differ.
fn another(here: &LogEntry, there: &LogEntry, location: &Location) -> Error {
    let (snapshot, here, there) = (here.snapshot.clone(), here.amended, there.amended);
    if here == there {
        return Error::Different(location.to_string());
    }
    Error::Amended {
        snapshot,
        here,
        there,
    }
}

fn payload(location: &Location, document: &impl Serialize) -> Result<PutPayload, Error> {
    let bytes = serde_json::to_vec_pretty(document).map_err(|source| Error::Document {
        path: location.to_string(),
        source,
    })?;
    Ok(PutPayload::from(bytes))
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
