//! Where things are inside the folder of one tenant and product.

use std::path::{Path, PathBuf};

use crate::ident::SnapshotId;

/// Data of all snapshots.
pub(super) fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// Data of one snapshot.
pub(super) fn snapshot(folder: &Path, id: &SnapshotId) -> PathBuf {
    data(folder).join(id.as_str())
}

/// The manifest of one snapshot; each erasure that concerns it amends it once more.
pub(super) fn manifest(folder: &Path, id: &SnapshotId, amended: u32) -> PathBuf {
    snapshot(folder, id).join(match amended {
        0 => "manifest.json".to_owned(),
        times => format!("manifest.{times}.json"),
    })
}

/// How often a manifest was amended, from its file's name; `None` when it is no manifest.
pub(super) fn manifest_amended(name: &str) -> Option<u32> {
    match name.strip_prefix("manifest.")?.strip_suffix("json")? {
        "" => Some(0),
        times => times.strip_suffix('.')?.parse().ok(),
    }
}

/// Refused rows of all snapshots.
pub(super) fn quarantine(folder: &Path) -> PathBuf {
    folder.join("quarantine")
}

/// Corrected stamps of all snapshots; kept longer than they are.
pub(super) fn corrections(folder: &Path) -> PathBuf {
    folder.join("corrections")
}

/// How runs went, published or not.
pub(super) fn runs(folder: &Path) -> PathBuf {
    folder.join("runs")
}

/// What snapshots changed; kept longer than they are.
pub(super) fn change_logs(folder: &Path) -> PathBuf {
    folder.join("changes")
}

/// What one snapshot changed.
pub(super) fn change_log(folder: &Path, id: &SnapshotId) -> PathBuf {
    change_logs(folder).join(format!("{id}.json"))
}

/// The publish log.
pub(super) fn log(folder: &Path) -> PathBuf {
    folder.join("published")
}

/// One entry of the publish log.
pub(super) fn log_entry(folder: &Path, number: u64) -> PathBuf {
    log(folder).join(format!("{number:012}.json"))
}

/// The number of a log entry, from its file's name.
pub(super) fn log_number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".json")?;
    (digits.len() == 12).then(|| digits.parse().ok()).flatten()
}

/// What was erased, and by what it is kept from coming back.
pub(super) fn erased(folder: &Path) -> PathBuf {
    folder.join("erased")
}

/// Names the snapshots that a person keeps.
pub(super) fn kept(folder: &Path) -> PathBuf {
    folder.join("kept")
}

/// What was found damaged.
pub(super) fn damaged(folder: &Path) -> PathBuf {
    folder.join("damaged")
}

/// Locks of readers.
pub(super) fn pins(folder: &Path) -> PathBuf {
    folder.join("pins")
}

/// The lock of the run at work.
pub(super) fn run_lock(folder: &Path) -> PathBuf {
    folder.join("run.lock")
}

/// How far the run at work is.
pub(super) fn running(folder: &Path) -> PathBuf {
    folder.join("running.json")
}

/// Names the snapshot that waits for a person.
pub(super) fn held(folder: &Path) -> PathBuf {
    folder.join("held.json")
}
