//! Files and folders that survive a power cut: written, synced, and their folder synced too.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::manifest::OLDEST_FORMAT;
use super::{Error, FORMAT};

/// The largest document we read back: a manifest of 1,000 tables with 100 parts each fits.
const DOCUMENT_LIMIT: u64 = 64 << 20;

/// Makes the error of a failed file operation.
pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = shown(path);
    move |source| Error::Disk {
        action,
        path,
        source,
    }
}

/// The end of a path: enough to find a file in the store, without where the store is.
pub(super) fn shown(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    let from = parts.len().saturating_sub(5);
    parts.get(from..).unwrap_or_default().join("/")
}

/// Makes what entries of a folder point to survive a power cut.
pub(super) fn sync_folder(path: &Path) -> Result<(), Error> {
    let folder = File::open(path).map_err(failed("open", path))?;
    folder.sync_all().map_err(failed("sync", path))
}

/// Creates a folder and its missing parents, each of them synced into its own parent.
pub(super) fn create_folder(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        create_folder(parent)?;
    }
    match fs::create_dir(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed("create", path)(error)),
    }
    match path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        Some(parent) => sync_folder(parent),
        None => Ok(()),
    }
}

/// Writes and syncs a new file; the caller syncs the folder.
pub(super) fn write_document(path: &Path, document: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut bytes = serde_json::to_vec_pretty(document).map_err(|source| Error::Document {
        path: shown(path),
        source,
    })?;
    bytes.push(b'\n');
    let mut file = File::create(path).map_err(failed("create", path))?;
    file.write_all(&bytes).map_err(failed("write", path))?;
    file.sync_all().map_err(failed("sync", path))?;
    Ok(bytes)
}

/// Puts a document in the place of another, or of none, at once and durably.
pub(super) fn replace_document(path: &Path, document: &impl Serialize) -> Result<Vec<u8>, Error> {
    let folder = path.parent().unwrap_or(path);
    create_folder(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = folder.join(format!(".{name}.tmp"));
    let bytes = write_document(&aside, document)?;
    fs::rename(&aside, path).map_err(failed("rename", &aside))?;
    sync_folder(folder)?;
    Ok(bytes)
}

/// Reads a document if it is there, after a look at the format it names.
pub(super) fn read_document<T: DeserializeOwned>(
    path: &Path,
) -> Result<Option<(T, Vec<u8>)>, Error> {
    #[derive(serde::Deserialize)]
    struct Head {
        format: u64,
    }
    let bytes = match fs::metadata(path) {
        Ok(facts) if facts.len() > DOCUMENT_LIMIT => {
            return Err(Error::Damaged {
                path: shown(path),
                reason: "it is too large",
            });
        }
        Ok(_) => match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", path)(error)),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path)(error)),
    };
    let broken = |source| Error::Document {
        path: shown(path),
        source,
    };
    let head: Head = serde_json::from_slice(&bytes).map_err(broken)?;
    if !(OLDEST_FORMAT..=FORMAT).contains(&head.format) {
        return Err(Error::Format {
            path: shown(path),
            found: head.format,
        });
    }
    let document = serde_json::from_slice(&bytes).map_err(broken)?;
    Ok(Some((document, bytes)))
}

/// The names in a folder, sorted; none when it does not exist.
pub(super) fn names(path: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("list", path)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed("list", path))?;
        // Names that are not text are not ours.
        names.extend(entry.file_name().into_string().ok());
    }
    names.sort_unstable();
    Ok(names)
}

/// Removes a file; that it is gone already is success.
pub(super) fn remove_file(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Removes a folder and what is in it; that it is gone already is success.
pub(super) fn remove_folder(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Opens a lock file and takes its lock, or says `None` when somebody else has it. The kernel
/// releases it when the file is closed, also by a kill.
pub(super) fn lock(path: &Path, operation: FlockOperation) -> Result<Option<File>, Error> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.open(path).map_err(failed("open", path))?;
    match flock(&file, operation) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(failed("lock", path)(error.into())),
    }
}
