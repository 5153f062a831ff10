//! Digests: a file is compared with its manifest before the first row of it is served. Reads after
//! that are compared with checksums of its blocks ([`super::checked`]).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::digest::{Context, SHA256};

use super::checked::{Blocks, Summing};
use super::manifest::hex;
use super::{Aside, DeadRows, Error, Published, Store, aside, disk, locked};
use crate::threads::by_two;

/// From so many bytes on, two threads compare the files of a table.
const MANY_BYTES: u64 = 16 << 20;

impl Store {
    /// Compares every file of one table with its digest, once per file and process. Reads the whole
    /// files the first time: call it where blocking is allowed.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a file that is not what was published.
    pub fn verify_table(&self, published: &Published, table: &str) -> Result<(), Error> {
        let files = published.table(table).map(|entry| entry.files.as_slice());
        let files = files.unwrap_or_default();
        let much = files.iter().map(|file| file.bytes).sum::<u64>() >= MANY_BYTES;
        by_two(much, files, |file| {
            self.verify_file(&published.folder.join(&file.path), file.bytes, &file.sha256)?;
            self.dead_rows(published, file)
        })?;
        Ok(())
    }

    /// Compares one file with its digest, once per process.
    pub(super) fn verify_file(&self, path: &Path, bytes: u64, sha256: &str) -> Result<(), Error> {
        if !locked(&self.shared.verified).contains_key(path) {
            let compared = self.compared(path, bytes, sha256);
            if let Err(error) = &compared {
                let cause = crate::telemetry::chain(error);
                tracing::error!(cause, "a published file cannot be served");
            }
            locked(&self.shared.verified).insert(path.to_owned(), Arc::new(compared?));
        }
        Ok(())
    }

    /// The same without blocking the caller's thread, and without a thread when all is known.
    pub async fn verified(&self, published: &Arc<Published>, table: &str) -> Result<(), Error> {
        let known = {
            let verified = locked(&self.shared.verified);
            let files = published.table(table).map(|entry| entry.files.as_slice());
            let mut files = files.unwrap_or_default().iter();
            let dead = locked(&self.shared.dead);
            files.all(|file| {
                let positions = file.dead.as_ref().map(|dead| &dead.file.path);
                verified.contains_key(&published.folder.join(&file.path))
                    && positions.is_none_or(|path| dead.contains_key(&published.folder.join(path)))
            })
        };
        if known {
            return Ok(());
        }
        let (store, published, table) = (self.clone(), Arc::clone(published), table.to_owned());
        let work = move || store.verify_table(&published, &table);
        match tokio::task::spawn_blocking(work).await {
            Ok(done) => done,
            Err(error) => Err(Error::Disk {
                action: "verify",
                path: String::new(),
                source: std::io::Error::other(error),
            }),
        }
    }

    /// Compares every file of a snapshot with its digest now, whatever was seen before; says how
    /// many files and bytes were read.
    pub fn verify(&self, published: &Published) -> Result<(u64, u64), Error> {
        let (mut files, mut bytes) = (0, 0);
        for file in published
            .manifest
            .tables
            .values()
            .flat_map(|table| &table.files)
        {
            self.compared(&published.folder.join(&file.path), file.bytes, &file.sha256)?;
            files += 1;
            bytes += file.bytes;
            if let Some(DeadRows { file, .. }) = &file.dead {
                self.compared(&published.folder.join(&file.path), file.bytes, &file.sha256)?;
                files += 1;
                bytes += file.bytes;
            }
        }
        let manifest = &published.manifest;
        if let Some(log) = &manifest.report.changes {
            compare(&published.folder.join(&log.path), log.bytes, &log.sha256)?;
            files += 1;
            bytes += log.bytes;
        }
        for what in [Aside::Quarantine, Aside::Corrections] {
            let (tenant, product) = (&manifest.tenant, &manifest.product);
            for (_, path) in self.aside(what, tenant, product, &published.id)? {
                bytes += aside::compare(&path)?;
                files += 1;
            }
        }
        Ok((files, bytes))
    }

    /// Forgets what is known of files that are gone from a folder. Those of others are not looked at:
    /// they are many, and this is done after every run.
    pub(super) fn forget_removed(&self, folder: &Path) {
        forget(&mut locked(&self.shared.verified), folder);
        forget(&mut locked(&self.shared.dead), folder);
    }
}

fn forget<T>(known: &mut BTreeMap<PathBuf, T>, folder: &Path) {
    let from = (Bound::Included(folder), Bound::Unbounded);
    let below = known.range::<Path, _>(from).map(|(path, _)| path);
    let below = below.take_while(|path| path.starts_with(folder));
    let gone: Vec<PathBuf> = below.filter(|path| !path.is_file()).cloned().collect();
    for path in gone {
        known.remove(&path);
    }
}

/// Compares a file with what was published; gives the checksums of its blocks.
pub(super) fn compare(path: &Path, size: u64, sha256: &str) -> Result<Blocks, Error> {
    let damaged = |reason| Error::Damaged {
        path: disk::shown(path),
        reason,
    };
    let (bytes, found, blocks) = digested(path)?;
    if bytes != size {
        return Err(damaged("its size is not the published one"));
    }
    if found != sha256 {
        return Err(damaged("its digest is not the published one"));
    }
    Ok(blocks)
}

/// The size, the digest and the checksums of a file as it is.
pub(super) fn digested(path: &Path) -> Result<(u64, String, Blocks), Error> {
    let mut input = File::open(path).map_err(disk::failed("open", path))?;
    let (mut context, mut blocks) = (Context::new(&SHA256), Summing::new());
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let read = input
            .read(&mut buffer)
            .map_err(disk::failed("read", path))?;
        if read == 0 {
            break;
        }
        bytes += read as u64;
        let read = buffer.get(..read).unwrap_or_default();
        context.update(read);
        blocks.add(read);
    }
    Ok((bytes, hex(context.finish().as_ref()), blocks.finish()))
}
