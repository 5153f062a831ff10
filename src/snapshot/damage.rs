//! What is known of damaged files: a note for each, left by the process that found it, for whoever
//! asks how things stand without reading all files. Who finds the file whole again takes it back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::checked::Blocks;
use super::manifest::{hex, time};
use super::{Error, FORMAT, Manifest, Store, disk, layout, locked, verify};
use crate::ident::{ProductName, TenantId};
use crate::telemetry::chain;

/// Notes kept of one product: with more damaged files than that, it is the disk that matters.
const NOTES_MOST: usize = 100;
/// Notes kept in memory, of disks that take none.
const KEPT_MOST: usize = 1_000;

/// A published file that was found damaged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    format: u64,
    /// The file, from the product's folder.
    path: String,
    reason: String,
    #[serde(with = "time")]
    found_at: DateTime<Utc>,
}

/// A published file that is damaged, as far as anybody noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file, from the product's folder.
    pub path: String,
    /// What was found.
    pub reason: String,
    /// When.
    pub found_at: DateTime<Utc>,
    /// The table of the newest snapshot that cannot be read for it; None when only earlier snapshots
    /// need the file.
    pub table: Option<String>,
}

impl Store {
    /// The files of a product that were found damaged and are not known to be whole again. Reads no
    /// published file.
    pub fn damage(&self, tenant: &TenantId, product: &ProductName) -> Result<Vec<Damage>, Error> {
        let folder = self.folder(tenant, product);
        let notes = layout::damaged(&folder);
        let names = disk::names(&notes)?;
        let mut found = Vec::new();
        for name in names.iter().filter(|name| !name.starts_with('.')) {
            // A note that cannot be read is written anew when the file is read the next time.
            if let Ok(Some((note, _))) = disk::read_document::<Note>(&notes.join(name)) {
                found.push(note);
            }
        }
        let kept = locked(&self.shared.damaged);
        let kept = kept.iter().filter(|(path, _)| path.starts_with(&notes));
        found.extend(kept.map(|(_, note)| note.clone()));
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let current = self.current(tenant, product)?;
        let damage = |note: Note| Damage {
            table: current
                .as_ref()
                .and_then(|current| table_of(&current.manifest, &note.path)),
            path: note.path,
            reason: note.reason,
            found_at: note.found_at,
        };
        Ok(found.into_iter().map(damage).collect())
    }

    /// Compares a published file with its digest, and remembers how it was found.
    pub(super) fn compared(&self, path: &Path, size: u64, sha256: &str) -> Result<Blocks, Error> {
        let compared = verify::compare(path, size, sha256);
        match &compared {
            Ok(_) => self.note_whole(path),
            Err(error) if error.lost() => self.note_damage(path, error),
            Err(_) => {}
        }
        compared
    }

    /// Leaves a note of what was found. That it cannot be left keeps nobody from telling the rest.
    pub(super) fn note_damage(&self, path: &Path, error: &Error) {
        let Some((folder, file)) = self.within(path) else {
            return;
        };
        let at = note_at(&folder, &file);
        if at.is_file() || locked(&self.shared.damaged).contains_key(&at) {
            return;
        }
        let note = Note {
            format: FORMAT,
            path: file,
            reason: match error {
                Error::Damaged { reason, .. } => (*reason).to_owned(),
                _ => "it is gone".to_owned(),
            },
            found_at: self.clock().now(),
        };
        let notes = layout::damaged(&folder);
        if disk::names(&notes).is_ok_and(|names| names.len() >= NOTES_MOST) {
            return;
        }
        if let Err(error) = disk::replace_document(&at, &note) {
            tracing::warn!(cause = chain(&error), "cannot note that a file is damaged");
            let mut kept = locked(&self.shared.damaged);
            if kept.len() < KEPT_MOST {
                kept.insert(at, note);
            }
        }
    }

    /// Takes back what was noted of a file.
    fn note_whole(&self, path: &Path) {
        let Some((folder, file)) = self.within(path) else {
            return;
        };
        let at = note_at(&folder, &file);
        locked(&self.shared.damaged).remove(&at);
        match fs::remove_file(&at) {
            Ok(()) => tracing::info!(path = disk::shown(path), "a damaged file is whole again"),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(%error, "cannot take back that a file was damaged"),
        }
    }

    /// The folder of a product, and a file of it.
    fn within(&self, path: &Path) -> Option<(PathBuf, String)> {
        let inside = path.strip_prefix(&self.shared.root).ok()?;
        let mut parts = inside.iter();
        let folder = self.shared.root.join(parts.next()?).join(parts.next()?);
        let file = parts.as_path().to_str()?.to_owned();
        Some((folder, file))
    }
}

/// Removes notes of files that are of no snapshot any more.
pub(super) fn sweep(folder: &Path, used: impl Fn(&Path) -> bool) -> Result<(), Error> {
    let notes = layout::damaged(folder);
    for name in disk::names(&notes)? {
        let path = notes.join(name);
        let note = disk::read_document::<Note>(&path).ok().flatten();
        if !note.is_some_and(|(note, _)| used(&folder.join(&note.path))) {
            disk::remove_file(&path)?;
        }
    }
    Ok(())
}

fn note_at(folder: &Path, file: &str) -> PathBuf {
    let name = hex(digest(&SHA256, file.as_bytes()).as_ref());
    layout::damaged(folder).join(format!("{name}.json"))
}

/// The table of a snapshot that a file is part of.
fn table_of(manifest: &Manifest, path: &str) -> Option<String> {
    let mut tables = manifest.tables.iter();
    let found = tables.find(|(_, table)| {
        let mut files = table.files.iter();
        files.any(|file| {
            let dead = file.dead.as_ref().map(|dead| dead.file.path.as_str());
            file.path == path || dead == Some(path)
        })
    });
    found.map(|(name, _)| name.clone())
}
