//! The folder of tenant files: reading one, replacing one so that no reader sees half of it, one
//! writer at a time.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

use super::Error;
use super::record::Tenant;
use crate::config::file;
use crate::ident::TenantId;

const FILE_BYTES: u64 = 1 << 20;
const LOCK_WAIT: Duration = Duration::from_secs(10);
const LOCK_STEP: Duration = Duration::from_millis(50);

/// The folder of tenant files.
#[derive(Debug, Clone)]
pub struct Files {
    folder: PathBuf,
}

/// The right to change tenant files; one process has it at a time.
#[derive(Debug)]
pub struct Writer {
    files: Files,
    // Held for its lock, which ends when it is closed.
    _lock: File,
}

impl Files {
    /// Names the folder; it need not exist yet.
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a tenant's file is.
    pub fn path(&self, id: &TenantId) -> PathBuf {
        self.folder.join(format!("{id}.toml"))
    }

    /// Reads and checks one tenant's file.
    pub fn read(&self, id: &TenantId) -> Result<Tenant, Error> {
        let path = self.path(id);
        let text = match file::read(&path, FILE_BYTES) {
            Err(file::Error::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Err(Error::Unknown(id.clone()));
            }
            other => other?,
        };
        Ok(Tenant::parse(id.clone(), &path, &text)?)
    }

    /// The tenants that have a file, sorted. A folder that is not there yet has none.
    pub fn ids(&self) -> Result<Vec<TenantId>, Error> {
        let mut ids: Vec<TenantId> = self
            .paths()?
            .iter()
            .filter_map(|path| id_of(path))
            .collect();
        ids.sort();
        Ok(ids)
    }

    /// The files of the folder that are meant to be tenants.
    pub(crate) fn paths(&self) -> Result<Vec<PathBuf>, Error> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(self.failed("read", source)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(|source| self.failed("read", source))?.path();
            if id_of(&path).is_some() {
                paths.push(path);
            }
        }
        Ok(paths)
    }

    /// Waits a bounded time for the right to change files, making the folder if needed.
    #[expect(
        clippy::disallowed_methods,
        reason = "a file lock has no event to wait for; the wait is bounded, in a command-line process"
    )]
    pub fn writer(&self) -> Result<Writer, Error> {
        let failed = |source| self.failed("lock", source);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .map_err(|source| self.failed("make", source))?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(self.folder.join(".lock"))
            .map_err(failed)?;
        let begun = Instant::now();
        while let Err(error) = flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(failed(error.into()));
            }
            if begun.elapsed() > LOCK_WAIT {
                return Err(Error::Busy(self.folder.clone()));
            }
            std::thread::sleep(LOCK_STEP);
        }
        Ok(Writer {
            files: self.clone(),
            _lock: lock,
        })
    }

    fn failed(&self, action: &'static str, source: io::Error) -> Error {
        Error::Folder {
            action,
            path: self.folder.clone(),
            source,
        }
    }
}

impl Writer {
    /// The folder.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// Replaces a tenant's file, or makes it: written aside, synced, renamed, folder synced.
    pub fn put(&self, tenant: &Tenant) -> Result<(), Error> {
        let folder = &self.files.folder;
        let text = tenant
            .text()
            .map_err(|_| Error::Unwritable(tenant.id.clone()))?;
        let path = self.files.path(&tenant.id);
        // What is written must be what the server will read.
        Tenant::parse(tenant.id.clone(), &path, &text)?;
        let aside = folder.join(format!(".{}.new", tenant.id));
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new()
                .create(true)
                .truncate(true)
                .write(true)
                .mode(0o600)
                .open(&aside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&aside, &path)?;
            File::open(folder)?.sync_all()
        };
        write().map_err(|source| self.files.failed("write into", source))
    }

    /// Removes a tenant's file.
    pub fn remove(&self, id: &TenantId) -> Result<(), Error> {
        let remove = || -> io::Result<()> {
            fs::remove_file(self.files.path(id))?;
            File::open(&self.files.folder)?.sync_all()
        };
        match remove() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(Error::Unknown(id.clone()))
            }
            other => other.map_err(|source| self.files.failed("remove from", source)),
        }
    }
}

/// The tenant a file belongs to, if its name is one of a tenant.
pub(crate) fn id_of(path: &Path) -> Option<TenantId> {
    let name = path.file_name()?.to_str()?;
    name.strip_suffix(".toml")?.parse().ok()
}
