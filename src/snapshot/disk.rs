//! Files and folders that survive a power cut: written, synced, and their folder synced too.
//!
//! A document is JSON whose last member, `sha256`, is the digest of the text before it. A flipped bit
//! in a publish log, a change log or a list of what was erased would otherwise be another truth.

use std::borrow::Cow;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use ring::digest::{SHA256, digest};
use rustix::fs::{FlockOperation, flock};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::manifest::{OLDEST_FORMAT, hex};
use super::{Error, FORMAT};

/// The largest document we read back: a manifest of 1,000 tables with 100 parts each fits.
const DOCUMENT_LIMIT: u64 = 64 << 20;

/// What stands before the digest at the end of a document,
const SEAL: &[u8] = b",\n  \"sha256\": \"";
/// how long the digest is,
const SEAL_DIGITS: usize = 64;
/// and what stands after it.
const SEAL_END: &[u8] = b"\"\n}\n";

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

/// Creates a folder and its missing parents, each of them synced into its own parent. What is in
/// them are customers' data: nobody else on the machine may look.
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
    match DirBuilder::new().mode(0o700).create(path) {
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
    let bytes = sealed(document).map_err(|source| Error::Document {
        path: shown(path),
        source,
    })?;
    let mut file = File::create(path).map_err(failed("create", path))?;
    file.write_all(&bytes).map_err(failed("write", path))?;
    file.sync_all().map_err(failed("sync", path))?;
    Ok(bytes)
}

/// The text of a document, closed with its digest.
fn sealed(document: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(document)?;
    // Without the line that closes the object.
    bytes.truncate(bytes.len().saturating_sub(2));
    let said = hex(digest(&SHA256, &bytes).as_ref());
    bytes.extend_from_slice(SEAL);
    bytes.extend_from_slice(said.as_bytes());
    bytes.extend_from_slice(SEAL_END);
    Ok(bytes)
}

/// A document without its digest; None when that does not fit. Documents written before there were
/// digests have none. One that lost its digest to damage has a member that nobody declared, or is no
/// JSON any more, so it does not pass for one of those.
fn unsealed(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let from = bytes
        .len()
        .checked_sub(SEAL.len() + SEAL_DIGITS + SEAL_END.len());
    let parts = from.and_then(|from| bytes.split_at_checked(from));
    let said = parts.and_then(|(text, end)| {
        let said = end.strip_prefix(SEAL)?.strip_suffix(SEAL_END)?;
        Some((text, said))
    });
    match said {
        None => Some(Cow::Borrowed(bytes)),
        Some((text, said)) if hex(digest(&SHA256, text).as_ref()).as_bytes() == said => {
            Some(Cow::Owned([text, b"\n}"].concat()))
        }
        Some(_) => None,
    }
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
    let text = unsealed(&bytes).ok_or_else(|| Error::Damaged {
        path: shown(path),
        reason: "its digest is not the one it ends with",
    })?;
    let head: Head = serde_json::from_slice(&text).map_err(broken)?;
    if !(OLDEST_FORMAT..=FORMAT).contains(&head.format) {
        return Err(Error::Format {
            path: shown(path),
            found: head.format,
        });
    }
    let document = serde_json::from_slice(&text).map_err(broken)?;
    drop(text);
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

/// A lock on a file, until it is dropped or the process dies.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    /// Says so to the kernel: closing is not enough while a child that another thread is starting
    /// has our files open, which it has until it becomes another program.
    fn drop(&mut self) {
        if let Err(error) = flock(&self.0, FlockOperation::Unlock) {
            tracing::debug!(%error, "a lock is released by closing its file");
        }
    }
}

/// Opens a lock file and takes its lock, or says `None` when somebody else has it.
pub(super) fn lock(path: &Path, operation: FlockOperation) -> Result<Option<Lock>, Error> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.open(path).map_err(failed("open", path))?;
    locked(file, path, operation)
}

/// The lock of a reader.
pub(super) enum ReadLock {
    /// It is held.
    Held(Lock),
    /// It cannot be made where nothing can be written, and nothing can be removed there either.
    Needless,
    /// Somebody has the file alone.
    Taken,
}

/// The same for a reader, who need not be able to write.
pub(super) fn lock_to_read(path: &Path) -> Result<ReadLock, Error> {
    let shared = FlockOperation::NonBlockingLockShared;
    let held = match lock(path, shared) {
        Err(error) if unwritable(&error) => match File::open(path) {
            Ok(file) => locked(file, path, shared)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(ReadLock::Needless);
            }
            Err(error) => return Err(failed("open", path)(error)),
        },
        held => held?,
    };
    Ok(held.map_or(ReadLock::Taken, ReadLock::Held))
}

/// Whether an error says that nothing may or can be written: no right, no room, a disk that is
/// read-only. Readers go on then.
pub(super) fn unwritable(error: &Error) -> bool {
    use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let Error::Disk { source, .. } = error else {
        return false;
    };
    matches!(
        source.kind(),
        PermissionDenied | ReadOnlyFilesystem | StorageFull | QuotaExceeded
    )
}

fn locked(file: File, path: &Path, operation: FlockOperation) -> Result<Option<Lock>, Error> {
    match flock(&file, operation) {
        Ok(()) => Ok(Some(Lock(file))),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(failed("lock", path)(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Note {
        format: u64,
        #[serde(default)]
        words: BTreeMap<String, u64>,
    }

    #[test]
    fn no_flipped_bit_of_a_document_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("note.json");
        let note = Note {
            format: FORMAT,
            words: BTreeMap::from([("one".to_owned(), 1), ("two".to_owned(), 20)]),
        };
        let bytes = write_document(&path, &note).unwrap();
        assert_eq!(read_document(&path).unwrap(), Some((note, bytes.clone())));
        for at in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            fs::write(&path, &flipped).unwrap();
            let read = read_document::<Note>(&path);
            assert!(read.is_err(), "bit {at}: {read:?}");
        }
        // As it was written before documents had digests.
        fs::write(&path, "{\"format\": 1, \"words\": {}}\n").unwrap();
        assert!(read_document::<Note>(&path).unwrap().is_some());
    }
}
