//! Digests: a file is compared with its manifest before the first row of it is served.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use ring::digest::{Context, SHA256};

use super::manifest::hex;
use super::{DeadRows, Error, Published, Store, disk, locked};

impl Store {
    /// Compares every file of one table with its digest, once per file and process. Reads the whole
    /// files the first time: call it where blocking is allowed.
    ///
    /// # Errors
    /// [`Error::Damaged`] for a file that is not what was published.
    pub fn verify_table(&self, published: &Published, table: &str) -> Result<(), Error> {
        let files = published.table(table).map(|entry| entry.files.as_slice());
        for file in files.unwrap_or_default() {
            let path = published.folder.join(&file.path);
            if !locked(&self.shared.verified).contains(&path) {
                compare(&path, file.bytes, &file.sha256)?;
                locked(&self.shared.verified).insert(path);
            }
            self.dead_rows(published, file)?;
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
                verified.contains(&published.folder.join(&file.path))
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
            compare(&published.folder.join(&file.path), file.bytes, &file.sha256)?;
            files += 1;
            bytes += file.bytes;
            if let Some(DeadRows { file, .. }) = &file.dead {
                compare(&published.folder.join(&file.path), file.bytes, &file.sha256)?;
                files += 1;
                bytes += file.bytes;
            }
        }
        Ok((files, bytes))
    }

    /// Forgets what is known of files that are gone.
    pub(super) fn forget_removed(&self) {
        locked(&self.shared.verified).retain(|path| path.is_file());
        locked(&self.shared.dead).retain(|path, _| path.is_file());
    }
}

/// Compares a file with what was published.
pub(super) fn compare(path: &Path, size: u64, sha256: &str) -> Result<(), Error> {
    let damaged = |reason| Error::Damaged {
        path: disk::shown(path),
        reason,
    };
    let mut input = File::open(path).map_err(disk::failed("open", path))?;
    let mut context = Context::new(&SHA256);
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
        context.update(buffer.get(..read).unwrap_or_default());
    }
    if bytes != size {
        return Err(damaged("its size is not the published one"));
    }
    if hex(context.finish().as_ref()) != sha256 {
        return Err(damaged("its digest is not the published one"));
    }
    Ok(())
}
